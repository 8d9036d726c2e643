"""Listings as they are kept and as they are shown.

A listing's record has `fields` (what the seller writes), its state, its inventory and the ids of
its images in the order of their ranks. Its id never comes again.
"""

from typing import Any

from marketplaces.sandbox.etsy import sellers
from marketplaces.sandbox.etsy.errors import refusal
from marketplaces.sandbox.etsy.kinds import LISTINGS, OWNERS
from marketplaces.sandbox.etsy.money import money
from marketplaces.sandbox.etsy.parameters import path_id
from marketplaces.sandbox.messages import Call
from marketplaces.sandbox.state import State

Json = dict[str, Any]

TERM = 4 * 30 * 86_400
"""Seconds that a listing is on sale for one fee: four months."""


def owned(state: State, call: Call) -> Json:
    """The present listing that the path names, which has to be the caller's."""
    number = path_id(call, "listing_id")
    owner = owner_of(state, number)
    listing = None if owner is None else state.documents.get(LISTINGS, owner, str(number))
    if listing is None:
        raise refusal(404, f"Listing {number} not found")
    if owner != call.seller:
        raise refusal(403, f"User does not own Listing {number}")
    return listing


def seen(state: State, call: Call) -> Json:
    """The same for reads: as of a while ago, perhaps; what isn't active only for its owner."""
    number = path_id(call, "listing_id")
    listing = look(state, number)
    # Unconfirmed: that a stranger gets 404, and not 403, for a listing that isn't on sale.
    if listing is None or (listing["state"] != "active" and listing["seller"] != call.seller):
        raise refusal(404, f"Listing {number} not found")
    return listing


def look(state: State, number: int) -> Json | None:
    """A listing as reads show it."""
    owner = owner_of(state, number)
    if owner is None:
        return None
    return state.documents.get(LISTINGS, owner, str(number), as_of=state.seen_from_outside())


def owner_of(state: State, number: int) -> str | None:
    found = state.documents.everywhere(OWNERS, key=str(number))
    return found[0][0] if found else None


def save(state: State, listing: Json) -> None:
    """Store it; what changed anything is a modification, which has its time."""
    key, seller = str(listing["listing_id"]), listing["seller"]
    before = state.documents.get(LISTINGS, seller, key)
    if before == listing:
        return
    if before is not None:
        listing["modifications"] += 1
        if before["state"] != listing["state"]:
            listing["state_since"] = int(state.now())
    listing["modified"] = int(state.now())
    state.documents.put(LISTINGS, seller, key, listing)
    state.documents.put(OWNERS, seller, key, {})


def remove(state: State, listing: Json) -> None:
    state.documents.remove(LISTINGS, listing["seller"], str(listing["listing_id"]))


def offerings(listing: Json) -> list[Json]:
    """All offerings that buyers may see, of all its products."""
    return [
        offering
        for product in listing["products"]
        for offering in product["offerings"]
        if offering["is_enabled"]
    ]


def quantity(listing: Json) -> int:
    return sum(each["quantity"] for each in offerings(listing))


def skus(listing: Json) -> list[str]:
    return list(dict.fromkeys(each["sku"] for each in listing["products"] if each["sku"]))


def subject(listing: Json) -> str:
    """What the log and the faults call it: its SKUs and its title."""
    return " ".join([*skus(listing), listing["fields"]["title"]])


def shown(state: State, listing: Json) -> Json:
    """As a ShopListing."""
    seller, fields = sellers.known(state, listing["seller"]), listing["fields"]
    cheapest = min((each["price"] for each in offerings(listing)), default=listing["price"])
    return {
        "listing_id": listing["listing_id"],
        "user_id": seller["user_id"],
        "shop_id": seller["shop_id"],
        "title": fields["title"],
        "description": fields["description"],
        "state": listing["state"],
        **_times(listing),
        "quantity": quantity(listing),
        "shop_section_id": fields.get("shop_section_id"),
        "featured_rank": fields.get("featured_rank") or -1,
        "url": f"https://www.etsy.com/listing/{listing['listing_id']}",
        "num_favorers": 0,
        "non_taxable": not fields.get("is_taxable", True),
        "is_taxable": fields.get("is_taxable", True),
        "is_customizable": fields.get("is_customizable", False),
        "is_personalizable": fields.get("is_personalizable", False),
        "listing_type": fields["type"],
        "tags": fields.get("tags", []),
        "materials": fields.get("materials", []),
        "shipping_profile_id": fields.get("shipping_profile_id"),
        "return_policy_id": fields.get("return_policy_id"),
        "processing_min": fields.get("processing_min"),
        "processing_max": fields.get("processing_max"),
        "who_made": fields["who_made"],
        "when_made": fields["when_made"],
        "is_supply": fields["is_supply"],
        **{name: fields.get(name) for name in MEASURES},
        "is_private": False,
        "style": fields.get("styles", []),
        "file_data": "",
        "has_variations": len(listing["products"]) > 1,
        "should_auto_renew": fields.get("should_auto_renew", False),
        "language": "fr" if seller["country"] == "FR" else "en-US",
        "price": money(cheapest, seller["currency"]),
        "taxonomy_id": fields["taxonomy_id"],
        "readiness_state_id": _readiness_state(listing),
        "suggested_title": None,
    }


MEASURES = (
    "item_weight",
    "item_weight_unit",
    "item_length",
    "item_width",
    "item_height",
    "item_dimensions_unit",
)


def _times(listing: Json) -> Json:
    created, modified = listing["created"], listing["modified"]
    return {
        "creation_timestamp": listing["renewed"],
        "created_timestamp": listing["renewed"],
        "ending_timestamp": listing["ends"],
        "original_creation_timestamp": created,
        "last_modified_timestamp": modified,
        "updated_timestamp": modified,
        "state_timestamp": listing["state_since"],
    }


def _readiness_state(listing: Json) -> int | None:
    """The document: told of active physical listings only."""
    is_told = listing["state"] == "active" and listing["fields"]["type"] == "physical"
    number: int | None = listing["fields"].get("readiness_state_id")
    return number if is_told else None
