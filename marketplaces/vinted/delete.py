"""Deletes an item at Vinted; callable without a job. What was deleted there cannot come back."""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone

from marketplaces import listings
from marketplaces.models import Listing, ListingStatus
from marketplaces.vinted import answers, titles
from marketplaces.vinted.errors import VintedForbiddenError, VintedRefusedError
from marketplaces.vinted.find import several
from marketplaces.vinted.service import (
    GONE,
    OVER,
    ListingService,
    Receipt,
    Refusal,
    id_of,
    record_state,
)
from tasks.errors import PermanentError, TransientError
from tasks.sentences import sentence

_CAN_BE_ARCHIVED = frozenset({answers.HIDDEN, answers.SOLD, answers.CLOSED})
_CAN_BE_DELETED = frozenset({answers.LIVE, answers.HIDDEN})


class DeleteService(ListingService):
    """One item that is to be gone."""

    def delete(self) -> Receipt:
        """Delete it, also a draft that an unfinished publication has left; gone already is done."""
        listing = self.found()
        if listing is None:
            return {"deleted": False}
        item_id = id_of(listing) or listing.external_id or self._unfinished(listing)
        if not item_id:
            return {"deleted": False}
        is_draft = listing.status == ListingStatus.DRAFT
        return {"item_id": item_id, "deleted": self._delete(item_id, is_draft=is_draft)}

    def forget(self) -> None:
        """Remove our record, after Vinted's yes; runs in the caller's transaction."""
        listing = self.found()
        if listing is not None:
            listings.forget(listing)

    def require_over(self) -> None:
        """PermanentError unless, by our own records, nobody can buy it at Vinted any more."""
        listing = self.found()
        if listing is None or not listing.external_id:
            raise PermanentError(
                sentence("“{product}” is not listed at Vinted.", product=self.product),
                advice=sentence("Nothing to do: there is nothing to archive."),
            )
        if listing.status not in {*OVER, ListingStatus.WITHDRAWN}:
            raise self._is_on_sale()

    def archive(self) -> Receipt:
        """Remove an item that is over at Vinted; refused when buyers see it after all.

        Only the wardrobe tells: what the edit form does not show may be reserved by a buyer.
        """
        listing = self.listing()
        item_id, asked_at = listing.external_id, self.client.asked_at()
        state = self.state_in(self.client.wardrobe(), item_id)
        if state not in _CAN_BE_ARCHIVED:
            self.wait_until_settled(asked_at)
        if state in {answers.LIVE, answers.DRAFT}:
            if listing.status == ListingStatus.WITHDRAWN:
                record_state(listing, state)
            raise self._is_on_sale()
        removed = state != GONE and self._delete(item_id, is_draft=False)
        return {"item_id": item_id, "deleted": removed}

    def save_archived(self) -> None:
        """Keep the record, which says so; runs in the caller's transaction."""
        listing = Listing.objects.select_for_update().get(pk=self.listing().pk)
        archived_at = timezone.now().isoformat(timespec="seconds")
        listing.details = {**listing.details, "archived_at": archived_at}
        if listing.status == ListingStatus.WITHDRAWN:
            listing.status = ListingStatus.ENDED
        listing.save(update_fields=["details", "status", "updated_at"])

    def _delete(self, item_id: str, *, is_draft: bool) -> bool:
        """False when it was gone already, which the wardrobe has to confirm."""
        try:
            if is_draft:
                self.client.delete_draft(item_id)
            else:
                self.client.delete_item(item_id)
        except (VintedForbiddenError, VintedRefusedError) as error:
            return self._refused(item_id, error, is_draft=is_draft)
        return True

    def _refused(self, item_id: str, error: Refusal, *, is_draft: bool) -> bool:
        """It may be gone, be over, or be an item by now instead of a draft; else the refusal holds.

        A 403 is about this item alone when it is over, else about the account.
        """
        state = self.state_behind(error, item_id, unexplained=_CAN_BE_DELETED)
        if state == GONE:
            return False
        if state in {answers.SOLD, answers.CLOSED}:
            record_state(self.listing(), state)
            raise self._is_kept(state, error) from error
        if isinstance(error, VintedForbiddenError) or not error.is_not_found:
            raise error
        if is_draft == (state == answers.DRAFT):
            # The list lags behind the form: it may be gone by an answer that was lost.
            raise TransientError(
                error.message,
                evidence=error.evidence,
                retry_after=settings.VINTED["settle_seconds"],
            ) from error
        return self._delete(item_id, is_draft=not is_draft)

    def _unfinished(self, listing: Listing) -> str:
        """A draft whose creation was never answered; "" when there is none."""
        wardrobe = self.client.wardrobe()
        ours = [each for each in wardrobe.items if titles.is_ours(each.title, listing.key)]
        left = [each for each in ours if each.state not in {answers.SOLD, answers.CLOSED}]
        if len(left) > 1:
            doubt = several(left)
            raise TransientError(doubt.reason, evidence=doubt.evidence)
        if not left and not wardrobe.is_complete:
            raise TransientError(sentence("Vinted's list of the wardrobe has gaps."))
        return left[0].item_id if left else ""

    def _is_kept(self, state: str, refusal: Refusal) -> PermanentError:
        return PermanentError(
            sentence(
                "“{product}” was sold at Vinted, and Vinted does not delete it.",
                product=self.product,
            )
            if state == answers.SOLD
            else sentence(
                "“{product}” is closed at Vinted, and Vinted does not delete it.",
                product=self.product,
            ),
            advice=sentence(
                "Nothing to do: nobody can buy it there any more. StoFlow keeps its record."
            ),
            evidence=refusal.evidence,
        )

    def _is_on_sale(self) -> PermanentError:
        return PermanentError(
            sentence("“{product}” is still on sale at Vinted.", product=self.product),
            advice=sentence("Withdraw or delete it instead; what is over can be archived."),
        )
