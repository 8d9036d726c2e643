"""Finds what an earlier request may have made: our draft, and whether it is on sale.

What the plugin's command still knows comes first; then one read; then the whole wardrobe, in which
our key in the title tells (docs/adr/0031).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings

from marketplaces import listings
from marketplaces.http import Response
from marketplaces.models import Listing
from marketplaces.vinted import answers, titles
from marketplaces.vinted.answers import VintedItem
from marketplaces.vinted.client import DRAFTS, Wardrobe, completion_path
from marketplaces.vinted.errors import refusal_in
from marketplaces.vinted.plugin.link import Fate, LastWrite
from marketplaces.vinted.service import ListingService, Receipt, id_of
from tasks.errors import (
    AuthorizationError,
    LookFailedError,
    OutcomeUnknownError,
    PermanentError,
    TransientError,
)
from tasks.handlers import Absent, CannotTell, Found, Look
from tasks.sentences import sentence

_OPEN = frozenset({answers.DRAFT, answers.LIVE, answers.HIDDEN})
NOTHING_SENT = LastWrite(Fate.NOTHING)


class FindService(ListingService):
    """One product that may be at Vinted already."""

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
        return self._find_ours(listing, sent)

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

    def find_live(self, item_id: str, sent: LastWrite = NOTHING_SENT) -> Look:
        """Whether the draft is on sale, or has been since."""
        answered = _answered(sent, completion_path(item_id))
        if answered is not None and answered.is_success:
            made = _readable(answered)
            if made is not None:
                return Found(receipt_of(made, answers.LIVE))
        # Also after a refusal: a browser may have sent it twice, and told of the second answer.
        asked_at = self.client.asked_at()
        shown = self.client.get_item(item_id)
        if shown is None:
            wardrobe = self.client.wardrobe()
            shown = wardrobe.find(item_id)
            if shown is None:
                return self._missing(item_id, wardrobe, asked_at)
        if shown.state == answers.DRAFT:
            return _absent(sent, asked_at)
        # What went live without this step was not sent what is mapped now, as far as it knows.
        found = receipt_of(shown, shown.state)
        return Found(found | {"unsent": True} if sent.fate is Fate.NOTHING else found)

    def adopted_live(self, item_id: str) -> Receipt:
        """A person's word for it; PermanentError when it is not the item that was to go live."""
        known = self.known_id()
        if item_id != known:
            raise PermanentError(sentence("It can only be the item {item_id}.", item_id=known))
        return {"item_id": item_id, "state": answers.LIVE}

    def _find_ours(self, listing: Listing, sent: LastWrite) -> Look:
        asked_at = self.client.asked_at()
        wardrobe = self.client.wardrobe()
        ours = [
            each
            for each in wardrobe.items
            if each.state in _OPEN and titles.is_ours(each.title, listing.key)
        ]
        if ours:
            settle = settings.VINTED["settle_seconds"]
            listings.refuse_if_deleted(listing, asked_at, settle_seconds=settle)
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
        return _absent(sent, asked_at) if wardrobe.is_complete else _gaps()

    def _missing(self, item_id: str, wardrobe: Wardrobe, asked_at: datetime) -> Look:
        """The draft is not in the wardrobe; TransientError if it was too new to be shown then."""
        if not wardrobe.is_complete:
            return _gaps()
        listing = self.listing()
        others = [
            each
            for each in wardrobe.items
            if each.state in {answers.LIVE, answers.HIDDEN}
            and titles.is_ours(each.title, listing.key)
        ]
        if others:
            found = others[0]
            return several(others) if len(others) > 1 else Found(receipt_of(found, found.state))
        settle = settings.VINTED["settle_seconds"]
        if asked_at.timestamp() - listing.details.get("item_known_at", 0) < settle:
            raise TransientError(
                sentence("Vinted does not show the new draft yet."), retry_after=settle
            )
        gone = [*listing.details.get("gone", []), item_id]
        listings.note(listing, gone=gone, item_id="", photos={}, own_photos=[])
        return Absent()


def receipt_of(shown: VintedItem, state: str) -> Receipt:
    """What the step that puts a draft on sale has earned."""
    return {
        "item_id": shown.item_id,
        "state": state,
        "url": shown.url,
        "photo_ids": list(shown.photo_ids),
    }


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


def _absent(sent: LastWrite, asked_at: datetime) -> Absent:
    """LookFailedError when a read of that time may show what was before our last write.

    `asked_at` may be long ago: a look that was interrupted goes on with the answers it has.
    """
    settle = timedelta(seconds=settings.VINTED["settle_seconds"])
    if sent.ended_at is not None and asked_at - sent.ended_at < settle:
        raise LookFailedError(
            sentence("The last request for this listing is too recent for the marketplace to show.")
        )
    return Absent()


def _gaps() -> CannotTell:
    return CannotTell(sentence("Vinted's list of the wardrobe has gaps."))


def _answered(sent: LastWrite, path: str = DRAFTS) -> Response | None:
    """Vinted's stored answer to our last write, if that was to `path`."""
    if sent.fate is Fate.UNDER_WAY:
        raise LookFailedError(sentence("The seller's browser is still at it."))
    return sent.answer_from(path)


def _readable(response: Response) -> VintedItem | None:
    """None for an answer that does not say which item it is about."""
    try:
        return answers.written(response)
    except (OutcomeUnknownError, AuthorizationError):
        return None


def _is_refusal(response: Response) -> bool:
    """Whether it says by itself that nothing took effect."""
    refusal = refusal_in(response)
    return refusal is not None and refusal.is_certain


def _drafted_for(listing: Listing, item_id: str) -> Listing | None:
    """Another product whose draft it is."""
    same = Listing.objects.filter(
        account_id=listing.account_id, details__contains={"item_id": item_id}
    )
    return same.exclude(pk=listing.pk).select_related("product").first()
