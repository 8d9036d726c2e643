"""Buyers, as the control port plays them: they buy, and the sale runs its course or falls through."""

from collections.abc import Mapping
from typing import Any

from marketplaces.sandbox.state import State
from marketplaces.sandbox.vinted import by_hand, items, sellers
from marketplaces.sandbox.vinted.kinds import TRANSACTIONS
from marketplaces.sandbox.vinted.reports import SaleReport

Json = dict[str, Any]

RUNNING, COMPLETED, FAILED = "waiting", "completed", "failed"
"""`transaction_user_status`; any word but the last two is a sale under way."""

COURSE: dict[str, tuple[str, int, int]] = {
    "pay": (RUNNING, 230, 100),
    "ship": (RUNNING, 260, 200),
    "deliver": (RUNNING, 380, 400),
    "complete": (COMPLETED, 450, 400),
    "fail": (FAILED, 520, 100),
}
"""What can happen to a sale: `transaction_user_status`, its number, and that of the shipment."""


def sell(state: State, order: Mapping[str, Any]) -> Mapping[str, Any]:
    """`{username, item_ids, to}`: one transaction, of a bundle if there are several items.

    The items are closed as sold; `to` is one of COURSE, `pay` by default.
    """
    seller = sellers.named(state, order)
    bought = [by_hand.existing(state, number) for number in order.get("item_ids", [])]
    if not bought or any(not items.is_public(each) or each["is_closed"] for each in bought):
        raise ValueError("a sale needs items that buyers see")
    if any(each["seller"] != seller["username"] for each in bought):
        raise ValueError("a sale has items of one seller")
    for item in bought:
        item |= {"is_closed": True, "item_closing_action": "sold"}
        items.save(state, item)
    number = state.store.next_number("vinted.transaction", start=15_000_000_001)
    sale = {
        "id": number,
        "conversation_id": state.store.next_number("vinted.conversation", start=9_000_000_001),
        "shipment_id": state.store.next_number("vinted.shipment", start=3_000_000_001),
        "seller": seller["username"],
        "buyer": str(order.get("buyer", "a_buyer")),
        "created": state.now(),
        "item_ids": [each["id"] for each in bought],
    }
    return _moved(state, sale, str(order.get("to", "pay")))


def change(state: State, order: Mapping[str, Any]) -> Mapping[str, Any]:
    """`{transaction_id, to, reopens}`; with `reopens` the items of a failed sale are on sale again."""
    found = state.documents.everywhere(TRANSACTIONS, key=str(order.get("transaction_id", "")))
    if not found:
        raise ValueError("there is no such transaction")
    sale = found[0][1]
    if order.get("reopens"):
        for number in sale["item_ids"]:
            item = by_hand.existing(state, number)
            items.save(state, item | {"is_closed": False, "item_closing_action": None})
    return _moved(state, sale, str(order.get("to", "")))


def _moved(state: State, sale: Json, to: str) -> SaleReport:
    if to not in COURSE:
        raise ValueError(f"no such change of a sale; there are {', '.join(COURSE)}")
    word, status, shipment = COURSE[to]
    sale |= {
        "user_status": word,
        "status": status,
        "shipment_status": shipment,
        "status_updated": state.now(),
    }
    state.documents.put(TRANSACTIONS, sale["seller"], str(sale["id"]), sale)
    return SaleReport(transaction_id=sale["id"], status=word, item_ids=sale["item_ids"])
