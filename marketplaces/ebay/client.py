"""Speaks eBay's Sell APIs (Inventory 1.18.4, Media v1_beta, Account v1); knows no model of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote, urlencode

from marketplaces.ebay import answers
from marketplaces.ebay.answers import Image, Offer, Policy
from marketplaces.ebay.calls import Calls, warnings_of
from marketplaces.ebay.errors import USER_ERROR, EbayRefusedError, error_from
from marketplaces.http import FilePart, Response
from tasks.errors import OutcomeUnknownError, TransientError
from tasks.sentences import sentence

FIXED_PRICE = "FIXED_PRICE"
PolicyKind = Literal["fulfillment", "payment", "return"]
_LIST: dict[PolicyKind, str] = {
    "fulfillment": sentence("list the shipping policies"),
    "payment": sentence("list the payment policies"),
    "return": sentence("list the return policies"),
}
_MOST_PAGES = 10
_MOST_LOCATIONS = 100
"""The largest page that eBay gives."""


@dataclass(frozen=True, slots=True)
class BaseUrls:
    """Where each API lives; without a slash at the end."""

    inventory: str
    account: str
    media: str


@dataclass(frozen=True, slots=True)
class EbayClient:
    """One seller on one of eBay's marketplaces.

    Every method raises the types of `tasks.errors`; EbayRefusedError is eBay's definite no.
    """

    calls: Calls
    urls: BaseUrls
    marketplace_id: str
    language: str
    """Of the texts that are sent, e.g. fr-FR."""
    before_upload: Callable[[], None]
    """Takes one photo out of the seller's allowance; RateLimitedError when it is used up."""

    def upload_image_file(self, content: bytes, filename: str, content_type: str) -> Image:
        self.before_upload()
        part = FilePart("image", filename, content_type, content)
        url = f"{self.urls.media}/image/create_image_from_file"
        return self._uploaded(self.calls.send_file(url, part, sentence("take the photo")))

    def upload_image_link(self, link: str) -> Image:
        """`link` must be https and open for eBay, which fetches it."""
        self.before_upload()
        url = f"{self.urls.media}/image/create_image_from_url"
        response = self.calls.send_json("POST", url, {"imageUrl": link}, sentence("take the photo"))
        return self._uploaded(response)

    def get_image(self, image_id: str) -> Image | None:
        """None once it has expired."""
        url = f"{self.urls.media}/image/{quote(image_id, safe='')}"
        response = self._found(url, sentence("show a photo"))
        return None if response is None else answers.image(response, image_id)

    def put_inventory_item(self, sku: str, item: Mapping[str, Any]) -> tuple[str, ...]:
        """Create or fully replace; a live listing of this SKU is revised. Returns the warnings."""
        response = self.calls.send_json(
            "PUT", self._item_url(sku), item, sentence("save the item"), language=self.language
        )
        return warnings_of(response)

    def get_inventory_item(self, sku: str) -> dict[str, Any] | None:
        response = self._found(self._item_url(sku), sentence("show the item"))
        return None if response is None else response.json_object()

    def find_offers(self, sku: str) -> list[Offer]:
        """The fixed-price offers of `sku` on this marketplace, from all pages."""
        query = {"marketplace_id": self.marketplace_id, "format": FIXED_PRICE}
        return [each for each in self._offers(sku, query) if self._is_ours(each, sku)]

    def find_offers_anywhere(self, sku: str) -> list[Offer]:
        """The offers of `sku` on all of eBay's marketplaces and in every format."""
        return [each for each in self._offers(sku, {}) if each.sku == sku]

    def get_offer(self, offer_id: str) -> Offer | None:
        response = self._found(self._offer_url(offer_id), sentence("show the offer"))
        return None if response is None else answers.offer(response, response.json_object())

    def create_offer(self, offer: Mapping[str, Any]) -> str:
        """The new offer's id; OfferExistsError when there is one for sku, marketplace and format."""
        response = self.calls.send_json(
            "POST",
            f"{self.urls.inventory}/offer",
            offer,
            sentence("make the offer"),
            language=self.language,
        )
        warnings_of(response)
        return answers.required_text(response, "offerId")

    def update_offer(self, offer_id: str, offer: Mapping[str, Any]) -> tuple[str, ...]:
        """Replace the whole offer; a live listing is revised. Returns the warnings."""
        document = {name: value for name, value in offer.items() if name not in _FIXED_FIELDS}
        response = self.calls.send_json(
            "PUT",
            self._offer_url(offer_id),
            document,
            sentence("change the offer"),
            language=self.language,
        )
        return warnings_of(response)

    def publish_offer(self, offer_id: str) -> str:
        """The id of the listing that is live now.

        OutcomeUnknownError when eBay says that it was published before: which listing it is, only
        a read tells.
        """
        try:
            response = self.calls.post(
                f"{self._offer_url(offer_id)}/publish", sentence("publish the offer")
            )
        except EbayRefusedError as error:
            if USER_ERROR in error.error_ids and "already published" in error.message.lower():
                raise OutcomeUnknownError(error.message, evidence=error.evidence) from error
            raise
        warnings_of(response)
        return answers.required_text(response, "listingId")

    def withdraw_offer(self, offer_id: str) -> str:
        """End the listing; the offer stays. The id of the listing that is over."""
        response = self.calls.post(
            f"{self._offer_url(offer_id)}/withdraw", sentence("end the listing")
        )
        return answers.required_text(response, "listingId")

    def set_price_and_quantity(
        self, sku: str, offer_id: str, price: Mapping[str, str], quantity: int
    ) -> tuple[str, ...]:
        """Of the item and of its published offer, whose listing is revised; nothing else of them.

        `price` is eBay's {currency, value}. Returns the warnings.
        """
        offer = {"offerId": offer_id, "availableQuantity": quantity, "price": price}
        return self._update_in_bulk(sku, offer, sentence("change price and stock"))

    def set_quantity(self, sku: str, offer_id: str, quantity: int) -> tuple[str, ...]:
        """As above, without a price: the listing keeps the one that it has."""
        offer = {"offerId": offer_id, "availableQuantity": quantity}
        return self._update_in_bulk(sku, offer, sentence("change the quantity"))

    def delete_offer(self, offer_id: str) -> bool:
        """Delete for good; a live listing ends. False when it had gone before."""
        return self._deleted(self._offer_url(offer_id), sentence("delete the offer"))

    def delete_inventory_item(self, sku: str) -> bool:
        """With what is left of its offers and listings. False when it had gone before."""
        return self._deleted(self._item_url(sku), sentence("delete the item"))

    def policies(self, kind: PolicyKind) -> list[Policy]:
        query = urlencode({"marketplace_id": self.marketplace_id})
        url = f"{self.urls.account}/{kind}_policy?{query}"
        return answers.policies(self.calls.get(url, _LIST[kind]), kind)

    def location(self, key: str) -> dict[str, Any] | None:
        """The inventory location of this key; None when the seller has none."""
        url = f"{self.urls.inventory}/location/{quote(key, safe='')}"
        response = self._found(url, sentence("show the inventory location"))
        return None if response is None else response.json_object()

    def locations(self) -> list[tuple[str, str]]:
        """Keys and names of the seller's inventory locations, as far as the first page has them."""
        url = f"{self.urls.inventory}/location?limit={_MOST_LOCATIONS}"
        response = self.calls.get(url, sentence("list the inventory locations"))
        return answers.locations(response)

    def _update_in_bulk(self, sku: str, offer: Mapping[str, Any], doing: str) -> tuple[str, ...]:
        stock = {"shipToLocationAvailability": {"quantity": offer["availableQuantity"]}}
        response = self.calls.send_json(
            "POST",
            f"{self.urls.inventory}/bulk_update_price_quantity",
            {"requests": [{"sku": sku, "offers": [offer], **stock}]},
            doing,
        )
        parts = answers.parts(response)
        for part in parts:
            if not part.response.is_success:
                raise error_from(part.response, doing)
        if {part.offer_id for part in parts} - {""} != {offer["offerId"]}:
            raise answers.unreadable(response, "offerId")
        return tuple(warning for part in parts for warning in warnings_of(part.response))

    def create_location(self, key: str, location: Mapping[str, Any]) -> None:
        """Make an inventory location; EbayRefusedError when there is one of this key."""
        url = f"{self.urls.inventory}/location/{quote(key, safe='')}"
        self.calls.send_json("POST", url, location, sentence("make the inventory location"))

    def _offers(self, sku: str, query: Mapping[str, str]) -> Iterator[Offer]:
        for page in range(_MOST_PAGES):
            url = self._offers_url(sku, query, page)
            response = self._found(url, sentence("list the item's offers"))
            if response is None:
                return
            yield from answers.offers(response)
            if not response.json_object().get("next"):
                return
        raise TransientError(sentence("eBay lists offers of {sku} without an end.", sku=sku))

    def _uploaded(self, response: Response) -> Image:
        """The URL is in the body; where the body has none, the Location header names the picture."""
        image_id = response.headers.get("location", "").rstrip("/").rpartition("/")[2]
        document = response.document
        if image_id and not (isinstance(document, dict) and document.get("imageUrl")):
            image = self.get_image(image_id)
            if image is not None:
                return image
        return answers.image(response, image_id)

    def _found(self, url: str, doing: str) -> Response | None:
        """None only when eBay itself says that the thing is not there."""
        try:
            return self.calls.get(url, doing)
        except EbayRefusedError as error:
            if error.is_not_found:
                return None
            raise

    def _deleted(self, url: str, doing: str) -> bool:
        try:
            self.calls.delete(url, doing)
        except EbayRefusedError as error:
            if error.is_not_found:
                return False
            raise
        return True

    def _is_ours(self, offer: Offer, sku: str) -> bool:
        return (offer.sku, offer.marketplace_id, offer.format) == (
            sku,
            self.marketplace_id,
            FIXED_PRICE,
        )

    def _item_url(self, sku: str) -> str:
        return f"{self.urls.inventory}/inventory_item/{quote(sku, safe='')}"

    def _offer_url(self, offer_id: str) -> str:
        return f"{self.urls.inventory}/offer/{quote(offer_id, safe='')}"

    def _offers_url(self, sku: str, query: Mapping[str, str], page: int) -> str:
        """`offset` is the number of a page here, not of a record."""
        offset = {"offset": str(page)} if page else {}
        return f"{self.urls.inventory}/offer?{urlencode({'sku': sku, **query, **offset})}"


_FIXED_FIELDS = frozenset({"sku", "marketplaceId", "format"})
"""What identifies an offer; the document of updateOffer does not have them."""
