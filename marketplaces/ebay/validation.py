"""Whether a product is fit for eBay; every fault at once, in words that a seller understands."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from marketplaces.ebay.account_settings import EbaySettings, is_category
from marketplaces.ebay.category_rules import Aspect, CategoryRules, not_a_category
from marketplaces.ebay.mapping import aspects_of, condition_of, description_of
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
)
from tasks.sentences import sentence

# Lengths and the number of pictures: the Inventory API's document. Files: the Media API's document
# and eBay's pages "Picture policy" (500 px) and "Introduction to Pictures in Listings" (12 MB).
LONGEST_TITLE = 80
LONGEST_DESCRIPTION = 4000
LONGEST_ASPECT_NAME = 40
LONGEST_ASPECT_VALUE = 50
MOST_NAMED = 10
"""Values of an item specific that a sentence lists."""
LEAST_LONGEST_SIDE = 500
MOST_WIDTH_PLUS_HEIGHT = 15_000


class NotFitForEbayError(NotFitError):
    """The product or the account's settings have faults that eBay would refuse."""

    marketplace = "eBay"


def check(facts: ProductFacts, settings: EbaySettings, rules: CategoryRules | None = None) -> None:
    """Raise NotFitForEbayError with everything that is wrong."""
    found = faults_of(facts, settings, rules)
    if found:
        raise NotFitForEbayError(found)


def faults_of(
    facts: ProductFacts, settings: EbaySettings, rules: CategoryRules | None = None
) -> list[Fault]:
    """Empty when the product is fit for eBay.

    `rules` of the product's category; None while nobody knows them, and eBay itself has to judge.
    """
    return [
        *_of_texts(facts),
        *_of_price(facts, settings),
        *of_stock(facts),
        *_of_classification(facts, settings),
        *_of_aspects(facts, settings, rules),
        *(_of_rules(facts, settings, rules) if rules else ()),
        *of_pictures(facts.pictures, PICTURES),
        *(Fault("account", sentence) for sentence in settings.faults()),
    ]


def _of_texts(facts: ProductFacts) -> Iterator[Fault]:
    yield from of_title_length(facts.title, LONGEST_TITLE, "eBay")
    length = len(description_of(facts))
    if length > LONGEST_DESCRIPTION:
        yield Fault(
            "description",
            sentence(
                "the description has {length} characters with its formatting, eBay takes {limit}",
                length=length,
                limit=LONGEST_DESCRIPTION,
            ),
        )


def _of_price(facts: ProductFacts, settings: EbaySettings) -> Iterator[Fault]:
    yield from of_price(facts)
    if settings.currency and facts.currency != settings.currency:
        yield Fault(
            "currency",
            sentence(
                "the price is in {currency}, {marketplace} sells in {wanted}",
                currency=facts.currency,
                marketplace=settings.marketplace_id,
                wanted=settings.currency,
            ),
        )


def _of_classification(facts: ProductFacts, settings: EbaySettings) -> Iterator[Fault]:
    category = settings.category_of(facts.product_type)
    if not category:
        yield Fault(
            "category",
            sentence(
                "no eBay category is set for the product type “{product_type}”, and the "
                "account has no default category",
                product_type=facts.product_type,
            ),
        )
    elif not is_category(category):
        yield Fault(
            "category",
            sentence("“{category}” is not the number of an eBay category", category=category),
        )
    if not condition_of(facts, settings):
        told = sentence(
            "the condition “{condition}” is not one of eBay's", condition=facts.condition
        )
        missing = sentence("the condition is missing, and the account has no default condition")
        yield Fault("condition", told if facts.condition else missing)


def _of_aspects(
    facts: ProductFacts, settings: EbaySettings, rules: CategoryRules | None
) -> Iterator[Fault]:
    for name, values in aspects_of(facts, settings, rules).items():
        if len(name) > LONGEST_ASPECT_NAME:
            yield Fault(
                "options",
                sentence(
                    "the name “{name}” has more than {limit} characters",
                    name=name,
                    limit=LONGEST_ASPECT_NAME,
                ),
            )
        if any(len(value) > LONGEST_ASPECT_VALUE for value in values):
            yield Fault(
                "options",
                sentence(
                    "the value of “{name}” has more than {limit} characters",
                    name=name,
                    limit=LONGEST_ASPECT_VALUE,
                ),
            )


def _of_rules(facts: ProductFacts, settings: EbaySettings, rules: CategoryRules) -> Iterator[Fault]:
    if not rules.is_leaf:
        yield Fault("category", not_a_category(rules.category_id, settings.marketplace_id))
        return
    given = aspects_of(facts, settings, rules)
    for aspect in rules.required:
        if aspect.name not in given:
            yield Fault("options", _missing(aspect, rules))
    for name, values in given.items():
        if known := rules.aspect(name):
            for value in values:
                yield from _of_value(known, value, rules)


def _missing(aspect: Aspect, rules: CategoryRules) -> str:
    told = {"name": aspect.name, "category": rules.category_id}
    if not aspect.values:
        return sentence("eBay asks for “{name}” in category {category}", **told)
    told["choice"] = _some(aspect)
    if aspect.is_closed:
        return sentence("eBay asks for “{name}” in category {category}: one of {choice}", **told)
    return sentence("eBay asks for “{name}” in category {category}, such as {choice}", **told)


def _of_value(aspect: Aspect, value: str, rules: CategoryRules) -> Iterator[Fault]:
    if not aspect.accepted(value):
        yield Fault(
            "options",
            sentence(
                "eBay does not take “{value}” as “{name}” in category {category}: choose one of "
                "{choice}",
                value=value,
                name=aspect.name,
                category=rules.category_id,
                choice=_some(aspect),
            ),
        )
    elif aspect.longest and aspect.longest < len(value) <= LONGEST_ASPECT_VALUE:
        yield Fault(
            "options",
            sentence(
                "the value of “{name}” has more than {limit} characters",
                name=aspect.name,
                limit=aspect.longest,
            ),
        )


def _some(aspect: Aspect) -> str:
    """Enough of the values to see what is meant."""
    named = ", ".join(aspect.values[:MOST_NAMED])
    return f"{named}, …" if len(aspect.values) > MOST_NAMED else named


def _takes_link(url: str) -> bool:
    """eBay fetches the photo itself."""
    parts = urlsplit(url)
    return parts.scheme == "https" and bool(parts.hostname)


def _of_pixels(number: int, picture: Picture) -> Iterator[str]:
    size = {"number": number, "width": picture.width, "height": picture.height}
    if max(picture.width, picture.height) < LEAST_LONGEST_SIDE:
        yield sentence(
            "photo {number} is smaller than {least} px on its longest side ({width} x {height})",
            least=LEAST_LONGEST_SIDE,
            **size,
        )
    if picture.width + picture.height > MOST_WIDTH_PLUS_HEIGHT:
        yield sentence("photo {number} is too large ({width} x {height} px)", **size)


PICTURES = PictureRules(
    marketplace="eBay",
    most=24,
    formats=JPEG | {"GIF", "PNG", "BMP", "TIFF", "AVIF", "HEIF", "WEBP"},
    largest_bytes=12 * 1024 * 1024,
    largest_megabytes=12,
    takes_link=_takes_link,
    of_pixels=_of_pixels,
)
