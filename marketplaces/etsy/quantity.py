"""Tells a live listing of Etsy how many pieces are left after a sale, and nothing else of the product.

Neither texts nor photos nor price are read from the product, so none of them has to be fit for
Etsy.
"""

from __future__ import annotations

from django.utils import timezone

from marketplaces import listings, told
from marketplaces.etsy import inventory
from marketplaces.etsy.errors import EtsyRefusedError
from marketplaces.etsy.mapping import MOST_PIECES, with_quantity
from marketplaces.etsy.service import Receipt, id_of, record_state
from marketplaces.etsy.withdraw import GONE, WithdrawService
from marketplaces.models import Listing, ListingStatus
from marketplaces.sales import pieces_to_offer
from marketplaces.sync import differences
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
        left = pieces_to_offer(self.product)
        self.wait_until_settled()
        listing_id, at = id_of(listing), timezone.now()
        try:
            document = self.client.get_inventory(listing_id)
        except EtsyRefusedError as error:
            if not error.is_not_found:
                raise
            record_state(listing, GONE)
            return {}
        quantity, changed = inventory.lowered(document, min(left, MOST_PIECES))
        if changed is not None:
            listings.note(listing, told=Told(None, at).as_json())
            self.client.put_inventory(listing_id, changed)
        return {"quantity": quantity, "changed": changed is not None}

    def save_quantity(self, receipt: Receipt) -> None:
        """Runs in the caller's transaction."""
        listing = Listing.objects.select_for_update().get(pk=self.listing().pk)
        if not receipt or listing.status != ListingStatus.LIVE:
            return
        quantity, now = int(receipt["quantity"]), timezone.now()
        before = told.last(listing)
        begun = Told(quantity, before.at if before else None)
        listings.save_quantity(
            listing,
            with_quantity(listing.mapped, quantity) if listing.mapped else {},
            now,
            sent={**listing.details.get("sent", {}), "quantity": quantity},
            **({"told": begun.as_json()} if receipt["changed"] else {}),
            **differences.with_quantity(listing, quantity, now),
        )
