"""Tells a live listing of Etsy how many pieces are left after a sale, and nothing else of the product.

Neither texts nor photos nor price are read from the product, so none of them has to be fit for
Etsy.
"""

from __future__ import annotations

from django.utils import timezone

from marketplaces import listings, quantities
from marketplaces.etsy import inventory
from marketplaces.etsy.errors import EtsyRefusedError
from marketplaces.etsy.mapping import MOST_PIECES, Json, with_quantity
from marketplaces.etsy.service import Receipt, id_of, record_state
from marketplaces.etsy.withdraw import GONE, WithdrawService
from marketplaces.models import Listing, ListingStatus
from marketplaces.sales import pieces_to_offer, sold_of
from marketplaces.told import Told


class QuantityService(WithdrawService):
    """One product on one account."""

    def set_quantity(self) -> Receipt:
        """Lower what is offered to what is left; an empty receipt when it is not on sale.

        Fewer pieces there are left as they are: more may have been sold than is known here.
        TransientError while a read may show what was before our own last change, because all
        of what was read is written back.
        """
        listing = self.listing()
        if listing.status != ListingStatus.LIVE:
            return {}
        sold, left = sold_of(listing), pieces_to_offer(self.product)
        listing_id, at = id_of(listing), timezone.now()
        self.wait_until_settled(at)
        try:
            document = self.client.get_inventory(listing_id)
        except EtsyRefusedError as error:
            if not error.is_not_found:
                raise
            record_state(listing, GONE)
            return {}
        quantity, changed = inventory.lowered(document, min(left, MOST_PIECES))
        if changed is not None:
            listings.note(listing, told=Told(None, at, sold).as_json())
            self.client.put_inventory(listing_id, changed)
        return {"quantity": quantity, "changed": changed is not None}

    def save_quantity(self, receipt: Receipt) -> None:
        """Runs in the caller's transaction."""
        quantities.save(self.listing(), receipt, mapped=with_quantity, sent=_sent)


def _sent(listing: Listing, quantity: int) -> Json:
    return {"sent": {**listing.details.get("sent", {}), "quantity": quantity}}
