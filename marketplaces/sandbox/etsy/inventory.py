"""A listing's inventory: its products (variations), their offerings, and with these price and stock."""

import json
from decimal import Decimal
from typing import Any

from marketplaces.sandbox.etsy import inventory_rules, listings, sellers, states
from marketplaces.sandbox.etsy.money import cents_of, money
from marketplaces.sandbox.etsy.parameters import choice
from marketplaces.sandbox.messages import Answer, Call
from marketplaces.sandbox.state import State

Json = dict[str, Any]


def read(state: State, call: Call) -> Answer:
    """SKUs are told to the listing's owner only; the token has to be theirs to see all of it."""
    listing = listings.seen(state, call)
    body = shown(state, listing, reader=call.seller)
    if choice(call, "includes", ("", "Listing"), default=""):
        body["listing"] = listings.shown(state, listing)
    return Answer(status=200, body=body)


def write(state: State, call: Call) -> Answer:
    """Take the document for the whole of the inventory."""
    listing = listings.owned(state, call)
    body = inventory_rules.read(state, call)
    ids_before = {_variation(each): each["product_id"] for each in listing["products"]}
    listing["products"] = [_product(state, each, ids_before) for each in body["products"]]
    listing["on_property"] = {name: body.get(name) or [] for name in inventory_rules.ON_PROPERTY}
    _tell_readiness(listing)
    if listing["state"] == "active":
        # A quantity of 0 is refused for what is on sale: it has to be deactivated (open-api#581).
        states.check_publishable(state, sellers.known(state, call.seller), listing)
    before = state.documents.last_version()
    listings.save(state, listing)
    call.subject = listings.subject(listing)
    has_changed = state.documents.last_version() != before
    answer = shown(state, listing, reader=call.seller)
    return Answer(status=200, body=answer, effect=has_changed)


def shown(state: State, listing: Json, *, reader: str) -> Json:
    """As a ListingInventory."""
    seller = sellers.known(state, listing["seller"])
    is_owner = reader == listing["seller"]
    products = [
        {
            "product_id": product["product_id"],
            "sku": product["sku"] if is_owner else "",
            "is_deleted": False,
            "offerings": [_offering(each, seller["currency"]) for each in product["offerings"]],
            "property_values": [_property(each) for each in product["property_values"]],
        }
        for product in listing["products"]
    ]
    on_property = {
        name: listing["on_property"].get(name, []) for name in inventory_rules.ON_PROPERTY
    }
    return {"products": products, **on_property}


def _product(state: State, product: Json, ids_before: dict[str, int]) -> Json:
    """The same variation keeps its id. Unconfirmed, and of no use as a key: offerings get new ones."""
    product_id = ids_before.get(_variation(product))
    if product_id is None:
        product_id = state.store.next_number("etsy.product", start=19_000_000_001)
    return {
        "product_id": product_id,
        "sku": product.get("sku") or "",
        "property_values": product.get("property_values") or [],
        "offerings": [
            each
            | {
                "offering_id": _offering_id(product_id, number),
                "price": cents_of(Decimal(each["price"])),
            }
            for number, each in enumerate(product["offerings"])
        ],
    }


def _offering_id(product_id: int, number: int) -> int:
    """One for each place in a product, so that the same document again changes nothing."""
    return product_id * 10 + number


def _variation(product: Json) -> str:
    return json.dumps(product.get("property_values") or [], sort_keys=True)


def _tell_readiness(listing: Json) -> None:
    """The listing's own processing profile follows the first that its offerings name."""
    named = [
        each["readiness_state_id"]
        for each in listings.offerings(listing)
        if each["readiness_state_id"] is not None
    ]
    if named:
        listing["fields"]["readiness_state_id"] = named[0]


def _offering(offering: Json, currency: str) -> Json:
    return {
        "offering_id": offering["offering_id"],
        "quantity": offering["quantity"],
        "is_enabled": offering["is_enabled"],
        "is_deleted": False,
        "price": money(offering["price"], currency),
        "readiness_state_id": offering["readiness_state_id"],
    }


def _property(value: Json) -> Json:
    return {
        "property_id": value["property_id"],
        "property_name": value.get("property_name"),
        "scale_id": value.get("scale_id"),
        "scale_name": None,
        "value_ids": value["value_ids"],
        "values": value["values"],
    }
