"""Reads form bodies as Etsy does: text by text, each of them by the type that its field has.

A field that comes twice counts with its last value (open-api#291); lists are comma separated.
"""

import math
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qsl

from marketplaces.sandbox.etsy import enums
from marketplaces.sandbox.etsy.errors import Problem, invalid, refusal
from marketplaces.sandbox.messages import Call

CONTENT_TYPE = "application/x-www-form-urlencoded"

Reader = Callable[[str, str], Any]
"""From a field's name and text to its value."""


def read(call: Call, readers: Mapping[str, Reader]) -> tuple[dict[str, Any], list[str]]:
    """The values by name, and the names that no reader knows (Etsy passes them over)."""
    if call.content_type != CONTENT_TYPE:
        raise refusal(400, f"Content-Type must be {CONTENT_TYPE}")
    try:
        texts = dict(parse_qsl(call.body.decode(), keep_blank_values=True))
    except ValueError as mistake:
        raise refusal(400, "The request body is not UTF-8") from mistake
    values = {name: readers[name](name, text) for name, text in texts.items() if name in readers}
    return values, sorted(set(texts) - set(readers))


def text(_name: str, value: str) -> str:
    return value


def integer(name: str, value: str) -> int:
    digits = value.removeprefix("-")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 18:
        raise refusal(400, f"Expected int value for '{name}' (got '{value}').")
    return int(value)


def number(name: str, value: str) -> Decimal:
    """Exact: `float` of the document is a type of the wire, not of the rules."""
    try:
        found = Decimal(value)
    except InvalidOperation:
        found = Decimal("NaN")
    if not math.isfinite(found):
        raise refusal(400, f"Expected float value for '{name}' (got '{value}').")
    return found


def measure(name: str, value: str) -> float:
    """The document: if set, greater than 0."""
    found = float(number(name, value))
    if found <= 0:
        raise refusal(400, f"'{name}' must be greater than 0.")
    return found


def flag(name: str, value: str) -> bool:
    if value.lower() not in {"true", "false", "1", "0"}:
        raise refusal(400, f"Expected boolean value for '{name}' (got '{value}').")
    return value.lower() in {"true", "1"}


def texts(name: str, value: str) -> list[str]:
    """An empty list is refused as such (open-api#472); leave the field out instead."""
    if not value:
        raise invalid([Problem(name, "array_too_short", "array is too short")])
    return [each.strip() for each in value.split(",")]


def integers(name: str, value: str) -> list[int]:
    return [integer(name, each) for each in texts(name, value)]


def one_of(*allowed: str) -> Reader:
    def read_choice(name: str, value: str) -> str:
        if value not in allowed:
            raise refusal(400, f"Invalid value for '{name}': '{value}'.")
        return value

    return read_choice


def nullable(reader: Reader) -> Reader:
    def read_nullable(name: str, value: str) -> Any:
        return reader(name, value) if value else None

    return read_nullable


COMMON: Mapping[str, Reader] = {
    "title": text,
    "description": text,
    "who_made": one_of(*enums.WHO_MADE),
    "when_made": one_of(*enums.WHEN_MADE),
    "taxonomy_id": integer,
    "shipping_profile_id": nullable(integer),
    "return_policy_id": nullable(integer),
    "shop_section_id": nullable(integer),
    "materials": texts,
    "tags": texts,
    "image_ids": integers,
    "item_weight": nullable(measure),
    "item_length": nullable(measure),
    "item_width": nullable(measure),
    "item_height": nullable(measure),
    "item_weight_unit": nullable(one_of(*enums.WEIGHT_UNITS)),
    "item_dimensions_unit": nullable(one_of(*enums.DIMENSION_UNITS)),
    "is_personalizable": flag,
    "personalization_is_required": flag,
    "personalization_char_count_max": integer,
    "personalization_instructions": text,
    "production_partner_ids": integers,
    "is_supply": flag,
    "should_auto_renew": flag,
    "is_taxable": flag,
    "type": one_of(*enums.LISTING_TYPES),
}
CREATE = {
    **COMMON,
    "quantity": integer,
    "price": number,
    "processing_min": nullable(integer),
    "processing_max": nullable(integer),
    "readiness_state_id": nullable(integer),
    "styles": texts,
    "is_customizable": flag,
}
UPDATE = {**COMMON, "state": one_of(*enums.SETTABLE_STATES), "featured_rank": nullable(integer)}

REQUIRED = (
    "quantity",
    "title",
    "description",
    "price",
    "who_made",
    "when_made",
    "taxonomy_id",
)
"""Of createDraftListing."""
