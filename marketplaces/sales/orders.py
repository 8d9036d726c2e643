"""Recording orders: each once, its lines tied to products, its pieces taken from stock once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F, Model, Sum

from marketplaces.models import Account, Order, OrderLine, Product, Sale
from marketplaces.sales import follow_ups, single_pieces, stock
from marketplaces.sales.facts import LineFacts, OrderFacts, Recorded
from marketplaces.sales.ledger import CLOCKS_DIFFER, ListingSold
from marketplaces.sales.ties import Ties, products_of


def record_orders(account: Account, orders: Iterable[OrderFacts]) -> Recorded:
    """Write down what the marketplace tells of these orders, and ask for what follows from it.

    Runs in the caller's transaction; telling the same again, or something older, changes nothing.
    """
    facts = _newest(orders)
    with transaction.atomic():
        recording = _Recording(account, facts)
        for fact in facts:
            recording.record(fact)
        return recording.finish()


def predates(order: Order, product: Product) -> bool:
    """Whether the product came into the catalogue, with its stock as it was then, later."""
    return order.placed_at < product.created_at - CLOCKS_DIFFER


def _newest(orders: Iterable[OrderFacts]) -> list[OrderFacts]:
    """Each order once, as last changed; the first customer gets the last piece.

    Cancelled orders come last: pieces that others have reported belong to those that stand.
    """
    newest: dict[str, OrderFacts] = {}
    for fact in sorted(orders, key=lambda each: each.changed_at):
        newest[fact.external_id] = fact
    return sorted(
        newest.values(), key=lambda each: (each.is_cancelled, each.placed_at, each.external_id)
    )


class _Recording:
    """One transaction's work on the orders of one account."""

    def __init__(self, account: Account, facts: Sequence[OrderFacts]) -> None:
        self.account = account
        self.ties = Ties(account, (line for fact in facts for line in fact.lines))
        told_before = products_of(account, [fact.external_id for fact in facts])
        self.products = stock.hold(self.ties.product_ids | told_before)
        self.sales: list[Sale] = []
        self.new = self.changed = 0

    def record(self, fact: OrderFacts) -> None:
        order, is_new = Order.objects.select_for_update().get_or_create(
            account=self.account, external_id=fact.external_id, defaults=_columns(fact)
        )
        if not is_new and fact.changed_at < order.changed_at:
            return
        changed = _assign(order, _columns(fact, order))
        known = {line.external_id: line for line in order.lines.all()}
        for told in fact.lines:
            line = known.pop(told.external_id, None) or OrderLine(
                order=order, external_id=told.external_id
            )
            changed |= _assign(line, self._columns(told, line))
            self._account_for(line)
        for line in known.values():
            changed |= _assign(line, {"quantity": 0})
        self.new += is_new
        self.changed += changed and not is_new

    def finish(self) -> Recorded:
        ended = single_pieces.mark_sold(self.account, self.sales)
        of_unknown_stock = [sale for sale in ended if sale.stock_after is None]
        return Recorded(
            new=self.new,
            changed=self.changed,
            sold=sum(sale.quantity for sale in self.sales),
            oversold=sum(sale.oversold for sale in self.sales),
            withdrawn=follow_ups.ask(self.sales, emptied=of_unknown_stock),
        )

    def _columns(self, told: LineFacts, line: OrderLine) -> dict[str, Any]:
        number = line.product_id or self.ties.product_id(told)
        product = self.products.get(number or 0)
        return {
            "listing_external_id": self.ties.listing_id(told),
            "sku": told.sku[:100],
            "title": told.title[:500],
            "quantity": told.quantity,
            "price": told.price,
            "product_id": product.pk if product else None,
            "product_name": product.title if product else line.product_name,
        }

    def _account_for(self, line: OrderLine) -> None:
        """Take from stock what the line's pieces have not taken yet."""
        product = self.products.get(line.product_id or 0)
        if product is None or predates(line.order, product):
            return
        missing = line.quantity - _counted(line)
        if missing <= 0:
            return
        ledger = ListingSold(self.account, line.listing_external_id, product)
        missing -= ledger.tie(line, missing)
        if missing and line.order.cancelled_at is None:
            self.sales.append(ledger.take(missing, at=line.order.placed_at, line=line))


def _counted(line: OrderLine) -> int:
    """Pieces that the ledger has of the line.

    Those that were put back are out of it again, for an order that wants them once more; a
    cancelled one has had its turn.
    """
    is_cancelled = line.order.cancelled_at is not None
    pieces = Sum("quantity") if is_cancelled else Sum(F("quantity") - F("returned"))
    return line.sales.aggregate(pieces=pieces)["pieces"] or 0


def _columns(fact: OrderFacts, order: Order | None = None) -> dict[str, Any]:
    known = order.cancelled_at if order else None
    cancelled_at = fact.cancelled_at or known or fact.changed_at
    return {
        "status": fact.status,
        "placed_at": fact.placed_at,
        "changed_at": fact.changed_at,
        "cancelled_at": cancelled_at if fact.is_cancelled else None,
        "total": fact.total,
        "currency": fact.currency,
        "url": fact.url,
    }


def _assign(row: Model, columns: Mapping[str, Any]) -> bool:
    """Store what differs; whether anything did."""
    if row.pk is not None and all(getattr(row, name) == value for name, value in columns.items()):
        return False
    for name, value in columns.items():
        setattr(row, name, value)
    row.save()
    return True
