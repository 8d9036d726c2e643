"""What an inventory document may say, which is always the whole of it."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from marketplaces.sandbox.etsy import shops
from marketplaces.sandbox.etsy.errors import refusal
from marketplaces.sandbox.etsy.kinds import READINESS_STATES
from marketplaces.sandbox.etsy.listing_rules import MAX_QUANTITY
from marketplaces.sandbox.messages import Call
from marketplaces.sandbox.state import State

Json = dict[str, Any]

ON_PROPERTY = {
    "price_on_property": "price",
    "quantity_on_property": "quantity",
    "sku_on_property": "sku",
    "readiness_state_on_property": "readiness_state_id",
}
"""Which properties change what: without one, it has to be the same for all products."""

DOCUMENT = {"products", *ON_PROPERTY}
PRODUCT = {"sku", "property_values", "offerings"}
OFFERING = {"price", "quantity", "is_enabled", "readiness_state_id"}
PROPERTY = {"property_id", "value_ids", "scale_id", "property_name", "values"}

MAX_SKU = 32
"""Etsy's seller help; the document is silent."""


def read(state: State, call: Call) -> Json:
    """The document, typed and allowed. Prices are Decimals in it."""
    body = _body(call)
    for product in body["products"]:
        _check_product(state, call.seller, product)
    _check_variations(body["products"])
    for field, name in ON_PROPERTY.items():
        _check_on_property(body, field, name)
    if not any(_enabled(body)):
        raise refusal(400, "At least one offering must be enabled.")
    return body


def _body(call: Call) -> Json:
    if call.content_type != "application/json":
        raise refusal(400, "Content-Type must be application/json")
    try:
        body = json.loads(call.body, parse_float=Decimal)
        # Half of a surrogate pair is JSON, but no text that could be stored or answered.
        json.dumps(body, ensure_ascii=False, default=str).encode()
    except ValueError as mistake:
        raise refusal(400, "The request body is not JSON") from mistake
    _check_keys(body, DOCUMENT, needed={"products"})
    if not isinstance(body["products"], list) or not body["products"]:
        raise refusal(400, "Expected array value for 'products'.")
    return dict(body)


def _check_product(state: State, seller: str, product: Any) -> None:
    _check_keys(product, PRODUCT, needed={"offerings"})
    sku = product.get("sku")
    if sku is not None and (not isinstance(sku, str) or len(sku) > MAX_SKU):
        raise refusal(400, f"A sku must be a string of up to {MAX_SKU} characters.")
    if not isinstance(product["offerings"], list) or not product["offerings"]:
        raise refusal(400, "Expected array value for 'offerings'.")
    for offering in product["offerings"]:
        _check_offering(state, seller, offering)
    values = product.get("property_values") or []
    if not isinstance(values, list):
        raise refusal(400, "Expected array value for 'property_values'.")
    for value in values:
        _check_property(value)


def _check_property(value: Any) -> None:
    _check_keys(value, PROPERTY, needed={"property_id", "value_ids", "values"})
    if not isinstance(value["property_id"], int) or value["property_id"] < 1:
        raise refusal(400, "Expected int value for 'property_id'.")
    if not _is_list_of(value["value_ids"], int) or not _is_list_of(value["values"], str):
        raise refusal(400, "Expected array values for 'value_ids' and 'values'.")
    if any(sign in text for text in value["values"] for sign in "()"):
        raise refusal(400, "Parentheses are not allowed in values.")


def _check_offering(state: State, seller: str, offering: Any) -> None:
    _check_keys(offering, OFFERING, needed=OFFERING)
    if not _is_number(offering["price"]):
        raise refusal(400, f"Expected float value for 'price' (got {_name(offering['price'])}).")
    if offering["price"] <= 0:
        raise refusal(400, "price must be a positive value.")
    quantity = offering["quantity"]
    if not isinstance(quantity, int) or isinstance(quantity, bool):
        raise refusal(400, f"Expected int value for 'quantity' (got {_name(quantity)}).")
    if not 0 <= quantity <= MAX_QUANTITY:
        raise refusal(400, f"Quantity must be between 0 and {MAX_QUANTITY}.")
    if not isinstance(offering["is_enabled"], bool):
        raise refusal(400, "Expected boolean value for 'is_enabled'.")
    number = offering["readiness_state_id"]
    if number is not None and not shops.has(state, seller, READINESS_STATES, number):
        raise refusal(400, f"Invalid readiness_state_id: {number}.")


def _check_variations(products: list[Json]) -> None:
    """Several products have to differ in their properties."""
    variations = [
        json.dumps(each.get("property_values") or [], sort_keys=True) for each in products
    ]
    if len(set(variations)) < len(variations):
        raise refusal(400, "Each product must have its own combination of property values.")


def _check_on_property(body: Json, field: str, name: str) -> None:
    """The document: the update fails if values are incompatible with `*_on_property`."""
    properties = body.get(field) or []
    if not _is_list_of(properties, int):
        raise refusal(400, f"Expected array value for '{field}'.")
    value_of: Callable[[Json], Any] = lambda product: (  # noqa: E731 - two lines, used once
        product.get("sku") or "" if name == "sku" else product["offerings"][0][name]
    )
    if not properties and len({value_of(each) for each in body["products"]}) > 1:
        raise refusal(400, f"{name} must be consistent across all products, see {field}.")


def _check_keys(value: Any, known: set[str], *, needed: set[str]) -> None:
    """What a read shows beside these (product_id, offering_id, is_deleted…) may not be sent back."""
    if not isinstance(value, dict):
        raise refusal(400, "Expected an object.")
    if unknown := sorted(set(value) - known):
        raise refusal(400, f"Unexpected keys: {', '.join(unknown)}.")
    if missing := sorted(needed - set(value)):
        raise refusal(400, f"Missing required keys: {', '.join(missing)}.")


def _enabled(body: Json) -> list[bool]:
    return [each["is_enabled"] for product in body["products"] for each in product["offerings"]]


def _is_list_of(value: Any, kind: type) -> bool:
    return isinstance(value, list) and all(isinstance(each, kind) for each in value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _name(value: Any) -> str:
    """As in open-api#385: "Expected float value for 'price' (got NULL)."."""
    return "NULL" if value is None else type(value).__name__
