"""Products and settings that are fit for eBay, to be spoilt by tests."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from decimal import Decimal
from io import BytesIO
from typing import Any

from PIL import Image

from marketplaces.ebay.account_settings import EbaySettings
from marketplaces.product_facts import Picture, ProductFacts

PHOTO = Picture(1, "a" * 64, format="JPEG", width=1600, height=1200, byte_count=300_000)

ACCOUNT: dict[str, Any] = {
    "marketplace_id": "EBAY_FR",
    "fulfillment_policy_id": "6000000001",
    "payment_policy_id": "6000000002",
    "return_policy_id": "6000000003",
    "merchant_location_key": "main-warehouse",
    "category_id": "15687",
    "condition": "NEW",
}

FACTS = ProductFacts(
    title="Linen shirt",
    description="<p>Soft.</p>",
    brand="Maison Test",
    product_type="Shirts",
    options={"Size": "M"},
    condition="",
    barcode="",
    price=Decimal("19.90"),
    currency="EUR",
    stock=3,
    pictures=(PHOTO,),
)


def facts(**changes: Any) -> ProductFacts:
    return replace(FACTS, **changes)


def settings(**changes: Any) -> EbaySettings:
    return EbaySettings.read(ACCOUNT | changes)


def jpeg(width: int = 800, height: int = 600, colour: str = "olive") -> tuple[bytes, str]:
    """A photo's bytes, and their sha256."""
    file = BytesIO()
    Image.new("RGB", (width, height), colour).save(file, "JPEG")
    return file.getvalue(), hashlib.sha256(file.getvalue()).hexdigest()
