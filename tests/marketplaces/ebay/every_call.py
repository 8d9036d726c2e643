"""Every call that our code can make at eBay's APIs; a test fails when one is missing here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from marketplaces.ebay import identity
from marketplaces.ebay.calls import Calls
from marketplaces.ebay.client import BaseUrls, EbayClient
from marketplaces.ebay.locations import Place
from marketplaces.ebay.mapping import item_with_images, mapped
from marketplaces.ebay.shop_reads import ShopReads
from marketplaces.ebay.taxonomy import Taxonomy
from tests.marketplaces.ebay.builders import facts, jpeg, settings
from tests.official.documents import (
    ACCOUNT,
    FULFILLMENT,
    IDENTITY,
    INVENTORY,
    MEDIA,
    TAXONOMY,
    Api,
)

SENT = mapped(facts(barcode="4006381333931"), settings(), "t1zp7")
PRICE = SENT["offer"]["pricingSummary"]["price"]
LOCATION = Place("FR", "69001", "Lyon", "Rhône", "1 rue de la Soie", "Depot").as_location()
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
    "responses": [{"sku": "t1zp7", "offerId": "1", "statusCode": 200}],
    "total": 0,
    "categoryTreeId": "71",
    "aspects": [],
    "categorySuggestions": [],
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

    @property
    def reads(self) -> ShopReads:
        return ShopReads(self.calls, self.address(INVENTORY), self.address(FULFILLMENT))

    @property
    def taxonomy(self) -> Taxonomy:
        return Taxonomy(self.calls, self.address(TAXONOMY))


CALLS: dict[str, Callable[[Ebay], object]] = {
    "upload_image_file": lambda e: e.client.upload_image_file(jpeg()[0], "a.jpg", "image/jpeg"),
    "upload_image_link": lambda e: e.client.upload_image_link("https://shop.example/a.jpg"),
    "get_image": lambda e: e.client.get_image("abc"),
    "put_inventory_item": lambda e: e.client.put_inventory_item("t1zp7", ITEM),
    "get_inventory_item": lambda e: e.client.get_inventory_item("t1zp7"),
    "find_offers": lambda e: e.client.find_offers("t1zp7"),
    "find_offers_anywhere": lambda e: e.client.find_offers_anywhere("t1zp7"),
    "get_offer": lambda e: e.client.get_offer("1"),
    "create_offer": lambda e: e.client.create_offer(SENT["offer"]),
    "update_offer": lambda e: e.client.update_offer("1", SENT["offer"]),
    "publish_offer": lambda e: e.client.publish_offer("1"),
    "withdraw_offer": lambda e: e.client.withdraw_offer("1"),
    "set_price_and_quantity": lambda e: e.client.set_price_and_quantity("t1zp7", "1", PRICE, 3),
    "set_quantity": lambda e: e.client.set_quantity("t1zp7", "1", 3),
    "delete_offer": lambda e: e.client.delete_offer("1"),
    "delete_inventory_item": lambda e: e.client.delete_inventory_item("t1zp7"),
    "policies: fulfillment": lambda e: e.client.policies("fulfillment"),
    "policies: payment": lambda e: e.client.policies("payment"),
    "policies: return": lambda e: e.client.policies("return"),
    "location": lambda e: e.client.location("main-warehouse"),
    "create_location": lambda e: e.client.create_location("stoflow", LOCATION),
    "locations": lambda e: e.client.locations(),
    "items": lambda e: e.reads.items(3),
    "orders": lambda e: e.reads.orders(datetime(2026, 5, 4, 3, 2, 1, 999, UTC), 200),
    "tree_id": lambda e: e.taxonomy.tree_id("EBAY_FR"),
    "rules": lambda e: e.taxonomy.rules("71", "15687"),
    "suggestions": lambda e: e.taxonomy.suggestions("71", "robe d'été"),
    "user": lambda e: identity.user(e.calls, e.address(IDENTITY)),
}
"""By the name of the method, and which variant of it."""
CALLERS: dict[str, tuple[type | Callable[..., object], ...]] = {
    "client.py": (EbayClient,),
    "shop_reads.py": (ShopReads,),
    "taxonomy.py": (Taxonomy,),
    "identity.py": (identity.user,),
}
"""The modules that make calls, and what of them is called."""


def _token(*, rejected: str = "") -> str:
    return "a-token"
