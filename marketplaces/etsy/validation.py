"""Whether a product is fit for Etsy; every fault at once, in words that a seller understands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlsplit

from marketplaces.etsy.account_settings import EtsySettings, is_number
from marketplaces.etsy.eras import eras
from marketplaces.etsy.mapping import era, title_of
from marketplaces.etsy.wording_rules import LONGEST_TITLE, repeated_in_title, strange_in_title
from marketplaces.http import is_loopback
from marketplaces.product_facts import Picture, ProductFacts
from tasks.errors import PermanentError
from tasks.sentences import sentence

# The number of photos and the length of alternative texts: Etsy's document. Formats and the size
# of files: Etsy's seller help on listing photos.
MOST_PICTURES = 20
LONGEST_ALT_TEXT = 500
LARGEST_FILE_BYTES = 10 * 1000 * 1000
LEAST_SIDE = 50
FORMATS = frozenset({"JPEG", "MPO", "GIF", "PNG"})
"""Pillow's names; MPO is a JPEG with a second picture behind it, as some phones write."""
LOWEST_PRICE = Decimal("0.20")
"""In the shop's currency or about as much: Etsy's lowest price is US$ 0.20."""


@dataclass(frozen=True, slots=True)
class Fault:
    field: str
    sentence: str


class NotFitForEtsyError(PermanentError):
    """The product or the account's settings have faults that Etsy would refuse."""

    default_advice = sentence("Put right what is listed, then retry the job.")

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        sentences = "; ".join(fault.sentence for fault in faults)
        super().__init__(
            sentence("The product cannot go to Etsy: {faults}.", faults=sentences),
            evidence={"faults": [[fault.field, fault.sentence] for fault in faults]},
        )


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
        *_of_stock(facts),
        *_of_classification(facts, settings, year),
        *_of_pictures(facts.pictures),
        *(Fault("account", sentence) for sentence in settings.faults()),
    ]


def _of_title(title: str) -> Iterator[Fault]:
    if not title:
        yield Fault("title", sentence("the title is empty"))
    if len(title) > LONGEST_TITLE:
        yield Fault(
            "title",
            sentence(
                "the title has {length} characters, Etsy takes {limit}",
                length=len(title),
                limit=LONGEST_TITLE,
            ),
        )
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
    if facts.price is None:
        yield Fault("price", sentence("the price is missing"))
    elif facts.price <= 0:
        yield Fault("price", sentence("the price is 0"))
    elif facts.price < LOWEST_PRICE:
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


def _of_stock(facts: ProductFacts) -> Iterator[Fault]:
    if facts.stock is None:
        yield Fault("stock", sentence("the stock is unknown: enter how many pieces there are"))
    elif facts.stock < 1:
        yield Fault("stock", sentence("the stock is 0: there is nothing to sell"))


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


def _of_pictures(pictures: tuple[Picture, ...]) -> Iterator[Fault]:
    if not pictures:
        yield Fault("images", sentence("there is no photo"))
    if len(pictures) > MOST_PICTURES:
        yield Fault(
            "images",
            sentence(
                "there are {count} photos, Etsy takes {limit}",
                count=len(pictures),
                limit=MOST_PICTURES,
            ),
        )
    for number, picture in enumerate(pictures, start=1):
        faults = _of_link(number, picture) if picture.is_link else _of_file(number, picture)
        yield from (Fault(f"images.{number}", fault) for fault in faults)
        if len(picture.alt_text) > LONGEST_ALT_TEXT:
            yield Fault(
                f"images.{number}",
                sentence(
                    "the alternative text of photo {number} has more than {limit} characters",
                    number=number,
                    limit=LONGEST_ALT_TEXT,
                ),
            )


def _of_link(number: int, picture: Picture) -> Iterator[str]:
    parts = urlsplit(picture.url)
    if not parts.hostname or (parts.scheme != "https" and not is_loopback(parts.hostname)):
        yield sentence("photo {number} has a link that does not start with https://", number=number)


def _of_file(number: int, picture: Picture) -> Iterator[str]:
    if not picture.format:
        yield sentence("photo {number} cannot be read as an image", number=number)
        return
    if picture.format not in FORMATS:
        yield sentence(
            "photo {number} is a {format} file, which Etsy does not take",
            number=number,
            format=picture.format,
        )
    if picture.byte_count > LARGEST_FILE_BYTES:
        yield sentence("photo {number} is larger than 10 MB", number=number)
    if min(picture.width, picture.height) < LEAST_SIDE:
        yield sentence(
            "photo {number} is too small ({width} x {height} px)",
            number=number,
            width=picture.width,
            height=picture.height,
        )
