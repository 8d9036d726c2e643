"""From text to records: the cells of each row and the physical line on which the row starts.

A quotation mark that is never closed makes a CSV reader swallow the rows after it. Here a faulty
record gives back the lines it swallowed: reading goes on at the first of them that is a row.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tasks.sentences import sentence

LINES_LOOKED_AT = 200
"""How far behind a faulty record the next good one is sought."""


@dataclass(frozen=True)
class Record:
    line: int
    cells: Sequence[str]
    """Of a faulty record: a guess, good enough to say which product it belongs to."""
    problem: str = ""
    is_misquoted: bool = False
    """Its quotation marks make no sense, so that the lines after it may be rows."""

    @property
    def is_blank(self) -> bool:
        return not any(cell.strip() for cell in self.cells)


@dataclass(frozen=True)
class Layout:
    """What all rows of a file share."""

    delimiter: str
    width: int


def physical_lines(text: str) -> list[str]:
    """Lines as an editor counts them, their endings kept. (`splitlines` splits at more.)"""
    return io.StringIO(text, newline="").readlines()


def read_records(lines: Sequence[str], start: int, layout: Layout) -> Iterator[Record]:
    """Every record from index `start` on; blank ones are left out."""
    while start < len(lines):
        record, after = _record_at(lines, start, layout)
        if record.problem and after > start + 1:
            after = _next_good_line(lines, record, after, layout)
            record = _with_its_lines(record, after)
        if not record.is_blank:
            yield record
        start = after


def cells_at(lines: Sequence[str], start: int, delimiter: str) -> tuple[list[str], int]:
    """The cells of the record at index `start`, and the index after it. Raises csv.Error."""
    following = (lines[index] for index in range(start, len(lines)))
    reader = csv.reader(following, delimiter=delimiter, strict=True)
    return next(reader), start + reader.line_num


def _record_at(lines: Sequence[str], start: int, layout: Layout) -> tuple[Record, int]:
    following = (lines[index] for index in range(start, len(lines)))
    reader = csv.reader(following, delimiter=layout.delimiter, strict=True)
    try:
        cells = next(reader)
    except csv.Error as error:
        guess = [cell.strip().strip('"') for cell in lines[start].split(layout.delimiter)]
        record = Record(start + 1, guess, _explain(error), is_misquoted=True)
    else:
        record = _checked(start + 1, cells, layout.width)
    return record, start + reader.line_num


def _checked(line: int, cells: list[str], width: int) -> Record:
    """Cells beyond the header do no harm while they are empty; spreadsheets write such."""
    blank = not any(cells)
    if len(cells) < width and not blank:
        return Record(line, cells, _miscounted(sentence("too few"), len(cells), width))
    if any(cell.strip() for cell in cells[width:]):
        return Record(line, cells, _miscounted(sentence("too many"), len(cells), width))
    if any("\0" in cell for cell in cells):
        return Record(
            line, cells, sentence("The row contains a NUL byte. Remove it, or export again.")
        )
    return Record(line, cells[:width])


def _miscounted(how: str, found: int, expected: int) -> str:
    return sentence(
        "The row has {how} cells: {found} instead of the header's {expected}. Look for a missing "
        "quotation mark or for a separator inside a text without quotation marks.",
        how=how,
        found=found,
        expected=expected,
    )


def _explain(error: csv.Error) -> str:
    reason = str(error)
    if "unexpected end" in reason:
        return sentence(
            "A quotation mark is opened in this row and never closed. Close or remove it."
        )
    if "field larger" in reason:
        return sentence(
            "A cell is longer than {limit} characters, or a quotation mark that "
            "this row opens is never closed. Shorten the text or close the mark.",
            limit=csv.field_size_limit(),
        )
    if "expected after" in reason:
        return sentence(
            "Text follows a closing quotation mark. Write a quotation mark inside a text twice "
            'as in "a 12"" ruler", and close each one that is opened.'
        )
    return sentence("The row cannot be read ({reason}).", reason=reason)


def _with_its_lines(record: Record, after: int) -> Record:
    if after == record.line:
        return record
    problem = sentence(
        "{problem} Lines {line} to {after} were left out.",
        problem=record.problem,
        line=record.line,
        after=after,
    )
    return Record(record.line, record.cells, problem)


def _next_good_line(lines: Sequence[str], faulty: Record, end: int, layout: Layout) -> int:
    """The first line behind a faulty record's own that is a row by itself.

    Where only the number of cells was wrong, its lines are probably its own text, and the last one
    may look like a row with a lonely quotation mark in it.
    """
    for candidate in range(faulty.line, min(end, faulty.line + LINES_LOOKED_AT)):
        record, after = _record_at(lines, candidate, layout)
        if record.problem or record.is_blank:
            continue
        if faulty.is_misquoted or sum(line.count('"') for line in lines[candidate:after]) % 2 == 0:
            return candidate
    return end
