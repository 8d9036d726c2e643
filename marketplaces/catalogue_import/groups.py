"""The rows of one handle belong together: one product of the shop with its variants and photos."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from marketplaces.catalogue_import.header import Column, Header
from marketplaces.catalogue_import.records import Record
from marketplaces.catalogue_import.report import ImportReport
from marketplaces.catalogue_import.source import DAMAGED, Text
from tasks.sentences import sentence

LONGEST_HANDLE = 255
VARIANT_COLUMNS = (
    Column.OPTION1_VALUE,
    Column.OPTION2_VALUE,
    Column.OPTION3_VALUE,
    Column.SKU,
    Column.QUANTITY,
    Column.PRICE,
    Column.BARCODE,
    Column.VARIANT_IMAGE,
)


@dataclass(frozen=True)
class Row:
    line: int
    values: Mapping[Column, str]
    """Only the cells that hold something."""

    def get(self, column: Column) -> str:
        return self.values.get(column, "")

    @property
    def has_variant(self) -> bool:
        return any(column in self.values for column in VARIANT_COLUMNS)


@dataclass
class Group:
    handle: str
    rows: list[Row] = field(default_factory=list)
    broken_lines: list[int] = field(default_factory=list)
    """Rejected rows that seem to belong here: something of this product is missing."""

    @property
    def title_row(self) -> Row | None:
        return next((row for row in self.rows if row.get(Column.TITLE)), None)

    @property
    def variants(self) -> list[Row]:
        """The rows that are products. A title row without any variant's cells is one if alone."""
        variants = [row for row in self.rows if row.has_variant]
        return variants or [row for row in [self.title_row] if row]


def group_rows(
    records: Iterable[Record], header: Header, text: Text, report: ImportReport
) -> list[Group]:
    """The groups in the order of the file; rows that cannot be read are rejected."""
    groups: dict[str, Group] = {}
    for record in records:
        row = _row(record, header)
        handle = row.get(Column.HANDLE)
        problem = record.problem or _problem(record, handle, text)
        if problem:
            report.reject(record.line, problem)
        if not handle or len(handle) > LONGEST_HANDLE:
            continue
        group = groups.setdefault(handle, Group(handle))
        if problem:
            group.broken_lines.append(row.line)
        else:
            group.rows.append(row)
    return list(groups.values())


def _row(record: Record, header: Header) -> Row:
    cells = record.cells
    found = {
        column: cells[at].strip() for column, at in header.positions.items() if at < len(cells)
    }
    return Row(record.line, {column: value for column, value in found.items() if value})


def _problem(record: Record, handle: str, text: Text) -> str:
    if text.is_damaged and any(DAMAGED in cell for cell in record.cells):
        return sentence(
            "The row has bytes that are not {encoding}. Export the file again as UTF-8.",
            encoding=text.encoding,
        )
    if not handle:
        return sentence("The row has no Handle, so nobody knows which product it belongs to.")
    if len(handle) > LONGEST_HANDLE:
        return sentence(
            "The Handle has {length} characters; {limit} are the most.",
            length=len(handle),
            limit=LONGEST_HANDLE,
        )
    return ""
