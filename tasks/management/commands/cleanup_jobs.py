"""manage.py cleanup_jobs"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from tasks import cleanup, tenancy
from tasks.cleanup import Cleaned
from tasks.management import arguments
from tasks.management.tables import Column, Row, render

BATCH_SIZE = 1000
COLUMNS = [
    Column("Tenant"),
    *(Column(name, right=True) for name in ("Jobs", "Tasks", "Attempts", "Batches", "Kept")),
    Column("Kept because"),
]


class Command(BaseCommand):
    help = (
        "Delete finished jobs with their tasks and attempts, and batches that have no job left. "
        "Statistics stay, and so does whatever decides how a later job behaves: unfinished jobs, "
        "jobs of a running batch, jobs of which it is unknown what they did at the marketplace. "
        "Catalogue files that were uploaded and never imported go after a day. "
        "With --all-tenants django-q2's old failures go too. May be interrupted, repeated, and "
        "run twice at once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        arguments.add_tenants(parser)
        parser.add_argument(
            "--older-than", required=True, metavar="AGE", help="ended so long ago, e.g. 90d"
        )
        parser.add_argument(
            "--batch-size", default=str(BATCH_SIZE), metavar="N", help="jobs per commit"
        )
        parser.add_argument("--dry-run", action="store_true", help="only count")

    def handle(self, *_: Any, **options: Any) -> None:
        tenants = arguments.tenants(options)
        before = timezone.now() - arguments.duration("--older-than", options["older_than"])
        size = arguments.at_least_one("--batch-size", options["batch_size"]) or BATCH_SIZE
        self.dry_run = bool(options["dry_run"])
        self.cleaned: dict[str, Cleaned] = {}
        self.leftovers: Counter[str] = Counter()
        self.failures = 0
        try:
            self._clean(tenants, before, size)
            if options["all_tenants"]:
                self._delete_failures(before, size)
        except KeyboardInterrupt:
            self._print()
            raise CommandError("Interrupted; what is counted above was done.") from None
        self._print()

    def _clean(self, tenants: list[tenancy.TenantLike], before: datetime, size: int) -> None:
        for tenant in tenants:
            total = self.cleaned.setdefault(tenant.schema_name, Cleaned())
            with tenancy.inside(tenant):
                for delete in (cleanup.delete_jobs, cleanup.delete_batches):
                    for cleaned in delete(before, batch_size=size, dry_run=self.dry_run):
                        total.add(cleaned)
                self.leftovers.update(dict(cleanup.delete_leftovers(dry_run=self.dry_run)))

    def _delete_failures(self, before: datetime, size: int) -> None:
        deleted = cleanup.delete_wake_up_failures(before, batch_size=size, dry_run=self.dry_run)
        for number in deleted:
            self.failures += number

    def _print(self) -> None:
        rows = [_row(schema, cleaned) for schema, cleaned in self.cleaned.items()]
        if self.dry_run:
            self.stdout.write(
                "Dry run: nothing was deleted. These would be, and batches that lose their last job:"
            )
        self.stdout.write(render(COLUMNS, rows, terminal=self.stdout.isatty()), ending="")
        for what, number in self.leftovers.items():
            if number:
                self.stdout.write(f"{what}: {number}")
        if self.failures:
            self.stdout.write(f"Failed wake-ups of the workers (django-q2): {self.failures}")


def _row(schema: str, cleaned: Cleaned) -> Row:
    counts = [cleaned.jobs, cleaned.tasks, cleaned.attempts, cleaned.batches]
    reasons = [f"{reason}: {number}" for reason, number in sorted(cleaned.kept.items())]
    return Row([schema, *counts, sum(cleaned.kept.values()), "; ".join(reasons)])
