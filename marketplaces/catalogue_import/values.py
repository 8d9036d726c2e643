"""From a cell's text to a value. What could mean two things is refused, never guessed."""

from __future__ import annotations

import re

import nh3

from marketplaces.catalogue_import.errors import RowError
from marketplaces.catalogue_import.wording import quoted
from tasks.sentences import sentence

LARGEST_QUANTITY = 2**31 - 1
BASIC_TAGS = {
    *("p", "br", "div", "hr", "blockquote"),
    *("h1", "h2", "h3", "h4", "h5", "h6"),
    *("b", "strong", "i", "em", "u", "s", "sub", "sup"),
    *("ul", "ol", "li"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
UNSEEN_TAGS = {"script", "style", "iframe", "object", "noscript", "template", "textarea", "title"}
"""Their content goes too: it was never meant to be read."""

CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
CONTROLS_IN_HTML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
WHOLE_NUMBER = re.compile(r"([+-]?[0-9]+)(?:[.,]0)?")
ROUNDED_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)?E\+[0-9]+", re.IGNORECASE)


def single_line(text: str) -> str:
    """One line of visible characters, single spaces between the words."""
    return " ".join(CONTROLS.sub(" ", text).split())


def fitting(name: str, text: str, limit: int) -> str:
    """The text on a single line. Raises RowError where it is longer than the catalogue holds."""
    line = single_line(text)
    if len(line) > limit:
        raise RowError(
            sentence(
                "{name} has {length} characters; {limit} are the most.",
                name=name,
                length=len(line),
                limit=limit,
            )
        )
    return line


def safe_html(text: str) -> str:
    """The text with its paragraphs, lists and emphasis; without scripts, styles and attributes."""
    cleaned = nh3.clean(
        CONTROLS_IN_HTML.sub("", text),
        tags=BASIC_TAGS,
        attributes={},
        clean_content_tags=UNSEEN_TAGS,
        link_rel=None,
    )
    return cleaned.replace("\r\n", "\n").replace("\r", "\n").strip()


def quantity(text: str) -> int | None:
    """Pieces, perhaps negative; None where the shop does not say."""
    if not text:
        return None
    match = WHOLE_NUMBER.fullmatch(text)
    if match is None:
        raise RowError(sentence("The quantity {text} is no whole number.", text=quoted(text)))
    # Longer than any allowed number: spares the conversion of a million digits.
    if len(match[1]) > 15 or abs(int(match[1])) > LARGEST_QUANTITY:
        raise RowError(sentence("The quantity {text} is out of range.", text=quoted(text)))
    return int(match[1])


def code(text: str) -> str:
    """A SKU or barcode. Some exports put an apostrophe before it so that it stays text."""
    return single_line(text.removeprefix("'"))


def is_rounded(text: str) -> bool:
    """Whether a spreadsheet has turned a long barcode into something like 4.00638E+12."""
    return ROUNDED_NUMBER.fullmatch(text) is not None


def tags(text: str) -> list[str]:
    """Tags in their order, each once whatever its case."""
    found: dict[str, str] = {}
    for part in text.split(","):
        tag = single_line(part)
        if tag:
            found.setdefault(tag.casefold(), tag)
    return list(found.values())
