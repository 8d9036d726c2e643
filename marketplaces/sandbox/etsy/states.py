"""A listing's states and the moves between them, some of which cost a fee."""

from typing import Any

from marketplaces.sandbox.etsy import listings, shops
from marketplaces.sandbox.etsy.enums import LISTING_STATES
from marketplaces.sandbox.etsy.errors import refusal
from marketplaces.sandbox.etsy.kinds import READINESS_STATES, RETURN_POLICIES
from marketplaces.sandbox.state import State

Json = dict[str, Any]


def change(state: State, seller: Json, listing: Json, wanted: str) -> None:
    """Activate or deactivate, in the listing at hand; the caller saves it."""
    if wanted == "active":
        _activate(state, seller, listing)
    else:
        _deactivate(listing)


def check_publishable(state: State, seller: Json, listing: Json) -> None:
    """Refuse what may not be on sale as it is."""
    fields = listing["fields"]
    if not listing["image_ids"]:
        raise refusal(400, "A listing must have at least one image to be active.")
    if listings.quantity(listing) < 1:
        raise refusal(400, "A listing must have a quantity of at least 1 to be active.")
    if fields["type"] == "download":
        return
    username = seller["username"]
    if not shops.ships(state, username, fields.get("shipping_profile_id")):
        raise refusal(400, "The shipping profile is not complete: it has no destination.")
    if not shops.has(state, username, READINESS_STATES, fields.get("readiness_state_id")):
        raise refusal(400, "A readiness_state_id is required for physical listings.")
    policy = fields.get("return_policy_id")
    if shops.needs_return_policy(seller) and not shops.has(
        state, username, RETURN_POLICIES, policy
    ):
        raise refusal(400, "A return_policy_id is required for active physical listings.")


def check_deletable(listing: Json) -> None:
    if listing["state"] not in LISTING_STATES:
        raise refusal(409, f"A listing in state {listing['state']} can not be deleted.")


def settle(listing: Json) -> None:
    """An active listing whose last piece is gone is sold out."""
    if listing["state"] == "active" and listings.quantity(listing) < 1:
        listing["state"] = "sold_out"


def _activate(state: State, seller: Json, listing: Json) -> None:
    """The document: a draft is published, a sold out one renewed with a quantity of 1."""
    before = listing["state"]
    if before not in LISTING_STATES:
        raise refusal(409, f"A listing in state {before} can not be activated.")
    if before == "sold_out":
        _restock(listing)
    check_publishable(state, seller, listing)
    now = int(state.now())
    if before in {"draft", "sold_out", "expired"} or listing["ends"] <= now:
        listing["fees"] += 1
        listing["renewed"], listing["ends"] = now, now + listings.TERM
    listing["state"] = "active"


def _restock(listing: Json) -> None:
    enabled = listings.offerings(listing)
    if listings.quantity(listing) < 1 and enabled:
        enabled[0]["quantity"] = 1


def _deactivate(listing: Json) -> None:
    """Unconfirmed: which answer those get that are not on sale anyway."""
    if listing["state"] not in {"active", "inactive"}:
        raise refusal(409, f"A listing in state {listing['state']} can not be deactivated.")
    listing["state"] = "inactive"
