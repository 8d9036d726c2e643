"""Products and settings that are fit for Etsy, to be spoilt by tests."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from marketplaces.etsy.account_settings import EtsySettings
from marketplaces.etsy.calls import Calls
from marketplaces.etsy.client import EtsyClient
from marketplaces.product_facts import Picture, ProductFacts
from tests.marketplaces.http.loopback import LoopbackServer

YEAR = 2026
PHOTO = Picture(1, "a" * 64, format="JPEG", width=1600, height=1200, byte_count=300_000)

ACCOUNT: dict[str, Any] = {
    "shop_id": "12345678",
    "currency": "EUR",
    "shipping_profile_id": "2001",
    "readiness_state_id": "3001",
    "return_policy_id": "4001",
    "taxonomy_id": "482",
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
    tags=("linen", "summer"),
)


def facts(**changes: Any) -> ProductFacts:
    return replace(FACTS, **changes)


def settings(**changes: Any) -> EtsySettings:
    return EtsySettings.read(ACCOUNT | changes)


def client_of(server: LoopbackServer) -> EtsyClient:
    """A client that speaks to a server on this machine."""
    calls = Calls(_token, "a-keystring:a-secret", server.url("").rstrip("/"), timeout=5)
    return EtsyClient(calls, ACCOUNT["shop_id"])


def _token(*, rejected: str = "") -> str:
    return "5000.a-token"
