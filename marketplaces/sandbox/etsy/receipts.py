"""Receipts: a buyer's orders as the seller's software reads them."""

import math
from collections.abc import Callable
from typing import Any

from marketplaces.sandbox.etsy import shops
from marketplaces.sandbox.etsy.errors import refusal
from marketplaces.sandbox.etsy.kinds import RECEIPTS
from marketplaces.sandbox.etsy.money import money
from marketplaces.sandbox.etsy.parameters import (
    choice,
    number,
    optional_flag,
    optional_number,
    path_id,
)
from marketplaces.sandbox.messages import Answer, Call
from marketplaces.sandbox.state import State

Json = dict[str, Any]

EARLIEST = 946_684_800
"""The document's least timestamp, in seconds."""
SORTED_BY = {"created": "created", "updated": "changed", "receipt_id": "receipt_id"}
UPWARDS = ("asc", "ascending", "up")
DOWNWARDS = ("desc", "descending", "down")
UNPAID = ("open", "payment processing")
SHIPPING = 490
"""Cents, of every receipt."""


def read_all(state: State, call: Call) -> Answer:
    seller = shops.owned(state, call)
    limit = number(call, "limit", default=25, least=1, most=100)
    offset = number(call, "offset", default=0, least=0)
    sort_on = choice(call, "sort_on", tuple(SORTED_BY), default="created")
    order = choice(call, "sort_order", (*UPWARDS, *DOWNWARDS), default="desc")
    as_of = state.seen_from_outside()
    found = list(filter(_wanted(call), state.documents.all_of(RECEIPTS, call.seller, as_of=as_of)))
    found.sort(
        key=lambda each: (each[SORTED_BY[sort_on]], each["receipt_id"]), reverse=order in DOWNWARDS
    )
    shown = [_shown(seller, each) for each in found[offset : offset + limit]]
    return Answer(status=200, body={"count": len(found), "results": shown})


def read(state: State, call: Call) -> Answer:
    seller = shops.owned(state, call)
    return Answer(status=200, body=_shown(seller, _found(state, call)))


def transactions(state: State, call: Call) -> Answer:
    seller = shops.owned(state, call)
    receipt = _found(state, call)
    shown = [_transaction(seller, receipt, line) for line in receipt["lines"]]
    return Answer(status=200, body={"count": len(shown), "results": shown})


def _found(state: State, call: Call) -> Json:
    key = str(path_id(call, "receipt_id"))
    receipt = state.documents.get(RECEIPTS, call.seller, key, as_of=state.seen_from_outside())
    if receipt is None:
        raise refusal(404, f"Receipt {key} not found")
    return receipt


def _wanted(call: Call) -> Callable[[Json], bool]:
    """What the query asks for, refused if it can't be understood."""
    spans = [
        (
            field,
            optional_number(call, f"min_{name}", least=EARLIEST) or 0,
            optional_number(call, f"max_{name}", least=EARLIEST) or math.inf,
        )
        for name, field in (("created", "created"), ("last_modified", "changed"))
    ]
    flags = [(optional_flag(call, name), fact) for name, fact in FACTS.items()]

    def is_wanted(receipt: Json) -> bool:
        in_time = all(first <= receipt[field] <= last for field, first, last in spans)
        return in_time and all(flag in {None, fact(receipt)} for flag, fact in flags)

    return is_wanted


FACTS: dict[str, Callable[[Json], bool]] = {
    "was_paid": lambda receipt: receipt["status"] not in UNPAID,
    "was_shipped": lambda receipt: receipt["status"] == "completed",
    "was_delivered": lambda _receipt: False,
    "was_canceled": lambda receipt: receipt["status"] == "canceled",
}
"""The filters that are true or false of a receipt."""


def _shown(seller: Json, receipt: Json) -> Json:
    """As a ShopReceipt. The buyer is nobody: what is theirs is null or plainly made up."""
    currency = seller["currency"]
    total = sum(each["price"] * each["quantity"] for each in receipt["lines"])
    nothing = money(0, currency)
    return {
        "receipt_id": receipt["receipt_id"],
        "receipt_type": 0,
        "seller_user_id": seller["user_id"],
        "seller_email": None,
        "buyer_user_id": BUYER,
        "buyer_email": None,
        "name": "A buyer",
        **dict.fromkeys(("first_line", "second_line", "city", "state", "zip")),
        "status": receipt["status"],
        "formatted_address": None,
        "country_iso": None,
        "payment_method": "cc",
        **dict.fromkeys(("payment_email", "message_from_seller", "message_from_buyer")),
        "message_from_payment": None,
        "is_paid": receipt["status"] not in UNPAID,
        "is_shipped": receipt["status"] == "completed",
        "create_timestamp": receipt["created"],
        "created_timestamp": receipt["created"],
        "update_timestamp": receipt["changed"],
        "updated_timestamp": receipt["changed"],
        "is_gift": False,
        "gift_message": "",
        "gift_sender": "",
        "grandtotal": money(total + SHIPPING, currency),
        "subtotal": money(total, currency),
        "total_price": money(total, currency),
        "total_shipping_cost": money(SHIPPING, currency),
        "total_tax_cost": nothing,
        "total_vat_cost": nothing,
        "discount_amt": nothing,
        "gift_wrap_price": nothing,
        "shipments": [],
        "transactions": [_transaction(seller, receipt, each) for each in receipt["lines"]],
        "refunds": _refunds(receipt, total, currency),
    }


BUYER = 90_000_001
"""The user id of whoever buys."""


def _transaction(seller: Json, receipt: Json, line: Json) -> Json:
    """As a ShopReceiptTransaction."""
    is_paid = receipt["status"] not in UNPAID
    return {
        "transaction_id": line["transaction_id"],
        "title": line["title"],
        "description": None,
        "seller_user_id": seller["user_id"],
        "buyer_user_id": BUYER,
        "create_timestamp": receipt["created"],
        "created_timestamp": receipt["created"],
        "paid_timestamp": receipt["created"] if is_paid else None,
        "shipped_timestamp": None,
        "quantity": line["quantity"],
        "listing_image_id": line["listing_image_id"],
        "receipt_id": receipt["receipt_id"],
        "is_digital": False,
        "file_data": "",
        "listing_id": line["listing_id"],
        "transaction_type": "listing",
        "product_id": line["product_id"],
        "sku": line["sku"],
        "price": money(line["price"], seller["currency"]),
        "shipping_cost": money(0, seller["currency"]),
        "variations": [],
        "product_data": [],
        "shipping_profile_id": line["shipping_profile_id"],
        "min_processing_days": 1,
        "max_processing_days": 2,
        "shipping_method": None,
        "shipping_upgrade": None,
        "expected_ship_date": None,
        "buyer_coupon": 0.0,
        "shop_coupon": 0.0,
    }


def _refunds(receipt: Json, total: int, currency: str) -> list[Json]:
    amounts = {"fully refunded": total + SHIPPING, "partially refunded": total // 2}
    if receipt["status"] not in amounts:
        return []
    return [
        {
            "amount": money(amounts[receipt["status"]], currency),
            "created_timestamp": receipt["changed"],
            "reason": None,
            "note_from_issuer": None,
            "status": "success",
        }
    ]
