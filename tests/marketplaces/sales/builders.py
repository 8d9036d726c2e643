"""Orders as a marketplace tells them."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from marketplaces.models import Account, OrderStatus, Product
from marketplaces.sales import LineFacts, OrderFacts, record_orders


def line(
    listing_id: str = "L1", quantity: int = 1, *, number: str = "1", **facts: Any
) -> LineFacts:
    told: dict[str, Any] = {
        "external_id": number,
        "listing_id": listing_id,
        "sku": "",
        "title": "Mug",
        "quantity": quantity,
        "price": Decimal("9.50"),
    }
    return LineFacts(**{**told, **facts})


def order(
    number: str = "100-1",
    *lines: LineFacts,
    placed_at: datetime | None = None,
    version: int = 1,
    is_cancelled: bool = False,
    cancelled_at: datetime | None = None,
) -> OrderFacts:
    """`version`: the n-th state of the order; `cancelled_at`: as the marketplace itself tells it."""
    placed_at = placed_at or timezone.now()
    return OrderFacts(
        external_id=number,
        status=OrderStatus.PAID,
        placed_at=placed_at,
        changed_at=placed_at + timedelta(seconds=version),
        total=Decimal("9.50"),
        currency="EUR",
        url="",
        is_cancelled=is_cancelled or cancelled_at is not None,
        cancelled_at=cancelled_at,
        lines=lines or (line(),),
    )


def sell(account: Account, product: Product) -> None:
    """An order of one piece more than there is."""
    pieces = (product.stock or 0) + 1
    record_orders(account, [order(f"N-{product.pk}", line("", pieces, sku=product.sku))])
