"""Speaks the private API of Vinted's web site, through the seller's own browser; knows no model.

No vendor documents it. What is sent follows requests of Vinted's own pages, as open projects have
observed them until September 2026; docs/vinted.md tells which.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlencode

from marketplaces.http import Response
from marketplaces.vinted import answers
from marketplaces.vinted.answers import Member, Named, Paging, VintedItem
from marketplaces.vinted.errors import (
    VintedForbiddenError,
    VintedRefusedError,
    error_from,
    is_page,
    page_instead,
)
from marketplaces.vinted.plugin.exchange import FormFile, Request
from tasks.errors import TransientError
from tasks.sentences import sentence

Json = dict[str, Any]

API = "/api/v2"
DRAFTS = f"{API}/item_upload/drafts"
_FORM = ("X-Upload-Form", "X-Enable-Multiple-Size-Groups")
_MONEY = ("X-Money-Object",)
_MOST_PAGES = 500
_DRAFTING = sentence("make the draft")
_COMPLETING = sentence("put the draft on sale")


class Link(Protocol):
    """Whatever brings a request to Vinted in the seller's session, and its answer back."""

    def send(self, request: Request, doing: str) -> Response: ...

    def asked_at(self) -> datetime:
        """When what the next answers show was asked for, at the earliest."""

    def wait_since_answer(self, seconds: float) -> None:
        """Return once so many seconds have passed since the last answer; RestError before."""


@dataclass(frozen=True, slots=True)
class Wardrobe:
    """All of a member's items, each once."""

    items: tuple[VintedItem, ...]
    is_complete: bool
    """Whether as many were read as Vinted counts: its pages shift while they are read."""

    def find(self, item_id: str) -> VintedItem | None:
        return next((each for each in self.items if each.item_id == item_id), None)

    def has_reserved(self, item_id: str) -> bool:
        """Whether it is on sale, and a buyer has reserved it."""
        shown = self.find(item_id)
        return shown is not None and shown.state == answers.LIVE and shown.is_reserved


@dataclass(frozen=True, slots=True)
class VintedClient:
    """One seller at Vinted.

    Every method raises the types of `tasks.errors`; VintedRefusedError is Vinted's definite no.
    """

    link: Link
    user_id: str
    """Empty until the plugin has said who is signed in."""
    items_a_page: int = 96
    """At most 96."""
    orders_a_page: int = 100

    def asked_at(self) -> datetime:
        """Taken before reads: what they show is as it was then, or later (docs/adr/0041).

        A step that was interrupted goes on with the answers it has, which are as old as they are.
        """
        return self.link.asked_at()

    def wait_since_answer(self, seconds: float) -> None:
        """RestError unless so many seconds have passed since the last answer of this step.

        The step then goes on with the answers that it has.
        """
        self.link.wait_since_answer(seconds)

    def current_user(self) -> Member | None:
        """None when nobody is signed in."""
        return answers.member(self._get(f"{API}/users/current", sentence("say who is signed in")))

    def upload_photo(self, file: FormFile, session: str) -> str:
        """The photo's id, which is temporary until an item has it.

        `session`: the UUID that photos and item of one upload share.
        """
        fields = {"photo[type]": "item", "photo[temp_uuid]": session}
        request = Request("POST", f"{API}/photos", fields=fields, file=file, headers=_FORM[:1])
        return answers.photo_id(self._send(request, sentence("take the photo")))

    def create_draft(self, body: Json) -> VintedItem:
        """A new draft each time that it is called; only the seller sees it."""
        request = Request("POST", DRAFTS, json=body, headers=_FORM)
        return drafted(self.link.send(request, _DRAFTING))

    def complete_draft(self, draft_id: str, body: Json) -> VintedItem:
        """Put the draft on sale, as the whole of `body` says."""
        request = Request("POST", completion_path(draft_id), json=body, headers=_FORM)
        return completed(self.link.send(request, _COMPLETING))

    def delete_draft(self, draft_id: str) -> None:
        request = Request("DELETE", f"{DRAFTS}/{int(draft_id)}", headers=_FORM)
        self._send(request, sentence("delete the draft"))

    def get_item(self, item_id: str) -> VintedItem | None:
        """As the edit form reads it; None when it cannot be edited.

        That proves nothing: it may be sold, closed, hidden, reserved or deleted.
        """
        try:
            response = self._get(_edited(item_id), sentence("show the listing"), _FORM[1:])
        except VintedForbiddenError:
            return None
        except VintedRefusedError as error:
            if error.is_not_found:
                return None
            raise
        return answers.read(response)

    def update_item(self, item_id: str, body: Json) -> VintedItem:
        """Replace it as a whole: photos that are not named are gone."""
        request = Request("PUT", _edited(item_id), json=body, headers=_FORM)
        return answers.written(self._send(request, sentence("change the listing")))

    def set_hidden(self, item_id: str, *, hidden: bool) -> bool | None:
        """Hide it from buyers, or show it; what Vinted says it is then, None when it does not."""
        path = f"{API}/items/{int(item_id)}/is_hidden"
        doing = sentence("hide the listing") if hidden else sentence("show the listing to buyers")
        request = Request("PUT", path, json={"is_hidden": hidden})
        return answers.hidden(self._send(request, doing))

    def delete_item(self, item_id: str) -> None:
        request = Request("POST", f"{API}/items/{int(item_id)}/delete")
        self._send(request, sentence("delete the listing"))

    def wardrobe(self) -> Wardrobe:
        """Everything, drafts and what is hidden or sold included, from all pages."""
        found: dict[str, VintedItem] = {}
        most = 0
        for page in range(1, _MOST_PAGES + 1):
            shown, paging = self.wardrobe_page(page)
            most = max(most, paging.entries)
            found |= {each.item_id: each for each in shown}
            if not shown or page >= paging.pages:
                return Wardrobe(tuple(found.values()), len(found) >= most)
        raise TransientError(sentence("Vinted lists the wardrobe without an end."))

    def wardrobe_page(self, page: int) -> tuple[list[VintedItem], Paging]:
        """`page` counts from 1."""
        if not self.user_id:
            raise TransientError(sentence("Nobody has signed in at Vinted with the plugin yet."))
        query = {"page": page, "per_page": self.items_a_page, "order": "newest_first"}
        path = f"{API}/wardrobe/{int(self.user_id)}/items?{urlencode(query)}"
        return answers.wardrobe(self._get(path, sentence("show the wardrobe")))

    def orders_page(self, page: int) -> tuple[list[Json], Paging]:
        """Sales in whatever state, the newest first; in Vinted's own form. `page` counts from 1."""
        query = {"type": "sold", "status": "all", "page": page, "per_page": self.orders_a_page}
        path = f"{API}/my_orders?{urlencode(query)}"
        return answers.orders(self._get(path, sentence("list the orders"), _MONEY))

    def transaction(self, transaction_id: str) -> Json:
        """One sale, in Vinted's own form."""
        path = f"{API}/transactions/{int(transaction_id)}"
        return answers.transaction(self._get(path, sentence("show an order"), _MONEY))

    def categories(self) -> dict[str, str]:
        """Paths by number of all categories that items can be listed in; some 1.5 MB."""
        path = f"{API}/item_upload/catalogs"
        return answers.categories(self._get(path, sentence("list the categories")))

    def colors(self) -> list[Named]:
        path = f"{API}/item_upload/colors"
        return answers.named(self._get(path, sentence("list the colours")), "colors")

    def brands(self, category: str) -> list[Named]:
        """Those that Vinted suggests for a category; others can be written out."""
        path = f"{API}/item_upload/brands?{urlencode({'category_id': category})}"
        return answers.named(self._get(path, sentence("list the brands")), "brands")

    def sizes(self, category: str) -> list[Named]:
        """Empty for a category whose items have no size."""
        path = f"{API}/item_upload/size_groups?{urlencode({'catalog_ids[]': category})}"
        return answers.sizes(self._get(path, sentence("list the sizes"), _FORM[1:]))

    def _get(self, path: str, doing: str, headers: tuple[str, ...] = ()) -> Response:
        return self._send(Request("GET", path, headers=headers), doing)

    def _send(self, request: Request, doing: str) -> Response:
        return _of_success(self.link.send(request, doing), doing)


def completion_path(draft_id: str) -> str:
    return f"{DRAFTS}/{int(draft_id)}/completion"


def drafted(response: Response) -> VintedItem:
    """What Vinted's answer to the creation of a draft means, also to one that was kept."""
    return answers.written(_of_success(response, _DRAFTING))


def completed(response: Response) -> VintedItem:
    """What Vinted's answer to a completion means, also to one that was kept."""
    return answers.written(_of_success(response, _COMPLETING))


def _of_success(response: Response, doing: str) -> Response:
    if not response.is_success:
        raise error_from(response, doing)
    if is_page(response):
        raise page_instead(response)
    return response


def _edited(item_id: str) -> str:
    return f"{API}/item_upload/items/{int(item_id)}"
