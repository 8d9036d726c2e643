"""A seller on the sandbox eBay with committed data: products, batches, and what became of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import OperationalError
from django.test import override_settings
from PIL import Image

from marketplaces import batches
from marketplaces.keys import own_key
from marketplaces.models import Account, Listing, Product, ProductImage
from marketplaces.sandbox.control import SandboxControl
from marketplaces.sandbox.process import SandboxProcess
from marketplaces.sandbox.reports import ListingReport, SellerReport
from stoflow.tenants.models import Tenant
from tasks import requests, tenancy
from tasks.dispatch import lanes
from tasks.dispatch.models import Lane
from tasks.models import BatchJob, MarketplaceJob, MarketplaceTask, TaskAttempt
from tasks.states import UNFINISHED_JOB, in_order
from tests.acceptance.conftest import Database
from tests.acceptance.processes import Workers, until

READ_LAG = 1.0
"""Seconds by which the sandbox's reads are behind; less than the settle time."""
DEADLINE = 4.0
SETTLE = 1.5

TIMES = {
    "EBAY_DEADLINE_SECONDS": str(DEADLINE),
    "EBAY_SETTLE_SECONDS": str(SETTLE),
    "SYNC_DEADLINE_SECONDS": str(2 * DEADLINE),
    "DISPATCH_LEASE_SECONDS": "4",
    "DISPATCH_STUCK_SECONDS": "6",
}

_pictures = count(1)


def picture() -> bytes:
    """A photo that is like no other."""
    number = next(_pictures)
    colour = (number % 256, number // 256 % 256, 77)
    file = BytesIO()
    Image.new("RGB", (500, 8), colour).save(file, "PNG")
    return file.getvalue()


@dataclass
class SandboxEbay:
    """The stand-in for eBay, and the settings that lead to it."""

    process: SandboxProcess
    control: SandboxControl
    environment: Mapping[str, str]


@contextmanager
def sandbox_ebay(folder: Path) -> Iterator[SandboxEbay]:
    """A sandbox on a state of its own; this process's settings lead to it too."""
    with SandboxProcess.start(folder / "ebay" / "state.sqlite3", read_lag=READ_LAG) as process:
        control = SandboxControl(process.control_url)
        seller = control.seller("somebody")
        urls = {
            "oauth_url": f"{process.api_url}/identity/v1/oauth2",
            "inventory_url": f"{process.api_url}/sell/inventory/v1",
            "account_url": f"{process.api_url}/sell/account/v1",
            "media_url": f"{process.api_url}/commerce/media/v1_beta",
            "fulfillment_url": f"{process.api_url}/sell/fulfillment/v1",
            "identity_url": f"{process.api_url}/commerce/identity/v1",
            "taxonomy_url": f"{process.api_url}/commerce/taxonomy/v1",
            "consent_url": f"{process.api_url}/oauth2/authorize",
            "redirect_name": "StoFlow-RuName",
            "client_id": seller["client_id"],
            "client_secret": seller["client_secret"],
        }
        environment = {f"EBAY_{name.upper()}": value for name, value in urls.items()}
        with override_settings(EBAY=settings.EBAY | urls):
            yield SandboxEbay(process, control, environment | TIMES)


@dataclass
class EbayShop:
    """One account of one tenant at the sandbox, and its lane."""

    tenant: Tenant
    account: Account
    seller: SellerReport
    control: SandboxControl
    made: list[Product] = field(default_factory=list)

    @classmethod
    def open(
        cls,
        control: SandboxControl,
        schema: str = "t1",
        *,
        seller: str = "anna",
        concurrency: int = 20,
    ) -> EbayShop:
        tenant = Tenant.objects.get(schema_name=schema)
        report = control.seller(seller)
        with tenancy.inside(tenant):
            account = Account.objects.create(
                marketplace="ebay",
                name=f"Shop of {seller}",
                refresh_token=report["refresh_token"],
                settings=_chosen(report),
                # Only what a test asks for runs.
                sync_every_minutes=None,
                orders_every_minutes=None,
            )
            lanes.ensure(account.pk, marketplace="ebay", name=account.name, concurrency=concurrency)
        return cls(tenant, account, report, control)

    def inside(self) -> AbstractContextManager[None]:
        return tenancy.inside(self.tenant)

    # -- the catalogue

    def product(self, *photos: str, **fields: Any) -> Product:
        """A product that is fit for eBay; `photos` are "file" or "link", in order."""
        with self.inside():
            number = Product.objects.count() + 1
            values = {"title": f"Shirt {number}", "price": "19.90", "stock": 3, **fields}
            product = Product.objects.create(sku=f"{self.account.pk}-{number}", **values)
            for position, source in enumerate(photos or ("file",), start=1):
                _add_photo(product, position, source)
        self.made.append(product)
        return product

    def change(self, product: Product, **fields: Any) -> None:
        with self.inside():
            Product.objects.filter(pk=product.pk).update(**fields)

    def sku(self, product: Product) -> str:
        return own_key(self.tenant.schema_name, product.pk)

    def photos(self, product: Product) -> list[str]:
        """The checksums of its photos, in order."""
        with self.inside():
            rows = ProductImage.objects.filter(product=product).order_by("position")
            return list(rows.values_list("checksum", flat=True))

    def remove_files(self) -> None:
        with self.inside():
            for image in ProductImage.objects.filter(product__in=self.made).exclude(file=""):
                image.file.delete(save=False)

    # -- asking for work

    def publish(self, *products: Product) -> int:
        """One batch; its id."""
        return self.ask("publish", *products)

    def ask(self, action: str, *products: Product) -> int:
        """One batch; its id."""
        with self.inside():
            requested = batches.start_batch(
                self.account, action, products, name=f"{action} {len(products)} products"
            )
        return requested.batch.pk

    def request(self, product: Product) -> int:
        """One job outside any batch; its id."""
        with self.inside():
            return requests.request_job(self.account, "publish", product).job_id

    def published(self, *products: Product, seconds: float = 90.0) -> None:
        """Publish and wait until all has ended."""
        self.publish(*products)
        self.wait_until_all_ended(seconds)

    # -- looking

    @property
    def lane(self) -> Lane:
        schema = self.tenant.schema_name
        return Lane.objects.get(schema_name=schema, account_id=self.account.pk)

    def jobs(self) -> list[MarketplaceJob]:
        with self.inside():
            return list(MarketplaceJob.objects.filter(account=self.account).order_by("pk"))

    def job(self, product: Product) -> MarketplaceJob:
        """The product's newest job."""
        return next(job for job in reversed(self.jobs()) if job.product_id == product.pk)

    def tasks(self, job: MarketplaceJob | None = None) -> list[MarketplaceTask]:
        with self.inside():
            rows = MarketplaceTask.objects.filter(job__account=self.account)
            rows = rows.filter(job=job) if job else rows
            return list(rows.select_related("job").order_by("job", "position"))

    def task(self, product: Product, step: str) -> MarketplaceTask:
        """The last task of this step in the product's newest job."""
        return [task for task in self.tasks(self.job(product)) if task.step == step][-1]

    def attempts(self) -> list[TaskAttempt]:
        with self.inside():
            rows = TaskAttempt.objects.filter(job__account=self.account)
            return list(rows.select_related("job", "task").order_by("pk"))

    def batches(self) -> list[BatchJob]:
        with self.inside():
            return list(BatchJob.objects.filter(jobs__account=self.account).distinct())

    def record(self, product: Product) -> Listing:
        with self.inside():
            return Listing.objects.get(account=self.account, product=product)

    def live(self, product: Product) -> list[ListingReport]:
        """Its listings at the sandbox that a buyer can buy from."""
        return [
            listing
            for listing in self.control.effects()["listings"]
            if listing["seller"] == self.seller["username"]
            and listing["sku"] == self.sku(product)
            and listing["status"] == "ACTIVE"
        ]

    # -- waiting

    def wait_until_all_ended(self, seconds: float = 90.0) -> None:
        try:
            until(lambda: not self.unended(), seconds, "all jobs ended")
        except AssertionError as late:
            raise AssertionError(f"{late} Left: {self.unended()}") from None
        until(lambda: self.lane.due_at is None, 30, "the lane is idle")

    def unended(self) -> list[str]:
        unfinished = in_order(UNFINISHED_JOB)
        return [
            f"{job.product_name}: {job.status} {job.wait_reason} {job.error_message[:80]}"
            for job in self.jobs()
            if job.status in unfinished
        ]

    def all_ended(self) -> bool:
        """As `unended`, for times when the database may be away."""
        try:
            return not self.unended()
        except OperationalError:
            return False


def _chosen(seller: SellerReport) -> dict[str, Any]:
    return {
        "marketplace_id": seller["marketplace_id"],
        "fulfillment_policy_id": seller["fulfillment_policy_id"],
        "payment_policy_id": seller["payment_policy_id"],
        "return_policy_id": seller["return_policy_id"],
        "merchant_location_key": seller["merchant_location_key"],
        "category_id": "15687",
        "condition": "NEW",
    }


def _add_photo(product: Product, position: int, source: str) -> None:
    content = picture()
    checksum = hashlib.sha256(content).hexdigest()
    if source == "file":
        photo = ProductImage(product=product, position=position, checksum=checksum)
        photo.file.save("photo.png", ContentFile(content))
        return
    url = f"https://photos.shop.example/{checksum}.png"
    ProductImage.objects.create(
        product=product,
        position=position,
        url=url,
        checksum=hashlib.sha256(url.encode()).hexdigest(),
    )


@dataclass
class Stage:
    """Everything that runs: a database, the sandbox, workers."""

    database: Database
    ebay: SandboxEbay
    workers: Workers
    shops: list[EbayShop] = field(default_factory=list)

    @property
    def control(self) -> SandboxControl:
        return self.ebay.control

    def shop(self, schema: str = "t1", *, seller: str = "", concurrency: int = 20) -> EbayShop:
        name = seller or f"seller{len(self.shops) + 1}"
        shop = EbayShop.open(self.control, schema, seller=name, concurrency=concurrency)
        self.shops.append(shop)
        return shop

    def remove_files(self) -> None:
        for shop in self.shops:
            shop.remove_files()


def leased_pid(job: MarketplaceJob) -> int:
    """The process that holds the job, as its lease names it; 0 when nobody does."""
    return int(job.leased_by.rpartition(":")[2] or 0)
