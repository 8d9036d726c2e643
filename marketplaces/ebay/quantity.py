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
from marketplaces.sales import pieces_left, pieces_to_offer
from tasks.handlers import Receipt


class QuantityService(WithdrawService):
    """One product on one account."""

    def set_quantity(self) -> Receipt:
        """Lower what is offered to what is left; an empty receipt when it is not on sale.

        What eBay has sold of it lowers the stock first. Fewer pieces there are left as they are: the
        seller may have set them.
        """
        listing = self.listing()
        if listing.status != ListingStatus.LIVE:
            return {}
        pieces_to_offer(self.product)  # refuses before any call
        offer_id = self.offer_id(listing)
        asked_at = timezone.now()
        offer = self.client.get_offer(offer_id) if offer_id else None
        if offer is None or not offer.is_live:
            self.wait_until_shown(listing, asked_at)
            self.record_sales(listing, offer)
            self.mark_over(listing, self.status_when_over(listing, offer))
            return {}
        is_late = self._is_late(listing, asked_at)
        if self._sold_last_piece(listing, offer, is_late=is_late):
            return {}
        left, offered = pieces_to_offer(self.product), offer.available_quantity
        if not is_late and offered is not None and offered <= left:
            return {"quantity": offered, "changed": False}
        revisions.begin(listing, "quantity")
        warnings = self.client.set_quantity(listing.key, offer_id, left)
        return {"quantity": left, "changed": True, "warnings": list(warnings)}

    def save_quantity(self, receipt: Receipt) -> None:
        """Runs in the caller's transaction."""
        quantities.save(self.listing(), receipt, mapped=with_quantity, sent=_sent)

    def _sold_last_piece(self, listing: Listing, offer: Offer, *, is_late: bool) -> bool:
        """Record what eBay has sold; whether the last piece was among it, there or here.

        When it was the last one here, recording it has asked for the withdrawal.
        """
        recorded = self.record_sales(listing, offer, is_late=is_late)
        if not is_late and self.shows_sold_out(listing, offer):
            return True
        return bool(recorded.sold) and pieces_left(self.product) == 0

    def _is_late(self, listing: Listing, asked_at: datetime) -> bool:
        """Whether a read of that time may show what was before our own last change."""
        age = asked_at - listing.updated_at
        return age.total_seconds() < self.settle_seconds


def _sent(listing: Listing, quantity: int) -> Json:
    return {SENT: {**sent_parts(listing.details), "quantity": of_quantity(quantity)}}
