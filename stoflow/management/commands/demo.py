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

from marketplaces.catalogue_import import CatalogueFileError, ImportReport, ImportStoppedError
from marketplaces.models import Product
from stoflow import embedded_database
from stoflow.demo import installation, services, stands
from stoflow.demo.mishaps import EbayMishaps, EtsyMishaps, VintedMishaps
from stoflow.demo.progress import Watch
from stoflow.demo.shops import KeptRunning, Shop
from stoflow.demo.verdict import Verdict
from stoflow.tenants.short_names import ShortNameError
from tasks import tenancy
from tasks.models import MarketplaceJob, TaskAttempt
from tasks.states import UNFINISHED_JOB, JobStatus, in_order
from tasks.wording import marketplace_name


class Command(BaseCommand):
    help = (
        "Publish a catalogue to a sandbox eBay, Etsy and Vinted, with things going wrong on the way. Exit code: 0 "
        "the promise was kept, 1 it was not, 2 nothing could be done."
    )

    plugin_url = ""
    kept_running: list[KeptRunning]

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
        try:
            tenant = installation.tenant()
        except ShortNameError as error:
            advice = "Run the demo on another database."
            raise CommandError(f"{error.message} {advice}", returncode=2) from None
        password = installation.staff_login()
        stack.enter_context(tenancy.inside(tenant))
        products = self._import(options["catalogue"])
        shops = self._open(stack)
        address = stack.enter_context(services.web([shop.stand for shop in shops], self.plugin_url))
        workers = stack.enter_context(services.workers([shop.stand for shop in shops]))
        self.kept_running.append(workers)
        login = f"{address}  login: {installation.USERNAME}  password: {password}"
        self.console.print(f"Staff log in at {login}", soft_wrap=True)
        self._publish(shops, products)
        verdict = self._judge(shops)
        if not options["exit"]:
            self.console.print(f"{verdict}", soft_wrap=True)
            self.console.print(f"Look around at {login}", soft_wrap=True)
            self.console.print("Ctrl-C stops everything.")
            threading.Event().wait()
        stack.close()
        self.console.print(f"{verdict}", soft_wrap=True)
        if not verdict.kept:
            raise CommandError("; ".join(verdict.faults), returncode=1)

    def _open(self, stack: ExitStack) -> list[Shop]:
        """The stand-ins, the plugin server and the seller's browser, connected to it."""
        ebay, etsy, vinted = (
            stack.enter_context(stand()) for stand in (stands.ebay, stands.etsy, stands.vinted)
        )
        plugins, self.plugin_url = stack.enter_context(services.plugin_server([vinted]))
        account = vinted.account()
        browser = stack.enter_context(services.browser(vinted, account, self.plugin_url))
        account.refresh_from_db()
        self.kept_running = [ebay, etsy, vinted, plugins, browser]
        return [
            Shop(ebay, ebay.account(), EbayMishaps(ebay.control)),
            Shop(etsy, etsy.account(), EtsyMishaps(etsy.control)),
            Shop(vinted, account, VintedMishaps(vinted.control, browser=browser)),
        ]

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

    def _publish(self, shops: list[Shop], products: list[Product]) -> None:
        self._prepare(shops, products)
        watch = Watch(self.console, _first_unfinished(), _last_attempt())
        for shop in shops:
            shop.publish()

        def at_each_look() -> None:
            for each in self.kept_running:
                each.keep_running()
            for shop in shops:
                shop.mishaps.look()

        if not watch.until_ended(at_each_look):
            raise CommandError("Nothing has moved for ten minutes: see var/demo/workers.log.")
        failed = MarketplaceJob.objects.filter(
            pk__gte=watch.first_job, status=JobStatus.FAILED.value
        )
        if failed:
            self.console.print(_failures(failed))

    def _prepare(self, shops: list[Shop], products: list[Product]) -> None:
        for shop in shops:
            shop.offer(products)
            for sentence in shop.mishaps.told:
                self.console.print(f"  Prepared: {sentence}", soft_wrap=True)

    def _judge(self, shops: list[Shop]) -> Verdict:
        """Of all shops together; each is told on a line of its own."""
        verdict = Verdict()
        for shop in shops:
            own = shop.verdict()
            verdict += own
            name = marketplace_name(shop.account.marketplace)
            self.console.print(f"{name}: {own}", soft_wrap=True)
        return verdict

    def _stop_database(self) -> None:
        if embedded_database.started_here():
            embedded_database.stop(Path(settings.VAR_DIR) / "postgres")


def _first_unfinished() -> int:
    """The jobs that this run watches: what an interrupted run left, and all that is newer."""
    statuses = in_order(UNFINISHED_JOB)
    asked = MarketplaceJob.objects.filter(batch__isnull=False)
    left = asked.filter(status__in=statuses).order_by("pk").first()
    if left is not None:
        return left.pk
    newest = MarketplaceJob.objects.order_by("-pk").first()
    return newest.pk + 1 if newest else 1


def _last_attempt() -> int:
    newest = TaskAttempt.objects.order_by("-pk").first()
    return newest.pk if newest else 0


def _failures(jobs: Iterable[MarketplaceJob]) -> Table:
    table = Table(
        "Product", "Where", "Why", "What to do", title="Not published", title_justify="left"
    )
    for job in jobs:
        where = marketplace_name(job.marketplace)
        table.add_row(job.product_name, where, job.error_message, job.error_advice)
    return table
