"""createDraftListing: each call makes a listing of its own, however often it says the same."""

from typing import Any

from marketplaces.sandbox.etsy import forms, images, listing_rules, listings, shops
from marketplaces.sandbox.etsy.errors import refusal
from marketplaces.sandbox.etsy.money import cents_of
from marketplaces.sandbox.etsy.parameters import path_id
from marketplaces.sandbox.messages import Answer, Call
from marketplaces.sandbox.state import State

Json = dict[str, Any]


def create(state: State, call: Call) -> Answer:
    path_id(call, "shop_id")
    seller = shops.owned(state, call)
    fields, unknown = forms.read(call, forms.CREATE)
    _check(state, call.seller, fields)
    price, quantity = cents_of(fields.pop("price")), fields.pop("quantity")
    image_ids = fields.pop("image_ids", [])
    fields = {"type": "physical", **fields}
    listing = new(state, seller, fields, price=price, quantity=quantity)
    listing["image_ids"] = images.assignable(state, call.seller, image_ids)
    listings.save(state, listing)
    note_unknown(state, call, unknown)
    call.subject = listings.subject(listing)
    return Answer(status=201, body=listings.shown(state, listing), effect=True)


def new(state: State, seller: Json, fields: Json, *, price: int, quantity: int) -> Json:
    """A draft that nobody has saved yet; the price is in cents."""
    now = int(state.now())
    return {
        "listing_id": state.store.next_number("etsy.listing", start=1_800_000_001),
        "seller": seller["username"],
        "state": "draft",
        "fields": fields,
        "price": price,
        "products": [_product(state, price, quantity, fields.get("readiness_state_id"))],
        "on_property": {},
        "image_ids": [],
        "created": now,
        "renewed": now,
        "ends": now + listings.TERM,
        "state_since": now,
        "modifications": 0,
        "sold": 0,
        "fees": 0,
    }


def note_unknown(state: State, call: Call, names: list[str]) -> None:
    """Etsy passes over what it doesn't know; a client that says it nevertheless is mistaken."""
    for name in names:
        state.effects.add_violation(f"{call.route} has no field {name!r}")


def _check(state: State, seller: str, fields: Json) -> None:
    for name in forms.REQUIRED:
        if name not in fields:
            raise refusal(400, f"Missing required parameter: {name}.")
    listing_rules.check_making(fields)
    listing_rules.check_text(fields)
    listing_rules.check_amounts(fields)
    listing_rules.check_references(state, seller, fields)
    if fields.get("type", "physical") != "download":
        # The document has shipping_profile_id as required; of readiness_state_id, which took the
        # place of the processing days, it only tells the tale. Unconfirmed.
        for name in ("shipping_profile_id", "readiness_state_id"):
            if fields.get(name) is None:
                raise refusal(400, f"A {name} is required for physical listings.")


def _product(state: State, price: int, quantity: int, readiness_state_id: int | None) -> Json:
    """What the inventory of a listing is until the seller writes one."""
    offering = {
        "offering_id": state.store.next_number("etsy.offering", start=24_000_000_001),
        "price": price,
        "quantity": quantity,
        "is_enabled": True,
        "readiness_state_id": readiness_state_id,
    }
    return {
        "product_id": state.store.next_number("etsy.product", start=19_000_000_001),
        "sku": "",
        "property_values": [],
        "offerings": [offering],
    }
