"""Puts one product on Vinted: photos, draft, completion; callable without a job.

A draft is private, so a lost answer leaves at worst one that nobody sees, and it is found by our
key in its title. Listing.details has `item_known_at` (Unix seconds), `gone`: numbers of drafts that
Vinted does not have any more, and `photos_sent_again` once it has refused those that were uploaded.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings

from marketplaces import listings
from marketplaces.http import Response
from marketplaces.models import Listing
from marketplaces.sales import pieces_left
from marketplaces.vinted import answers, bodies, titles
from marketplaces.vinted.answers import VintedItem
from marketplaces.vinted.client import DRAFTS, Wardrobe, completion_path
from marketplaces.vinted.errors import VintedRefusedError
from marketplaces.vinted.plugin.link import Fate, LastWrite
from marketplaces.vinted.service import ListingService, Receipt, id_of, photos_of, record_state
from tasks.errors import (
    LookFailedError,
    OutcomeUnknownError,
    PermanentError,
    ReceiptGoneError,
    TransientError,
)
from tasks.handlers import Absent, CannotTell, Found, Look
from tasks.sentences import sentence

TaskIds = Sequence[int]
_OPEN = frozenset({answers.DRAFT, answers.LIVE, answers.HIDDEN})
NOTHING_SENT = LastWrite(Fate.NOTHING)


class PublishService(ListingService):
    """One product becomes one item that buyers see."""

    # -- the draft

    def create_draft(self, uploads: TaskIds = ()) -> Receipt:
        """Make the draft, unless our records have one. `uploads`: the receipts of the photos."""
        listing = self.listing()
        if id_of(listing):
            return {"item_id": id_of(listing)}
        body = bodies.draft(listing.mapped["item"], *self._photos(listing, uploads))
        try:
            made = self.client.create_draft(body)
        except VintedRefusedError as error:
            self._send_photos_again(error, uploads)
            raise
        return self.remember(listing, made.item_id)

    def find_draft(self, sent: LastWrite = NOTHING_SENT) -> Look:
        """What the plugin knows of our last request, else whatever the wardrobe has of ours."""
        listing = self.listing()
        if id_of(listing):
            return Found({"item_id": id_of(listing)})
        answered = _answered(sent)
        if answered is not None and answered.is_success:
            made = _readable(answered)
            if made is not None and made.item_id not in listing.details.get("gone", []):
                return Found(self.remember(listing, made.item_id))
        elif answered is not None and _is_refusal(answered):
            return Absent()
        return self._find_ours(listing, self.client.wardrobe())

    def adopted_draft(self, item_id: str) -> Receipt:
        """A person's word for it; PermanentError when it cannot be."""
        listing = self.listing()
        other = listings.other_holder(listing, item_id) or _drafted_for(listing, item_id)
        if other is not None:
            raise PermanentError(
                sentence(
                    "The item {item_id} belongs to “{product}”.",
                    item_id=item_id,
                    product=other.product,
                )
            )
        shown = self.client.wardrobe().find(item_id)
        if shown is None or shown.state not in _OPEN:
            raise PermanentError(
                sentence("Vinted has no item “{number}” that is open.", number=item_id)
            )
        return self.remember(listing, item_id)

    # -- the completion

    def complete(self, item_id: str, made: TaskIds = (), uploads: TaskIds = ()) -> Receipt:
        """Put the draft on sale with the photos that are wanted, if there is something to sell.

        `made`: the receipt of the draft.
        """
        self._check_stock()
        listing = self.listing()
        if item_id in listing.details.get("gone", []):
            raise ReceiptGoneError(
                sentence("The draft was deleted at Vinted."), task_ids=[*made, *uploads]
            )
        photo_ids, session = self._photos(listing, uploads)
        body = bodies.completion(listing.mapped["item"], item_id, photo_ids, session)
        try:
            shown = self.client.complete_draft(item_id, body)
        except VintedRefusedError as error:
            if error.is_not_found:
                raise OutcomeUnknownError(
                    sentence("Vinted does not have the draft any more: it may be on sale."),
                    evidence=error.evidence,
                ) from error
            self._send_photos_again(error, uploads)
            raise
        return _receipt(shown, answers.LIVE)

    def find_live(self, item_id: str, sent: LastWrite = NOTHING_SENT) -> Look:
        """Whether the draft is on sale, or has been since."""
        answered = _answered(sent, completion_path(item_id))
        if answered is not None and answered.is_success:
            made = _readable(answered)
            if made is not None:
                return Found(_receipt(made, answers.LIVE))
        elif answered is not None and _is_refusal(answered):
            return Absent()
        shown = self.client.get_item(item_id)
        if shown is None:
            wardrobe = self.client.wardrobe()
            shown = wardrobe.find(item_id)
            if shown is None:
                return self._missing(item_id, wardrobe)
        return Absent() if shown.state == answers.DRAFT else Found(_receipt(shown, shown.state))

    def adopted_live(self, item_id: str) -> Receipt:
        """A person's word for it; PermanentError when it is not the item that was to go live."""
        known = self.known_id()
        if item_id != known:
            raise PermanentError(sentence("It can only be the item {item_id}.", item_id=known))
        return {"item_id": item_id, "state": answers.LIVE}

    def save_result(self, live: Receipt) -> None:
        """Runs in the caller's transaction."""
        listing, item_id = self.listing(), live["item_id"]
        photos = photos_of(listing, live.get("photo_ids", ()))
        listings.save_live(
            listing,
            external_id=item_id,
            url=live.get("url") or self.url_of(item_id),
            item_id=item_id,
            photos=photos,
            own_photos=list(photos.values()),
            gone=[],
        )
        if live["state"] != answers.LIVE:
            record_state(listing, live["state"])

    # -- within

    def _find_ours(self, listing: Listing, wardrobe: Wardrobe) -> Look:
        ours = [
            each
            for each in wardrobe.items
            if each.state in _OPEN and titles.is_ours(each.title, listing.key)
        ]
        if len(ours) > 1:
            return several(ours)
        if ours:
            other = listings.other_holder(listing, ours[0].item_id)
            if other is None:
                return Found(self.remember(listing, ours[0].item_id))
            return CannotTell(
                sentence(
                    "The item {item_id} belongs to “{product}” already.",
                    item_id=ours[0].item_id,
                    product=other.product,
                )
            )
        return Absent() if wardrobe.is_complete else _gaps()

    def _missing(self, item_id: str, wardrobe: Wardrobe) -> Look:
        """The draft is not in the wardrobe; LookFailedError while it is too new to be shown."""
        if not wardrobe.is_complete:
            return _gaps()
        listing = self.listing()
        settle = settings.VINTED["settle_seconds"]
        if time.time() - listing.details.get("item_known_at", 0) < settle:
            raise TransientError(
                sentence("Vinted does not show the new draft yet."), retry_after=settle
            )
        gone = [*listing.details.get("gone", []), item_id]
        listings.note(listing, gone=gone, item_id="", photos={}, own_photos=[])
        return Absent()

    def _photos(self, listing: Listing, uploads: TaskIds) -> tuple[list[str], str]:
        """Vinted's numbers in order, and the session that they were uploaded in."""
        known, wanted = listing.details.get("photos", {}), listing.mapped["photos"]
        if any(checksum not in known for checksum in wanted):
            raise ReceiptGoneError(sentence("A photo is not at Vinted."), task_ids=uploads)
        return [known[checksum] for checksum in wanted], listing.details["session"]

    def _send_photos_again(
        self, error: VintedRefusedError, uploads: TaskIds, there: Sequence[str] = ()
    ) -> None:
        """What no item has yet is forgotten by Vinted after a while: once, they are sent again.

        `there`: those that the item has.
        """
        listing = self.listing()
        if not error.names_photos or not uploads or listing.details.get("photos_sent_again"):
            return
        known = listing.details.get("photos", {})
        kept = {checksum: each for checksum, each in known.items() if each in there}
        listings.note(listing, photos=kept, session=str(uuid4()), photos_sent_again=True)
        raise ReceiptGoneError(
            sentence("Vinted does not know the photos any more."),
            task_ids=uploads,
            evidence=error.evidence,
        ) from error

    def _check_stock(self) -> None:
        if (pieces_left(self.product) or 0) < 1:
            raise PermanentError(
                sentence(
                    "“{product}” was sold out before it went live, so it was not published.",
                    product=self.product,
                ),
                advice=sentence("Nothing to do; publish it again when it is back in stock."),
            )


def several(found: Sequence[VintedItem]) -> CannotTell:
    """More than one item has our key: somebody has copied it, and a person has to tell."""
    named = sorted(found, key=lambda each: int(each.item_id))
    return CannotTell(
        sentence(
            "Vinted has items that may be this product: {ids}.",
            ids=", ".join(each.item_id for each in named),
        ),
        {"items": [[each.item_id, each.state, each.title] for each in named]},
    )


def _gaps() -> CannotTell:
    return CannotTell(sentence("Vinted's list of the wardrobe has gaps."))


def _receipt(shown: VintedItem, state: str) -> Receipt:
    return {
        "item_id": shown.item_id,
        "state": state,
        "url": shown.url,
        "photo_ids": list(shown.photo_ids),
    }


def _answered(sent: LastWrite, path: str = DRAFTS) -> Response | None:
    """Vinted's stored answer to our last write, if that was to `path`."""
    if sent.fate is Fate.UNDER_WAY:
        raise LookFailedError(sentence("The seller's browser is still at it."))
    if sent.answer is None or urlsplit(sent.answer.request.url).path != path:
        return None
    return sent.answer


def _readable(response: Response) -> VintedItem | None:
    """None for an answer that does not say which item it is about."""
    try:
        return answers.written(response)
    except OutcomeUnknownError:
        return None


def _is_refusal(response: Response) -> bool:
    """Nothing took effect; a 404 may come of an effect that had gone before."""
    return 400 <= response.status < 500 and response.status != 404


def _drafted_for(listing: Listing, item_id: str) -> Listing | None:
    """Another product whose draft it is."""
    same = Listing.objects.filter(
        account_id=listing.account_id, details__contains={"item_id": item_id}
    )
    return same.exclude(pk=listing.pk).select_related("product").first()
