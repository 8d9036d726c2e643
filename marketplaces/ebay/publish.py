"""Puts one product on eBay: photos, inventory item, offer, publication; callable without a job.

Each method is one functional step and may be called again. What an earlier step brought is handed
in as its receipt. Listing.details has eBay's `offer_id`, and `offer_content` (hash of what the
offer was last changed to).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from django.conf import settings
from django.utils import timezone

from marketplaces import listings
from marketplaces.ebay import pictures, validation
from marketplaces.ebay.account_settings import EbaySettings
from marketplaces.ebay.client import EbayClient
from marketplaces.ebay.errors import PICTURE_FAULTS, EbayRefusedError, OfferExistsError
from marketplaces.ebay.mapping import Json, item_with_images, mapped
from marketplaces.ebay.pictures import Receipt, Uploads
from marketplaces.listings import content_hash
from marketplaces.models import Account, Listing, ListingStatus, Product
from marketplaces.product_facts import ProductFacts, facts_of
from tasks.errors import PermanentError, ReceiptGoneError, TransientError
from tasks.handlers import Absent, CannotTell, Found, Look
from tasks.sentences import sentence


class PublishService:
    """One product on one account."""

    def __init__(self, account: Account, product: Product, client: EbayClient) -> None:
        self.account = account
        self.product = product
        self.client = client
        self.settings = EbaySettings.read(account.settings)

    @cached_property
    def facts(self) -> ProductFacts:
        return facts_of(self.product)

    @cached_property
    def wanted(self) -> Json:
        """What eBay is to be sent, as the product is now."""
        listing = listings.find(self.account, self.product)
        return mapped(self.facts, self.settings, listings.key_of(listing, self.product))

    def identity(self) -> Receipt:
        """What tells one content of the listing from another; part of the payloads."""
        content = content_hash(self.wanted)
        listing = listings.find(self.account, self.product)
        return {"content": content, "revision": listings.revision_of(listing, content)}

    def keys(self) -> Receipt:
        """What an offer is found by at eBay."""
        return {"sku": self.wanted["sku"], "marketplace_id": self.settings.marketplace_id}

    def photos(self) -> list[Receipt]:
        """What determines the upload of each photo, in order."""
        return [
            {
                "position": position,
                "checksum": picture.checksum,
                "source": "link" if picture.is_link else "file",
            }
            for position, picture in enumerate(self.facts.pictures, start=1)
        ]

    def is_live_as_wanted(self) -> bool:
        """Whether, by our own records, there is nothing to send."""
        listing = listings.find(self.account, self.product)
        return (
            listing is not None
            and listing.status == ListingStatus.LIVE
            and listing.sent_hash == content_hash(self.wanted)
        )

    def confirm(self) -> bool:
        """Whether eBay shows the listing that our records have; one read.

        TransientError while the publication is too recent for a read to show it.
        """
        listing = self._listing()
        offer_id = listing.details.get("offer_id")
        offer = self.client.get_offer(offer_id) if offer_id else None
        live = offer is not None and offer.is_live and offer.listing_id == listing.external_id
        if live:
            listings.mark_checked(listing)
        else:
            self._wait_until_shown(listing)
            listings.mark(listing, ListingStatus.ENDED)
        return live

    def _wait_until_shown(self, listing: Listing) -> None:
        settle = settings.EBAY["settle_seconds"]
        age = timezone.now() - (listing.published_at or listing.created_at)
        if age.total_seconds() < settle:
            raise TransientError(
                sentence("eBay does not show the new listing yet."), retry_after=settle
            )

    def validate(self) -> None:
        """NotFitForEbayError with every fault."""
        validation.check(self.facts, self.settings)

    def map_product(self) -> Receipt:
        """Write down the intent; runs in the caller's transaction."""
        listing = listings.write_intent(self.account, self.product, self.wanted)
        return {"sku": listing.key, "content": listing.details["content"]}

    def upload_image(self, checksum: str) -> Receipt:
        return pictures.upload(self.client, self.product, checksum)

    def save_item(self, uploads: Uploads) -> Receipt:
        """Create or replace the inventory item; ReceiptGoneError when photos have expired."""
        listing = self._listing()
        urls = pictures.urls_of(uploads, listing.mapped["images"])
        if expired := pictures.expired(uploads):
            raise ReceiptGoneError(sentence("Photos have expired at eBay."), task_ids=expired)
        item = item_with_images(listing.mapped["item"], urls)
        try:
            warnings = self.client.put_inventory_item(listing.key, item)
        except EbayRefusedError as error:
            self._raise_if_photos_are_gone(error, uploads)
            raise
        return {"sku": listing.key, "warnings": list(warnings)}

    def find_offer(self) -> Look:
        found = self.client.find_offers(self._listing().key)
        if len(found) > 1:
            ids = ", ".join(offer.offer_id for offer in found)
            return CannotTell(
                sentence("eBay has more than one offer for this product: {ids}.", ids=ids)
            )
        return Found(self.adopted_offer(found[0].offer_id)) if found else Absent()

    def adopted_offer(self, offer_id: str) -> Receipt:
        """The receipt of an offer whose content is not known; PermanentError for no offer's id."""
        if not offer_id.isdecimal():
            raise PermanentError(sentence("“{number}” is not a number of eBay's.", number=offer_id))
        return {"offer_id": offer_id, "content": ""}

    def create_offer(self, made_item: Sequence[int] = ()) -> Receipt:
        """Make the offer, or take the one that eBay names as being there.

        `made_item`: the numbers of the receipts that are void if eBay has no such item.
        """
        offer = self._listing().mapped["offer"]
        try:
            offer_id = self.client.create_offer(offer)
        except OfferExistsError as error:
            return self._existing_offer(error)
        except EbayRefusedError as error:
            _raise_if_gone(error, made_item)
            raise
        return {"offer_id": offer_id, "content": content_hash(offer)}

    def update_offer(self, created: Receipt, made_offer: Sequence[int] = ()) -> Receipt:
        """Make the offer say what is wanted; no call when that is what it was made with.

        `made_offer`: the numbers of the receipts that are void if eBay has no such offer.
        """
        listing = self._listing()
        offer = listing.mapped["offer"]
        content = content_hash(offer)
        if created["content"] == content == listing.details.get("offer_content", content):
            return {"changed": False}
        listings.note(listing, offer_content="")
        try:
            warnings = self.client.update_offer(created["offer_id"], offer)
        except EbayRefusedError as error:
            _raise_if_gone(error, made_offer)
            raise
        listings.note(listing, offer_content=content)
        return {"changed": True, "warnings": list(warnings)}

    def find_published(self, offer_id: str) -> Look:
        offer = self.client.get_offer(offer_id)
        if offer is None or not offer.is_live:
            return Absent()
        if not offer.listing_id:
            return CannotTell(
                sentence("eBay says that the offer is published, but not as which listing.")
            )
        other = listings.other_holder(self._listing(), offer.listing_id)
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
        """A person's word for it; PermanentError when it cannot be."""
        other = listings.other_holder(self._listing(), listing_id)
        if not listing_id.isdecimal() or other is not None:
            raise PermanentError(
                sentence(
                    "The listing {listing_id} belongs to “{product}”.",
                    listing_id=listing_id,
                    product=other.product,
                )
                if other
                else sentence("“{number}” is not a number of eBay's.", number=listing_id)
            )
        return {"listing_id": listing_id}

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
        self._check_stock(sent)
        try:
            return {"listing_id": self.client.publish_offer(offer_id)}
        except EbayRefusedError as error:
            self._raise_if_photos_are_gone(error, uploads, sent)
            _raise_if_gone(error, made_offer)
            raise

    def save_result(self, offer_id: str, listing_id: str) -> None:
        """Runs in the caller's transaction."""
        start = settings.EBAY["listing_url"] or self.settings.listing_url
        listings.save_live(
            self._listing(),
            external_id=listing_id,
            url=f"{start}{listing_id}",
            offer_id=offer_id,
        )

    def _listing(self) -> Listing:
        return listings.known(self.account, self.product)

    def _existing_offer(self, error: OfferExistsError) -> Receipt:
        if error.offer_id:
            return self.adopted_offer(error.offer_id)
        found = self.find_offer()
        if isinstance(found, Found):
            return found.receipt
        raise TransientError(
            sentence("eBay has an offer for this product but does not show it yet."),
            evidence=error.evidence,
        ) from error

    def _check_stock(self, sent: Sequence[int]) -> None:
        stock = self.product.stock or 0
        if stock < 1:
            raise PermanentError(
                sentence(
                    "“{product}” was sold out before it went live, so it was not published.",
                    product=self.product,
                ),
                advice=sentence("Nothing to do; publish it again when it is back in stock."),
            )
        if stock < self._listing().mapped["offer"]["availableQuantity"]:
            raise ReceiptGoneError(
                sentence("The stock has fallen since it was sent."), task_ids=sent
            )

    def _raise_if_photos_are_gone(
        self, error: EbayRefusedError, uploads: Uploads, sent: Sequence[int] = ()
    ) -> None:
        if error.error_ids & PICTURE_FAULTS and (gone := pictures.gone(self.client, uploads)):
            raise ReceiptGoneError(
                sentence("Photos have expired at eBay."),
                task_ids=(*gone, *sent),
                evidence=error.evidence,
            ) from error


def _raise_if_gone(error: EbayRefusedError, made_by: Sequence[int]) -> None:
    """Somebody deleted at eBay what an earlier step had made."""
    if error.is_not_found and made_by:
        raise ReceiptGoneError(
            sentence("It is no longer at eBay: {message}", message=error.message),
            task_ids=made_by,
            evidence=error.evidence,
        ) from error
