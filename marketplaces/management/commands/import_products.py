"""`manage.py import_products FILE --schema S`: a shop's product CSV into a seller's catalogue."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from marketplaces.catalogue_import import (
    CatalogueFileError,
    ImportReport,
    ImportStoppedError,
    Note,
    import_catalogue,
)
from marketplaces.catalogue_import.importer import Progress as ProgressCall
from marketplaces.catalogue_import.report import NOTHING_IMPORTED, SOMETHING_REJECTED
from tasks import tenancy

NOTES_SHOWN = 20


class Command(BaseCommand):
    help = (
        "Import a product CSV in Shopify's form into the catalogue of one seller. Each variant is "
        "one product, found again by its SKU; nothing is deleted, and a second import of the same "
        "file changes nothing. Exit code: 0 all rows were imported, 1 some rows were rejected, "
        "2 nothing was imported."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the CSV file; photos may lie beside it")
        parser.add_argument("--schema", required=True, help="the seller's schema")
        parser.add_argument("--currency", default="EUR", help="of the prices (default: EUR)")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")

    def handle(self, *args: Any, **options: Any) -> None:
        with tenancy.inside(_tenant(options["schema"])), _progress_bar() as progress:
            report = _imported(options, progress)
        self._print(report)
        if report.exit_code == NOTHING_IMPORTED:
            raise CommandError("Nothing was imported.", returncode=NOTHING_IMPORTED)
        if report.exit_code == SOMETHING_REJECTED:
            raise CommandError(
                "Not everything was imported: correct the lines above and import again.",
                returncode=SOMETHING_REJECTED,
            )

    def _print(self, report: ImportReport) -> None:
        self._print_notes("Warnings", report.warnings)
        self._print_notes("Rejected", report.rejections)
        if report.dry_run:
            self._say("Dry run: nothing was written. An import would give:")
        self._say(_table(report, has_colour=self.stdout.isatty()))

    def _print_notes(self, title: str, notes: Sequence[Note]) -> None:
        if not notes:
            return
        self._say(f"{title}:")
        for note in notes[:NOTES_SHOWN]:
            self._say(f"  {note}")
        if len(notes) > NOTES_SHOWN:
            self._say(f"  … and {len(notes) - NOTES_SHOWN} more")

    def _say(self, text: str) -> None:
        """Signs that the terminal or pipe cannot show become question marks, not a traceback."""
        encoding = getattr(self.stdout, "encoding", None) or "utf-8"
        self.stdout.write(text.encode(encoding, "replace").decode(encoding))


def _tenant(schema: str) -> tenancy.TenantLike:
    try:
        return tenancy.tenant_named(schema)
    except tenancy.UnknownTenantError as error:
        names = ", ".join(tenant.schema_name for tenant in tenancy.every_tenant()[:10])
        raise CommandError(
            f"There is no seller with the schema “{schema}”; there are: {names or 'none yet'}.",
            returncode=NOTHING_IMPORTED,
        ) from error


def _imported(options: dict[str, Any], progress: ProgressCall | None) -> ImportReport:
    try:
        return import_catalogue(
            Path(options["file"]),
            currency=options["currency"],
            dry_run=options["dry_run"],
            progress=progress,
        )
    except (CatalogueFileError, ImportStoppedError) as error:
        raise CommandError(f"{error} {error.advice}", returncode=NOTHING_IMPORTED) from error
    except KeyboardInterrupt:
        raise CommandError(
            "Interrupted. What was imported stays; the same command goes on.",
            returncode=NOTHING_IMPORTED,
        ) from None


@contextmanager
def _progress_bar() -> Iterator[ProgressCall | None]:
    """A bar for a person at a terminal, silence for a pipe."""
    if not sys.stderr.isatty():
        yield None
        return
    columns = TextColumn("Importing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("products", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _table(report: ImportReport, *, has_colour: bool) -> str:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(justify="left")
    table.add_column(justify="right")
    rows = {
        "created": (report.created, "green"),
        "updated": (report.updated, "green"),
        "unchanged": (report.unchanged, "default"),
        "rejected": (len(report.rejections), "red"),
        "warnings": (len(report.warnings), "yellow"),
    }
    for name, (count, colour) in rows.items():
        table.add_row(f"{name}:", str(count), style=colour if count else "dim")
    console = Console(file=io.StringIO(), width=40, force_terminal=has_colour)
    with console.capture() as capture:
        console.print(table)
    return capture.get()
