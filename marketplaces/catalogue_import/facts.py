"""What a row says about a product, as the catalogue's columns. What the file lacks is left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marketplaces.catalogue_import import values
from marketplaces.catalogue_import.errors import RowError
from marketplaces.catalogue_import.groups import Row
from marketplaces.catalogue_import.header import Column, Header
from marketplaces.catalogue_import.prices import price
from marketplaces.catalogue_import.wording import quoted
from tasks.sentences import sentence

# As long as the columns of the catalogue; a test compares them.
LIMITS = {
    "title": 500,
    "sku": 100,
    "brand": 200,
    "product_type": 200,
    "condition": 50,
    "barcode": 50,
}
LONGEST_OPTION = 255
OPTIONS = (
    (Column.OPTION1_NAME, Column.OPTION1_VALUE),
    (Column.OPTION2_NAME, Column.OPTION2_VALUE),
    (Column.OPTION3_NAME, Column.OPTION3_VALUE),
)
NO_OPTION = "default title"

Warn = Callable[[int, str], None]
"""Takes the line and what to know about it."""


def title(title_row: Row, options: dict[str, str]) -> str:
    """“Varsity Top - Medium / Red”: nothing else tells variants apart on a marketplace."""
    name = values.single_line(title_row.get(Column.TITLE))
    if not name:
        raise RowError(sentence("The Title has no visible characters."))
    whole = " - ".join(part for part in (name, " / ".join(options.values())) if part)
    return values.fitting(sentence("The title with its options"), whole, LIMITS["title"])


def options(row: Row, title_row: Row) -> dict[str, str]:
    """Names stand on the title row only; a name used twice gets its number."""
    found: dict[str, str] = {}
    for number, (name_column, value_column) in enumerate(OPTIONS, start=1):
        value = values.fitting(
            sentence("The column {column}", column=value_column),
            row.get(value_column),
            LONGEST_OPTION,
        )
        if not value or value.casefold() == NO_OPTION:
            continue
        name = values.single_line(title_row.get(name_column) or row.get(name_column))
        name = name or f"Option {number}"
        found[name if name not in found else f"{name} {number}"] = value
    return found


def sku(row: Row) -> str:
    return values.code(
        values.fitting(
            sentence("The column {column}", column=Column.SKU), row.get(Column.SKU), LIMITS["sku"]
        )
    )


def shared(header: Header, title_row: Row) -> dict[str, Any]:
    """What all variants have from the title row. Raises RowError."""
    facts: dict[str, Any] = {}
    if Column.BODY in header:
        facts["description"] = values.safe_html(title_row.get(Column.BODY))
    if Column.VENDOR in header:
        facts["brand"] = _fitting(title_row, Column.VENDOR, "brand")
    if Column.TYPE in header:
        facts["product_type"] = _fitting(title_row, Column.TYPE, "product_type")
    if Column.TAGS in header:
        facts["tags"] = values.tags(title_row.get(Column.TAGS))
    return facts


def own(header: Header, row: Row, title_row: Row, currency: str, warn: Warn) -> dict[str, Any]:
    """What a variant has for itself. Raises RowError."""
    facts: dict[str, Any] = {}
    if Column.PRICE in header:
        facts["price"] = price(row.get(Column.PRICE), currency)
        if facts["price"] is None:
            warn(row.line, sentence("The product has no price; it is imported without one."))
    if Column.QUANTITY in header:
        facts["stock"] = _stock(row, warn)
    if Column.BARCODE in header:
        facts["barcode"] = _barcode(row, warn)
    if Column.CONDITION in header:
        source = row if row.get(Column.CONDITION) else title_row
        facts["condition"] = _fitting(source, Column.CONDITION, "condition")
    return facts


def _stock(row: Row, warn: Warn) -> int | None:
    pieces = values.quantity(row.get(Column.QUANTITY))
    if pieces is None or pieces >= 0:
        return pieces
    warn(row.line, sentence("The quantity {pieces} (oversold) is imported as 0.", pieces=pieces))
    return 0


def _barcode(row: Row, warn: Warn) -> str:
    barcode = values.code(_fitting(row, Column.BARCODE, "barcode"))
    if not values.is_rounded(barcode):
        return barcode
    warn(
        row.line,
        sentence(
            "The barcode {barcode} was rounded by a spreadsheet and is left out. Export "
            "again, and format the column as text.",
            barcode=quoted(barcode),
        ),
    )
    return ""


def _fitting(row: Row, column: Column, fact: str) -> str:
    return values.fitting(
        sentence("The column {column}", column=column), row.get(column), LIMITS[fact]
    )
