"""Whether a product is fit for eBay; every fault at once, in words that a seller understands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from marketplaces.ebay.account_settings import EbaySettings, is_category
from marketplaces.ebay.category_rules import Aspect, CategoryRules, not_a_category
from marketplaces.ebay.mapping import aspects_of, condition_of, description_of
from marketplaces.product_facts import Picture, ProductFacts
from tasks.errors import PermanentError
from tasks.sentences import sentence

# Lengths and the number of pictures: the Inventory API's document. Files: the Media API's document
# and eBay's pages "Picture policy" (500 px) and "Introduction to Pictures in Listings" (12 MB).
LONGEST_TITLE = 80
LONGEST_DESCRIPTION = 4000
LONGEST_ASPECT_NAME = 40
LONGEST_ASPECT_VALUE = 50
MOST_PICTURES = 24
MOST_NAMED = 10
"""Values of an item specific that a sentence lists."""
LEAST_LONGEST_SIDE = 500
MOST_WIDTH_PLUS_HEIGHT = 15_000
LARGEST_FILE_BYTES = 12 * 1024 * 1024
FORMATS = frozenset({"JPEG", "MPO", "GIF", "PNG", "BMP", "TIFF", "AVIF", "HEIF", "WEBP"})
"""Pillow's names; MPO is a JPEG with a second picture behind it, as some phones write."""


@dataclass(frozen=True, slots=True)
class Fault:
    field: str
    sentence: str


class NotFitForEbayError(PermanentError):
    """The product or the account's settings have faults that eBay would refuse."""

    default_advice = sentence("Put right what is listed, then retry the job.")

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        sentences = "; ".join(fault.sentence for fault in faults)
        super().__init__(
            sentence("The product cannot go to eBay: {faults}.", faults=sentences),
            evidence={"faults": [[fault.field, fault.sentence] for fault in faults]},
        )


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
        *_of_stock(facts),
        *_of_classification(facts, settings),
        *_of_aspects(facts, settings, rules),
        *(_of_rules(facts, settings, rules) if rules else ()),
        *_of_pictures(facts.pictures),
        *(Fault("account", sentence) for sentence in settings.faults()),
    ]


def _of_texts(facts: ProductFacts) -> Iterator[Fault]:
    if not facts.title:
        yield Fault("title", sentence("the title is empty"))
    elif len(facts.title) > LONGEST_TITLE:
        yield Fault(
            "title",
            sentence(
                "the title has {length} characters, eBay takes {limit}",
                length=len(facts.title),
                limit=LONGEST_TITLE,
            ),
        )
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
    if facts.price is None:
        yield Fault("price", sentence("the price is missing"))
    elif facts.price <= 0:
        yield Fault("price", sentence("the price is 0"))
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


def _of_stock(facts: ProductFacts) -> Iterator[Fault]:
    if facts.stock is None:
        yield Fault("stock", sentence("the stock is unknown: enter how many pieces there are"))
    elif facts.stock < 1:
        yield Fault("stock", sentence("the stock is 0: there is nothing to sell"))


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


def _of_pictures(pictures: tuple[Picture, ...]) -> Iterator[Fault]:
    if not pictures:
        yield Fault("images", sentence("there is no photo"))
    if len(pictures) > MOST_PICTURES:
        yield Fault(
            "images",
            sentence(
                "there are {count} photos, eBay takes {limit}",
                count=len(pictures),
                limit=MOST_PICTURES,
            ),
        )
    for number, picture in enumerate(pictures, start=1):
        faults = _of_link(number, picture) if picture.is_link else _of_file(number, picture)
        yield from (Fault(f"images.{number}", fault) for fault in faults)


def _of_link(number: int, picture: Picture) -> Iterator[str]:
    parts = urlsplit(picture.url)
    if parts.scheme != "https" or not parts.hostname:
        yield sentence("photo {number} has a link that does not start with https://", number=number)


def _of_file(number: int, picture: Picture) -> Iterator[str]:
    if not picture.format:
        yield sentence("photo {number} cannot be read as an image", number=number)
        return
    if picture.format not in FORMATS:
        yield sentence(
            "photo {number} is a {format} file, which eBay does not take",
            number=number,
            format=picture.format,
        )
    if picture.byte_count > LARGEST_FILE_BYTES:
        yield sentence("photo {number} is larger than 12 MB", number=number)
    if max(picture.width, picture.height) < LEAST_LONGEST_SIDE:
        yield sentence(
            "photo {number} is smaller than {least} px on its longest side ({width} x {height})",
            number=number,
            least=LEAST_LONGEST_SIDE,
            width=picture.width,
            height=picture.height,
        )
    if picture.width + picture.height > MOST_WIDTH_PLUS_HEIGHT:
        yield sentence(
            "photo {number} is too large ({width} x {height} px)",
            number=number,
            width=picture.width,
            height=picture.height,
        )
