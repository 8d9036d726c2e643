"""Takes a product off sale at eBay; its offer stays there, to be published again."""

from __future__ import annotations

from django.utils import timezone

from marketplaces.ebay.errors import USER_ERROR, EbayRefusedError
from marketplaces.ebay.service import EbayService
from marketplaces.models import Listing, ListingStatus
from tasks.errors import TransientError
from tasks.handlers import Receipt
from tasks.sentences import sentence

_STAYS = frozenset({ListingStatus.DRAFT, ListingStatus.SOLD, ListingStatus.ENDED})
"""What it is called when eBay had nothing of it on sale."""


class WithdrawService(EbayService):
    """One product on one account."""

    def withdraw(self) -> Receipt:
        """End the listing, or find that it is over.

        eBay is not asked first whether it is live: a read may lag behind a publication, the answer
        to the withdrawal does not.
        """
        listing = self.listing()
        offer_id = self.offer_id(listing)
        if not offer_id:
            return _over(listing, ListingStatus(listing.status))
        try:
            self.client.withdraw_offer(offer_id)
        except EbayRefusedError as error:
            if not (error.is_not_found or USER_ERROR in error.error_ids):
                raise
            return self._already_over(listing, offer_id, error)
        return {"ended": True, "status": ListingStatus.WITHDRAWN, "listing_id": listing.external_id}

    def save_withdrawal(self, withdrawn: Receipt) -> None:
        """Runs in the caller's transaction."""
        self.mark_over(self.listing(), ListingStatus(withdrawn["status"]))

    def _already_over(self, listing: Listing, offer_id: str, error: EbayRefusedError) -> Receipt:
        """Only what eBay shows tells whether its refusal means "it was ended before"."""
        asked_at = timezone.now()
        offer = self.client.get_offer(offer_id)
        if offer is not None and offer.is_live:
            raise TransientError(
                sentence(
                    "eBay did not end the listing and still shows it: {message}",
                    message=error.message,
                ),
                retry_after=self.settle_seconds,
                evidence=error.evidence,
            ) from error
        self.wait_until_shown(listing, asked_at)
        self.record_sales(listing, offer)
        status = self.status_when_over(listing, offer)
        if status != ListingStatus.SOLD:
            known = ListingStatus(listing.status)
            status = known if known in _STAYS else ListingStatus.WITHDRAWN
        return _over(listing, status)


def _over(listing: Listing, status: ListingStatus) -> Receipt:
    return {"ended": False, "status": status, "listing_id": listing.external_id}
