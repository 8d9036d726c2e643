"""Changes a live listing of eBay to what the product is now; callable without a job.

Content, terms, and price with stock are sent apart, each only when it changed.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from marketplaces import listings
from marketplaces.ebay import pictures, revisions
from marketplaces.ebay.content import ContentService, told_now
from marketplaces.ebay.parts import (
    PRICE_AND_QUANTITY,
    SENT,
    Part,
    changed_parts,
    parts_of,
    sent_parts,
)
from marketplaces.ebay.pictures import Receipt, Uploads
from marketplaces.ebay.service import NotListedError
from marketplaces.models import Listing, ListingStatus, Product
from tasks.sentences import sentence


class UpdateService(ContentService):
    """One product on one account."""

    def require_live(self) -> None:
        """NotListedError, in words, when by our records there is nothing to change; no call."""
        listing = listings.find(self.account, self.product)
        status = ListingStatus(listing.status) if listing else ListingStatus.DRAFT
        if status != ListingStatus.LIVE:
            raise _not_live(self.product, status)

    def is_sold_out(self) -> bool:
        """Nothing is left to offer: the listing is to be withdrawn. Unknown is not none."""
        return self.product.stock == 0

    def look(self) -> Receipt:
        """One read; NotListedError when eBay no longer shows the listing."""
        if not self.confirm():
            raise _not_live(self.product, ListingStatus(self.listing().status))
        return {"live": True}

    def change_offer(self, sent: Sequence[int] = ()) -> Receipt:
        """Replace the offer's terms, price and stock with them."""
        return self.update_offer(
            {"offer_id": self.offer_id(self.listing()), "content": ""}, sent=sent
        )

    def set_price_and_stock(self, sent: Sequence[int] = ()) -> Receipt:
        """Neither content nor photos are touched."""
        self.check_stock(sent)
        listing = self.listing()
        offer = listing.mapped["offer"]
        price, quantity = offer["pricingSummary"]["price"], offer["availableQuantity"]
        revisions.begin(listing, *PRICE_AND_QUANTITY)
        warnings = self.client.set_price_and_quantity(
            listing.key, self.offer_id(listing), price, quantity
        )
        return {"price": price, "quantity": quantity, "warnings": list(warnings)}

    def save_result(self, parts: Sequence[Part], uploads: Uploads) -> Receipt:
        """`parts` were confirmed by eBay; runs in the caller's transaction.

        A listing that has ended since stays what it was marked as.
        """
        listing = Listing.objects.select_for_update().get(pk=self.listing().pk)
        if listing.status != ListingStatus.LIVE:
            return {"changed": []}
        now = parts_of(listing.mapped)
        sent = {**sent_parts(listing.details), **{part: now[part] for part in parts}}
        listing.details = {
            **listing.details,
            SENT: sent,
            "told": told_now(listing, listing.external_id),
        }
        if uploads:
            listing.details["photos"] = pictures.to_keep(uploads)
        if not changed_parts(listing.details, listing.mapped):
            listing.sent_hash = listing.details["content"]
        listing.sent_at = listing.checked_at = timezone.now()
        listing.save()
        return {"changed": list(parts)}


def _not_live(product: Product, status: ListingStatus) -> NotListedError:
    match status:
        case ListingStatus.WITHDRAWN:
            why = sentence("“{product}” was taken off sale at eBay.", product=product)
        case ListingStatus.SOLD:
            why = sentence("“{product}” is sold out at eBay.", product=product)
        case ListingStatus.ENDED:
            why = sentence("The listing of “{product}” at eBay has ended.", product=product)
        case _:
            why = sentence("“{product}” is not on sale at eBay yet.", product=product)
    return NotListedError(why, advice=listings.PUBLISH_IT)
