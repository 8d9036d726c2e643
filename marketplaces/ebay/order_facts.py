"""An order as eBay's Fulfillment API (1.20.7) shows it, as the facts that are recorded.

Nothing of the buyer is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from marketplaces.models import OrderStatus
from marketplaces.sales import LineFacts, OrderFacts
from tasks.errors import TransientError
from tasks.sentences import sentence

Json = Mapping[str, Any]

CANCELLED = "CANCELED"
"""Of CancelStateEnum; IN_PROGRESS and NONE_REQUESTED are not cancelled (yet)."""
UNPAID = frozenset({"PENDING", "FAILED"})
PAID_BACK = "FULLY_REFUNDED"
SENT = "FULFILLED"


def facts_of(order: Json, site: str) -> OrderFacts:
    """`site`: the host where the seller sees it. TransientError for an order that cannot be read."""
    try:
        return _facts(order, site)
    except (KeyError, TypeError, ValueError, InvalidOperation) as error:
        raise TransientError(
            sentence(
                "eBay shows order {number} in a form that StoFlow cannot read.",
                number=order.get("orderId") or "?",
            ),
            evidence={"field": str(error)},
        ) from error


def _facts(order: Json, site: str) -> OrderFacts:
    number = order["orderId"]
    total = order.get("pricingSummary", {}).get("total") or {}
    payment = order.get("orderPaymentStatus", "")
    is_cancelled = (order.get("cancelStatus") or {}).get("cancelState") == CANCELLED
    return OrderFacts(
        external_id=number,
        status=_status(payment, order.get("orderFulfillmentStatus", "")),
        placed_at=datetime.fromisoformat(order["creationDate"]),
        changed_at=datetime.fromisoformat(order["lastModifiedDate"]),
        total=Decimal(total["value"]) if total else None,
        currency=total.get("currency", ""),
        url=f"https://{site}/mesh/ord/details?orderid={number}",
        # A whole refund without a cancellation is a return: the piece was sold.
        is_cancelled=is_cancelled,
        lines=tuple(_line(line) for line in order["lineItems"]),
    )


def _status(payment: str, fulfillment: str) -> str:
    if payment == PAID_BACK:
        return OrderStatus.CLOSED
    if payment in UNPAID:
        return OrderStatus.UNPAID
    return OrderStatus.SENT if fulfillment == SENT else OrderStatus.PAID


def _line(line: Json) -> LineFacts:
    """`lineItemCost` is of all pieces together."""
    quantity, cost = int(line["quantity"]), line.get("lineItemCost") or {}
    each = Decimal(cost["value"]) / quantity if cost and quantity else None
    return LineFacts(
        external_id=line["lineItemId"],
        listing_id=str(line.get("legacyItemId") or ""),
        sku=str(line.get("sku") or ""),
        title=str(line.get("title") or ""),
        quantity=quantity,
        price=None if each is None else each.quantize(Decimal("0.01")),
    )
