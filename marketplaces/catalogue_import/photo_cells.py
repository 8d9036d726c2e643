"""Which photos the file names for a product, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from marketplaces.catalogue_import import values
from marketplaces.catalogue_import.groups import Group, Row
from marketplaces.catalogue_import.header import Column
from marketplaces.catalogue_import.report import ImportReport
from marketplaces.catalogue_import.wording import quoted
from tasks.sentences import sentence

LONGEST_ALT_TEXT = 500
LAST = 10**9
"""The place of a photo without a position: after the others, in the order of the file."""


@dataclass(frozen=True)
class PhotoCell:
    """A photo as the file names it; `photos` finds out whether it is one."""

    line: int
    source: str
    alt_text: str = ""


def shared_photos(group: Group, report: ImportReport) -> list[PhotoCell]:
    """The photos that all variants of a handle share, ordered by position."""
    rows = [row for row in group.rows if row.get(Column.IMAGE)]
    rows.sort(key=lambda row: _position(row, report))
    return [PhotoCell(row.line, row.get(Column.IMAGE), _alt_text(row, report)) for row in rows]


def photos_of_variant(row: Row, shared: Sequence[PhotoCell]) -> tuple[PhotoCell, ...]:
    """The variant's own photo, where it has one, and then the others."""
    own = row.get(Column.VARIANT_IMAGE)
    if not own:
        return tuple(shared)
    first = [cell for cell in shared if cell.source == own][:1] or [PhotoCell(row.line, own)]
    return (*first, *(cell for cell in shared if cell.source != own))


def _position(row: Row, report: ImportReport) -> int:
    text = row.get(Column.IMAGE_POSITION)
    if not text:
        return LAST
    if text.isascii() and text.removesuffix(".0").isdecimal() and len(text) < 9:
        return int(text.removesuffix(".0"))
    report.warn(
        row.line,
        sentence(
            "The Image Position {text} is no number; the photo comes last.", text=quoted(text)
        ),
    )
    return LAST


def _alt_text(row: Row, report: ImportReport) -> str:
    text = values.single_line(row.get(Column.IMAGE_ALT))
    if len(text) > LONGEST_ALT_TEXT:
        report.warn(
            row.line,
            sentence(
                "The Image Alt Text is cut after {limit} characters.",
                limit=LONGEST_ALT_TEXT,
            ),
        )
    return text[:LONGEST_ALT_TEXT]
