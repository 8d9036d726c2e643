"""The vendors' OpenAPI documents, as they were published.

They lie beside the project and are no part of it; `requires_documents` skips a test without them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

Json = dict[str, Any]

SPECS = Path(__file__).resolve().parents[3] / "shared" / "specs"


@dataclass(frozen=True)
class Api:
    """One document."""

    name: str
    file: str
    base: str
    """The path before the document's own ones under which it is served."""

    def as_published(self) -> Json:
        document: Json = json.loads(_text(self.file))
        return document


INVENTORY = Api("eBay Inventory", "ebay_sell_inventory_v1.18.4_oas3.json", "/sell/inventory/v1")
MEDIA = Api("eBay Media", "ebay_commerce_media_v1_beta_oas3.json", "/commerce/media/v1_beta")
ACCOUNT = Api("eBay Account", "ebay_sell_account_v1_oas3.json", "/sell/account/v1")
FULFILLMENT = Api("eBay Fulfillment", "ebay_sell_fulfillment_v1_oas3.json", "/sell/fulfillment/v1")
TAXONOMY = Api("eBay Taxonomy", "ebay_commerce_taxonomy_v1_oas3.json", "/commerce/taxonomy/v1")
IDENTITY = Api("eBay Identity", "ebay_commerce_identity_v1_oas3.json", "/commerce/identity/v1")
ETSY = Api("Etsy", "etsy_open_api_v3.json", "")
APIS = (INVENTORY, MEDIA, ACCOUNT, FULFILLMENT, TAXONOMY, IDENTITY, ETSY)

_NEWER_INVENTORY = "ebay_sell_inventory_v1.18.5_oas31.json"


def api_of(path: str) -> Api:
    """The document that describes this path; LookupError when none does."""
    for api in APIS:
        if path.startswith(f"{api.base or '/v3/application'}/"):
            return api
    raise LookupError(f"No document describes {path}")


def newer_inventory() -> Json:
    """Document 1.18.5 of the Inventory API, for the lists of words that 1.18.4 has not."""
    document: Json = json.loads(_text(_NEWER_INVENTORY))
    return document


def listed(enum: str) -> set[str]:
    """The words of an enum of the Inventory API."""
    return set(newer_inventory()["components"]["schemas"][enum]["enum"])


@cache
def _text(file: str) -> str:
    return (SPECS / file).read_text()


def are_there() -> bool:
    names = (*(api.file for api in APIS), _NEWER_INVENTORY)
    return all((SPECS / name).is_file() for name in names)


requires_documents = pytest.mark.skipif(
    not are_there(), reason="the vendors' OpenAPI documents are not beside the project"
)
