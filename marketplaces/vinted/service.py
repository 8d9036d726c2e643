"""What every action on one listing at Vinted does; callable without a job.

Each method is one functional step and may be called again. Listing.details has

* `item_id`: Vinted's number of the draft or item, from the moment at which it is known,
* `photos`: Vinted's number of each photo by its checksum, `own_photos`: all that were uploaded,
* `session`: the UUID that photos and item of one upload share.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import uuid4

from django.conf import settings

from marketplaces import listings
from marketplaces.listings import content_hash
from marketplaces.models import Account, Listing, ListingStatus, Product
from marketplaces.photo_files import photo_file
from marketplaces.product_facts import ProductFacts, facts_of
from marketplaces.sales import SoldReport, report_sold_of_many
from marketplaces.vinted import answers, validation
from marketplaces.vinted.account_settings import VintedSettings
from marketplaces.vinted.client import VintedClient, Wardrobe
from marketplaces.vinted.errors import VintedForbiddenError, VintedRefusedError
from marketplaces.vinted.mapping import Json, mapped
from marketplaces.vinted.plugin.exchange import FormFile, origin
from tasks.errors import PermanentError, TransientError
from tasks.sentences import sentence

Receipt = dict[str, Any]

GONE = "gone"
STATUSES = {
    answers.LIVE: ListingStatus.LIVE,
    answers.HIDDEN: ListingStatus.WITHDRAWN,
    answers.SOLD: ListingStatus.SOLD,
    answers.CLOSED: ListingStatus.ENDED,
    GONE: ListingStatus.ENDED,
}
"""What an item's state means for a listing that was live."""
OVER = frozenset({ListingStatus.SOLD, ListingStatus.ENDED})
"""Vinted sells an item once: what comes next is another item."""
BEFORE_LIVE = frozenset({answers.DRAFT, answers.HIDDEN, GONE})
"""What a late read may show of an item that is on sale by now; sold and closed stay so."""
ON_SALE = frozenset({answers.LIVE})
Refusal = VintedForbiddenError | VintedRefusedError
_LONGEST_NAME = 200


class ListingService:
    """One product on one account."""

    def __init__(self, account: Account, product: Product, client: VintedClient) -> None:
        self.account = account
        self.product = product
        self.client = client
        self.settings = VintedSettings.read(account.settings)

    @cached_property
    def facts(self) -> ProductFacts:
        return facts_of(self.product)

    @property
    def key(self) -> str:
        return listings.key_of(self.found(), self.product)

    @cached_property
    def wanted(self) -> Json:
        """What Vinted is to be sent, as the product is now."""
        return mapped(self.facts, self.settings, self.key)

    def identity(self) -> Receipt:
        """What tells one content of the listing from another; part of the payloads."""
        content = content_hash(self.wanted)
        return {"content": content, "revision": listings.revision_of(self.found(), content)}

    def found(self) -> Listing | None:
        return listings.find(self.account, self.product)

    def listing(self) -> Listing:
        return listings.known(self.account, self.product)

    def known_id(self) -> str:
        """Vinted's number of our draft or item; "" when none is known."""
        listing = self.found()
        return "" if listing is None else id_of(listing)

    def status(self) -> str:
        """By our own records; "" when there are none."""
        listing = self.found()
        return "" if listing is None else listing.status

    def is_sent(self) -> bool:
        """Whether Vinted has been sent what the product is now."""
        listing = self.found()
        return listing is not None and listing.sent_hash == content_hash(self.wanted)

    def validate(self) -> None:
        """NotFitForVintedError with every fault."""
        validation.check(self.facts, self.settings, self.key)

    def map_product(self) -> Receipt:
        """Write down the intent; runs in the caller's transaction."""
        listing = listings.write_intent(self.account, self.product, self.wanted)
        details = {"session": str(uuid4()), **listing.details}
        details |= {"photos_sent_again": False, "refused": False}
        if self._begins_anew(listing):
            of_item = {name: details.get(name) for name in ("photos", "own_photos")}
            details |= {"item_id": "", "photos": {}, "own_photos": [], "session": str(uuid4())}
            details |= {"made_after": {"item_id": listing.external_id, **of_item}}
        listing.details = details
        listing.save(update_fields=["details", "updated_at"])
        return {"key": listing.key, "content": details["content"]}

    def _begins_anew(self, listing: Listing) -> bool:
        """Whether what is kept of photos is that of an item that is over."""
        return listing.status in OVER and not id_of(listing) and not photos_before(listing)

    def photos(self) -> list[Receipt]:
        """What determines the upload of each photo, in order."""
        return [
            {"position": position, "checksum": checksum}
            for position, checksum in enumerate(self.wanted["photos"], start=1)
        ]

    def upload_photo(self, checksum: str) -> Receipt:
        """Bring one photo to Vinted; no call when it is there.

        One whose answer was lost is sent again: what no item has is forgotten by Vinted.
        """
        listing = self.listing()
        known = listing.details.get("photos", {})
        if checksum in known:
            return {"checksum": checksum, "photo_id": known[checksum]}
        content, name, content_type = photo_file(
            self.product,
            checksum,
            validation.PICTURES,
            timeout=settings.VINTED["answer_seconds"] / 5,
        )
        file = FormFile("photo[file]", name[-_LONGEST_NAME:], content_type, content)
        photo_id = self.client.upload_photo(file, listing.details["session"])
        own = [*listing.details.get("own_photos", []), photo_id]
        listings.note(listing, photos={**known, checksum: photo_id}, own_photos=own)
        return {"checksum": checksum, "photo_id": photo_id}

    def confirm(self) -> bool:
        """Whether Vinted shows the item that our records have, to buyers.

        What the edit form does not show is looked for in the whole wardrobe. TransientError while
        our last change is too recent for a read.
        """
        listing, asked_at = self.listing(), self.client.asked_at()
        state = self.state_of(id_of(listing))
        if state == answers.LIVE:
            listings.mark_checked(listing)
            return True
        self.wait_until_settled(asked_at)
        record_state(listing, state)
        return False

    def is_over(self) -> bool:
        """Whether our records have an item that is over, which Vinted may have put back."""
        listing = self.found()
        return (
            listing is not None
            and listing.status in OVER
            and bool(listing.external_id)
            and not id_of(listing)
            and not listing.details.get("archived_at")
        )

    def is_back(self) -> bool:
        """Whether Vinted shows the item to buyers that our records have as over.

        A sale may have fallen through. What is not shown is over, as our records have it for a
        reason, even where the wardrobe has gaps. TransientError as in `confirm`.
        """
        listing, asked_at = self.listing(), self.client.asked_at()
        item_id = listing.external_id
        shown = self.client.get_item(item_id) or self._wardrobe_behind(item_id).find(item_id)
        if shown is None or shown.state not in {answers.LIVE, answers.HIDDEN}:
            return False
        self.wait_until_settled(asked_at)
        record_state(listing, shown.state)
        return shown.state == answers.LIVE

    def state_of(self, item_id: str) -> str:
        """One of the states in `answers`, or GONE; one read, or the whole wardrobe."""
        shown = self.client.get_item(item_id)
        if shown is not None:
            return shown.state
        return self.state_in(self._wardrobe_behind(item_id), item_id)

    def state_in(self, wardrobe: Wardrobe, item_id: str) -> str:
        """TransientError when the pages had gaps: what was not seen in them may be there."""
        shown = wardrobe.find(item_id)
        if shown is not None:
            return shown.state
        if not wardrobe.is_complete:
            raise TransientError(sentence("Vinted's list of the wardrobe has gaps."))
        return GONE

    def state_behind(
        self,
        refusal: Refusal | None,
        item_id: str,
        *,
        unexplained: Collection[str] = ON_SALE,
    ) -> str:
        """What the item is that Vinted refused something of, as the wardrobe says.

        `refusal`: None when it was a read. `unexplained`: the states in which Vinted does it as a
        rule. PermanentError when a buyer has reserved the item. TransientError while the wardrobe
        may still show what was before our own last change.
        """
        asked_at = self.client.asked_at()
        wardrobe = self._wardrobe_behind(item_id, unexplained)
        state = self.state_in(wardrobe, item_id)
        if state in BEFORE_LIVE:
            self.wait_until_settled(asked_at)
        if wardrobe.has_reserved(item_id):
            raise PermanentError(
                sentence(
                    "“{product}” is reserved at Vinted, and cannot be changed now.",
                    product=self.product,
                ),
                advice=sentence("Retry the job once it is not reserved any more."),
                evidence=None if refusal is None else refusal.evidence,
            ) from refusal
        return state

    def refuse_what_is_over(self, refusal: Refusal | None, item_id: str) -> None:
        """Record what the item is that cannot be changed; PermanentError unless it is on sale.

        It may be sold, hidden or gone since we read it. Raises what `state_behind` raises, too.
        """
        state = self.state_behind(refusal, item_id)
        if state != answers.LIVE:
            record_state(self.listing(), state)
            self.require_there(state)

    def cannot_be_changed(self, refusal: Refusal | None = None) -> PermanentError:
        """Vinted shows it to buyers, reserved by nobody, and does not let it be changed."""
        return PermanentError(
            sentence("Vinted does not let “{product}” be changed now.", product=self.product),
            advice=sentence(
                "Look in the seller's wardrobe at Vinted whether it can be changed there, then "
                "retry the job."
            ),
            evidence=None if refusal is None else refusal.evidence,
        )

    def _wardrobe_behind(self, item_id: str, unexplained: Collection[str] = ON_SALE) -> Wardrobe:
        """The wardrobe, late enough to show why Vinted has just refused something of the item.

        A first look that explains nothing may be older than the refusal (docs/adr/0050).
        """
        wardrobe = self.client.wardrobe()
        shown = wardrobe.find(item_id)
        if shown is None or shown.state not in unexplained or wardrobe.has_reserved(item_id):
            return wardrobe
        self.client.wait_since_answer(settings.VINTED["settle_seconds"])
        return self.client.wardrobe()

    def is_settled(self, asked_at: datetime) -> bool:
        """Whether a read shows all that we have done to the listing: our record changes with it.

        `asked_at`: when the read began, which may have taken longer than reads lag behind.
        """
        age = asked_at - self.listing().updated_at
        return bool(age.total_seconds() >= settings.VINTED["settle_seconds"])

    def wait_until_settled(self, asked_at: datetime) -> None:
        """TransientError when a read of that time may show what was before our own last change."""
        if not self.is_settled(asked_at):
            raise not_shown_yet()

    def url_of(self, item_id: str) -> str:
        return f"{origin(self.settings.site)}/items/{item_id}"

    def remember(self, listing: Listing, item_id: str) -> Receipt:
        """From now on this is the draft or item."""
        if id_of(listing) != item_id:
            listings.note(listing, item_id=item_id, item_known_at=time.time())
        return {"item_id": item_id}

    def require_there(self, state: str) -> None:
        """PermanentError that says what became of a listing that is no longer live."""
        if state == answers.LIVE:
            return
        told = {
            answers.SOLD: sentence("“{product}” was sold at Vinted.", product=self.product),
            answers.HIDDEN: sentence("“{product}” is hidden at Vinted.", product=self.product),
        }
        raise PermanentError(
            told.get(state)
            or sentence("“{product}” is no longer live at Vinted.", product=self.product),
            advice=sentence("Show it again if it should be on sale.")
            if state == answers.HIDDEN
            else sentence("Publish it again if it should be on sale: that makes a new item."),
        )


def not_shown_yet() -> TransientError:
    return TransientError(
        sentence("Vinted does not show the last change of the listing yet."),
        retry_after=settings.VINTED["settle_seconds"],
    )


def id_of(listing: Listing) -> str:
    """The present draft or item; an item that is over is none."""
    item_id = str(listing.details.get("item_id") or "")
    if listing.status in OVER:
        return "" if item_id == listing.external_id else item_id
    return item_id or listing.external_id


def photos_before(listing: Listing) -> Json:
    """What was known of the photos of the item that is over, once a new one has been begun."""
    kept: Json = listing.details.get("made_after") or {}
    return kept if kept.get("item_id") == listing.external_id else {}


def record_state(listing: Listing, state: str) -> None:
    """What Vinted says of a listing; that it was sold is a sale of one piece."""
    if state == answers.DRAFT:
        return
    if state == answers.SOLD:
        if not listing.external_id:
            listing.external_id = id_of(listing)
            listing.save(update_fields=["external_id", "updated_at"])
        report_sold_of_many([SoldReport(listing, 1, is_sold_out=True)])
    listings.mark(listing, STATUSES[state])


def photos_of(listing: Listing, shown: Sequence[str]) -> dict[str, str]:
    """Vinted's numbers of the photos by checksum: as it shows them, if it shows as many."""
    wanted, known = listing.mapped["photos"], listing.details.get("photos", {})
    if len(shown) == len(wanted):
        return dict(zip(wanted, shown, strict=True))
    return {checksum: known[checksum] for checksum in wanted if checksum in known}
