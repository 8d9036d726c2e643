"""The ledger of sales: each piece lowers the stock once.

Of one listing id, orders tell piece by piece and a sync tells how many in all. What is taken from
stock is the greater of the two: an order's pieces are first tied to what a sync has reported
without an order, and only the rest is taken. The product's row lock (`stock.hold`) is held by the
caller, so no two sources do this at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from marketplaces.models import Account, Order, OrderLine, Product, Sale, SoldBefore

CLOCKS_DIFFER = timedelta(minutes=5)
"""How far a marketplace's clock may be from ours; its times may be whole seconds, too."""


@dataclass(frozen=True, slots=True)
class ListingSold:
    """The ledger of one listing id; `product` is held."""

    account: Account
    listing_id: str
    product: Product

    def counted(self) -> int:
        """Pieces that a sync's number must exceed before there is news in it."""
        before = self._before()
        if before is None:
            return self.known()
        return before.quantity + self.known(since=before.since - CLOCKS_DIFFER)

    def known(self, *, since: datetime | None = None) -> int:
        """Pieces that somebody has told of, sold or cancelled, of all time or since then."""
        return self.pieces(since=since) + self.cancelled(since=since)

    def pieces(self, *, since: datetime | None = None) -> int:
        """Pieces sold, of all time or since then."""
        return pieces_of(self.account.pk, self.listing_id, since=since)

    def cancelled(self, *, since: datetime | None = None) -> int:
        """Pieces of cancelled orders that were never taken from stock, of all time or since then.

        A marketplace may count them as sold all the same.
        """
        lines = OrderLine.objects.filter(
            order__account=self.account,
            order__cancelled_at__isnull=False,
            listing_external_id=self.listing_id,
        )
        if since is not None:
            lines = lines.filter(order__placed_at__gte=since)
        ordered = lines.aggregate(pieces=Sum("quantity"))["pieces"] or 0
        taken = Sale.objects.filter(order_line__in=lines).aggregate(pieces=Sum("quantity"))
        return max(0, ordered - (taken["pieces"] or 0))

    def latest(self) -> Sale | None:
        return self._entries().order_by("pk").last()

    def take(self, pieces: int, *, at: datetime, line: OrderLine | None = None) -> Sale:
        """Lower the stock, not below 0; what is beyond it is oversold. Unknown stock stays so."""
        before = self.product.stock
        after = None if before is None else max(0, before - pieces)
        if after != before:
            self.product.stock = after
            Product.objects.filter(pk=self.product.pk).update(
                stock=after, updated_at=timezone.now()
            )
        return Sale.objects.create(
            product=self.product,
            product_name=self.product.title,
            account=self.account,
            listing_external_id=self.listing_id,
            quantity=pieces,
            order_line=line,
            seen_by_sync=line is None,
            stock_before=before,
            stock_after=after,
            oversold=0 if before is None else max(0, pieces - before),
            occurred_at=at,
        )

    def tie(self, line: OrderLine, pieces: int) -> int:
        """Tie pieces that a sync has reported to the order's line; how many could be."""
        placed_at = line.order.placed_at
        before = self._before()
        if before is not None and placed_at < before.since - CLOCKS_DIFFER:
            return 0
        left = pieces
        for sale in self._open_to(line.order).order_by("pk"):
            if not left:
                break
            part = min(left, sale.quantity)
            _split(sale, part)
            sale.order_line, sale.occurred_at = line, placed_at
            sale.save()
            left -= part
        return pieces - left

    def _open_to(self, order: Order) -> QuerySet[Sale]:
        """Entries without an order that may have been made because of this one.

        What staff have put back is in the stock again, to be taken anew; what they have confirmed is
        no order's that was placed later.
        """
        earlier = Q(recorded_at__gte=order.placed_at - CLOCKS_DIFFER)
        entries = self._entries().filter(Q(settled_at=None) | earlier, order_line=None, returned=0)
        if order.cancelled_at is None:
            return entries
        # Only a sync that looked between sale and cancellation has counted this order.
        return entries.filter(recorded_at__gte=order.placed_at, recorded_at__lt=order.cancelled_at)

    def _entries(self) -> QuerySet[Sale]:
        return Sale.objects.filter(account=self.account, listing_external_id=self.listing_id)

    def _before(self) -> SoldBefore | None:
        return SoldBefore.objects.filter(
            account=self.account, listing_external_id=self.listing_id
        ).first()


def pieces_of(account_id: int, listing_id: str, *, since: datetime | None = None) -> int:
    """Pieces that were sold of a listing id, of all time or since then."""
    entries = Sale.objects.filter(account_id=account_id, listing_external_id=listing_id)
    if since is not None:
        entries = entries.filter(occurred_at__gte=since)
    return entries.aggregate(pieces=Sum("quantity"))["pieces"] or 0


def _split(sale: Sale, pieces: int) -> None:
    """Leave `pieces` in the entry; the rest becomes one of its own, with the same follow-ups.

    The first pieces are those that were in stock, as if the sync had reported them one by one.
    """
    rest = sale.quantity - pieces
    if not rest:
        return
    follow_ups = list(sale.follow_ups.all())
    taken = min(pieces, sale.quantity - sale.oversold)
    returned = min(sale.returned, taken)
    after = None if sale.stock_before is None else sale.stock_before - taken
    remaining = Sale.objects.get(pk=sale.pk)
    remaining.pk = None
    remaining.quantity, remaining.stock_before = rest, after
    remaining.oversold = sale.oversold - (pieces - taken)
    remaining.returned = sale.returned - returned
    remaining.save(force_insert=True)
    for follow_up in follow_ups:
        follow_up.pk, follow_up.sale = None, remaining
        follow_up.save(force_insert=True)
    sale.quantity, sale.stock_after = pieces, after
    sale.oversold, sale.returned = pieces - taken, returned
