"""Products and settings that are fit for Vinted, to be spoilt by tests."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

from marketplaces.http import Request, Response
from marketplaces.product_facts import Picture, ProductFacts
from marketplaces.vinted.account_settings import VintedSettings

KEY = "demozp17"
PHOTO = Picture(1, "a" * 64, format="JPEG", width=1600, height=1200, byte_count=300_000)

ACCOUNT: dict[str, Any] = {
    "site": "www.vinted.fr",
    "catalogs": {"Shirts": "536", "Bags": "156"},
    "lists": {
        "colors": {"Blue": "9", "Navy": "27", "White": "12", "Red": "7"},
        "brands": {"Zara": "12"},
        "sizes": {"536": {"S / 36": "207", "M / 38": "208"}, "156": {}},
    },
}

FACTS = ProductFacts(
    title="Linen shirt",
    description="<p>Soft.</p>",
    brand="Maison Test",
    product_type="Shirts",
    options={"Size": "M", "Colour": "navy"},
    condition="",
    barcode="",
    price=Decimal("19.90"),
    currency="EUR",
    stock=1,
    pictures=(PHOTO,),
)


def facts(**changes: Any) -> ProductFacts:
    return replace(FACTS, **changes)


def settings(**changes: Any) -> VintedSettings:
    return VintedSettings.read(ACCOUNT | changes)


def answer(
    body: Any, *, status: int = 200, method: str = "GET", headers: dict[str, str] | None = None
) -> Response:
    """What Vinted says; a body that is no bytes is sent as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = Request(method, "https://www.vinted.fr/api/v2/x")
    return Response(request, status, headers or {}, content)
