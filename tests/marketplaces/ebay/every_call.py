"""Every call that our code can make at eBay's APIs; a test fails when one is missing here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from marketplaces.ebay import identity
from marketplaces.ebay.calls import Calls
from marketplaces.ebay.client import BaseUrls, EbayClient
from marketplaces.ebay.mapping import item_with_images, mapped
from tests.marketplaces.ebay.builders import facts, jpeg, settings
from tests.official.documents import ACCOUNT, IDENTITY, INVENTORY, MEDIA, Api

SENT = mapped(facts(barcode="4006381333931"), settings(), "t1zp7")
ITEM = item_with_images(SENT["item"], ["https://i.ebayimg.com/1.jpg"])

ANSWER = {
    "offerId": "1",
    "listingId": "2",
    "imageUrl": "https://i.ebayimg.com/1.jpg",
    "sku": "t1zp7",
    "marketplaceId": "EBAY_FR",
    "status": "UNPUBLISHED",
    "offers": [],
    "fulfillmentPolicies": [],
    "paymentPolicies": [],
    "returnPolicies": [],
    "locations": [],
    "userId": "3",
}
"""One answer that every call can read."""


@dataclass(frozen=True)
class Ebay:
    """One seller's eBay, with each API at an address of the test's choice."""

    address: Callable[[Api], str]

    @property
    def calls(self) -> Calls:
        return Calls(_token, timeout=20)

    @property
    def client(self) -> EbayClient:
        urls = BaseUrls(self.address(INVENTORY), self.address(ACCOUNT), self.address(MEDIA))
        return EbayClient(self.calls, urls, "EBAY_FR", "fr-FR", lambda: None)


CALLS: dict[str, Callable[[Ebay], object]] = {
    "upload_image_file": lambda e: e.client.upload_image_file(jpeg()[0], "a.jpg", "image/jpeg"),
    "upload_image_link": lambda e: e.client.upload_image_link("https://shop.example/a.jpg"),
    "get_image": lambda e: e.client.get_image("abc"),
    "put_inventory_item": lambda e: e.client.put_inventory_item("t1zp7", ITEM),
    "get_inventory_item": lambda e: e.client.get_inventory_item("t1zp7"),
    "find_offers": lambda e: e.client.find_offers("t1zp7"),
    "get_offer": lambda e: e.client.get_offer("1"),
    "create_offer": lambda e: e.client.create_offer(SENT["offer"]),
    "update_offer": lambda e: e.client.update_offer("1", SENT["offer"]),
    "publish_offer": lambda e: e.client.publish_offer("1"),
    "withdraw_offer": lambda e: e.client.withdraw_offer("1"),
    "policies: fulfillment": lambda e: e.client.policies("fulfillment"),
    "policies: payment": lambda e: e.client.policies("payment"),
    "policies: return": lambda e: e.client.policies("return"),
    "location": lambda e: e.client.location("main-warehouse"),
    "locations": lambda e: e.client.locations(),
    "user": lambda e: identity.user(e.calls, e.address(IDENTITY)),
}
"""By the name of the method, and which variant of it."""
CALLERS = {"client.py": (EbayClient,), "identity.py": (identity.user,)}
"""The modules that make calls, and what of them is called."""


def _token(*, rejected: str = "") -> str:
    return "a-token"
