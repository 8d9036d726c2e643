"""Tells a live listing of eBay how many pieces are left after a sale, and nothing else of the product.

Neither texts nor photos nor price are read or sent, so none of them has to be fit for eBay.
"""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from marketplaces import quantities
from marketplaces.ebay import revisions
from marketplaces.ebay.answers import Offer
from marketplaces.ebay.mapping import Json, with_quantity
from marketplaces.ebay.parts import SENT, of_quantity, sent_parts
from marketplaces.ebay.withdraw import WithdrawService
from marketplaces.models import Listing, ListingStatus
from marketplaces.sales import pieces_to_offer
from tasks.handlers import Receipt


class QuantityService(WithdrawService):
    """One product on one account."""

    def set_quantity(self) -> Receipt:
        """Lower what is offered to what is left; an empty receipt when it is not on sale.

        Fewer pieces there are left as they are: more may have been sold than is known here.
        """
        listing = self.listing()
        if listing.status != ListingStatus.LIVE:
            return {}
        left = pieces_to_offer(self.product)
        offer_id = self.offer_id(listing)
        asked_at = timezone.now()
        offer = self.client.get_offer(offer_id) if offer_id else None
        if offer is None or not offer.is_live:
            self.wait_until_shown(listing, asked_at)
            self.mark_over(listing, self.status_when_over(listing, offer))
            return {}
        offered = self._offered(listing, offer, asked_at)
        if offered is not None and offered <= left:
            return {"quantity": offered, "changed": False}
        revisions.begin(listing, "quantity")
        warnings = self.client.set_quantity(listing.key, offer_id, left)
        return {"quantity": left, "changed": True, "warnings": list(warnings)}

    def save_quantity(self, receipt: Receipt) -> None:
        """Runs in the caller's transaction."""
        quantities.save(self.listing(), receipt, mapped=with_quantity, sent=_sent)

    def _offered(self, listing: Listing, offer: Offer, asked_at: datetime) -> int | None:
        """None when a read of that time may show what was before our own last change."""
        age = asked_at - listing.updated_at
        return offer.available_quantity if age.total_seconds() >= self.settle_seconds else None


def _sent(listing: Listing, quantity: int) -> Json:
    return {SENT: {**sent_parts(listing.details), "quantity": of_quantity(quantity)}}
