"""One seller on eBay and on Etsy at once, with workers: products on sale on both, and buyers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal

from django.conf import settings
from django.core.files.base import ContentFile
from django.test import override_settings
from django.utils import timezone

from marketplaces.models import Account, Listing, Order, Product, ProductImage, Sale
from marketplaces.sandbox.control import SandboxControl
from marketplaces.sandbox.etsy.control import EtsyControl
from marketplaces.sandbox.etsy.reports import EtsySellerReport
from marketplaces.sandbox.process import SandboxProcess
from marketplaces.sandbox.reports import ListingReport
from stoflow.tenants.models import Tenant
from tasks import requests, tenancy
from tasks.dispatch import lanes
from tasks.dispatch.models import Lane
from tasks.models import MarketplaceJob, Priority, TaskAttempt
from tasks.states import UNFINISHED_JOB, in_order
from tests.acceptance.conftest import Database
from tests.acceptance.ebay.shop import EbayShop, sandbox_ebay
from tests.acceptance.processes import Workers, until
from tests.marketplaces.ebay.builders import jpeg

Place = Literal["ebay", "etsy"]
PLACES: tuple[Place, Place] = ("ebay", "etsy")
SELLER = "nora"
TIMES = {
    "EBAY_SETTLE_SECONDS": "0",
    "ETSY_SETTLE_SECONDS": "0",
    # Nobody is killed: a call that is held lasts until all else was done that is to come before it.
    "ETSY_DEADLINE_SECONDS": "45",
    "EBAY_DEADLINE_SECONDS": "45",
    # The look through a whole shop at Etsy may take as long as four calls.
    "DISPATCH_LONGEST_STEP_SECONDS": "180",
    "ETSY_CALLS_PER_SECOND": "1000",
    "ETSY_CALLS_PER_DAY": "1000000",
}
SECONDS = 90.0
"""Within which anything here has happened, on a busy machine too."""


def other(place: Place) -> Place:
    return "etsy" if place == "ebay" else "ebay"


@dataclass
class Market:
    """Each test takes products of its own, so that all of them can share one."""

    tenant: Tenant
    accounts: Mapping[str, Account]
    ebay: SandboxControl
    etsy: EtsyControl
    workers: Workers
    made: list[Product] = field(default_factory=list)

    # -- the catalogue

    def product(self, stock: int) -> Product:
        """Known here, and on sale nowhere yet."""
        with tenancy.inside(self.tenant):
            number = Product.objects.count() + 1
            product = Product.objects.create(
                sku=f"M-{number}",
                title=f"Linen shirt no {number}",
                description="<p>Soft.</p>",
                price="19.90",
                stock=stock,
                currency="EUR",
            )
            content, checksum = jpeg(500, 500)
            photo = ProductImage(product=product, position=1, checksum=checksum)
            photo.file.save("shirt.jpg", ContentFile(content))
        self.made.append(product)
        return product

    def edit(self, product: Product, **fields: Any) -> None:
        with tenancy.inside(self.tenant):
            Product.objects.filter(pk=product.pk).update(**fields)

    def on_both(self, stock: int) -> Product:
        """On sale on both marketplaces."""
        product = self.product(stock)
        for place in PLACES:
            self.ask(place, "publish", product)
        self.wait(product)
        assert self.on_sale(product) == {"ebay": stock, "etsy": stock}
        return product

    # -- work

    def ask(self, place: Place, action: str, product: Product | None = None) -> int:
        with tenancy.inside(self.tenant):
            account = self.accounts[place]
            return requests.request_job(account, action, product, priority=Priority.HIGH).job_id

    def fetch(self, *places: Place, actions: tuple[str, ...] = ("orders",)) -> None:
        """Run the accounts' own jobs, as their intervals would: each account at the same time."""
        for action in actions:
            for job_id in [self.ask(place, action) for place in places]:
                job = until(partial(self._ended, job_id), SECONDS, f"{action} has ended")
                assert job is not None
                assert job.status == "COMPLETED", job.error_message

    def wait(self, product: Product) -> None:
        """Until all that was asked for the product has ended."""
        until(lambda: not self.unfinished(product), SECONDS, "all jobs ended")

    def hurry(self, product: Product) -> None:
        """What waits after a failure, or for the end of an outage, need not wait any longer."""
        now = timezone.now()
        with tenancy.inside(self.tenant):
            MarketplaceJob.objects.filter(product=product, leased_by="").update(run_after=now)
        lanes_of = Lane.objects.filter(schema_name=self.tenant.schema_name)
        lanes_of.update(blocked_until=None, due_at=now)

    def tries(self, job: MarketplaceJob) -> int:
        with tenancy.inside(self.tenant):
            return TaskAttempt.objects.filter(job=job).count()

    def unfinished(self, product: Product) -> list[MarketplaceJob]:
        return [job for job in self.jobs(product) if job.status in in_order(UNFINISHED_JOB)]

    def jobs(self, product: Product, place: Place | None = None) -> list[MarketplaceJob]:
        with tenancy.inside(self.tenant):
            jobs = MarketplaceJob.objects.filter(product=product).order_by("pk")
            return list(jobs.filter(account=self.accounts[place]) if place else jobs)

    def followed_by(self, product: Product, place: Place) -> list[tuple[str, int]]:
        """Action and priority of the jobs after the first publication."""
        return [(job.action, job.priority) for job in self.jobs(product, place)[1:]]

    # -- buyers

    def buy(self, product: Product, place: Place, quantity: int = 1) -> str:
        """The number of the order."""
        number = self.listing(product, place)["listing_id"]
        if place == "ebay":
            return str(self.ebay.buy(SELLER, listing_id=number, quantity=quantity)["order_id"])
        return str(self.etsy.sell(SELLER, number, quantity)["receipt_id"])

    def cancel(self, place: Place, order: str) -> None:
        if place == "ebay":
            self.ebay.cancel_order(SELLER, order)
        else:
            self.etsy.change_order(int(order), "cancel")

    # -- looking

    def control(self, place: Place) -> SandboxControl | EtsyControl:
        return self.ebay if place == "ebay" else self.etsy

    def listing(self, product: Product, place: Place) -> ListingReport:
        """The product's only listing there, in whatever state."""
        (found,) = [
            each
            for each in self.control(place).effects()["listings"]
            if each["title"] == product.title
        ]
        return found

    def on_sale(self, product: Product) -> dict[str, int]:
        """How many pieces buyers can take, where they can."""
        shown = {place: self.listing(product, place) for place in PLACES}
        return {
            place: each["quantity"] for place, each in shown.items() if each["status"] == "ACTIVE"
        }

    def stock(self, product: Product) -> int | None:
        with tenancy.inside(self.tenant):
            return Product.objects.get(pk=product.pk).stock

    def status(self, product: Product, place: Place) -> str:
        with tenancy.inside(self.tenant):
            return Listing.objects.get(product=product, account=self.accounts[place]).status

    def sales(self, product: Product) -> list[tuple[str, int, int]]:
        """Marketplace, pieces, and those of them that were not there."""
        with tenancy.inside(self.tenant):
            rows = Sale.objects.filter(product=product).order_by("pk")
            return list(rows.values_list("account__marketplace", "quantity", "oversold"))

    def order(self, number: str) -> Order:
        with tenancy.inside(self.tenant):
            return Order.objects.get(external_id=number)

    def assert_nothing_follows(self, product: Product) -> None:
        """All sweeps of both accounts: no sale, no job and so no loop."""
        before = (self.sales(product), self.jobs(product), self.stock(product))
        self.fetch(*PLACES, actions=("sync", "orders"))
        assert (self.sales(product), self.jobs(product), self.stock(product)) == before
        assert self.ebay.effects()["violations"] == []
        assert self.etsy.effects()["violations"] == []

    def _ended(self, job_id: int) -> MarketplaceJob | None:
        with tenancy.inside(self.tenant):
            return MarketplaceJob.objects.filter(pk=job_id, completed_at__isnull=False).first()


@contextmanager
def opened(database: Database, folder: Path, workers: Workers) -> Iterator[Market]:
    """Both sandboxes, and a seller who is connected to both; no worker is running yet."""
    with ExitStack() as stack:
        ebay = stack.enter_context(sandbox_ebay(folder))
        process = stack.enter_context(
            SandboxProcess.start(folder / "etsy" / "state.sqlite3", marketplace="etsy")
        )
        ebay.control.settings(read_lag=0)
        etsy = EtsyControl(process.control_url)
        report = etsy.shop(SELLER, currency="EUR")
        urls = {
            "oauth_url": f"{process.api_url}/v3/public/oauth",
            "api_url": process.api_url,
            "keystring": report["client_id"],
            "shared_secret": report["client_secret"],
        }
        database.environment.update(ebay.environment)
        database.environment.update({f"ETSY_{name.upper()}": url for name, url in urls.items()})
        database.environment.update(TIMES)
        stack.enter_context(override_settings(ETSY=settings.ETSY | urls))
        shop = EbayShop.open(ebay.control, seller=SELLER)
        accounts = {"ebay": shop.account, "etsy": _connect(shop.tenant, report)}
        market = Market(shop.tenant, accounts, ebay.control, etsy, workers)
        try:
            yield market
        finally:
            workers.kill_all()
            _remove_files(market)


def _connect(tenant: Tenant, seller: EtsySellerReport) -> Account:
    chosen: dict[str, Any] = {
        "shop_id": seller["shop_id"],
        "shipping_profile_id": seller["shipping_profile_id"],
        "readiness_state_id": seller["readiness_state_id"],
        "return_policy_id": seller["return_policy_id"],
        "taxonomy_id": 482,
    }
    with tenancy.inside(tenant):
        account = Account.objects.create(
            marketplace="etsy",
            name="Nora's shop",
            refresh_token=seller["refresh_token"],
            settings={
                "currency": seller["currency"],
                **{name: str(number) for name, number in chosen.items() if number},
            },
            # Only what a test asks for runs.
            sync_every_minutes=None,
            orders_every_minutes=None,
        )
        lanes.ensure(account.pk, marketplace="etsy", name=account.name, concurrency=20)
    return account


def _remove_files(market: Market) -> None:
    with tenancy.inside(market.tenant):
        for image in ProductImage.objects.filter(product__in=market.made):
            image.file.delete(save=False)
