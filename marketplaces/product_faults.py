"""What can be wrong with a product on any marketplace; each adds its own rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from marketplaces.product_facts import Picture, ProductFacts
from tasks.errors import PermanentError
from tasks.sentences import sentence

# Pillow's names; MPO is a JPEG with a second picture behind it, as some phones write.
JPEG = frozenset({"JPEG", "MPO"})


@dataclass(frozen=True, slots=True)
class Fault:
    field: str
    sentence: str


class NotFitError(PermanentError):
    """The product or the account's settings have faults that the marketplace would refuse."""

    default_advice = sentence("Put right what is listed, then retry the job.")
    marketplace: ClassVar[str]

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__(
            sentence(
                "The product cannot go to {marketplace}: {faults}.",
                marketplace=self.marketplace,
                faults="; ".join(fault.sentence for fault in faults),
            ),
            evidence={"faults": [[fault.field, fault.sentence] for fault in faults]},
        )


@dataclass(frozen=True, slots=True)
class PictureRules:
    """What a marketplace takes as photos."""

    marketplace: str
    most: int
    formats: frozenset[str]
    """Pillow's names."""
    largest_bytes: int
    largest_megabytes: int
    """The same for a person; vendors differ in how many bytes that is."""
    takes_link: Callable[[str], bool]
    of_pixels: Callable[[int, Picture], Iterator[str]]
    """What is wrong with the width and height of the photo with this number."""


def smaller_than(side: int) -> Callable[[int, Picture], Iterator[str]]:
    """A rule for `PictureRules.of_pixels`: both sides have at least `side` pixels."""

    def of_pixels(number: int, picture: Picture) -> Iterator[str]:
        if min(picture.width, picture.height) < side:
            yield sentence(
                "photo {number} is too small ({width} x {height} px)",
                number=number,
                width=picture.width,
                height=picture.height,
            )

    return of_pixels


def of_title_length(title: str, limit: int, marketplace: str) -> Iterator[Fault]:
    if not title:
        yield Fault("title", sentence("the title is empty"))
    elif len(title) > limit:
        yield Fault(
            "title",
            sentence(
                "the title has {length} characters, {marketplace} takes {limit}",
                length=len(title),
                marketplace=marketplace,
                limit=limit,
            ),
        )


def of_price(facts: ProductFacts) -> Iterator[Fault]:
    if facts.price is None:
        yield Fault("price", sentence("the price is missing"))
    elif facts.price <= 0:
        yield Fault("price", sentence("the price is 0"))


def of_stock(facts: ProductFacts) -> Iterator[Fault]:
    if facts.stock is None:
        yield Fault("stock", sentence("the stock is unknown: enter how many pieces there are"))
    elif facts.stock < 1:
        yield Fault("stock", sentence("the stock is 0: there is nothing to sell"))


def of_pictures(pictures: tuple[Picture, ...], rules: PictureRules) -> Iterator[Fault]:
    if not pictures:
        yield Fault("images", sentence("there is no photo"))
    if len(pictures) > rules.most:
        yield Fault(
            "images",
            sentence(
                "there are {count} photos, {marketplace} takes {limit}",
                count=len(pictures),
                marketplace=rules.marketplace,
                limit=rules.most,
            ),
        )
    for number, picture in enumerate(pictures, start=1):
        of_one = _of_link if picture.is_link else of_file
        yield from (Fault(f"images.{number}", fault) for fault in of_one(number, picture, rules))


def _of_link(number: int, picture: Picture, rules: PictureRules) -> Iterator[str]:
    if not rules.takes_link(picture.url):
        yield sentence("photo {number} has a link that does not start with https://", number=number)


def of_file(number: int, picture: Picture, rules: PictureRules) -> Iterator[str]:
    """What is wrong with the file of the photo with this number, of a link too once it is known."""
    if not picture.format:
        yield sentence("photo {number} cannot be read as an image", number=number)
        return
    if picture.format not in rules.formats:
        yield sentence(
            "photo {number} is a {format} file, which {marketplace} does not take",
            number=number,
            format=picture.format,
            marketplace=rules.marketplace,
        )
    if picture.byte_count > rules.largest_bytes:
        yield too_large(number, rules)
    yield from rules.of_pixels(number, picture)


def too_large(number: int, rules: PictureRules) -> str:
    return sentence(
        "photo {number} is larger than {limit} MB", number=number, limit=rules.largest_megabytes
    )
