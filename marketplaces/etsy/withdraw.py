"""Takes a listing off sale; callable without a job."""

from __future__ import annotations

from django.utils import timezone

from marketplaces.etsy import answers
from marketplaces.etsy.errors import EtsyRefusedError
from marketplaces.etsy.service import ListingService, Receipt, record_state

NEVER_LIVE = "never live"
GONE = "gone"
_OFF_SALE = frozenset({answers.INACTIVE, answers.SOLD_OUT, answers.EXPIRED, answers.DRAFT, GONE})


class WithdrawService(ListingService):
    """One listing that nobody is to buy any more."""

    def withdraw(self) -> Receipt:
        """See to it that nobody can buy it; the receipt tells in which state it is then.

        A read may lag behind what put the listing on sale; the answer to the request does not.
        """
        listing_id = self.known_id()
        if not listing_id:
            return {"state": NEVER_LIVE}
        asked_at = timezone.now()
        state = self._state(listing_id)
        if state in _OFF_SALE and self.is_settled(asked_at):
            return {"state": state}
        try:
            return {"state": self.client.deactivate(listing_id).state}
        except EtsyRefusedError as error:
            # Sold, expired or deleted in between: then there is nothing to take off sale.
            if error.is_not_found:
                return {"state": GONE}
            asked_at = timezone.now()
            state = self._state(listing_id)
            if state not in _OFF_SALE:
                raise
            self.wait_until_settled(asked_at)
            return {"state": state}

    def save_withdrawn(self, state: str) -> None:
        """Runs in the caller's transaction."""
        listing = self.found()
        if listing is not None and state not in {NEVER_LIVE, answers.DRAFT}:
            record_state(listing, state)

    def _state(self, listing_id: str) -> str:
        shown = self.client.get_listing(listing_id)
        return GONE if shown is None else shown.state
