"""Etsy's routes, as its document has them, each with the scopes of its `security`.

There is no other route on the API port, but for the two addresses of OAuth, which are Etsy's too;
the consent page's form posts to the address of the page.
"""

from marketplaces.sandbox.etsy import (
    consent,
    drafts,
    images,
    inventory,
    listing_pages,
    oauth,
    receipts,
    shop_api,
    taxonomy,
    updates,
)
from marketplaces.sandbox.etsy.access import api
from marketplaces.sandbox.messages import Answer, Call, Handler, Route
from marketplaces.sandbox.state import State

ROOT = "/v3/application"
SHOP = "shops/{shop_id}"
LISTING = "listings/{listing_id}"


def _ping(state: State, _call: Call) -> Answer:
    return Answer(status=200, body={"application_id": 1})


def _route(method: str, path: str, handler: Handler, *scopes: str) -> Route:
    return Route(method, f"{ROOT}/{path}", api(*scopes)(handler))


ROUTES = (
    Route("GET", "/oauth/connect", consent.ask),
    Route("POST", "/oauth/connect", consent.decide),
    Route("POST", "/v3/public/oauth/token", oauth.issue_token),
    _route("POST", "scopes", oauth.scopes_of_token),
    _route("GET", "openapi-ping", _ping),
    # The seller and the shop
    _route("GET", "users/me", shop_api.me, "shops_r"),
    _route("GET", "users/{user_id}/shops", shop_api.shop_of_user),
    _route("GET", SHOP, shop_api.shop),
    _route("GET", f"{SHOP}/shipping-profiles", shop_api.shipping_profiles, "shops_r"),
    _route(
        "GET",
        f"{SHOP}/shipping-profiles/{{shipping_profile_id}}",
        shop_api.shipping_profile,
        "shops_r",
    ),
    _route("GET", f"{SHOP}/readiness-state-definitions", shop_api.readiness_states, "shops_r"),
    _route(
        "GET",
        f"{SHOP}/readiness-state-definitions/{{readiness_state_definition_id}}",
        shop_api.readiness_state,
        "shops_r",
    ),
    _route("GET", f"{SHOP}/policies/return", shop_api.return_policies),
    _route("GET", f"{SHOP}/policies/return/{{return_policy_id}}", shop_api.return_policy),
    _route("GET", f"{SHOP}/sections", shop_api.sections),
    _route("GET", "seller-taxonomy/nodes", taxonomy.nodes),
    _route("GET", "seller-taxonomy/nodes/{taxonomy_id}/properties", taxonomy.properties),
    # Listings
    _route("POST", f"{SHOP}/listings", drafts.create, "listings_w"),
    _route("GET", f"{SHOP}/listings", listing_pages.of_shop, "listings_r"),
    _route("GET", f"{SHOP}/listings/active", listing_pages.active_of_shop),
    _route("PATCH", f"{SHOP}/{LISTING}", updates.update, "listings_w"),
    _route("GET", "listings/batch", listing_pages.read_batch),
    _route("GET", "listings/batch/inventory", listing_pages.inventories, "listings_r"),
    _route("GET", LISTING, listing_pages.read),
    _route("DELETE", LISTING, updates.delete, "listings_d"),
    _route("GET", f"{LISTING}/inventory", inventory.read, "listings_r"),
    _route("PUT", f"{LISTING}/inventory", inventory.write, "listings_w"),
    _route("GET", f"{LISTING}/images", images.read_all),
    _route("GET", f"{LISTING}/images/{{listing_image_id}}", images.read),
    _route("POST", f"{SHOP}/{LISTING}/images", images.upload, "listings_w"),
    _route("DELETE", f"{SHOP}/{LISTING}/images/{{listing_image_id}}", images.delete, "listings_w"),
    # Orders
    _route("GET", f"{SHOP}/receipts", receipts.read_all, "transactions_r"),
    _route("GET", f"{SHOP}/receipts/{{receipt_id}}", receipts.read, "transactions_r"),
    _route(
        "GET",
        f"{SHOP}/receipts/{{receipt_id}}/transactions",
        receipts.transactions,
        "transactions_r",
    ),
)
