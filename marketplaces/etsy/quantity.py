"""Tells a live listing of Etsy how many pieces are left after a sale, and nothing else of the product.

Neither texts nor photos nor price are read from the product, so none of them has to be fit for
Etsy.
"""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone

from marketplaces import listings, quantities
from marketplaces.etsy import answers, inventory
from marketplaces.etsy.errors import EtsyRefusedError
from marketplaces.etsy.mapping import MOST_PIECES, Json, with_quantity
from marketplaces.etsy.service import Receipt, id_of, record_state, without_sent
from marketplaces.etsy.stock import left_out
from marketplaces.etsy.withdraw import GONE, WithdrawService
from marketplaces.models import Listing, ListingStatus
from marketplaces.sales import require_pieces, standing
from marketplaces.sync import missing
from marketplaces.told import Told


class QuantityService(WithdrawService):
    """One product on one account."""

    def set_quantity(self) -> Receipt:
        """Lower what is offered to what is left; an empty receipt when it is not on sale.

        Pieces that are missing there are left out and the orders asked for, as `save_stock` does,
        and fewer pieces there are left as they are: more may have been sold than is known here.
        TransientError while a read may show what was before our own last change, because all
        of what was read is written back.
        """
        listing = self.listing()
        if listing.status != ListingStatus.LIVE:
            return {}
        left, sold = standing(listing)
        meant = min(require_pieces(self.product, left), MOST_PIECES)
        listing_id, at = id_of(listing), timezone.now()
        self.wait_until_settled(at)
        try:
            document = self.client.get_inventory(listing_id)
        except EtsyRefusedError as error:
            if not error.is_not_found:
                raise
            record_state(listing, GONE)
            return {}
        there = inventory.quantity_of(document)
        if not there and self._is_over(listing, listing_id):
            return {}
        gone = missing.look(
            listing, there, sold=sold, asked_at=at, settle=settings.ETSY["settle_seconds"]
        )
        quantity, changed = inventory.lowered(document, max(1, meant - gone))
        if changed is not None:
            begun = Told(None, at, sold).as_json()
            listings.note(listing, told=begun, **without_sent(listing, {"quantity"}))
            self.client.put_inventory(listing_id, changed)
        return {
            "quantity": quantity,
            "changed": changed is not None,
            "meant": meant,
            "sold": sold,
            **left_out(gone, meant, quantity),
        }

    def save_quantity(self, receipt: Receipt) -> None:
        """Runs in the caller's transaction."""
        quantities.save(self.listing(), receipt, mapped=with_quantity, sent=_sent)

    def _is_over(self, listing: Listing, listing_id: str) -> bool:
        """Whether what offers no piece is off sale; that it is sold out is a sale to be recorded."""
        state = self._state(listing_id)
        if state == answers.ACTIVE:
            return False
        record_state(listing, state)
        return True


def _sent(listing: Listing, quantity: int) -> Json:
    return {"sent": {**listing.details.get("sent", {}), "quantity": quantity}}
