"""Every call that our code can make at Etsy's API; a test fails when one is missing here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from marketplaces.etsy import inventory
from marketplaces.etsy.calls import Calls
from marketplaces.etsy.client import EtsyClient
from marketplaces.etsy.inventory import Change
from marketplaces.etsy.mapping import draft_form, mapped
from marketplaces.http import FilePart
from tests.marketplaces.ebay.builders import jpeg
from tests.marketplaces.etsy.builders import ACCOUNT, YEAR, facts, settings
from tests.official.documents import ETSY, Api

SENT = mapped(
    facts(),
    settings(materials=["Linen", "Cotton"], styles=["Boho"], section_id="5001"),
    "t1zp7",
    year=YEAR,
)
DRAFT = draft_form(SENT, "(StoFlow t1zp7)")
PART = FilePart("image", "a.jpg", "image/jpeg", jpeg()[0])
PROPERTY = {
    "property_id": 200,
    "property_name": "Primary color",
    "scale_id": None,
    "scale_name": None,
    "value_ids": [1],
    "values": ["Black"],
}
SHOWN_INVENTORY = {
    "products": [
        {
            "product_id": 1,
            "sku": "old",
            "is_deleted": False,
            "property_values": [PROPERTY],
            "offerings": [
                {
                    "offering_id": 2,
                    "quantity": 3,
                    "is_enabled": True,
                    "is_deleted": False,
                    "price": {"amount": 1990, "divisor": 100, "currency_code": "EUR"},
                    "readiness_state_id": 3001,
                }
            ],
        }
    ],
    "price_on_property": [],
    "quantity_on_property": [],
    "sku_on_property": [],
    "readiness_state_on_property": None,
}
_, FEWER = inventory.lowered(SHOWN_INVENTORY, 2)
INVENTORY = inventory.changed(SHOWN_INVENTORY, Change("t1zp7", price="25.00")) or {}

ANSWER = {
    "listing_id": 1,
    "shop_id": 12345678,
    "user_id": 5000,
    "listing_image_id": 2,
    "rank": 1,
    "state": "draft",
    "currency_code": "EUR",
    "count": 0,
    "results": [],
}
"""One answer that every call can read."""


@dataclass(frozen=True)
class Etsy:
    """One seller's Etsy, at an address of the test's choice."""

    address: Callable[[Api], str]

    @property
    def client(self) -> EtsyClient:
        calls = Calls(_token, "a-keystring:a-secret", self.address(ETSY), timeout=20)
        return EtsyClient(calls, ACCOUNT["shop_id"])


CALLS: dict[str, Callable[[Etsy], object]] = {
    "create_draft": lambda e: e.client.create_draft(DRAFT),
    "update_listing: texts": lambda e: e.client.update_listing("1", SENT["texts"]),
    "update_listing: images": lambda e: e.client.update_listing("1", {"image_ids": [2, 3]}),
    "activate": lambda e: e.client.activate("1"),
    "deactivate": lambda e: e.client.deactivate("1"),
    "delete_listing": lambda e: e.client.delete_listing("1"),
    "get_listing": lambda e: e.client.get_listing("1"),
    "listings": lambda e: e.client.listings("draft"),
    "listings_page": lambda e: e.client.listings_page("sold_out", 200),
    "receipts_page": lambda e: e.client.receipts_page(1_790_000_000, 100),
    "receipts_page: of all time": lambda e: e.client.receipts_page(0, 0),
    "get_inventory": lambda e: e.client.get_inventory("1"),
    "put_inventory": lambda e: e.client.put_inventory("1", INVENTORY),
    "put_inventory: fewer pieces": lambda e: e.client.put_inventory("1", FEWER or {}),
    "upload_image": lambda e: e.client.upload_image("1", PART, rank=2, alt_text="Front"),
    "images": lambda e: e.client.images("1"),
    "delete_image": lambda e: e.client.delete_image("1", "2"),
    "own_shop_id": lambda e: e.client.own_shop_id(),
    "shop": lambda e: e.client.shop(),
    "shipping_profiles": lambda e: e.client.shipping_profiles(),
    "processing_profiles": lambda e: e.client.processing_profiles(),
    "return_policies": lambda e: e.client.return_policies(),
    "sections": lambda e: e.client.sections(),
    "categories": lambda e: e.client.categories(),
}
"""By the name of the method, and which variant of it."""
CALLERS: dict[str, tuple[type | Callable[..., object], ...]] = {"client.py": (EtsyClient,)}
"""The modules that make calls, and what of them is called."""


def _token(*, rejected: str = "") -> str:
    return "5000.a-token"
