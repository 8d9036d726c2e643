"""What sellers and Etsy itself do to listings past any API, as the control port plays it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from marketplaces.sandbox.etsy import drafts, listings, sellers, states
from marketplaces.sandbox.etsy.kinds import LISTINGS
from marketplaces.sandbox.etsy.money import cents_of
from marketplaces.sandbox.state import State

Json = dict[str, Any]


def create(state: State, order: Mapping[str, Any]) -> Mapping[str, Any]:
    """`{username, title, sku, price, quantity, state}`: a listing that our software never saw."""
    seller = sellers.find(state, str(order.get("username", "")))
    if seller is None:
        raise ValueError("no seller by that name")
    fields = {
        "title": str(order["title"]),
        "description": str(order.get("description", order["title"])),
        "who_made": "someone_else",
        "when_made": "2010_2019",
        "is_supply": False,
        "taxonomy_id": 1,
        "type": "physical",
        "shipping_profile_id": seller["shipping_profile_id"],
        "readiness_state_id": seller["readiness_state_id"],
        "return_policy_id": seller["return_policy_id"],
    }
    price = cents_of(Decimal(str(order.get("price", "10.00"))))
    listing = drafts.new(state, seller, fields, price=price, quantity=int(order.get("quantity", 1)))
    listing["products"][0]["sku"] = str(order.get("sku", ""))
    listing["state"] = str(order.get("state", "active"))
    listings.save(state, listing)
    return {"listing_id": listing["listing_id"]}


def change(state: State, order: Mapping[str, Any]) -> Mapping[str, Any]:
    """`{listing_id, state, title, sku, price, quantity}`, of the last five those that change.

    `state` may be any word, also one that our clients don't know; `removed` deletes the listing.
    """
    listing = existing(state, int(order["listing_id"]))
    if order.get("state") == "removed":
        listings.remove(state, listing)
        return {"removed": True}
    listing["state"] = str(order.get("state", listing["state"]))
    listing["fields"]["title"] = str(order.get("title", listing["fields"]["title"]))
    [product, *_] = listing["products"]
    product["sku"] = str(order.get("sku", product["sku"]))
    [offering, *_] = product["offerings"]
    offering["quantity"] = int(order.get("quantity", offering["quantity"]))
    if "price" in order:
        offering["price"] = cents_of(Decimal(str(order["price"])))
    states.settle(listing)
    listings.save(state, listing)
    return {"state": listing["state"]}


def existing(state: State, number: int) -> Json:
    owner = listings.owner_of(state, number)
    listing = None if owner is None else state.documents.get(LISTINGS, owner, str(number))
    if listing is None:
        raise ValueError(f"there is no listing {number}")
    return listing
