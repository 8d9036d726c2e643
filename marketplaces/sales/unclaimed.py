"""Pieces that a marketplace has counted as sold, and for which no order has come (docs/adr/0043).

Bought and cancelled between two fetches of orders, as a rule. Nobody but a person can say whether
they are there; until then they count as sold.
"""

from __future__ import annotations

from datetime import timedelta

from django.db.models import F, Q, QuerySet

from marketplaces.models import Order, Sale
from marketplaces.sales.ledger import CLOCKS_DIFFER

ORDERS_MAY_BE_LATE = timedelta(minutes=15)
"""How much later than its listing's count an order may show; clocks differ, too."""

UNCLAIMED = Q(
    order_line__isnull=True,
    product__isnull=False,
    stock_before__isnull=False,
    settled_at__isnull=True,
    returned__lt=F("quantity") - F("oversold"),
    recorded_at__lt=F("account__last_orders_at") - ORDERS_MAY_BE_LATE,
)
"""All orders were read since, and nobody has said yet what became of the pieces."""


def is_unclaimed(sale: Sale) -> bool:
    """Whether all orders were read since the pieces were counted, and none was theirs."""
    read_at = sale.account.last_orders_at
    if sale.order_line_id is not None or read_at is None:
        return False
    return sale.recorded_at < read_at - ORDERS_MAY_BE_LATE


def counted_while_unknown(order: Order) -> QuerySet[Sale]:
    """Sales without an order that may be this one's: once it is known, it is no news any more."""
    return Sale.objects.filter(
        order_line=None,
        account=order.account_id,
        recorded_at__gte=order.placed_at - CLOCKS_DIFFER,
        recorded_at__lte=order.recorded_at,
    )
