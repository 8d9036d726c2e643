"""Inventory items: what the seller has, by their own SKU (`/sell/inventory/v1/inventory_item`)."""

from typing import Any

from marketplaces.sandbox.ebay import listings, offers
from marketplaces.sandbox.ebay.errors import refusal
from marketplaces.sandbox.ebay.item_rules import SHAPE, check_item, check_sku
from marketplaces.sandbox.ebay.kinds import ITEMS
from marketplaces.sandbox.ebay.paging import page_by_number
from marketplaces.sandbox.ebay.request_body import (
    check_accepted_language,
    json_object,
    require_language,
)
from marketplaces.sandbox.messages import Answer, Call
from marketplaces.sandbox.state import State

Json = dict[str, Any]

PATH = "/sell/inventory/v1/inventory_item"


def put(state: State, call: Call) -> Answer:
    """Create or fully replace an item; what is live from it is revised at once."""
    sku = call.params["sku"]
    check_sku(sku)
    language = require_language(call)
    body = json_object(call, SHAPE)
    check_item(state, call.seller, sku, body)
    item = body | {"sku": sku, "locale": language.replace("-", "_")}
    known = state.documents.get(ITEMS, call.seller, sku) is not None
    changed = state.documents.put(ITEMS, call.seller, sku, item)
    if changed:
        listings.revise(state, call.seller, sku)
    headers = {"Content-Language": language}
    if known:
        return Answer(status=204, headers=headers, effect=changed)
    return Answer(status=201, body={"warnings": []}, headers=headers, effect=True)


def read(state: State, call: Call) -> Answer:
    check_accepted_language(call)
    moment = state.seen_from_outside()
    item = state.documents.get(ITEMS, call.seller, call.params["sku"], as_of=moment)
    if item is None:
        raise refusal(404, 25710)
    return Answer(status=200, body=item)


def read_all(state: State, call: Call) -> Answer:
    check_accepted_language(call)
    moment = state.seen_from_outside()
    found = state.documents.all_of(ITEMS, call.seller, as_of=moment)
    return page_by_number(
        call,
        found,
        name="inventoryItems",
        path=PATH,
        default=25,
        most=200,
        shift=state.settings.items_skipped_per_page - state.settings.items_repeated_per_page,
    )


def delete(state: State, call: Call) -> Answer:
    """Delete the item, its unpublished offers, and its listing of a single variation."""
    sku = call.params["sku"]
    if not state.documents.remove(ITEMS, call.seller, sku):
        raise refusal(404, 25710)
    for offer in offers.of_sku(state, call.seller, sku):
        offers.remove(state, call.seller, offer)
    return Answer(status=204, effect=True)
