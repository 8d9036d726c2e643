"""Hides an item from buyers; callable without a job."""

from __future__ import annotations

from marketplaces.models import ListingStatus
from marketplaces.vinted import answers
from marketplaces.vinted.errors import VintedForbiddenError, VintedRefusedError
from marketplaces.vinted.service import BEFORE_LIVE, GONE, ListingService, Receipt, record_state
from tasks.errors import TransientError
from tasks.sentences import sentence

NEVER_LIVE = "never live"
_OFF_SALE = frozenset({answers.HIDDEN, answers.SOLD, answers.CLOSED, answers.DRAFT, GONE})


class WithdrawService(ListingService):
    """One item that nobody is to buy any more."""

    def withdraw(self) -> Receipt:
        """See to it that nobody can buy it; the receipt tells what it is then.

        The answer to the request is believed, not a read, which may lag behind.
        """
        item_id = self.known_id()
        if not item_id:
            return {"state": NEVER_LIVE}
        if self.status() == ListingStatus.DRAFT:
            # A publication that failed may have put it on sale all the same.
            asked_at = self.client.asked_at()
            state = self.state_of(item_id)
            may_be_late = state in BEFORE_LIVE and not self.is_settled(asked_at)
            if state in _OFF_SALE and not may_be_late:
                return {"state": state}
        try:
            is_hidden = self.client.set_hidden(item_id, hidden=True)
        except (VintedRefusedError, VintedForbiddenError) as error:
            # Sold, closed or deleted in between: then there is nothing to hide.
            state = self.state_behind(error, item_id)
            if state not in _OFF_SALE:
                raise
            return {"state": state}
        if is_hidden is False:
            raise TransientError(sentence("Vinted says that the listing is not hidden yet."))
        return {"state": answers.HIDDEN}

    def save_withdrawn(self, state: str) -> None:
        """Runs in the caller's transaction."""
        listing = self.found()
        if listing is not None and state != NEVER_LIVE:
            record_state(listing, state)
