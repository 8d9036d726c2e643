"""Puts one product on Vinted: photos, draft, completion; callable without a job.

A draft is private, so a lost answer leaves at worst one that nobody sees, and it is found by our
key in its title. Listing.details has `item_known_at` (Unix seconds), `gone`: numbers of drafts that
Vinted does not have any more, `photos_sent_again` once it has refused those that were uploaded,
`refused` while a refusal of the draft or of its completion waits for a look, and `made_after`: the
photos of the item that was over when this one was begun.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from marketplaces import listings
from marketplaces.http import Response
from marketplaces.models import Listing
from marketplaces.sales import pieces_left
from marketplaces.vinted import answers, bodies
from marketplaces.vinted.answers import VintedItem
from marketplaces.vinted.client import DRAFTS, completed, completion_path, drafted
from marketplaces.vinted.errors import VintedRefusedError, refusal_in
from marketplaces.vinted.find import NOTHING_SENT, FindService, receipt_of
from marketplaces.vinted.plugin.link import LastWrite
from marketplaces.vinted.service import Receipt, id_of, photos_of, record_state
from tasks.errors import (
    PermanentError,
    ReceiptGoneError,
    RefusalInDoubtError,
)
from tasks.sentences import sentence

TaskIds = Sequence[int]

_IN_DOUBT = sentence(
    "Nothing to do: it goes on by itself. Vinted's refusal is believed once a later look shows the "
    "draft still there."
)


class PublishService(FindService):
    """One product becomes one item that buyers see."""

    def create_draft(self, uploads: TaskIds = (), sent: LastWrite = NOTHING_SENT) -> Receipt:
        """Make the draft, unless our records have one.

        `uploads`: the receipts of the photos. `sent`: what became of this step's last request. A
        refusal that is not certain is in doubt at first, as that of a completion (docs/adr/0051).
        """
        listing = self.listing()
        if id_of(listing):
            return {"item_id": id_of(listing)}
        kept = _refusal_of(listing, sent, DRAFTS)
        try:
            made = drafted(kept) if kept else self._draft(listing, uploads)
        except VintedRefusedError as error:
            in_doubt = kept is None and not error.is_certain
            self._refused(listing, error, uploads, in_doubt=in_doubt)
            raise
        return self.remember(listing, made.item_id)

    def complete(
        self,
        item_id: str,
        made: TaskIds = (),
        uploads: TaskIds = (),
        sent: LastWrite = NOTHING_SENT,
    ) -> Receipt:
        """Put the draft on sale with the photos that are wanted, if there is something to sell.

        `made`: the receipt of the draft. `sent`: what became of this step's last request. A refusal
        is in doubt at first, and raised by the next call, which comes after a look: a browser
        repeats a request whose connection breaks, and tells of the second answer only
        (docs/adr/0034).
        """
        self._check_stock()
        listing = self.listing()
        if item_id in listing.details.get("gone", []):
            raise ReceiptGoneError(
                sentence("The draft was deleted at Vinted."), task_ids=[*made, *uploads]
            )
        kept = _refusal_of(listing, sent, completion_path(item_id))
        try:
            shown = completed(kept) if kept else self._complete(listing, item_id, uploads)
        except VintedRefusedError as error:
            self._refused(listing, error, uploads, in_doubt=kept is None, advice=_IN_DOUBT)
            raise
        return receipt_of(shown, answers.LIVE)

    def _draft(self, listing: Listing, uploads: TaskIds) -> VintedItem:
        body = bodies.draft(listing.mapped["item"], *self._photos(listing, uploads))
        return self.client.create_draft(body)

    def _complete(self, listing: Listing, item_id: str, uploads: TaskIds) -> VintedItem:
        photo_ids, session = self._photos(listing, uploads)
        body = bodies.completion(listing.mapped["item"], item_id, photo_ids, session)
        return self.client.complete_draft(item_id, body)

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
            made_after=None,
            archived_at=None,
        )
        if live.get("unsent"):
            listing.sent_hash = ""
            listing.save(update_fields=["sent_hash"])
        if live["state"] != answers.LIVE:
            record_state(listing, live["state"])

    def _photos(self, listing: Listing, uploads: TaskIds) -> tuple[list[str], str]:
        """Vinted's numbers in order, and the session that they were uploaded in."""
        known, wanted = listing.details.get("photos", {}), listing.mapped["photos"]
        if any(checksum not in known for checksum in wanted):
            raise ReceiptGoneError(sentence("A photo is not at Vinted."), task_ids=uploads)
        return [known[checksum] for checksum in wanted], listing.details["session"]

    def _refused(
        self,
        listing: Listing,
        error: VintedRefusedError,
        uploads: TaskIds,
        *,
        in_doubt: bool,
        advice: str | None = None,
    ) -> None:
        """RefusalInDoubtError if so, and the next call, which comes after a look, raises `error`.

        ReceiptGoneError when the photos are to be sent again.
        """
        listings.note(listing, refused=in_doubt)
        if in_doubt:
            raise RefusalInDoubtError(
                error.message, advice=advice, evidence=error.evidence
            ) from error
        self._send_photos_again(error, uploads)

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


def _refusal_of(listing: Listing, sent: LastWrite, path: str) -> Response | None:
    """The answer to our last request, if it is a refusal that has waited for a look."""
    kept = sent.answer_from(path)
    if kept is None or not listing.details.get("refused"):
        return None
    return kept if refusal_in(kept) is not None else None
