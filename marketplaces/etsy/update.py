"""Brings a live listing up to date: only what has changed is sent, each part on its own."""

from __future__ import annotations

from marketplaces import listings
from marketplaces.etsy import photos
from marketplaces.etsy.publish import PublishService
from marketplaces.etsy.service import Receipt
from marketplaces.etsy.withdraw import WithdrawService
from marketplaces.listings import content_hash
from marketplaces.models import ListingStatus
from tasks.errors import PermanentError
from tasks.sentences import sentence


class UpdateService(WithdrawService, PublishService):
    """One listing that is live."""

    def require_live(self) -> None:
        """PermanentError when, by our own records, there is nothing live to update."""
        listing = self.found()
        if listing is None or listing.status != ListingStatus.LIVE:
            shown_before = listing is not None and listing.status == ListingStatus.WITHDRAWN
            raise PermanentError(
                sentence("“{product}” is not live at Etsy.", product=self.product),
                advice=sentence("Show it again, then update it.")
                if shown_before
                else listings.PUBLISH_IT,
            )

    def is_sold_out_here(self) -> bool:
        """Whether there is nothing left to sell; Etsy takes no live listing without a piece."""
        return self.product.stock == 0

    def require_confirmed(self) -> None:
        """One read; PermanentError when Etsy shows it no longer, whatever it would take from us."""
        if not self.confirm():
            raise PermanentError(
                sentence("“{product}” is no longer live at Etsy.", product=self.product),
                advice=sentence("Publish it again if it should be."),
            )

    def texts_differ(self) -> bool:
        """Whether what is wanted says something else than Etsy was last sent."""
        sent = self.listing().details.get("sent", {}).get("texts")
        return bool(sent != content_hash(self.wanted["texts"]))

    def photos_differ(self) -> bool:
        return photos.differ(self.listing(), self.wanted["photos"])

    def changed_photos(self) -> list[Receipt]:
        """Those of `photos` that Etsy does not have at their place."""
        return [photo for photo in self.photos() if not self.has_photo(photo)]

    def save_updated(self) -> None:
        """Runs in the caller's transaction."""
        listings.mark_sent(self.listing())
