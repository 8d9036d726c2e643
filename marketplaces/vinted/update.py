"""Brings a live item up to date: it is replaced as a whole, and only when something has changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.conf import settings

from marketplaces import listings
from marketplaces.models import Listing, ListingStatus
from marketplaces.vinted import answers, bodies
from marketplaces.vinted.errors import VintedForbiddenError, VintedRefusedError
from marketplaces.vinted.publish import PublishService
from marketplaces.vinted.service import Receipt, id_of, not_shown_yet, photos_before, photos_of
from marketplaces.vinted.validation import PICTURES
from marketplaces.vinted.withdraw import WithdrawService
from tasks.errors import PermanentError
from tasks.sentences import sentence


class UpdateService(WithdrawService, PublishService):
    """One item that is live."""

    def require_live(self) -> None:
        """PermanentError when, by our own records, there is nothing live to update."""
        status = self.status()
        if status != ListingStatus.LIVE:
            raise PermanentError(
                sentence("“{product}” is not live at Vinted.", product=self.product),
                advice=sentence("Show it again: that sends what has changed.")
                if status == ListingStatus.WITHDRAWN
                else listings.PUBLISH_IT,
            )

    def is_sold_out_here(self) -> bool:
        """Whether there is nothing left to sell."""
        return self.product.stock == 0

    def require_confirmed(self) -> None:
        """PermanentError when Vinted shows it to buyers no longer."""
        if not self.confirm():
            self.require_there(_STATES.get(self.status(), ""))

    def compare(self) -> Receipt:
        """The photos that the item has; what it has lost is not known here any more.

        PermanentError when it cannot be changed, which our records say from then on.
        """
        listing, asked_at = self.listing(), self.client.asked_at()
        shown = self.client.get_item(id_of(listing))
        self._wait_for_our_photos(listing, asked_at)
        if shown is None:
            # The form may be late, too, and late by more than the wardrobe.
            self.wait_until_settled(asked_at)
            self.refuse_what_is_over(None, id_of(listing))
            raise self.cannot_be_changed()
        photo_ids = list(shown.photo_ids)
        # What was uploaded for an item in place of this one, which came back, is not on it.
        record = photos_before(listing) or listing.details
        known = record.get("photos") or {}
        kept = {checksum: each for checksum, each in known.items() if each in photo_ids}
        # Of an item whose photos are not known here, none is told apart as the seller's own.
        own = record.get("own_photos") or photo_ids
        listings.note(listing, photos=kept, own_photos=own, made_after=None)
        return {"photo_ids": photo_ids}

    def _wait_for_our_photos(self, listing: Listing, asked_at: datetime) -> None:
        """TransientError when a read of that time may show the photos before our own last change."""
        settle = settings.VINTED["settle_seconds"]
        if listing.sent_at is not None and (asked_at - listing.sent_at).total_seconds() < settle:
            raise not_shown_yet()

    def missing_photos(self) -> list[Receipt]:
        """Those of `photos` that the item does not have."""
        known = self.listing().details.get("photos", {})
        return [photo for photo in self.photos() if photo["checksum"] not in known]

    def save_item(self, shown: Sequence[str], uploads: Sequence[int] = ()) -> Receipt:
        """Send all that is wanted. `shown`: the photos that the item has.

        Photos that the seller has added at Vinted stay, behind ours.
        """
        listing = self.listing()
        photo_ids, session = self._photos(listing, uploads)
        own = set(listing.details.get("own_photos", []))
        theirs = [each for each in shown if each not in own]
        everything = [*photo_ids, *theirs][: PICTURES.most]
        item_id = id_of(listing)
        body = bodies.update(listing.mapped["item"], item_id, everything, session)
        try:
            answer = self.client.update_item(item_id, body)
        except VintedForbiddenError as error:
            # Of this item alone when it was sold meanwhile, else of the account.
            self.refuse_what_is_over(error, item_id)
            raise
        except VintedRefusedError as error:
            if error.is_not_found:
                self.refuse_what_is_over(error, item_id)
                raise self.cannot_be_changed(error) from error
            self._send_photos_again(error, uploads, shown)
            raise
        return {"item_id": item_id, "photo_ids": list(answer.photo_ids[: len(photo_ids)])}

    def save_updated(self, sent: Receipt) -> None:
        """Runs in the caller's transaction."""
        listing = self.listing()
        photos = photos_of(listing, sent.get("photo_ids", ()))
        listing.details = {
            **listing.details,
            "photos": photos,
            "own_photos": list(photos.values()),
        }
        listing.save(update_fields=["details", "updated_at"])
        listings.mark_sent(listing)


_STATES: Mapping[str, str] = {
    ListingStatus.SOLD: answers.SOLD,
    ListingStatus.WITHDRAWN: answers.HIDDEN,
}
