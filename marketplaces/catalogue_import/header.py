"""The first row: which columns there are, and how the cells of this file are separated."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from marketplaces.catalogue_import.errors import CatalogueFileError
from marketplaces.catalogue_import.records import Layout, cells_at
from marketplaces.catalogue_import.wording import listed, quoted
from tasks.sentences import sentence

DELIMITERS = (",", ";", "\t")


class Column(StrEnum):
    """The columns that are read, by the names that a shop export gives them."""

    HANDLE = "Handle"
    TITLE = "Title"
    BODY = "Body (HTML)"
    VENDOR = "Vendor"
    TYPE = "Type"
    TAGS = "Tags"
    OPTION1_NAME = "Option1 Name"
    OPTION1_VALUE = "Option1 Value"
    OPTION2_NAME = "Option2 Name"
    OPTION2_VALUE = "Option2 Value"
    OPTION3_NAME = "Option3 Name"
    OPTION3_VALUE = "Option3 Value"
    SKU = "Variant SKU"
    QUANTITY = "Variant Inventory Qty"
    PRICE = "Variant Price"
    BARCODE = "Variant Barcode"
    IMAGE = "Image Src"
    IMAGE_POSITION = "Image Position"
    IMAGE_ALT = "Image Alt Text"
    VARIANT_IMAGE = "Variant Image"
    CONDITION = "Google Shopping / Condition"


REQUIRED = (Column.HANDLE, Column.TITLE)
NEWER_NAMES = {
    "url handle": Column.HANDLE,
    "description": Column.BODY,
    "sku": Column.SKU,
    "inventory quantity": Column.QUANTITY,
    "price": Column.PRICE,
    "barcode": Column.BARCODE,
    "product image url": Column.IMAGE,
    "variant image url": Column.VARIANT_IMAGE,
}
"""The names of the same columns in the form of 2024."""
BY_NAME: Mapping[str, Column] = {
    **{column.value.casefold(): column for column in Column},
    **NEWER_NAMES,
}


@dataclass(frozen=True)
class Header:
    layout: Layout
    line: int
    positions: Mapping[Column, int]

    def __contains__(self, column: Column) -> bool:
        return column in self.positions


def read_header(lines: Sequence[str]) -> tuple[Header, int]:
    """The header, and the index of the line after it. Raises CatalogueFileError."""
    start = _first_line(lines)
    names, delimiter, after = max(
        (_names_at(lines, start, delimiter) for delimiter in DELIMITERS),
        key=lambda attempt: _recognised(attempt[0]),
    )
    _refuse_missing(names, start + 1)
    _refuse_repeated(names, start + 1)
    positions = {BY_NAME[_key(name)]: at for at, name in enumerate(names) if _key(name) in BY_NAME}
    return Header(Layout(delimiter, len(names)), start + 1, positions), after


def _first_line(lines: Sequence[str]) -> int:
    """Where the header is: after blank lines and after a spreadsheet's `sep=;`."""
    for index, line in enumerate(lines):
        if line.strip(" \t\r\n,;") and not line.lower().startswith("sep="):
            return index
    raise CatalogueFileError(
        sentence("The file is empty: it has only blank lines."),
        advice=sentence("Export the products again."),
    )


def _names_at(lines: Sequence[str], start: int, delimiter: str) -> tuple[list[str], str, int]:
    try:
        cells, after = cells_at(lines, start, delimiter)
    except csv.Error:
        cells, after = lines[start].split(delimiter), start + 1
    names = [" ".join(cell.split()) for cell in cells]
    while names and not names[-1]:
        names.pop()
    return names, delimiter, after


def _key(name: str) -> str:
    return name.casefold()


def _recognised(names: Sequence[str]) -> int:
    return sum(_key(name) in BY_NAME for name in names)


def _refuse_missing(names: Sequence[str], line: int) -> None:
    found = {BY_NAME.get(_key(name)) for name in names}
    missing = [column.value for column in REQUIRED if column not in found]
    if not missing:
        return
    told = {
        "line": line,
        "missing": listed(missing),
        "found": listed([name for name in names if name]) or sentence("no column with a name"),
    }
    raise CatalogueFileError(
        sentence("The header (line {line}) lacks the column {missing}. It has: {found}.", **told)
        if len(missing) == 1
        else sentence(
            "The header (line {line}) lacks the columns {missing}. It has: {found}.", **told
        ),
        advice=_suggest(missing, names),
    )


def _suggest(missing: Sequence[str], names: Sequence[str]) -> str:
    by_key = {_key(name): name for name in names}
    hints = [
        sentence(
            "Is {found} meant to be {wanted}? Then rename it.",
            found=quoted(by_key[match]),
            wanted=quoted(name),
        )
        for name in missing
        for match in get_close_matches(_key(name), by_key, n=1)
    ]
    return " ".join(hints) or sentence(
        "Give a product export in Shopify's CSV form, with its first line."
    )


def _refuse_repeated(names: Sequence[str], line: int) -> None:
    columns = [BY_NAME[_key(name)] for name in names if _key(name) in BY_NAME]
    repeated = sorted({column.value for column in columns if columns.count(column) > 1})
    if repeated:
        raise CatalogueFileError(
            sentence(
                "The header (line {line}) names a column more than once: {repeated}.",
                line=line,
                repeated=listed(repeated),
            ),
            advice=sentence("Delete or rename the column that is not meant."),
        )
