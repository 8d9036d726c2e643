"""Brings what a product is to eBay: what publishing and updating have in common.

Each method is one functional step. What an earlier step brought is handed in as its receipt.
Listing.details has eBay's `offer_id`, `offer_content` (hash of what the offer was last changed
to), `sent_parts` (see `parts`), `photos` (uploads by checksum), `revisions` (of one day), `former_ids` of listings, and `ended_at`
(when we withdrew it).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from django.utils import timezone

from marketplaces import listings, told
from marketplaces.ebay import categories, pictures, revisions, validation
from marketplaces.ebay.answers import Offer
from marketplaces.ebay.category_rules import CategoryRules
from marketplaces.ebay.errors import CONDITION_FAULT, PICTURE_FAULTS, EbayRefusedError
from marketplaces.ebay.mapping import Json, item_with_images, mapped
from marketplaces.ebay.parts import Part, changed_parts
from marketplaces.ebay.pictures import Receipt, Uploads
from marketplaces.ebay.service import EbayService, is_of
from marketplaces.listings import content_hash
from marketplaces.models import Listing, ListingStatus
from marketplaces.product_facts import ProductFacts, facts_of
from marketplaces.sales import due, pieces_left
from marketplaces.told import Told
from tasks.errors import PermanentError, ReceiptGoneError
from tasks.sentences import sentence


class SoldAtEbayError(PermanentError):
    """eBay sold the last piece, and there is none to be offered instead."""

    default_advice = sentence(
        "Nothing to do: the sale is recorded. If there are more pieces to sell, correct the stock "
        "and publish the product again."
    )


class ContentService(EbayService):
    """One product on one account."""

    @cached_property
    def facts(self) -> ProductFacts:
        return facts_of(self.product)

    @cached_property
    def rules(self) -> CategoryRules | None:
        """Of the product's category at eBay, as far as they are known; no call."""
        return categories.known_rules(self.settings, self.facts.product_type)

    @cached_property
    def wanted(self) -> Json:
        """What eBay is to be sent, as the product is now."""
        listing = listings.find(self.account, self.product)
        key = listings.key_of(listing, self.product)
        return mapped(self.facts, self.settings, key, self.rules)

    def identity(self) -> Receipt:
        """What tells one content of the listing from another; part of the payloads."""
        content = content_hash(self.wanted)
        listing = listings.find(self.account, self.product)
        return {"content": content, "revision": listings.revision_of(listing, content)}

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

    def has_photo(self, checksum: str) -> bool:
        """Whether an earlier upload of it can be used again; no call."""
        listing = listings.find(self.account, self.product)
        return listing is not None and pictures.kept(listing.details, checksum) is not None

    def is_recorded_live(self) -> bool:
        listing = listings.find(self.account, self.product)
        return listing is not None and listing.status == ListingStatus.LIVE

    def changed(self) -> list[Part]:
        """What eBay has not confirmed as the product is now, less what it has sold since.

        By our records.
        """
        listing = listings.find(self.account, self.product)
        if listing is None:
            return changed_parts({}, self.wanted)
        return changed_parts(listing.details, self.wanted, due=due(listing))

    def confirm(self) -> bool:
        """Whether eBay shows the listing that our records have; one read.

        What eBay has sold of it lowers the stock first, so that nothing is sent that would put it
        back on sale. SoldAtEbayError when nothing is left; TransientError while the publication is
        too recent for a read to show it.
        """
        listing, asked_at = self.listing(), timezone.now()
        offer = self._shown(listing)
        if offer is not None and is_of(listing, offer):
            is_over = self._is_out_of_pieces(listing, offer)
            if offer.is_live and not is_over:
                listings.mark_checked(listing)
                return True
        self.wait_until_shown(listing, asked_at)
        status = self.status_when_over(listing, offer)
        self.mark_over(listing, status)
        if status == ListingStatus.SOLD and not pieces_left(self.product):
            raise SoldAtEbayError(
                sentence("eBay has sold the last piece of “{product}”.", product=self.product)
            )
        return False

    def validate(self) -> None:
        """NotFitForEbayError with every fault."""
        validation.check(self.facts, self.settings, self.rules)

    def map_product(self) -> Receipt:
        """Write down the intent; runs in the caller's transaction."""
        listing = listings.write_intent(self.account, self.product, self.wanted)
        return {"sku": listing.key, "content": listing.details["content"]}

    def upload_image(self, checksum: str) -> Receipt:
        """Bring the photo to eBay, or use an earlier upload that has not expired."""
        kept = pictures.kept(self.listing().details, checksum)
        return kept or pictures.upload(self.client, self.product, checksum)

    def save_item(self, uploads: Uploads, sent: Sequence[int] = ()) -> Receipt:
        """Create or replace the inventory item; ReceiptGoneError when photos have expired.

        `sent`: the numbers of the receipts that carry content, void if the stock has fallen.
        """
        self.check_stock(sent)
        listing = self.listing()
        urls = pictures.urls_of(uploads, listing.mapped["images"])
        if expired := pictures.expired(uploads):
            raise ReceiptGoneError(sentence("Photos have expired at eBay."), task_ids=expired)
        item = item_with_images(listing.mapped["item"], urls)
        revisions.begin(listing, "item")
        try:
            warnings = self.client.put_inventory_item(listing.key, item)
        except EbayRefusedError as error:
            self.raise_if_photos_are_gone(error, uploads)
            self.raise_if_condition_does_not_fit(error)
            raise
        return {"sku": listing.key, "warnings": list(warnings)}

    def update_offer(
        self, created: Receipt, made_offer: Sequence[int] = (), sent: Sequence[int] = ()
    ) -> Receipt:
        """Make the offer say what is wanted; no call when that is what it was made with.

        `made_offer`: the numbers of the receipts that are void if eBay has no such offer.
        `sent`: as in `save_item`.
        """
        self.check_stock(sent)
        listing = self.listing()
        offer = listing.mapped["offer"]
        content = content_hash(offer)
        if created["content"] == content == listing.details.get("offer_content", content):
            return {"changed": False}
        revisions.begin(listing, "offer")
        listings.note(listing, offer_content="")
        try:
            warnings = self.client.update_offer(created["offer_id"], offer)
        except EbayRefusedError as error:
            raise_if_gone(error, made_offer)
            self.raise_if_condition_does_not_fit(error)
            raise
        listings.note(listing, offer_content=content)
        return {"changed": True, "warnings": list(warnings)}

    def check_stock(self, sent: Sequence[int]) -> None:
        """ReceiptGoneError when more would be offered than there is now."""
        stock = pieces_left(self.product) or 0
        if stock < 1:
            raise PermanentError(
                sentence(
                    "“{product}” was sold out in the meantime, so nothing more was sent.",
                    product=self.product,
                ),
                advice=sentence("Nothing to do; publish it again when it is back in stock."),
            )
        if stock < offered_quantity(self.listing()):
            raise ReceiptGoneError(
                sentence("The stock has fallen since it was sent."), task_ids=sent
            )

    def raise_if_photos_are_gone(
        self, error: EbayRefusedError, uploads: Uploads, sent: Sequence[int] = ()
    ) -> None:
        if error.error_ids & PICTURE_FAULTS and (gone := pictures.gone(self.client, uploads)):
            listing = self.listing()
            lost = {uploads[number]["checksum"] for number in gone}
            listings.note(listing, photos=pictures.without(listing.details, lost))
            raise ReceiptGoneError(
                sentence("Photos have expired at eBay."),
                task_ids=(*gone, *sent),
                evidence=error.evidence,
            ) from error

    def raise_if_condition_does_not_fit(self, error: EbayRefusedError) -> None:
        """Which conditions a category takes is not known before eBay refuses one."""
        if CONDITION_FAULT not in error.error_ids:
            return
        mapped = self.listing().mapped
        raise EbayRefusedError(
            sentence(
                "eBay does not take the condition {condition} in the category {category}. {message}",
                condition=mapped["item"]["condition"],
                category=mapped["offer"]["categoryId"],
                message=error.message,
            ),
            status=error.status,
            error_ids=error.error_ids,
            advice=error.advice,
            evidence=error.evidence,
        ) from error

    def _shown(self, listing: Listing) -> Offer | None:
        offer_id = self.offer_id(listing)
        return self.client.get_offer(offer_id) if offer_id else None

    def _is_out_of_pieces(self, listing: Listing, offer: Offer) -> bool:
        """Whether the last piece was bought and none is left to be offered instead.

        What eBay has sold lowers the stock first.
        """
        self.record_sales(listing, offer)
        if not self.shows_sold_out(listing, offer):
            return False
        if not pieces_left(self.product):
            return True
        if offer.is_live:
            # eBay keeps it alive, and shows it again once it is told of the pieces.
            listings.mark(listing, ListingStatus.LIVE)
        return False


def offered_quantity(listing: Listing) -> int:
    """How many pieces what is mapped offers."""
    return int(listing.mapped["offer"]["availableQuantity"])


def told_now(listing: Listing, listing_id: str) -> Json:
    """For the details: eBay has confirmed what is mapped, as this listing of its."""
    before = told.last(listing) if listing.external_id == listing_id else None
    quantity = offered_quantity(listing)
    at, sold = (before.at, before.sold) if before else (None, 0)
    return Told(quantity, at, sold, meant=quantity).as_json()


def raise_if_gone(error: EbayRefusedError, made_by: Sequence[int]) -> None:
    """Somebody deleted at eBay what an earlier step had made."""
    if error.is_not_found and made_by:
        raise ReceiptGoneError(
            sentence("It is no longer at eBay: {message}", message=error.message),
            task_ids=made_by,
            evidence=error.evidence,
        ) from error
