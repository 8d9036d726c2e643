"""Shows a listing again that was withdrawn, sold out or over; callable without a job."""

from __future__ import annotations

from marketplaces import listings
from marketplaces.etsy.publish import PublishService
from marketplaces.etsy.service import Receipt, record_state
from tasks.errors import PermanentError
from tasks.sentences import sentence


class ActivateService(PublishService):
    """One listing that is to be on sale again, as it was but for price and stock."""

    def require_shown_before(self) -> None:
        """PermanentError when there is no listing that could be shown again."""
        listing = self.found()
        if listing is None or not listing.external_id:
            raise PermanentError(
                sentence("“{product}” is not listed at Etsy.", product=self.product),
                advice=sentence("Publish it instead."),
            )

    def save_present_stock(self) -> Receipt:
        """Price and stock as they are now; the texts stay as they were sent."""
        self._check_stock(())
        return self.save_stock(self.known_id(), self.wanted["stock"])

    def save_shown(self, state: str) -> None:
        """Runs in the caller's transaction."""
        listing = self.listing()
        record_state(listing, state)
        listings.mark_checked(listing)
        listing.details = {**listing.details, "seen_state": ""}
        listing.save(update_fields=["details", "updated_at"])
