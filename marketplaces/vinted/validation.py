"""Whether a product is fit for Vinted; every fault at once, in words that a seller understands.

The limits are those that open projects work with; Vinted publishes none.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from marketplaces.photo_files import can_be_fetched
from marketplaces.product_facts import ProductFacts
from marketplaces.product_faults import (
    JPEG,
    Fault,
    NotFitError,
    PictureRules,
    of_pictures,
    of_price,
    of_stock,
    smaller_than,
)
from marketplaces.vinted import mapping, titles
from marketplaces.vinted.account_settings import VintedSettings, is_number
from tasks.sentences import sentence

LONGEST_DESCRIPTION = 2000
LOWEST_PRICE, HIGHEST_PRICE = Decimal(1), Decimal(30_000)
PICTURES = PictureRules(
    marketplace="Vinted",
    most=20,
    formats=JPEG | {"PNG", "WEBP"},
    # What the plugin's protocol carries.
    largest_bytes=10 * 1024 * 1024,
    largest_megabytes=10,
    takes_link=can_be_fetched,
    of_pixels=smaller_than(50),
)


class NotFitForVintedError(NotFitError):
    """The product or the account's settings have faults that Vinted would refuse."""

    marketplace = "Vinted"


def check(facts: ProductFacts, settings: VintedSettings, key: str) -> None:
    """Raise NotFitForVintedError with everything that is wrong."""
    found = faults_of(facts, settings, key)
    if found:
        raise NotFitForVintedError(found)


def faults_of(facts: ProductFacts, settings: VintedSettings, key: str) -> list[Fault]:
    """Empty when the product is fit for Vinted. `key`: ours, which the title carries."""
    return [
        *_of_texts(facts, settings, key),
        *_of_price(facts, settings),
        *of_stock(facts),
        *_of_category(facts, settings),
        *_of_size(facts, settings),
        *_of_colour(facts, settings),
        *_of_brand_and_condition(facts, settings),
        *of_pictures(facts.pictures, PICTURES),
        *(Fault("account", fault) for fault in settings.faults()),
    ]


def _of_texts(facts: ProductFacts, settings: VintedSettings, key: str) -> Iterator[Fault]:
    title, room = mapping.title_of(facts), titles.room(key)
    if not title:
        yield Fault("title", sentence("the title is empty"))
    elif len(title) > room:
        yield Fault(
            "title",
            sentence(
                "the title has {length} characters, Vinted takes {limit} beside StoFlow's mark",
                length=len(title),
                limit=room,
            ),
        )
    length = len(mapping.description_of(facts, settings))
    if length > LONGEST_DESCRIPTION:
        yield Fault(
            "description",
            sentence(
                "the description has {length} characters, Vinted takes {limit}",
                length=length,
                limit=LONGEST_DESCRIPTION,
            ),
        )


def _of_price(facts: ProductFacts, settings: VintedSettings) -> Iterator[Fault]:
    yield from of_price(facts)
    price = mapping.price_of(facts, settings)
    if price is not None and price > 0 and not LOWEST_PRICE <= price <= HIGHEST_PRICE:
        yield Fault(
            "price",
            sentence(
                "the price at Vinted would be {price}, it takes {lowest} to {highest}",
                price=price,
                lowest=LOWEST_PRICE,
                highest=HIGHEST_PRICE,
            ),
        )
    if facts.currency != settings.sells_in:
        yield Fault(
            "currency",
            sentence(
                "the price is in {currency}, {site} sells in {wanted}",
                currency=facts.currency,
                site=settings.site,
                wanted=settings.sells_in,
            ),
        )


def _of_category(facts: ProductFacts, settings: VintedSettings) -> Iterator[Fault]:
    catalog = settings.catalog_of(facts.product_type)
    if not catalog:
        yield Fault(
            "catalog",
            sentence(
                "no Vinted category is set for the product type “{product_type}”, and the "
                "account has no default category",
                product_type=facts.product_type,
            ),
        )
    elif not is_number(catalog):
        yield Fault(
            "catalog",
            sentence("“{category}” is not the number of a Vinted category", category=catalog),
        )


def _of_size(facts: ProductFacts, settings: VintedSettings) -> Iterator[Fault]:
    told = settings.told_sizes(settings.catalog_of(facts.product_type))
    number, word = mapping.size(facts, settings), mapping.option(facts, "size")
    if told == {}:
        return
    if number and (not is_number(number) or (told and number not in told.values())):
        yield Fault(
            "size", sentence("“{number}” is not a size of this Vinted category", number=number)
        )
    elif word and not number:
        yield Fault(
            "size",
            sentence(
                "no Vinted size is set for “{word}” in the account's settings",
                word=word,
            ),
        )
    elif told and not number:
        yield Fault(
            "size", sentence("the product has no size, and this Vinted category asks for one")
        )


def _of_colour(facts: ProductFacts, settings: VintedSettings) -> Iterator[Fault]:
    found, word = mapping.colours(facts, settings), mapping.option(facts, "colour")
    wrong = [each for each in found if not is_number(each)]
    if wrong:
        yield Fault("colour", sentence("“{number}” is not a Vinted colour", number=wrong[0]))
    elif not found and word:
        yield Fault(
            "colour",
            sentence("no Vinted colour is set for “{word}” in the account's settings", word=word),
        )
    elif not found:
        yield Fault(
            "colour",
            sentence("the product has no colour, and the account has no default colour"),
        )


def _of_brand_and_condition(facts: ProductFacts, settings: VintedSettings) -> Iterator[Fault]:
    if not mapping.brand_of(facts, settings):
        yield Fault("brand", sentence("the brand is missing, and the account has no default brand"))
    if not is_number(mapping.condition_number(facts, settings)):
        yield Fault(
            "condition",
            sentence(
                "the condition “{word}” is none of Vinted's: set what it means in the account's "
                "settings",
                word=facts.condition or settings.condition,
            ),
        )
