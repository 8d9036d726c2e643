"""A sale as Vinted shows it (a transaction), as the facts that are recorded.

Nothing of the buyer is read. A bundle is one transaction with several items, each one piece.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from marketplaces.models import OrderStatus
from marketplaces.sales import LineFacts, OrderFacts, UnreadableOrderError
from marketplaces.vinted import titles
from marketplaces.vinted.answers import is_number, money

Json = Mapping[str, Any]

COMPLETED, FAILED = "completed", "failed"
"""`transaction_user_status`; every other word is a sale that is under way."""
_SENT = 200
"""The shipment's status from which on the parcel is on its way."""


def transaction_id(row: Json) -> str:
    """Of a line of the list of orders; UnreadableOrderError when it has none."""
    told = row.get("transaction_id")
    if isinstance(told, bool) or not is_number(str(told or "")):
        raise UnreadableOrderError("vinted", told, ValueError("transaction_id"))
    return str(told)


def is_over(row: Json) -> bool:
    return row.get("transaction_user_status") in {COMPLETED, FAILED}


def moment(told: Any) -> datetime | None:
    """A time of Vinted's; None for one that cannot be read."""
    try:
        read = datetime.fromisoformat(str(told))
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def facts_of(row: Json, transaction: Json, site: str) -> OrderFacts:
    """`row`: its line in the list of orders. UnreadableOrderError when that cannot be."""
    try:
        return _facts(row, transaction, site).fit()
    except (AttributeError, KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise UnreadableOrderError("vinted", row.get("transaction_id"), error) from error


def _facts(row: Json, transaction: Json, site: str) -> OrderFacts:
    changed_at = moment(transaction.get("status_updated_at"))
    placed_at = moment(row.get("date")) or moment(transaction.get("debit_processed_at"))
    amount, currency = money(row.get("price"))
    known = placed_at or changed_at
    if known is None:
        raise ValueError("date")
    thread = transaction.get("user_msg_thread_id") or row.get("conversation_id")
    return OrderFacts(
        external_id=transaction_id(row),
        status=_status(transaction),
        placed_at=known,
        changed_at=changed_at or known,
        total=Decimal(amount) if amount else None,
        currency=currency,
        url=f"https://{site}/inbox/{int(thread)}" if thread else "",
        # What was paid back after it had been sent is a return: the piece was sold.
        is_cancelled=transaction.get("transaction_user_status") == FAILED
        and not _is_sent(transaction),
        lines=tuple(_line(each) for each in _items(transaction)),
    )


def _status(transaction: Json) -> str:
    told = transaction.get("transaction_user_status")
    if told == FAILED:
        return OrderStatus.CLOSED
    if told == COMPLETED or _is_sent(transaction):
        return OrderStatus.SENT
    return OrderStatus.PAID


def _is_sent(transaction: Json) -> bool:
    shipment = transaction.get("shipment")
    status = shipment.get("status") if isinstance(shipment, dict) else None
    return isinstance(status, int) and status >= _SENT


def _items(transaction: Json) -> list[Json]:
    """Those of a bundle, else the only one."""
    order = transaction.get("order")
    found = order.get("items") if isinstance(order, dict) else None
    if isinstance(found, list) and found:
        return found
    return [{"id": transaction["item_id"], "title": transaction.get("item_title")}]


def _line(item: Json) -> LineFacts:
    number = str(int(item["id"]))
    amount, _currency = money(item.get("price"))
    title = str(item.get("title") or "")
    return LineFacts(
        external_id=number,
        listing_id=number,
        sku=titles.key_in(title),
        title=title,
        quantity=1,
        price=Decimal(amount) if amount else None,
    )
