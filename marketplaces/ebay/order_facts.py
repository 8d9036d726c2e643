"""An order as eBay's Fulfillment API (1.20.7) shows it, as the facts that are recorded.

Nothing of the buyer is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from marketplaces.models import OrderStatus
from marketplaces.sales import LineFacts, OrderFacts, UnreadableOrderError

Json = Mapping[str, Any]

CANCELLED = "CANCELED"
"""Of CancelStateEnum; IN_PROGRESS and NONE_REQUESTED are not cancelled (yet)."""
UNPAID = frozenset({"PENDING", "FAILED"})
PAID_BACK = "FULLY_REFUNDED"
SENT = "FULFILLED"


def facts_of(order: Json, site: str) -> OrderFacts:
    """`site`: the host where the seller sees it. UnreadableOrderError when that cannot be."""
    try:
        return _facts(order, site).fit()
    except (AttributeError, KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise UnreadableOrderError("ebay", order.get("orderId"), error) from error


def _facts(order: Json, site: str) -> OrderFacts:
    number = _text(order, "orderId")
    total = (order.get("pricingSummary") or {}).get("total") or {}
    payment = order.get("orderPaymentStatus") or ""
    cancellation = order.get("cancelStatus") or {}
    is_cancelled = cancellation.get("cancelState") == CANCELLED
    return OrderFacts(
        external_id=number,
        status=_status(payment, order.get("orderFulfillmentStatus") or ""),
        placed_at=datetime.fromisoformat(order["creationDate"]),
        changed_at=datetime.fromisoformat(order["lastModifiedDate"]),
        total=_amount(total),
        currency=str(total.get("currency") or ""),
        url=f"https://{site}/mesh/ord/details?orderid={number}",
        # A whole refund without a cancellation is a return: the piece was sold.
        is_cancelled=is_cancelled,
        lines=tuple(_line(line) for line in order["lineItems"]),
        cancelled_at=_moment(cancellation.get("cancelledDate")) if is_cancelled else None,
    )


def _status(payment: str, fulfillment: str) -> str:
    if payment == PAID_BACK:
        return OrderStatus.CLOSED
    if payment in UNPAID:
        return OrderStatus.UNPAID
    return OrderStatus.SENT if fulfillment == SENT else OrderStatus.PAID


def _line(line: Json) -> LineFacts:
    """`lineItemCost` is of all pieces together."""
    quantity, cost = int(line["quantity"]), _amount(line.get("lineItemCost"))
    each = cost / quantity if cost is not None and quantity else None
    return LineFacts(
        external_id=_text(line, "lineItemId"),
        listing_id=str(line.get("legacyItemId") or ""),
        sku=str(line.get("sku") or ""),
        title=str(line.get("title") or ""),
        quantity=quantity,
        price=None if each is None else each.quantize(Decimal("0.01")),
    )


def _text(document: Json, name: str) -> str:
    text = document[name]
    if not isinstance(text, str) or not text:
        raise ValueError(name)
    return text


def _moment(told: Any) -> datetime | None:
    """None where eBay does not say it: then the first cancelled state tells it well enough."""
    try:
        return datetime.fromisoformat(told)
    except (TypeError, ValueError):
        return None


def _amount(told: Any) -> Decimal | None:
    """None where eBay does not say it: its documents require no field, and no sale needs a price."""
    try:
        amount = Decimal(told["value"])
    except (KeyError, TypeError, ValueError, InvalidOperation):
        return None
    return amount if amount.is_finite() else None
