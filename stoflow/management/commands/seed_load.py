"""manage.py seed_load"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterable
from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from stoflow.load.cloning import Template
from stoflow.load.size import Size
from stoflow.load.staff import employ
from stoflow.load.tenant import fill
from stoflow.tenants.models import SCHEMA_NAME, Tenant
from stoflow.tenants.short_names import ShortNameError
from tasks import tenancy
from tasks.models import MarketplaceJob

AT_ONCE = 20
"""Tenants whose schemas are made in one transaction."""


class Command(BaseCommand):
    help = (
        "Fill the database with made-up work, to try the staff's pages at full size: one seller "
        "with a million tasks, and many small ones. For a database of its own; run no workers on it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--schema", default="load", help="of the large seller (default: load)")
        parser.add_argument("--tasks", type=int, default=1_000_000, help="of the large seller")
        parser.add_argument("--tenants", type=int, default=1_000, help="small sellers beside it")
        parser.add_argument("--tasks-each", type=int, default=100, help="of each small seller")
        parser.add_argument(
            "--beside-real-sellers",
            action="store_true",
            help="go on although the database has sellers that this command did not make",
        )

    def handle(self, *_: Any, **options: Any) -> None:
        tenancy.leave()
        schema = options["schema"]
        # Room for “_0001” behind it.
        if not SCHEMA_NAME.regex.match(schema) or len(schema) > 32:  # type: ignore[union-attr]
            raise CommandError("--schema: at most 32 lower-case letters, digits and underscores.")
        self._refuse_real_sellers(schema, allowed=options["beside_real_sellers"])
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        try:
            with Progress(*columns, console=Console(file=self.stdout)) as progress:  # type: ignore[arg-type]
                large = _large(schema)
                self._fill(progress, [large], Size(options["tasks"]), "Tasks of the large seller")
                small = self._small_sellers(progress, large, options["tenants"])
                self._fill(progress, small, Size(options["tasks_each"]), "Tasks of small sellers")
        except ShortNameError as error:
            raise CommandError(str(error)) from error
        employ(schema, [large, *small])

    def _refuse_real_sellers(self, schema: str, *, allowed: bool) -> None:
        others = Tenant.objects.exclude(schema_name__in=["public", schema]).exclude(
            schema_name__startswith=f"{schema}_"
        )
        if others.exists() and not allowed:
            raise CommandError(
                "This database has sellers that this command did not make. Use another database, "
                "or say --beside-real-sellers."
            )

    def _small_sellers(self, progress: Progress, large: Tenant, count: int) -> list[Tenant]:
        """Copies of the large one's schema: the migrations take seconds for each."""
        names = [f"{large.schema_name}_{number:04}" for number in range(1, count + 1)]
        known = set(Tenant.objects.values_list("schema_name", flat=True))
        bar = progress.add_task("Small sellers", total=count)
        missing = [name for name in names if name not in known]
        progress.advance(bar, count - len(missing))
        if missing:
            template = Template(large)
            rest = iter(missing)
            while some := list(islice(rest, AT_ONCE)):
                template.make([Tenant(schema_name=name, name=_title(name)) for name in some])
                progress.advance(bar, len(some))
        return list(Tenant.objects.filter(schema_name__in=names).order_by("schema_name"))

    def _fill(self, progress: Progress, tenants: Iterable[Tenant], size: Size, what: str) -> None:
        tenants = list(tenants)
        bar = progress.add_task(what, total=len(tenants) * size.started * 10)
        for tenant in tenants:
            # A tenant is filled as a whole or not at all, so an interrupted run can be repeated.
            with tenancy.inside(tenant), transaction.atomic():
                if MarketplaceJob.objects.exists():
                    continue
                for made in fill(size):
                    progress.advance(bar, made)


def _large(schema: str) -> Tenant:
    known: Tenant | None = Tenant.objects.filter(schema_name=schema).first()
    if known is not None:
        return known
    tenant = Tenant(schema_name=schema, name="Load: a million tasks")
    tenant.save(verbosity=0)
    return tenant


def _title(schema: str) -> str:
    return f"Seller {schema.rpartition('_')[2]}"
