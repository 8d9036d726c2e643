"""What is read of sold listings, taken from stock unless orders have told of it already.

A listing that StoFlow did not make has sold before anybody counted: the first number that is
reported of it is where counting begins. All functions run in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from marketplaces import listings, told
from marketplaces.models import Listing, ListingStatus, Product, Sale, SoldBefore
from marketplaces.sales import follow_ups, stock
from marketplaces.sales.facts import OnSaleReport, Recorded, SoldReport
from marketplaces.sales.ledger import CLOCKS_DIFFER, ListingSold
from marketplaces.sales.single_pieces import are_single_pieces
from tasks.holding import require_hold


class _Offer(NamedTuple):
    """How many pieces could be bought, and since when; None: since it went live."""

    quantity: int
    at: datetime | None


def report_sold(listing: Listing, sold_in_all: int) -> Recorded:
    """The marketplace says that so many pieces of this listing id were sold in all."""
    return report_sold_of_many([SoldReport(listing, sold_in_all)])


def report_sold_out(listing: Listing) -> Recorded:
    """The marketplace says that the last piece was bought, without a number.

    Marks the listing SOLD; when it is that already, nothing is new. All that it offered is sold
    then, whatever the product's stock is, and the ledger may know of these pieces already.
    """
    return report_sold_of_many([SoldReport(listing, None, is_sold_out=True)])


def report_sold_of_many(
    reports: Sequence[SoldReport], on_sale: Sequence[OnSaleReport] = ()
) -> Recorded:
    """As the two above, for a page of a sync: all locks are taken at once, in one order.

    What is `on_sale` though sales have emptied the stock is withdrawn, unless that was asked for.
    """
    sales: list[Sale] = []
    emptied: list[Sale] = []
    with transaction.atomic():
        seen = [report.listing for report in reports] + [report.listing for report in on_sale]
        products = stock.hold(listing.product_id for listing in seen)
        require_hold()
        for report in sorted(reports, key=lambda each: each.listing.pk):
            ledger = ListingSold(
                report.listing.account, _id_of(report.listing), products[report.listing.product_id]
            )
            is_new_end = report.is_sold_out and _mark_sold(report.listing)
            if report.sold_in_all is None and not is_new_end:
                continue
            if pieces := _news(report, ledger):
                sales.append(ledger.take(pieces, at=timezone.now()))
            if is_new_end and ledger.product.stock is None and (last := ledger.latest()):
                emptied.append(last)
        left_over = {
            report.listing: sale
            for report in on_sale
            if (sale := _why_to_withdraw(report, products[report.listing.product_id]))
        }
        withdrawn = follow_ups.ask(sales, emptied=emptied, left_over=left_over)
    return Recorded(
        sold=sum(sale.quantity for sale in sales),
        oversold=sum(sale.oversold for sale in sales),
        withdrawn=withdrawn,
    )


def count_from(listing: Listing, sold_in_all: int) -> None:
    """Sales up to now are no news, e.g. of a listing that a sync has matched by its SKU.

    Changes nothing once the listing id is counted.
    """
    SoldBefore.objects.get_or_create(
        account_id=listing.account_id,
        listing_external_id=_id_of(listing),
        defaults={"quantity": sold_in_all, "since": timezone.now()},
    )


def _news(report: SoldReport, ledger: ListingSold) -> int:
    """Pieces that nobody has told of yet."""
    if report.sold_in_all is None:
        return _left_of_the_offer(report.listing, ledger)
    if not report.listing.mapped:
        # StoFlow never wrote down that it would put this listing up: somebody else did.
        count_from(report.listing, report.sold_in_all)
    return max(0, report.sold_in_all - ledger.counted())


def _why_to_withdraw(report: OnSaleReport, product: Product) -> Sale | None:
    """The sale that emptied the stock, when nothing follows from it at this listing.

    What was asked for and has failed is asked for again: what stood in the way may be gone.
    What StoFlow did not put there is the seller's, and only shown (docs/adr/0025).
    """
    if product.stock != 0 or not _is_as_we_left_it(report):
        return None
    sale = Sale.objects.filter(product=product).order_by("pk").last()
    if sale is None or sale.stock_after != 0 or sale.recorded_at > report.read_at:
        return None
    if are_single_pieces(report.listing.account.marketplace) and _is_own(sale, report.listing):
        return None  # Either it is sold, and shown late, or nobody has bought it after all.
    return None if follow_ups.is_withdrawal_asked(sale, report.listing) else sale


def _is_as_we_left_it(report: OnSaleReport) -> bool:
    """Whether what is on sale is what StoFlow put there.

    A number above what the listing was told is the seller's, and so is a listing that was never
    told. A single piece is told none: that StoFlow has put it up stands for it.
    """
    if are_single_pieces(report.listing.account.marketplace):
        return bool(report.listing.mapped)
    last = told.last(report.listing)
    return last is not None and (last.quantity is None or report.quantity <= last.quantity)


def _is_own(sale: Sale, listing: Listing) -> bool:
    return (sale.account_id, sale.listing_external_id) == (listing.account_id, listing.external_id)


def _mark_sold(listing: Listing) -> bool:
    """Whether it was not marked yet; reads its details anew."""
    now = Listing.objects.select_for_update().only("status", "details").get(pk=listing.pk)
    if now.status == ListingStatus.SOLD:
        return False
    listing.status, listing.details = now.status, now.details
    listings.mark(listing, ListingStatus.SOLD)
    return True


def _left_of_the_offer(listing: Listing, ledger: ListingSold) -> int:
    """What the listing offered and the ledger lacks.

    Rather too few, and never more than the stock: what is missing comes with the orders, but what
    is taken too much never comes back.
    """
    offer = _offer(listing)
    if offer is None:
        pieces = 0 if ledger.known() else 1
    else:
        since = offer.at - CLOCKS_DIFFER if offer.at else None
        pieces = max(0, offer.quantity - ledger.known(since=since))
    in_stock = ledger.product.stock
    return pieces if in_stock is None else min(pieces, in_stock)


def _offer(listing: Listing) -> _Offer | None:
    """As it was told, else as the last sync saw it."""
    last = told.last(listing)
    if last is not None and last.quantity is not None:
        return _Offer(last.quantity, last.at)
    shown = listing.details.get("shown") or {}
    if shown.get("quantity") is None:
        return None
    return _Offer(shown["quantity"], datetime.fromisoformat(shown["at"]))


def _id_of(listing: Listing) -> str:
    if not listing.external_id:
        raise ValueError(f"{listing!r} has no id at its marketplace, so nothing of it was sold.")
    return listing.external_id
