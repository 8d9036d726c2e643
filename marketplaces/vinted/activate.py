"""Shows an item again that was hidden; callable without a job."""

from __future__ import annotations

from marketplaces import listings
from marketplaces.models import ListingStatus
from marketplaces.vinted import answers
from marketplaces.vinted.errors import VintedForbiddenError, VintedRefusedError
from marketplaces.vinted.service import Receipt, id_of, record_state
from marketplaces.vinted.update import UpdateService
from tasks.errors import PermanentError, TransientError
from tasks.sentences import sentence

_CAN_BE_SHOWN = frozenset({answers.LIVE, answers.HIDDEN})


class ActivateService(UpdateService):
    """One item that is to be on sale again."""

    def require_shown_before(self) -> None:
        """PermanentError when there is no item that could be shown again."""
        status = self.status()
        if status in {ListingStatus.WITHDRAWN, ListingStatus.LIVE}:
            return
        raise PermanentError(
            sentence("“{product}” is over at Vinted.", product=self.product)
            if status and status != ListingStatus.DRAFT
            else sentence("“{product}” is not listed at Vinted.", product=self.product),
            advice=sentence("Publish it instead."),
        )

    def show(self) -> Receipt:
        """Show it to buyers, if there still is something to sell; PermanentError when it is over."""
        shown = self.show_unless_over()
        self.require_there(shown["state"])
        return shown

    def show_unless_over(self) -> Receipt:
        """Show it to buyers; what is over at Vinted by now is so in our records afterwards."""
        self._check_stock()
        listing = self.listing()
        item_id = id_of(listing)
        try:
            is_hidden = self.client.set_hidden(item_id, hidden=False)
        except (VintedRefusedError, VintedForbiddenError) as error:
            state = self.state_behind(error, item_id, unexplained=_CAN_BE_SHOWN)
            if state in {*_CAN_BE_SHOWN, answers.DRAFT}:
                raise
            record_state(listing, state)
            return {"item_id": item_id, "state": state}
        if is_hidden:
            raise TransientError(sentence("Vinted says that the listing is hidden still."))
        return {"item_id": item_id, "state": answers.LIVE}

    def save_shown(self) -> None:
        """Runs in the caller's transaction."""
        listing = self.listing()
        record_state(listing, answers.LIVE)
        listings.mark_checked(listing)
