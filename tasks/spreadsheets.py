"""Tables for a spreadsheet program, as CSV in the form that Excel opens by a double click.

Without a byte order mark Excel takes UTF-8 for Windows-1252 and spoils the accents. In French it
splits at semicolons only, because the comma is its decimal sign, and reads 1.50 as text or as a
date; in English it splits at commas only. Hence: UTF-8 with the mark; in a language that writes
decimal commas these and semicolons (LibreOffice; pandas: `sep=";", decimal=","`), else points and
commas. Times are ISO 8601 with their offset from UTC, in the person's time zone, for a file has no
hover.

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
from django.utils.formats import get_format
from django.utils.functional import Promise

Cell = str | int | Decimal | datetime | Promise | None

BYTE_ORDER_MARK = "\ufeff"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001
"""The last four are the full-width signs, which some programs take for the first four."""


def rows_as_csv(rows: Iterable[Iterable[Cell]]) -> str:
    """The lines of a file, for whoever reads the active language; `BYTE_ORDER_MARK` goes before."""
    text = io.StringIO(newline="")
    sign = get_format("DECIMAL_SEPARATOR")
    delimiter = ";" if sign == "," else ","
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    writer.writerows([_written(cell, sign) for cell in row] for row in rows)
    return text.getvalue()


def _written(cell: Cell, decimal_sign: str) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return timezone.localtime(cell).isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, Decimal):
        return str(cell).replace(".", decimal_sign)
    if isinstance(cell, int):
        return str(cell)
    text = str(cell).replace("\0", "")
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
