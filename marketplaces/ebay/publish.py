"""Puts one product on eBay: photos, inventory item, offer, publication; callable without a job."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from marketplaces import already_listed, listings
from marketplaces.ebay import pictures
from marketplaces.ebay.content import ContentService, raise_if_gone, told_now
from marketplaces.ebay.errors import EbayRefusedError, OfferExistsError
from marketplaces.ebay.parts import SENT, parts_of
from marketplaces.ebay.pictures import Receipt, Uploads
from marketplaces.listings import content_hash
from marketplaces.models import Listing, ListingStatus
from tasks.errors import LookFailedError, PermanentError, TransientError
from tasks.handlers import Absent, CannotTell, Found, Look
from tasks.sentences import sentence


class PublishService(ContentService):
    """One product on one account; also what was withdrawn, sold or ended goes on sale again."""

    def validate(self) -> None:
        """Besides, AlreadyListedError when it would be listed a second time."""
        already_listed.refuse(self.account, self.product)
        super().validate()

    def keys(self) -> Receipt:
        """What an offer is found by at eBay."""
        return {"sku": self.wanted["sku"], "marketplace_id": self.settings.marketplace_id}

    def is_live_as_wanted(self) -> bool:
        """Whether, by our own records, there is nothing to send."""
        return self.is_recorded_live() and not self.changed()

    def find_offer(self) -> Look:
        asked_at = timezone.now()
        found = self.client.find_offers(self.listing().key)
        if len(found) > 1:
            ids = ", ".join(offer.offer_id for offer in found)
            return CannotTell(
                sentence("eBay has more than one offer for this product: {ids}.", ids=ids)
            )
        if not found:
            return Absent()
        listings.refuse_if_deleted(self.listing(), asked_at, settle_seconds=self.settle_seconds)
        return Found(_unknown_content(found[0].offer_id))

    def adopted_offer(self, number: str) -> Receipt:
        """A person's word for it, who may name the offer by its listing, which is what eBay shows.

        PermanentError when eBay knows of no such offer of this product.
        """
        _require_number(number)
        for offer in self.client.find_offers(self.listing().key):
            if number in (offer.offer_id, offer.listing_id):
                return _unknown_content(offer.offer_id)
        raise self._not_shown(number)

    def create_offer(self, made_item: Sequence[int] = ()) -> Receipt:
        """Make the offer, or take the one that eBay names as being there.

        `made_item`: the numbers of the receipts that are void if eBay has no such item.
        """
        offer = self.listing().mapped["offer"]
        try:
            offer_id = self.client.create_offer(offer)
        except OfferExistsError as error:
            return self._existing_offer(error)
        except EbayRefusedError as error:
            raise_if_gone(error, made_item)
            raise
        return {"offer_id": offer_id, "content": content_hash(offer)}

    def find_published(self, offer_id: str) -> Look:
        asked_at = timezone.now()
        offer = self.client.get_offer(offer_id)
        if offer is None or not offer.is_live:
            return Absent()
        if not offer.listing_id:
            return CannotTell(
                sentence("eBay says that the offer is published, but not as which listing.")
            )
        listing = self.listing()
        if self._may_be_seen_late(listing, offer.listing_id, asked_at):
            raise LookFailedError(sentence("eBay still shows the listing that was ended."))
        other = listings.other_holder(listing, offer.listing_id)
        if other is not None:
            return CannotTell(
                sentence(
                    "eBay's listing {listing_id} belongs to “{product}” already.",
                    listing_id=offer.listing_id,
                    product=other.product,
                )
            )
        return Found({"listing_id": offer.listing_id})

    def adopted_listing(self, listing_id: str) -> Receipt:
        """A person's word for it; PermanentError unless eBay shows it live with our key.

        Where eBay shows our offer as published and no number of its listing, the person tells it.
        """
        _require_number(listing_id)
        listing = self.listing()
        other = listings.other_holder(listing, listing_id)
        if other is not None:
            raise PermanentError(
                sentence(
                    "The listing {listing_id} belongs to “{product}”.",
                    listing_id=listing_id,
                    product=other.product,
                )
            )
        for offer in self.client.find_offers(listing.key):
            if offer.is_live and offer.listing_id in ("", listing_id):
                return {"listing_id": listing_id}
        raise self._not_shown(listing_id)

    def publish(
        self,
        offer_id: str,
        uploads: Uploads,
        sent: Sequence[int] = (),
        made_offer: Sequence[int] = (),
    ) -> Receipt:
        """Go live, if there still is something to sell.

        `sent`: the numbers of the receipts that carry content, void if the stock has fallen.
        `made_offer`: as in `update_offer`.
        """
        self.check_stock(sent)
        try:
            return {"listing_id": self.client.publish_offer(offer_id)}
        except EbayRefusedError as error:
            self.raise_if_photos_are_gone(error, uploads, sent)
            raise_if_gone(error, made_offer)
            self.raise_if_condition_does_not_fit(error)
            raise

    def save_result(self, offer_id: str, listing_id: str, uploads: Uploads | None = None) -> None:
        """Runs in the caller's transaction. `uploads` are kept, to be used by later changes."""
        start = settings.EBAY["listing_url"] or self.settings.listing_url
        listing = self.listing()
        listings.save_live(
            listing,
            external_id=listing_id,
            url=f"{start}{listing_id}",
            offer_id=offer_id,
            former_ids=_former_ids(listing, listing_id),
            photos=pictures.to_keep(uploads or {}),
            told=told_now(listing, listing_id),
            **{SENT: parts_of(listing.mapped)},
        )

    def _may_be_seen_late(self, listing: Listing, listing_id: str, asked_at: datetime) -> bool:
        """Whether it is the listing that we have just ended, in a read that lags behind."""
        ended = listing.details.get("ended_at")
        if not ended or listing.status == ListingStatus.LIVE or listing_id != listing.external_id:
            return False
        age = asked_at - datetime.fromisoformat(ended)
        return age.total_seconds() < self.settle_seconds

    def _not_shown(self, number: str) -> PermanentError:
        return PermanentError(
            sentence(
                "eBay shows no “{number}” among what is on sale or prepared of this product ({sku}). "
                "Look at eBay which listing has this SKU.",
                number=number,
                sku=self.listing().key,
            )
        )

    def _existing_offer(self, error: OfferExistsError) -> Receipt:
        if error.offer_id:
            return _unknown_content(error.offer_id)
        found = self.find_offer()
        if isinstance(found, Found):
            return found.receipt
        raise TransientError(
            sentence("eBay has an offer for this product but does not show it yet."),
            evidence=error.evidence,
        ) from error


def _unknown_content(offer_id: str) -> Receipt:
    """The receipt of an offer that is there, whatever it says."""
    return {"offer_id": offer_id, "content": ""}


def _require_number(number: str) -> None:
    if not number.isdecimal():
        raise PermanentError(sentence("“{number}” is not a number of eBay's.", number=number))


def _former_ids(listing: Listing, listing_id: str) -> list[str]:
    """The numbers under which the product was on sale before, oldest first."""
    known: list[str] = list(listing.details.get("former_ids") or [])
    before = listing.external_id
    return known if before in {"", listing_id, *known} else [*known, before]
