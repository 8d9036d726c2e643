"""Puts one product on Etsy: draft, stock, photos, texts, activation; callable without a job.

Listing.details has `draft_begun_at`, the time (Unix seconds) of the first request for a draft whose
listing is not known, `draft_known_at`, and `seen_state`, the state in which Etsy showed the listing
before it was activated.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from marketplaces import already_listed, listings
from marketplaces.etsy import answers, drafts, photos
from marketplaces.etsy.drafts import Sought
from marketplaces.etsy.mapping import draft_form
from marketplaces.etsy.service import ListingService, Receipt, id_of, record_state
from marketplaces.models import Listing, ListingStatus
from marketplaces.sales import pieces_left
from tasks.errors import OutcomeUnknownError, PermanentError, ReceiptGoneError, TransientError
from tasks.handlers import Absent, CannotTell, Found, Look
from tasks.sentences import sentence


class PublishService(ListingService):
    """One product becomes one live listing."""

    def validate(self) -> None:
        """Besides, AlreadyListedError when it would be listed a second time."""
        already_listed.refuse(self.account, self.product)
        super().validate()

    def keys(self) -> Receipt:
        """What the listing is found by at Etsy."""
        return {"sku": self.wanted["sku"], "shop_id": self.settings.shop_id}

    def photos(self) -> list[Receipt]:
        """What determines the upload of each photo, in order."""
        return [
            {"rank": rank, "checksum": checksum, "alt_text": alt_text}
            for rank, (checksum, alt_text) in enumerate(self.wanted["photos"], start=1)
        ]

    def has_photo(self, photo: Receipt) -> bool:
        """Whether Etsy has it at its place, by our own records."""
        listing = self.found()
        return listing is not None and photos.is_there(listing, photo)

    def number_of_photos_there(self) -> int:
        """Images of ours that Etsy may have, by our own records."""
        listing = self.found()
        return 0 if listing is None else len(listing.details.get("own_images", ()))

    def is_sold_out(self) -> bool:
        """Whether Etsy has sold its last piece, by our own records."""
        listing = self.found()
        return listing is not None and listing.status == ListingStatus.SOLD

    def costs_fee(self) -> bool:
        """Whether Etsy charges its fee for showing it to buyers, by our own records."""
        listing = self.found()
        return listing is None or listing.status not in {
            ListingStatus.LIVE,
            ListingStatus.WITHDRAWN,
        }

    def was_live(self) -> bool:
        """Whether it is shown again rather than for the first time, by our own records."""
        listing = self.found()
        return listing is not None and listing.status != ListingStatus.DRAFT

    def create_draft(self) -> Receipt:
        """Make the draft, unless our records or the shop have one."""
        listing = self.listing()
        if self._known_draft(listing) or self._surely_ours(listing):
            return self._receipt(listing)
        if not listing.details.get("draft_begun_at"):
            listings.note(listing, draft_begun_at=time.time())
        form = draft_form(listing.mapped, drafts.mark(listing.key))
        return self._remember(listing, self.client.create_draft(form).listing_id)

    def find_draft(self) -> Look:
        """Look through the whole shop, unless the listing is known and there."""
        listing = self.listing()
        if self._known_draft(listing):
            return Found(self._receipt(listing))
        asked_at = timezone.now()
        sight = drafts.look_for(self.client, self._sought(listing))
        if len(sight.ours) > 1:
            return drafts.several(sight.ours)
        if not sight.ours:
            return sight.doubt or self._sold_by_hand(sight) or Absent()
        settle = settings.ETSY["settle_seconds"]
        listings.refuse_if_deleted(listing, asked_at, settle_seconds=settle)
        found = sight.ours[0].listing_id
        other = listings.other_holder(listing, found)
        if other is not None:
            return CannotTell(
                sentence(
                    "Etsy's listing {listing_id} belongs to “{product}” already.",
                    listing_id=found,
                    product=other.product,
                )
            )
        return Found(self._remember(listing, found))

    def adopted_draft(self, listing_id: str) -> Receipt:
        """A person's word for it; PermanentError when it cannot be."""
        listing = self.listing()
        other = listings.other_holder(listing, listing_id) or _drafted_for(listing, listing_id)
        if other is not None:
            raise PermanentError(
                sentence(
                    "The listing {listing_id} belongs to “{product}”.",
                    listing_id=listing_id,
                    product=other.product,
                )
            )
        shown = drafts.of_this_shop(self.client, listing_id)
        if shown is None:
            raise PermanentError(
                sentence("Etsy has no listing “{number}” in this shop.", number=listing_id)
            )
        if shown.skus - {listing.key} or drafts.key_of(shown) not in ("", listing.key):
            raise PermanentError(
                sentence(
                    "Etsy's listing {number} is of another product: its SKU is {sku}.",
                    number=listing_id,
                    sku=", ".join(sorted(shown.skus)) or drafts.key_of(shown),
                )
            )
        return self._remember(listing, listing_id)

    def upload_photo(self, listing_id: str, rank: int) -> Receipt:
        return photos.upload(self.client, self.listing(), listing_id, self.product, rank)

    def arrange_photos(self, listing_id: str, uploaded_by: Mapping[int, int]) -> Receipt:
        """`uploaded_by`: the number of the receipt of each rank's upload."""
        return photos.arrange(self.client, self.listing(), listing_id, uploaded_by)

    def find_live(self, listing_id: str) -> Look:
        """Whether buyers see it, or have bought it since it was activated.

        TransientError while Etsy may only show that they saw it before it was taken off sale;
        PermanentError when they have bought it without any activation of ours.
        """
        asked_at = timezone.now()
        shown = self.client.get_listing(listing_id)
        if shown is None:
            return Absent()
        listing = self.listing()
        if shown.state == answers.ACTIVE and listing.status in _OFF_SALE:
            self.wait_until_settled(asked_at)
        before = listing.details.get("seen_state", "")
        # What was seen by an earlier job tells nothing of a listing that was sold out since.
        sold_since = (
            shown.state == answers.SOLD_OUT
            and before not in ("", answers.SOLD_OUT)
            and listing.status != ListingStatus.SOLD
        )
        if shown.state == answers.ACTIVE or sold_since:
            return Found({"listing_id": listing_id, "state": shown.state})
        if shown.state == answers.SOLD_OUT and listing.status == ListingStatus.LIVE:
            self.refuse_sold_out(listing)
        if before != shown.state:
            listings.note(listing, seen_state=shown.state, sent=_still_there(listing, shown.state))
        return Absent()

    def adopted_live(self, listing_id: str) -> Receipt:
        """A person's word for it; PermanentError unless Etsy shows that it went live."""
        known = self.known_id()
        if listing_id != known:
            raise PermanentError(
                sentence("It can only be the listing {listing_id}.", listing_id=known)
            )
        shown = self.client.get_listing(listing_id)
        if shown is None or shown.state not in (answers.ACTIVE, answers.SOLD_OUT):
            raise PermanentError(
                sentence("Etsy does not show the listing {listing_id} on sale.", listing_id=known)
            )
        return {"listing_id": listing_id, "state": shown.state}

    def go_live(self, listing_id: str, sent: Sequence[int] = ()) -> Receipt:
        """Show it to buyers, if there still is something to sell.

        `sent`: the numbers of the receipts that carry content, void if the stock has fallen.
        """
        self._check_stock(sent)
        shown = self.client.activate(listing_id)
        return {"listing_id": listing_id, "state": shown.state}

    def save_result(self, listing_id: str, state: str) -> None:
        """Runs in the caller's transaction."""
        listing = self.listing()
        url = f"{settings.ETSY['listing_url']}{listing_id}"
        listings.save_live(
            listing, external_id=listing_id, url=url, listing_id=listing_id, seen_state=""
        )
        if state == answers.SOLD_OUT:
            record_state(listing, state)

    def wait_for_new_draft(self, asked_at: datetime) -> None:
        """TransientError when the draft was too new then for a read that lacks it to be believed."""
        settle = settings.ETSY["settle_seconds"]
        if asked_at.timestamp() - self.listing().details.get("draft_known_at", 0) < settle:
            raise TransientError(
                sentence("Etsy does not show the new draft yet."), retry_after=settle
            )

    def _known_draft(self, listing: Listing) -> bool:
        """Whether the listing that our records have is at Etsy.

        TransientError while it is too new for a read to be believed.
        """
        known = id_of(listing)
        if not known:
            return False
        asked_at = timezone.now()
        if self.client.get_listing(known) is not None:
            return True
        self.wait_for_new_draft(asked_at)
        return False

    def _surely_ours(self, listing: Listing) -> bool:
        """Whether an earlier request, of a job that is forgotten, has made the listing."""
        if not listing.details.get("draft_begun_at"):
            return False
        sight = drafts.look_for(self.client, self._sought(listing))
        if len(sight.ours) > 1:
            doubt = drafts.several(sight.ours)
            raise OutcomeUnknownError(doubt.reason, evidence=doubt.evidence)
        if sight.doubt is not None and not sight.ours:
            raise OutcomeUnknownError(sight.doubt.reason, evidence=sight.doubt.evidence)
        for found in sight.ours:
            self._remember(listing, found.listing_id)
        return bool(sight.ours)

    def _sought(self, listing: Listing) -> Sought:
        begun_at = listing.details.get("draft_begun_at")
        return Sought(listing.key, listing.mapped["texts"]["title"], begun_at)

    def _sold_by_hand(self, sight: drafts.Sight) -> CannotTell | None:
        """The seller's own listing of the product, which no sync has seen yet."""
        live = [each for each in sight.others if each.state == answers.ACTIVE]
        same = [each for each in live if self.product.sku and self.product.sku in each.skus]
        return drafts.several(same) if same else None

    def _remember(self, listing: Listing, listing_id: str) -> Receipt:
        """From now on this is the listing; what another one was sent counts no more."""
        if id_of(listing) != listing_id:
            listings.note(
                listing,
                listing_id=listing_id,
                draft_known_at=time.time(),
                draft_begun_at=None,
                seen_state="",
                sent={},
                told=None,
                missing=None,
                photos={},
                own_images=[],
            )
        return self._receipt(listing)

    def _receipt(self, listing: Listing) -> Receipt:
        return {"listing_id": id_of(listing)}

    def _check_stock(self, sent: Sequence[int]) -> None:
        stock = pieces_left(self.product) or 0
        if stock < 1:
            raise PermanentError(
                sentence(
                    "“{product}” was sold out before it went live, so it was not published.",
                    product=self.product,
                ),
                advice=sentence("Nothing to do; publish it again when it is back in stock."),
            )
        if sent and stock < self.listing().details.get("sent", {}).get("quantity", 1):
            raise ReceiptGoneError(
                sentence("The stock has fallen since it was sent."), task_ids=sent
            )


_OFF_SALE = frozenset({ListingStatus.WITHDRAWN, ListingStatus.SOLD, ListingStatus.ENDED})


def _still_there(listing: Listing, state: str) -> Receipt:
    """What Etsy was sent and has still once the listing is activated from `state`.

    It puts one piece of a sold out listing on sale, whatever was sent (its document,
    updateListing).
    """
    sent = listing.details.get("sent", {})
    is_forgotten = {"quantity"} if state == answers.SOLD_OUT else set()
    return {name: value for name, value in sent.items() if name not in is_forgotten}


def _drafted_for(listing: Listing, listing_id: str) -> Listing | None:
    """Another product whose draft it is."""
    same = Listing.objects.filter(
        account_id=listing.account_id, details__contains={"listing_id": listing_id}
    )
    return same.exclude(pk=listing.pk).select_related("product").first()
