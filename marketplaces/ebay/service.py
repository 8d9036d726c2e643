"""What every service of eBay has: one product on one account, and what is known of its listing."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from marketplaces import listings
from marketplaces.ebay.account_settings import EbaySettings
from marketplaces.ebay.answers import Offer
from marketplaces.ebay.client import EbayClient
from marketplaces.models import Account, Listing, ListingStatus, Product
from marketplaces.sales import Recorded, SoldReport, report_sold_of_many
from tasks.errors import NeedsPersonError, PermanentError, TransientError
from tasks.sentences import sentence


class NotListedError(PermanentError):
    """There is nothing of this product at eBay that the action could be about."""


class EbayService:
    """Works without any job; each method may be called again."""

    def __init__(self, account: Account, product: Product, client: EbayClient) -> None:
        self.account = account
        self.product = product
        self.client = client
        self.settings = EbaySettings.read(account.settings)

    @property
    def settle_seconds(self) -> float:
        """After which eBay's reads show what it has done."""
        return float(settings.EBAY["settle_seconds"])

    def listing(self) -> Listing:
        return listings.known(self.account, self.product)

    def require_record(self) -> Listing:
        """NotListedError when StoFlow knows of no listing; no call."""
        listing = listings.find(self.account, self.product)
        if listing is None:
            raise NotListedError(
                sentence(
                    "“{product}” is not on eBay: StoFlow knows of no listing of it there.",
                    product=self.product,
                ),
                advice=sentence(
                    "Nothing to do. A listing that was made by hand is changed at eBay itself."
                ),
            )
        return listing

    def offer_id(self, listing: Listing) -> str:
        """By our records, else as eBay finds it by our key; empty when there is no offer."""
        if known := str(listing.details.get("offer_id") or ""):
            return known
        found = self.client.find_offers(listing.key)
        if len(found) > 1:
            ids = ", ".join(offer.offer_id for offer in found)
            raise NeedsPersonError(
                sentence("eBay has more than one offer for this product: {ids}.", ids=ids),
                advice=sentence("Delete at eBay the offers that should not be, then retry."),
            )
        return found[0].offer_id if found else ""

    def record_sales(
        self, listing: Listing, offer: Offer | None, *, is_late: bool = False
    ) -> Recorded:
        """What eBay has sold of our listing lowers the stock; nothing follows from another one.

        A listing whose last piece was bought is marked as sold, unless the read `is_late`: what it
        shows may be over since. What was sold stays sold.
        """
        if offer is None or not is_of(listing, offer):
            return Recorded()
        is_sold_out = not is_late and self.shows_sold_out(listing, offer)
        report = SoldReport(listing, offer.sold_quantity, is_sold_out=is_sold_out)
        return report_sold_of_many([report])

    def shows_sold_out(self, listing: Listing, offer: Offer) -> bool:
        """Whether eBay shows our listing without a piece because the last one was bought."""
        is_sold = self.status_when_over(listing, offer) == ListingStatus.SOLD
        return is_sold and is_of(listing, offer)

    def status_when_over(self, listing: Listing, offer: Offer | None) -> ListingStatus:
        """What to call a listing that eBay shows no more as live: sold out, or just ended."""
        offered = (listing.mapped.get("offer") or {}).get("availableQuantity") or 0
        if offer is not None and offer.is_sold_out(offered):
            return ListingStatus.SOLD
        return ListingStatus.ENDED

    def mark_over(self, listing: Listing, status: ListingStatus) -> None:
        """A read that lags behind may show it live for a while."""
        with transaction.atomic():
            listings.note(listing, ended_at=timezone.now().isoformat())
            listings.mark(listing, status)

    def wait_until_shown(self, listing: Listing, asked_at: datetime) -> None:
        """TransientError when a publication was too recent for a read of that time to show it.

        `asked_at`: when the read began, which may have taken longer than reads lag behind.
        """
        age = asked_at - (listing.published_at or listing.created_at)
        if age.total_seconds() < self.settle_seconds:
            raise TransientError(
                sentence("eBay does not show the new listing yet."),
                retry_after=self.settle_seconds,
            )


def is_of(listing: Listing, offer: Offer) -> bool:
    """Whether what eBay shows of our offer is the listing that our records have."""
    return bool(offer.listing_id) and offer.listing_id == listing.external_id
