"""manage.py demo"""

from __future__ import annotations

import signal
import threading
from argparse import ArgumentParser
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import fasteners
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table

from marketplaces.batches import start_batch
from marketplaces.catalogue_import import CatalogueFileError, ImportReport, ImportStoppedError
from marketplaces.models import Account, Product
from stoflow import embedded_database
from stoflow.demo import installation, services
from stoflow.demo.mishaps import Mishaps
from stoflow.demo.progress import Watch
from stoflow.demo.verdict import counted, judge, last_request
from tasks import tenancy
from tasks.models import MarketplaceJob, TaskAttempt
from tasks.states import UNFINISHED_JOB, JobStatus, in_order


class Command(BaseCommand):
    help = (
        "Publish a catalogue to a sandbox eBay, with things going wrong on the way. Exit code: 0 "
        "the promise was kept, 1 it was not, 2 nothing could be done."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--catalogue", type=Path, help="a product CSV of your own")
        parser.add_argument("--exit", action="store_true", help="stop once the batch has ended")

    def handle(self, *_: Any, **options: Any) -> None:
        self.console = Console(highlight=False)
        for ending in (signal.SIGINT, signal.SIGTERM):
            signal.signal(ending, signal.default_int_handler)
        lock = fasteners.InterProcessLock(Path(settings.VAR_DIR) / "demo.lock")
        if not lock.acquire(blocking=False):
            raise CommandError("The demo is running already in this folder.", returncode=2)
        try:
            with ExitStack() as stack:
                stack.callback(self._stop_database)
                self._run(stack, options)
        except KeyboardInterrupt:
            self.console.print("\nEverything that the demo started has been stopped.")
            if options["exit"]:
                raise CommandError("Interrupted.", returncode=130) from None

    def _run(self, stack: ExitStack, options: dict[str, Any]) -> None:
        self.console.print("Preparing the database …")
        installation.migrate()
        tenant = installation.tenant()
        password = installation.staff_login()
        stack.enter_context(tenancy.inside(tenant))
        products = self._import(options["catalogue"])
        ebay = stack.enter_context(services.sandbox())
        settings.EBAY.update(ebay.settings)
        account = installation.account(ebay.seller)
        mishaps = Mishaps(ebay.control)
        mishaps.prepare(account, products)
        address = stack.enter_context(services.web(ebay))
        workers = stack.enter_context(services.workers(ebay))
        login = f"{address}  login: {installation.USERNAME}  password: {password}"
        self.console.print(f"Staff log in at {login}", soft_wrap=True)
        before = last_request(ebay.control)
        self._publish(account, products, mishaps, ebay, workers)
        found = counted(ebay.control, ebay.seller["username"], since=before)
        verdict = judge(found, products, account)
        if not options["exit"]:
            self.console.print(f"{verdict}", soft_wrap=True)
            self.console.print(f"Look around at {login}", soft_wrap=True)
            self.console.print("Ctrl-C stops everything.")
            threading.Event().wait()
        stack.close()
        self.console.print(f"{verdict}", soft_wrap=True)
        if not verdict.kept:
            raise CommandError("; ".join(verdict.faults), returncode=1)

    def _import(self, catalogue: Path | None) -> list[Product]:
        """The products of the file; others that the demo's seller has are left in peace."""
        try:
            report = installation.catalogue(catalogue)
        except (CatalogueFileError, ImportStoppedError) as error:
            raise CommandError(f"{error.message} {error.advice}", returncode=2) from None
        self._tell(report)
        if not report.product_ids:
            raise CommandError("The catalogue has no product.", returncode=2)
        products = Product.objects.filter(pk__in=report.product_ids).order_by("pk")
        return list(products.prefetch_related("images"))

    def _tell(self, report: ImportReport) -> None:
        self.console.print(
            f"Catalogue: {report.created} products created, {report.updated} updated, "
            f"{report.unchanged} unchanged, {len(report.rejections)} rows rejected."
        )
        for note in report.rejections[:10]:
            self.console.print(f"  {note}", soft_wrap=True)

    def _publish(
        self,
        account: Account,
        products: list[Product],
        mishaps: Mishaps,
        ebay: services.SandboxEbay,
        workers: services.Service,
    ) -> None:
        for sentence in mishaps.told:
            self.console.print(f"  Prepared: {sentence}", soft_wrap=True)
        watch = Watch(self.console, _first_unfinished(), _last_attempt())
        start_batch(
            account,
            "publish",
            products,
            requested_by=installation.USERNAME,
        )

        def at_each_look() -> None:
            workers.keep_running()
            ebay.keep_running()
            mishaps.look()

        if not watch.until_ended(at_each_look):
            raise CommandError("Nothing has moved for ten minutes: see var/demo/workers.log.")
        failed = MarketplaceJob.objects.filter(
            pk__gte=watch.first_job, status=JobStatus.FAILED.value
        )
        if failed:
            self.console.print(_failures(failed))

    def _stop_database(self) -> None:
        if embedded_database.started_here():
            embedded_database.stop(Path(settings.VAR_DIR) / "postgres")


def _first_unfinished() -> int:
    """The jobs that this run watches: what an interrupted run left, and all that is newer."""
    statuses = in_order(UNFINISHED_JOB)
    left = MarketplaceJob.objects.filter(status__in=statuses).order_by("pk").first()
    if left is not None:
        return left.pk
    newest = MarketplaceJob.objects.order_by("-pk").first()
    return newest.pk + 1 if newest else 1


def _last_attempt() -> int:
    newest = TaskAttempt.objects.order_by("-pk").first()
    return newest.pk if newest else 0


def _failures(jobs: Iterable[MarketplaceJob]) -> Table:
    table = Table("Product", "Why", "What to do", title="Not published", title_justify="left")
    for job in jobs:
        table.add_row(job.product_name, job.error_message, job.error_advice)
    return table
