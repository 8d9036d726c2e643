"""Etsy's inventory document: read, changed where something is to change, written as a whole.

What the seller has set there, such as property values, stays. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tasks.errors import PermanentError
from tasks.sentences import sentence

Json = dict[str, Any]
_ON_PROPERTY = (
    "price_on_property",
    "quantity_on_property",
    "sku_on_property",
    "readiness_state_on_property",
)
_PROPERTY_FIELDS = ("property_id", "value_ids", "scale_id", "property_name", "values")


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be different; None leaves what Etsy has."""

    sku: str
    price: str | None = None
    quantity: int | None = None
    readiness_state_id: int | None = None


def changed(document: Mapping[str, Any], change: Change) -> Json | None:
    """The document to be written; None when Etsy has it already.

    PermanentError for a listing with variations, which are not ours to sell.
    """
    before = writable(document)
    product = _only_product(before) or {"property_values": [], "offerings": []}
    after = {**before, "products": [_product(product, change)]}
    return None if after == before else after


def quantity_of(document: Mapping[str, Any]) -> int:
    """How many pieces a document offers, whether it was read or is to be written."""
    products = filter(_is_there, document.get("products", []))
    offerings = (each for product in products for each in product.get("offerings", []))
    return sum(each["quantity"] for each in offerings if _is_there(each))


def lowered(document: Mapping[str, Any], most: int) -> tuple[int, Json | None]:
    """The pieces that are offered once there are `most` at most, and what is to be written for it.

    None as above. Nothing but the quantity is another: key, price and profile are as they were.
    """
    before = writable(document)
    product = _only_product(before)
    if product is None:
        return 0, None
    offerings = [{**each, "quantity": min(each["quantity"], most)} for each in product["offerings"]]
    after = {**before, "products": [{**product, "offerings": offerings}]}
    pieces = sum(each["quantity"] for each in offerings)
    return pieces, None if after == before else after


def writable(document: Mapping[str, Any]) -> Json:
    """What a read gives, in the form in which it is written: without ids, and prices as numbers."""
    return {
        "products": [
            {
                "sku": str(product.get("sku") or ""),
                "property_values": [_property(each) for each in product.get("property_values", [])],
                "offerings": [
                    _offering(each) for each in product.get("offerings", []) if _is_there(each)
                ],
            }
            for product in document.get("products", [])
            if _is_there(product)
        ],
        **{name: list(document.get(name) or []) for name in _ON_PROPERTY},
    }


def _only_product(document: Json) -> Json | None:
    products = document["products"]
    if len(products) > 1:
        raise PermanentError(
            sentence("The listing has variations at Etsy, so its stock is not one number."),
            advice=sentence(
                "Remove the variations at Etsy, or change price and stock of this listing there."
            ),
        )
    return products[0] if products else None


def _product(product: Json, change: Change) -> Json:
    offering: Json = next(iter(product["offerings"]), {})
    price = float(Decimal(change.price)) if change.price is not None else offering.get("price")
    quantity = change.quantity if change.quantity is not None else offering.get("quantity")
    readiness_state_id = change.readiness_state_id or offering.get("readiness_state_id")
    return {
        **product,
        "sku": change.sku,
        "offerings": [
            {
                "price": price,
                "quantity": quantity,
                "is_enabled": True,
                "readiness_state_id": readiness_state_id,
            }
        ],
    }


def _offering(offering: Mapping[str, Any]) -> Json:
    return {
        "price": _price(offering["price"]),
        "quantity": offering["quantity"],
        "is_enabled": offering["is_enabled"],
        "readiness_state_id": offering.get("readiness_state_id"),
    }


def _price(money: Mapping[str, Any]) -> float:
    """Etsy's Money as the float that it asks for."""
    return float(Decimal(money["amount"]) / Decimal(money["divisor"]))


def _property(value: Mapping[str, Any]) -> Json:
    return {name: value[name] for name in _PROPERTY_FIELDS if value.get(name) is not None}


def _is_there(element: Mapping[str, Any]) -> bool:
    return not element.get("is_deleted")
