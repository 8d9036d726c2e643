"""What a sync reads of sold listings, taken from stock unless orders have told of it already.

A listing that StoFlow did not make has sold before anybody counted: the first number that is
reported of it is where counting begins. All functions run in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from marketplaces import listings
from marketplaces.models import Listing, ListingStatus, Sale, SoldBefore
from marketplaces.sales import follow_ups, stock
from marketplaces.sales.facts import Recorded, SoldReport
from marketplaces.sales.ledger import ListingSold


def report_sold(listing: Listing, sold_in_all: int) -> Recorded:
    """The marketplace says that so many pieces of this listing id were sold in all."""
    return report_sold_of_many([SoldReport(listing, sold_in_all)])


def report_sold_out(listing: Listing) -> Recorded:
    """The marketplace says that the last piece was bought, without a number.

    Marks the listing SOLD; when it is that already, nothing is new. What was left of the stock is
    sold with it, because it was what the listing offered.
    """
    return report_sold_of_many([SoldReport(listing, None)])


def report_sold_of_many(reports: Sequence[SoldReport]) -> Recorded:
    """As the two above, for a page of a sync: all locks are taken at once, in one order."""
    sales: list[Sale] = []
    emptied: set[int] = set()
    with transaction.atomic():
        products = stock.hold(report.listing.product_id for report in reports)
        for report in sorted(reports, key=lambda each: each.listing.pk):
            ledger = ListingSold(
                report.listing.account, _id_of(report.listing), products[report.listing.product_id]
            )
            pieces = _news(report, ledger)
            if pieces:
                sales.append(ledger.take(pieces, at=timezone.now()))
                if report.sold_in_all is None:
                    emptied.add(ledger.product.pk)
        withdrawn = follow_ups.ask(sales, emptied=emptied)
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
        return _left(report.listing, ledger)
    if not report.listing.mapped:
        # StoFlow never wrote down that it would put this listing up: somebody else did.
        count_from(report.listing, report.sold_in_all)
    return max(0, report.sold_in_all - ledger.counted())


def _left(listing: Listing, ledger: ListingSold) -> int:
    now = Listing.objects.select_for_update().only("status").get(pk=listing.pk)
    if now.status == ListingStatus.SOLD:
        return 0
    listings.mark(listing, ListingStatus.SOLD)
    left = ledger.product.stock
    return 1 if left is None else left


def _id_of(listing: Listing) -> str:
    if not listing.external_id:
        raise ValueError(f"{listing!r} has no id at its marketplace, so nothing of it was sold.")
    return listing.external_id
