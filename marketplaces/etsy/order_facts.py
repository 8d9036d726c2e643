"""An order as Etsy shows it (a receipt with its transactions), as the facts that are recorded.

Nothing of the buyer is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from marketplaces.etsy.answers import money
from marketplaces.models import OrderStatus
from marketplaces.sales import LineFacts, OrderFacts, UnreadableOrderError

Json = Mapping[str, Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CANCELLED = "canceled"
PAID_BACK = "fully refunded"
UNPAID = frozenset({"open", "payment processing"})
"""Placed, and the payment is on its way: a matter of minutes or days (etsy/open-api#481).

Such an order counts as a sale at once. Etsy's document does not say when the listing's own quantity
falls, so the safe reading is taken: a piece that a buyer has ordered is not offered elsewhere in the
meantime, since to sell it twice costs more than to withdraw it too early. If no payment comes, Etsy
cancels the order, and the cancellation takes the sale back as any other does.
"""


def facts_of(receipt: Json, site: str) -> OrderFacts:
    """`site`: the host where the seller sees it. UnreadableOrderError when that cannot be."""
    try:
        return _facts(receipt, site).fit()
    except (AttributeError, KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise UnreadableOrderError("etsy", receipt.get("receipt_id"), error) from error


def _facts(receipt: Json, site: str) -> OrderFacts:
    number = str(int(receipt["receipt_id"]))
    total, currency = money(receipt.get("grandtotal"))
    # Etsy writes the words of its document in lower case, and has shown "Paid" too.
    status = str(receipt["status"]).lower()
    return OrderFacts(
        external_id=number,
        status=_status(status, receipt),
        placed_at=_moment(receipt["created_timestamp"]),
        changed_at=_moment(receipt["updated_timestamp"]),
        total=total,
        currency=currency,
        url=f"https://{site}/your/orders/sold?order_id={number}",
        # A whole refund without a cancellation is a return: the piece was sold.
        is_cancelled=status == CANCELLED,
        lines=tuple(_line(line) for line in receipt["transactions"]),
    )


def _status(status: str, receipt: Json) -> str:
    """What is in no list of ours is told by the receipt's own flags."""
    if status in {CANCELLED, PAID_BACK}:
        return OrderStatus.CLOSED
    if receipt.get("is_shipped"):
        return OrderStatus.SENT
    if status in UNPAID or receipt.get("is_paid") is False:
        return OrderStatus.UNPAID
    return OrderStatus.PAID


def _line(line: Json) -> LineFacts:
    price, _currency = money(line.get("price"))
    return LineFacts(
        external_id=str(int(line["transaction_id"])),
        listing_id=str(line.get("listing_id") or ""),
        sku=str(line.get("sku") or ""),
        title=str(line.get("title") or ""),
        quantity=int(line["quantity"]),
        price=price,
    )


def _moment(seconds: Any) -> datetime:
    return _EPOCH + timedelta(seconds=int(seconds))
