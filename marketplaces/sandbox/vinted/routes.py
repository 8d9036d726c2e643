"""Vinted's addresses: the pages of the web site, and what its own scripts call.

Of the private API there is no more than clients need; the paths are those that were observed.
"""

from collections.abc import Callable

from marketplaces.sandbox.messages import Handler, Route
from marketplaces.sandbox.vinted import choices, drafts, edits, orders, pages, photos, wardrobe
from marketplaces.sandbox.vinted.access import api, open_api

ROOT = "/api/v2"
DRAFT = "item_upload/drafts/{item_id}"
EDITED = "item_upload/items/{item_id}"


def _route(
    method: str, path: str, handler: Handler, guard: Callable[[Handler], Handler] = api
) -> Route:
    return Route(method, f"{ROOT}/{path}", guard(handler))


ROUTES = (
    Route("GET", "/", pages.home),
    Route("GET", "/member/login", pages.ask),
    Route("POST", "/member/login", pages.login),
    Route("GET", "/member/logout", pages.logout),
    Route("GET", "/items/{item_id}", pages.item),
    Route("GET", pages.CAPTCHA, pages.captcha),
    Route("POST", pages.CAPTCHA, pages.solve),
    _route("GET", "users/current", wardrobe.current_user, open_api),
    _route("GET", "wardrobe/{user_id}/items", wardrobe.read),
    _route("POST", "photos", photos.upload),
    _route("GET", "item_upload/catalogs", choices.catalogs),
    _route("GET", "item_upload/colors", choices.colors),
    _route("GET", "item_upload/brands", choices.brands),
    _route("GET", "item_upload/size_groups", choices.size_groups),
    _route("POST", "item_upload/drafts", drafts.create),
    _route("POST", f"{DRAFT}/completion", drafts.complete),
    _route("DELETE", DRAFT, drafts.discard),
    _route("GET", EDITED, edits.read),
    _route("PUT", EDITED, edits.update),
    _route("PUT", "items/{item_id}/is_hidden", edits.hide_or_show),
    _route("POST", "items/{item_id}/delete", edits.delete),
    _route("GET", "my_orders", orders.read_all),
    _route("GET", "transactions/{transaction_id}", orders.read),
)
