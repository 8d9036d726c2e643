"""Marketplaces where a listing is one piece, so that the order that buys it is the end of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from marketplaces.models import Account, Listing, ListingStatus, Order, Sale
from marketplaces.sales.facts import OrderFacts
from tasks.sentences import sentence

_marketplaces: set[str] = set()


def sells_single_pieces(marketplace: str) -> None:
    """A listing there is one piece: while one is left, there is nothing to tell it."""
    _marketplaces.add(marketplace)


def are_single_pieces(marketplace: str) -> bool:
    return marketplace in _marketplaces


def mark_sold(account: Account, sales: Sequence[Sale]) -> list[Sale]:
    """What these orders of the account have bought is sold; runs in the caller's transaction.

    Answers with the sales that have ended a listing. The products' rows are held.
    """
    if not are_single_pieces(account.marketplace):
        return []
    bought = {sale.listing_external_id: sale for sale in sales}
    live = Listing.objects.filter(
        account=account, external_id__in=bought, status=ListingStatus.LIVE
    ).exclude(external_id="")
    ended = list(live.select_for_update().order_by("pk"))
    for listing in ended:
        listing.status = ListingStatus.SOLD
        listing.details = {**listing.details, "closed": _evidence(bought[listing.external_id])}
        listing.save(update_fields=["status", "details", "updated_at"])
    return [bought[listing.external_id] for listing in ended]


def may_be_back(account: Account, orders: Iterable[OrderFacts]) -> bool:
    """Whether one of the orders, cancelled by now, has bought what is sold by our records.

    The marketplace may have put it on sale again. Of what was recorded as cancelled nothing is new.
    """
    cancelled = {order.external_id: order for order in orders if order.is_cancelled}
    if not cancelled or not are_single_pieces(account.marketplace):
        return False
    known = Order.objects.filter(
        account=account, external_id__in=cancelled, cancelled_at__isnull=False
    )
    for number in known.values_list("external_id", flat=True):
        del cancelled[number]
    bought = {line.listing_id for order in cancelled.values() for line in order.lines} - {""}
    sold = Listing.objects.filter(account=account, status=ListingStatus.SOLD)
    return bool(sold.filter(external_id__in=bought).exists())


def _evidence(sale: Sale) -> dict[str, str]:
    number = sale.order_line.order.external_id if sale.order_line else ""
    return {
        "said": sentence("Order {number}", number=number),
        "at": sale.occurred_at.isoformat(timespec="seconds"),
    }
