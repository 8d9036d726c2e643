"""From the rows of a handle to products: each variant is one, named by its option values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from marketplaces.catalogue_import import facts
from marketplaces.catalogue_import.errors import RowError
from marketplaces.catalogue_import.groups import Group, Row
from marketplaces.catalogue_import.header import Column, Header
from marketplaces.catalogue_import.photo_cells import PhotoCell, photos_of_variant, shared_photos
from marketplaces.catalogue_import.report import ImportReport
from marketplaces.catalogue_import.wording import lines, quoted
from tasks.sentences import sentence


@dataclass
class ProductDraft:
    """A product as the file has it. `facts` lacks what the file has no column for."""

    line: int
    handle: str
    options: dict[str, str]
    shop_sku: str
    """What the file says; `sku` is what the catalogue will say."""
    facts: dict[str, Any]
    photos: Sequence[PhotoCell] | None
    """None where the file has no column for photos."""
    photos_are_complete: bool = True
    sku: str = ""
    former_sku: str = ""
    """What the catalogue calls it, where that was made by us before the shop gave it a SKU."""


@dataclass(frozen=True)
class DraftMaker:
    """Makes the drafts of one file; what is wrong goes into the report."""

    header: Header
    currency: str
    report: ImportReport

    def drafts(self, group: Group) -> Iterator[ProductDraft]:
        title_row = group.title_row
        if title_row is None:
            self._reject_untitled(group)
            return
        try:
            shared = facts.shared(self.header, title_row)
            facts.title(title_row, {})
        except RowError as error:
            self._reject_all(group, title_row, error)
            return
        self._note_oddities(group, title_row)
        yield from self._variants(group, title_row, shared)

    def _variants(
        self, group: Group, title_row: Row, shared: dict[str, Any]
    ) -> Iterator[ProductDraft]:
        photos = shared_photos(group, self.report)
        for row in group.variants:
            try:
                yield self._draft(group, row, title_row, shared, photos)
            except RowError as error:
                self.report.reject(row.line, str(error))

    def _draft(
        self,
        group: Group,
        row: Row,
        title_row: Row,
        shared: dict[str, Any],
        photos: Sequence[PhotoCell],
    ) -> ProductDraft:
        options = facts.options(row, title_row)
        own = facts.own(self.header, row, title_row, self.currency, self.report.warn)
        names = {
            "title": facts.title(title_row, options),
            "handle": group.handle,
            "options": options,
            "currency": self.currency,
        }
        has_photos = Column.IMAGE in self.header or Column.VARIANT_IMAGE in self.header
        return ProductDraft(
            line=row.line,
            handle=group.handle,
            options=options,
            shop_sku=facts.sku(row),
            facts=shared | own | names,
            photos=photos_of_variant(row, photos) if has_photos else None,
            photos_are_complete=not group.broken_lines,
        )

    def _reject_untitled(self, group: Group) -> None:
        """Without its title row a variant would be nameless, or take another product's name."""
        reason = sentence("The first row of a product must have one.")
        if group.broken_lines:
            reason = sentence(
                "It may be on {lines}, which cannot be read.",
                lines=lines(group.broken_lines),
            )
        for row in group.rows:
            self.report.reject(
                row.line,
                sentence(
                    "No good row of the product {handle} has a Title. {reason}",
                    handle=quoted(group.handle),
                    reason=reason,
                ),
            )

    def _reject_all(self, group: Group, title_row: Row, error: RowError) -> None:
        self.report.reject(title_row.line, str(error))
        for row in group.rows:
            if row is not title_row:
                reason = sentence(
                    "Left out, as line {line} describes the same product: {error}",
                    line=title_row.line,
                    error=error,
                )
                self.report.reject(row.line, reason)

    def _note_oddities(self, group: Group, title_row: Row) -> None:
        title = title_row.get(Column.TITLE)
        for row in group.rows:
            if row.get(Column.TITLE) not in {"", title}:
                self.report.warn(
                    row.line,
                    sentence(
                        "The Title {unused} is not used: line {line} has already named the product "
                        "{title}.",
                        unused=quoted(row.get(Column.TITLE)),
                        line=title_row.line,
                        title=quoted(title),
                    ),
                )
            if not (row is title_row or row.has_variant or row.get(Column.IMAGE)):
                self.report.reject(row.line, sentence("The row has neither a variant nor a photo."))
