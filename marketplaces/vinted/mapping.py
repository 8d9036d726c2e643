"""From a product and the account's settings to what Vinted is sent. Pure, and total: a product that
is not fit for Vinted is mapped too; `validation` says what is wrong with it.

An item at Vinted is one piece, so the stock is no part of it.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from marketplaces.option_words import concept_of
from marketplaces.plain_text import plain_text
from marketplaces.product_facts import ProductFacts
from marketplaces.vinted import titles
from marketplaces.vinted.account_settings import VintedSettings, by_word, is_number
from marketplaces.vinted.words import condition_of, same_colour

Json = dict[str, Any]

MOST_COLOURS = 2
MOST_MATERIALS = 3
UNISEX = "98"
"""Glasses: the only category whose items are for everybody."""
_BETWEEN = re.compile(r"\s*[/,;&+]\s*|\s+(?:and|et)\s+", re.IGNORECASE)
_CENT = Decimal("0.01")


def mapped(facts: ProductFacts, settings: VintedSettings, key: str) -> Json:
    """`item` is what Vinted is sent but for photos and ids; photos are told by their checksums."""
    catalog = settings.catalog_of(facts.product_type)
    price = price_of(facts, settings)
    condition = _number(condition_number(facts, settings))
    materials = [_number(each) for each in _materials(facts, settings)]
    return {
        "sku": key,
        "item": {
            "title": titles.marked(title_of(facts), key),
            "description": description_of(facts, settings),
            "currency": settings.sells_in,
            "price": None if price is None else float(price),
            "catalog_id": _number(catalog),
            "brand_id": _number(brand_number(facts, settings)) or None,
            "brand": brand_of(facts, settings),
            "size_id": _number(size(facts, settings)) or None,
            "color_ids": [_number(each) for each in colours(facts, settings)],
            # Until January 2026 Vinted read the condition here, since then in the attributes.
            "status_id": condition,
            "item_attributes": [
                {"code": "condition", "ids": [condition]},
                *([{"code": "material", "ids": materials}] if materials else []),
            ],
            "package_size_id": _number(settings.package_size_of(facts.product_type)),
            "shipment_prices": {"domestic": None, "international": None},
            "is_unisex": catalog == UNISEX,
            "isbn": None,
            "measurement_length": None,
            "measurement_width": None,
            "video_game_rating_id": None,
            "manufacturer": None,
            "manufacturer_labelling": None,
        },
        "photos": [picture.checksum for picture in facts.pictures],
    }


def title_of(facts: ProductFacts) -> str:
    """The seller's own words, not shouted; what is too long is a fault to be told."""
    return titles.calm(facts.title)


def description_of(facts: ProductFacts, settings: VintedSettings) -> str:
    """Plain text; below it the options that Vinted has no field for."""
    text = plain_text(facts.description) or title_of(facts)
    has_field = {"size", "colour"} | ({"material"} if _materials(facts, settings) else set())
    lines = [
        f"{name}: {value}"
        for name, value in facts.options.items()
        if value and concept_of(name) not in has_field
    ]
    return "\n\n".join([text, *(["\n".join(lines)] if lines else [])])


def price_of(facts: ProductFacts, settings: VintedSettings) -> Decimal | None:
    """By the account's rule: 25.30 x 1.10 = 27.83, which ends on 0.90: 27.90."""
    if facts.price is None or settings.faults():
        return facts.price
    price = facts.price * Decimal(settings.price_factor or 1)
    if settings.price_ending:
        price = Decimal(int(price)) + Decimal(settings.price_ending)
    return price.quantize(_CENT, ROUND_HALF_UP)


def brand_of(facts: ProductFacts, settings: VintedSettings) -> str:
    return facts.brand or settings.brand


def brand_number(facts: ProductFacts, settings: VintedSettings) -> str:
    """ "" for a brand that is sent as words only."""
    brand = brand_of(facts, settings)
    return by_word(settings.brands, brand) or by_word(settings.told("brands"), brand)


def condition_number(facts: ProductFacts, settings: VintedSettings) -> str:
    """Vinted's number; "" for a word that means nothing."""
    word = facts.condition or settings.condition
    return by_word(settings.conditions, word) or condition_of(word)


def size(facts: ProductFacts, settings: VintedSettings) -> str:
    """Vinted's number; "" for a category without sizes and for a word that no table has."""
    told = settings.told_sizes(settings.catalog_of(facts.product_type))
    if told == {}:
        return ""
    word = option(facts, "size")
    if not word:
        return settings.size_id
    own = by_word(settings.sizes, f"{facts.product_type}: {word}", word)
    return own or by_word(_parts(told or {}), word)


def colours(facts: ProductFacts, settings: VintedSettings) -> list[str]:
    """At most two numbers, in the seller's order."""
    told = settings.told("colors")
    found = [
        by_word(settings.colors, word) or by_word(told, *same_colour(word))
        for word in _words(option(facts, "colour"))
    ]
    known = list(dict.fromkeys(each for each in found if each))
    usual = [settings.color_id] if settings.color_id else []
    return known[:MOST_COLOURS] or usual


def option(facts: ProductFacts, concept: str) -> str:
    """What the seller says of the product's size, colour or material."""
    given = (value for name, value in facts.options.items() if concept_of(name) == concept)
    return next((value.strip() for value in given if value.strip()), "")


def _materials(facts: ProductFacts, settings: VintedSettings) -> list[str]:
    words = _words(option(facts, "material"))
    found = [by_word(settings.materials, word) for word in words]
    return list(dict.fromkeys(each for each in found if each))[:MOST_MATERIALS]


def _words(text: str) -> list[str]:
    """The whole, then its parts: a seller's table may have “Black / white” as one word."""
    parts = [part for part in _BETWEEN.split(text) if part]
    return [text] if len(parts) < 2 else [text, *parts]


def _parts(told: dict[str, str] | Any) -> dict[str, str]:
    """Vinted's “M / 38” is found by M and by 38, too."""
    found: dict[str, str] = {}
    for title, number in told.items():
        for part in [title, *title.split("/")]:
            found.setdefault(part.strip(), number)
    return found


def _number(text: str) -> int:
    """0 for what is no id of Vinted's; `validation` tells of it."""
    return int(text) if is_number(text) else 0
