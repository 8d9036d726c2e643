"""Buyers, as the control port plays them: they buy, pay, and get their money back."""

from collections.abc import Mapping
from typing import Any

from marketplaces.sandbox.etsy import by_hand, listings, sellers, states
from marketplaces.sandbox.etsy.kinds import RECEIPTS
from marketplaces.sandbox.etsy.reports import OrderReport
from marketplaces.sandbox.state import State

Json = dict[str, Any]

STATUSES = {
    "pay": "paid",
    "complete": "completed",
    "cancel": "canceled",
    "refund": "fully refunded",
    "refund_in_part": "partially refunded",
}
"""What can happen to an order, and the status that it has then."""


def sell(state: State, order: Mapping[str, Any]) -> Mapping[str, Any]:
    """`{username, lines: [{listing_id, quantity, sku}], paid}`: one receipt.

    `sku` says which variation, the first by default; `paid` is true by default.
    """
    seller = sellers.find(state, str(order.get("username", "")))
    if seller is None:
        raise ValueError("no seller by that name")
    receipt_id = state.store.next_number("etsy.receipt", start=3_100_000_001)
    now = int(state.now())
    receipt = {
        "receipt_id": receipt_id,
        "seller": seller["username"],
        "status": "paid" if order.get("paid", True) else "payment processing",
        "created": now,
        "changed": now,
        "lines": [_sold(state, seller, line) for line in order.get("lines", [])],
    }
    if not receipt["lines"]:
        raise ValueError("an order needs a line")
    return _saved(state, receipt)


def change(state: State, order: Mapping[str, Any]) -> Mapping[str, Any]:
    """`{receipt_id, to}`, one of STATUSES. What is cancelled or refunded is not put back on sale."""
    found = state.documents.everywhere(RECEIPTS, key=str(order.get("receipt_id", "")))
    if not found or order.get("to") not in STATUSES:
        raise ValueError(f"no such receipt, or no such change; there are {', '.join(STATUSES)}")
    receipt = found[0][1]
    receipt |= {"status": STATUSES[order["to"]], "changed": int(state.now())}
    return _saved(state, receipt)


def _sold(state: State, seller: Json, line: Mapping[str, Any]) -> Json:
    listing = by_hand.existing(state, int(line["listing_id"]))
    if listing["seller"] != seller["username"] or listing["state"] != "active":
        raise ValueError(f"listing {line['listing_id']} is not on sale by {seller['username']}")
    quantity = int(line.get("quantity", 1))
    product = _product(listing, line.get("sku"))
    offering = product["offerings"][0]
    if not 0 < quantity <= offering["quantity"]:
        raise ValueError(f"{offering['quantity']} are left, not {quantity}")
    offering["quantity"] -= quantity
    listing["sold"] += quantity
    states.settle(listing)
    listings.save(state, listing)
    return {
        "transaction_id": state.store.next_number("etsy.transaction", start=4_000_000_001),
        "listing_id": listing["listing_id"],
        "listing_image_id": next(iter(listing["image_ids"]), None),
        "product_id": product["product_id"],
        "sku": product["sku"],
        "title": listing["fields"]["title"],
        "quantity": quantity,
        "price": offering["price"],
        "shipping_profile_id": listing["fields"].get("shipping_profile_id"),
    }


def _product(listing: Json, sku: str | None) -> Json:
    for product in listing["products"]:
        if sku in {None, product["sku"]}:
            return dict(product) | {"offerings": product["offerings"]}
    raise ValueError(f"the listing has no product {sku!r}")


def _saved(state: State, receipt: Json) -> Mapping[str, Any]:
    key = str(receipt["receipt_id"])
    state.documents.put(RECEIPTS, receipt["seller"], key, receipt)
    report = OrderReport(
        receipt_id=receipt["receipt_id"],
        status=receipt["status"],
        transaction_ids=[each["transaction_id"] for each in receipt["lines"]],
    )
    return dict(report)
