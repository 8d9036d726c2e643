"""Deletes a listing at Etsy, then our record of it; callable without a job."""

from __future__ import annotations

from marketplaces import listings
from marketplaces.etsy import drafts
from marketplaces.etsy.errors import EtsyRefusedError
from marketplaces.etsy.publish import PublishService
from marketplaces.etsy.service import Receipt
from tasks.errors import PermanentError, TransientError
from tasks.sentences import sentence


class DeleteService(PublishService):
    """One listing that is to be gone."""

    def delete(self) -> Receipt:
        """Delete it, also one that an unfinished publication has left; gone already is done."""
        listing_id = self.known_id() or self._unfinished()
        if not listing_id:
            return {"deleted": False}
        try:
            deleted = self.client.delete_listing(listing_id)
        except EtsyRefusedError as error:
            if error.is_conflict:
                raise PermanentError(
                    sentence(
                        "Etsy does not delete the listing in its present state: {reason}.",
                        reason=error.reason.rstrip("."),
                    ),
                    advice=sentence(
                        "Withdraw it first, then delete it. If that does not help, the seller has "
                        "to delete it at Etsy."
                    ),
                    evidence=error.evidence,
                ) from error
            raise
        return {"listing_id": listing_id, "deleted": deleted}

    def forget(self) -> None:
        """Remove our record, after Etsy's yes; runs in the caller's transaction."""
        listing = self.found()
        if listing is not None:
            listings.forget(listing)

    def _unfinished(self) -> str:
        """A draft whose creation was never answered; "" when there is none."""
        listing = self.found()
        if listing is None or not listing.details.get("draft_begun_at"):
            return ""
        sight = drafts.look_for(self.client, self._sought(listing))
        if sight.doubt is not None:
            raise TransientError(sight.doubt.reason, evidence=sight.doubt.evidence)
        if len(sight.ours) > 1:
            doubt = drafts.several(sight.ours)
            raise TransientError(doubt.reason, evidence=doubt.evidence)
        return sight.ours[0].listing_id if sight.ours else ""
