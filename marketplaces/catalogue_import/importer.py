"""One import from beginning to end, for the command, the admin and whoever else has a file."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import IO

from django.db import ProgrammingError
from django_tenants.utils import get_public_schema_name

from marketplaces.catalogue_import.errors import CatalogueFileError, ImportStoppedError
from marketplaces.catalogue_import.groups import group_rows
from marketplaces.catalogue_import.header import Column, Header, read_header
from marketplaces.catalogue_import.known import known_products
from marketplaces.catalogue_import.photos import PhotoAlbum
from marketplaces.catalogue_import.products import DraftMaker, ProductDraft
from marketplaces.catalogue_import.records import physical_lines, read_records
from marketplaces.catalogue_import.report import ImportReport
from marketplaces.catalogue_import.saving import SLICE, Saved, Saver
from marketplaces.catalogue_import.skus import Known, assign_skus
from marketplaces.catalogue_import.source import Text, decode, read_bytes
from tasks import tenancy
from tasks.sentences import sentence

CURRENCY = re.compile(r"[A-Z]{3}")

Progress = Callable[[int, int], None]
"""Takes the products done and all products; called after every slice."""


def import_catalogue(
    source: Path | IO[bytes],
    *,
    folder: Path | None = None,
    currency: str = "EUR",
    dry_run: bool = False,
    progress: Progress | None = None,
    saved: Saved | None = None,
) -> ImportReport:
    """Import a product CSV into the catalogue of the tenant that the connection is in.

    Photos that are files are looked for in `folder`: that of the CSV unless another is given, and
    none for an upload. Raises CatalogueFileError (nothing done) or ImportStoppedError (a part
    done; the same call again goes on).
    """
    _check_tenant()
    report = ImportReport(dry_run=dry_run)
    if isinstance(source, Path) and folder is None:
        folder = source.parent
    drafts = read_drafts(source, _checked_currency(currency), report)
    drafts = assign_skus(drafts, _known(drafts), report)
    saver = Saver(PhotoAlbum(folder), report, saved)
    for start in range(0, len(drafts), SLICE):
        saver.save(drafts[start : start + SLICE])
        if progress:
            progress(min(start + SLICE, len(drafts)), len(drafts))
    return report


def read_drafts(
    source: Path | IO[bytes], currency: str, report: ImportReport
) -> list[ProductDraft]:
    """The products of a file, before anyone looks at a database."""
    text = decode(read_bytes(source))
    lines = physical_lines(text.content)
    header, start = read_header(lines)
    _note_the_file(text, header, report)
    groups = group_rows(read_records(lines, start, header.layout), header, text, report)
    if not groups and not report.rejections:
        raise CatalogueFileError(
            sentence("The file has a header and no rows."),
            advice=sentence("Export the products again."),
        )
    maker = DraftMaker(header, currency, report)
    return [draft for group in groups for draft in maker.drafts(group)]


def _check_tenant() -> None:
    if tenancy.current_schema() == get_public_schema_name():
        raise ImportStoppedError(
            sentence("No seller is chosen to import for."),
            advice=sentence("Name the seller's schema with --schema."),
        )


def _checked_currency(currency: str) -> str:
    if not CURRENCY.fullmatch(currency.upper()):
        raise CatalogueFileError(
            sentence("“{currency}” is no currency.", currency=currency),
            advice=sentence("Give its code of three letters, such as EUR."),
        )
    return currency.upper()


def _known(drafts: list[ProductDraft]) -> Known:
    try:
        return known_products(drafts)
    except ProgrammingError as error:
        raise ImportStoppedError(
            sentence("The catalogue's tables are missing."),
            advice=sentence("Run `manage.py migrate_schemas` first."),
        ) from error


def _note_the_file(text: Text, header: Header, report: ImportReport) -> None:
    if text.is_guess:
        report.warn(
            header.line,
            sentence(
                "The file is not UTF-8; it was read as {encoding}. If accents look wrong, save "
                "it as “CSV UTF-8” and import again.",
                encoding=text.encoding,
            ),
        )
    for column in (Column.PRICE, Column.QUANTITY, Column.IMAGE):
        if column not in header:
            report.warn(
                header.line,
                sentence(
                    "There is no column “{column}”: new products have none, others keep theirs.",
                    column=column,
                ),
            )
