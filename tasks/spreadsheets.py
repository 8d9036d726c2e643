"""Tables for a spreadsheet program, as CSV in the form that Excel in France opens by a double click.

Most who open these files do so with a French Excel. Without a byte order mark it takes UTF-8 for
Windows-1252 and spoils the accents; it splits at semicolons only, because the comma is its decimal
sign, and reads 1.50 as text or as a date. Hence: UTF-8 with the mark, semicolons, decimal commas.
LibreOffice and pandas (`sep=";", decimal=","`) read the same file. Times are ISO 8601 with their
offset from UTC, in the person's time zone, for a file has no hover.

A cell that begins like a formula would be run as one, and titles come from strangers: such a cell
gets an apostrophe before it, which spreadsheet programs do not show.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.functional import Promise

Cell = str | int | Decimal | datetime | Promise | None

BYTE_ORDER_MARK = "\ufeff"
DELIMITER = ";"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001
"""The last four are the full-width signs, which some programs take for the first four."""


def rows_as_csv(rows: Iterable[Iterable[Cell]]) -> str:
    """The lines of a file; its first piece has to be preceded by `BYTE_ORDER_MARK`."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=DELIMITER, lineterminator="\r\n")
    writer.writerows([_written(cell) for cell in row] for row in rows)
    return text.getvalue()


def _written(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return timezone.localtime(cell).isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, Decimal):
        return str(cell).replace(".", ",")
    if isinstance(cell, int):
        return str(cell)
    text = str(cell).replace("\0", "")
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
