"""What eBay refuses of an inventory item when it is put (not yet published)."""

import re
from typing import Any

from marketplaces.sandbox.ebay import images
from marketplaces.sandbox.ebay.enums import CONDITIONS
from marketplaces.sandbox.ebay.errors import refusal
from marketplaces.sandbox.ebay.links import https_host
from marketplaces.sandbox.ebay.request_body import Shape
from marketplaces.sandbox.state import State

Json = dict[str, Any]

SKU = re.compile(r"[A-Za-z0-9]{1,50}")
MAX_TITLE = 80
MAX_DESCRIPTION = 4_000
MAX_PICTURES = 24
MAX_ASPECT_NAME = 40
MAX_ASPECT_VALUE = 50

SHAPE: Shape = {
    "availability": {"shipToLocationAvailability": {"quantity": int}},
    "condition": str,
    "conditionDescription": str,
    "packageWeightAndSize": {
        "weight": {"unit": str, "value": (int, float)},
        "dimensions": {
            "height": (int, float),
            "length": (int, float),
            "width": (int, float),
            "unit": str,
        },
    },
    "product": {
        "aspects": dict,
        "brand": str,
        "description": str,
        "ean": [str],
        "imageUrls": [str],
        "isbn": [str],
        "mpn": str,
        "subtitle": str,
        "title": str,
        "upc": [str],
    },
}


def check_sku(sku: str) -> None:
    if not SKU.fullmatch(sku):
        raise refusal(400, 25707)


def check_item(state: State, seller: str, sku: str, item: Json) -> None:
    product = item.get("product") or {}
    _check_length(product, "title", MAX_TITLE)
    _check_length(product, "description", MAX_DESCRIPTION)
    _check_aspects(product.get("aspects") or {})
    check_pictures(state, seller, sku, product.get("imageUrls") or [])
    if item.get("condition") is not None and item["condition"] not in CONDITIONS:
        raise refusal(400, 2004, reason="Could not serialize field [condition]")
    if quantity_of(item) < 0:
        raise refusal(400, 25004, info="The quantity must not be negative.")


def check_pictures(state: State, seller: str, sku: str, urls: list[str]) -> None:
    """Self-hosted pictures pass unseen; eBay's own have to exist and not to have expired."""
    if len(urls) > MAX_PICTURES:
        raise refusal(400, 25014, info=f"At most {MAX_PICTURES} pictures are allowed.")
    for url in urls:
        if not https_host(url):
            raise refusal(400, 25015, info=f"The URL must use HTTPS: {url}")
        if images.is_hosted(url) and images.usable(state, seller, sku, url) is None:
            raise refusal(400, 25015, info=f"The picture does not exist or has expired: {url}")


def quantity_of(item: Json) -> int:
    """The ship-to-home quantity; 0 when none is set."""
    availability = item.get("availability") or {}
    return int((availability.get("shipToLocationAvailability") or {}).get("quantity") or 0)


def _check_length(product: Json, field: str, most: int) -> None:
    if len(product.get(field) or "") > most:
        raise refusal(400, 25016, field=field, info=f"At most {most} characters are allowed.")


def _check_aspects(aspects: Json) -> None:
    """`{name: [value, ...]}`; the document's type "string" is a known fault of it."""
    for name, values in aspects.items():
        strings = isinstance(values, list) and all(isinstance(each, str) for each in values)
        if not strings:
            raise refusal(400, 2004, reason="Could not serialize field [product.aspects]")
        too_long = [each for each in values if len(each) > MAX_ASPECT_VALUE]
        if len(name) > MAX_ASPECT_NAME or too_long:
            raise refusal(400, 25022, field=name)
