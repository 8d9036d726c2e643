"""Whether a product is fit for Etsy; every fault at once, in words that a seller understands."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from marketplaces.etsy.account_settings import EtsySettings, is_number
from marketplaces.etsy.eras import eras
from marketplaces.etsy.mapping import era, title_of
from marketplaces.etsy.wording_rules import LONGEST_TITLE, repeated_in_title, strange_in_title
from marketplaces.photo_files import can_be_fetched
from marketplaces.product_facts import Picture, ProductFacts
from marketplaces.product_faults import (
    JPEG,
    Fault,
    NotFitError,
    PictureRules,
    of_pictures,
    of_price,
    of_stock,
    of_title_length,
    smaller_than,
)
from tasks.sentences import sentence

# The number of photos and the length of alternative texts: Etsy's document. Formats and the size
# of files: Etsy's seller help on listing photos.
LONGEST_ALT_TEXT = 500
LEAST_SIDE = 50
LOWEST_PRICE = Decimal("0.20")
"""In the shop's currency or about as much: Etsy's lowest price is US$ 0.20."""


class NotFitForEtsyError(NotFitError):
    """The product or the account's settings have faults that Etsy would refuse."""

    marketplace = "Etsy"


def check(facts: ProductFacts, settings: EtsySettings, *, year: int) -> None:
    """Raise NotFitForEtsyError with everything that is wrong."""
    found = faults_of(facts, settings, year=year)
    if found:
        raise NotFitForEtsyError(found)


def faults_of(facts: ProductFacts, settings: EtsySettings, *, year: int) -> list[Fault]:
    """Empty when the product is fit for Etsy."""
    return [
        *_of_title(title_of(facts)),
        *_of_price(facts, settings),
        *of_stock(facts),
        *_of_classification(facts, settings, year),
        *of_pictures(facts.pictures, PICTURES),
        *_of_alternative_texts(facts.pictures),
        *(Fault("account", sentence) for sentence in settings.faults()),
    ]


def _of_title(title: str) -> Iterator[Fault]:
    yield from of_title_length(title, LONGEST_TITLE, "Etsy")
    if strange := strange_in_title(title):
        yield Fault(
            "title",
            sentence(
                "the title has characters that Etsy does not take: {characters}",
                characters=" ".join(strange),
            ),
        )
    if repeated := repeated_in_title(title):
        yield Fault(
            "title",
            sentence("Etsy takes {characters} only once in a title", characters=" ".join(repeated)),
        )


def _of_price(facts: ProductFacts, settings: EtsySettings) -> Iterator[Fault]:
    yield from of_price(facts)
    if facts.price is not None and 0 < facts.price < LOWEST_PRICE:
        yield Fault(
            "price", sentence("the price is below {lowest}, Etsy's lowest", lowest=LOWEST_PRICE)
        )
    if settings.currency and facts.currency != settings.currency:
        yield Fault(
            "currency",
            sentence(
                "the price is in {currency}, the shop at Etsy sells in {wanted}",
                currency=facts.currency,
                wanted=settings.currency,
            ),
        )


def _of_classification(facts: ProductFacts, settings: EtsySettings, year: int) -> Iterator[Fault]:
    taxonomy = settings.taxonomy_of(facts.product_type)
    if not taxonomy:
        yield Fault(
            "taxonomy",
            sentence(
                "no Etsy category is set for the product type “{product_type}”, and the "
                "account has no default category",
                product_type=facts.product_type,
            ),
        )
    elif not is_number(taxonomy):
        yield Fault(
            "taxonomy",
            sentence("“{category}” is not the number of an Etsy category", category=taxonomy),
        )
    section = settings.section_of(facts.product_type)
    if section and not is_number(section):
        yield Fault(
            "section",
            sentence("“{section}” is not the number of a section of the shop", section=section),
        )
    if not era(facts, settings, year):
        yield Fault(
            "when_made",
            sentence(
                "when it was made is “{chosen}” in the account's settings: choose of {known}, or "
                "enter a year",
                chosen=settings.era_of(facts.product_type),
                known=", ".join(eras(year)),
            ),
        )


def _of_alternative_texts(pictures: tuple[Picture, ...]) -> Iterator[Fault]:
    for number, picture in enumerate(pictures, start=1):
        if len(picture.alt_text) > LONGEST_ALT_TEXT:
            yield Fault(
                f"images.{number}",
                sentence(
                    "the alternative text of photo {number} has more than {limit} characters",
                    number=number,
                    limit=LONGEST_ALT_TEXT,
                ),
            )


PICTURES = PictureRules(
    marketplace="Etsy",
    most=20,
    formats=JPEG | {"GIF", "PNG"},
    largest_bytes=10 * 1000 * 1000,
    largest_megabytes=10,
    takes_link=can_be_fetched,
    of_pixels=smaller_than(LEAST_SIDE),
)
