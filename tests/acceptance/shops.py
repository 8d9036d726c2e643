"""A seller's shop with committed data, at whichever marketplace: products, jobs, what became of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from itertools import count
from typing import Any, Generic, TypeVar

from django.core.files.base import ContentFile
from django.db import OperationalError, connection, transaction
from django.db.models import Min, Q
from django.utils import timezone
from PIL import Image

from marketplaces import batches
from marketplaces.keys import own_key
from marketplaces.models import Account, Listing, Product, ProductImage
from marketplaces.sandbox.control import SandboxControl
from marketplaces.sandbox.process import SandboxProcess
from marketplaces.sandbox.reports import ListingReport
from stoflow.tenants.models import Tenant
from tasks import requests, tenancy
from tasks.dispatch.models import Lane, RateLimit
from tasks.models import BatchJob, MarketplaceJob, MarketplaceTask, TaskAttempt
from tasks.states import UNFINISHED_JOB, in_order
from tests.acceptance.processes import until

READ_LAG = 1.0
"""Seconds by which the sandbox's reads are behind; less than the settle time."""
DEADLINE = 4.0
SETTLE = 1.5
LEFT_SECONDS = 2.0
"""What a test leaves of the lease of a worker that it has killed: no less than the settle time."""

_pictures = count(1)


def picture() -> bytes:
    """A photo that is like no other."""
    number = next(_pictures)
    colour = (number % 256, number // 256 % 256, 77)
    file = BytesIO()
    Image.new("RGB", (500, 60), colour).save(file, "PNG")
    return file.getvalue()


Control = TypeVar("Control", bound=SandboxControl)


@dataclass
class RunningSandbox(Generic[Control]):
    """The stand-in for a marketplace, and the settings that lead to it."""

    process: SandboxProcess
    control: Control
    environment: Mapping[str, str]


@dataclass
class SellersShop:
    """One account of one tenant at a sandbox, and its lane."""

    tenant: Tenant
    account: Account
    username: str
    control: SandboxControl
    made: list[Product] = field(default_factory=list, kw_only=True)

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

    def add_photo(self, product: Product) -> None:
        """One more, behind the others."""
        with self.inside():
            _add_photo(product, product.images.count() + 1, "file")

    def remove_photo(self, product: Product) -> None:
        """The last one."""
        with self.inside():
            photo = product.images.order_by("position").last()
            assert photo
            photo.file.delete(save=False)
            photo.delete()

    def names_of(self, product: Product) -> set[str]:
        """By which the sandbox calls this product and its photos."""
        return {self.sku(product), *self.photos(product)}

    def shown(self, product: Product) -> tuple[str, str, int]:
        """Title, price and quantity that buyers are to see."""
        with self.inside():
            wanted = Product.objects.get(pk=product.pk)
        assert wanted.stock is not None
        return wanted.title, f"{wanted.price:.2f}", wanted.stock

    def match_of(self, product: Product, call: str) -> str:
        """What only this product's call has in it; of uploads, that of its last photo."""
        return self.sku(product)

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
        with self.inside():
            return MarketplaceJob.objects.filter(account=self.account, product=product).latest("pk")

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
            if listing["seller"] == self.username
            and listing["sku"] == self.sku(product)
            and listing["status"] == "ACTIVE"
        ]

    # -- after a kill

    def let_lease_end(self, pid: int) -> bool:
        """Of a worker that is dead or frozen, where leases are too long to be waited for.

        False: somebody has the lane locked, who may wait for the test.
        """
        with self.inside(), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_DUE, [LEFT_SECONDS, self.lane.pk])
            if not cursor.rowcount:
                return False
            cursor.execute(_SHORTEN, [LEFT_SECONDS, f"%:{pid}"])
            return True

    # -- waiting

    def wait_until_all_ended(self, seconds: float = 90.0) -> None:
        try:
            until(lambda: not self.unended(), seconds, "all jobs ended")
        except AssertionError as late:
            raise AssertionError(f"{late} Left: {self.unended()}") from None
        until(self.is_idle, 30, "the lane is idle")

    def is_idle(self) -> bool:
        """The lane waits for nothing but the next runs of the account's sweeps.

        While a worker has a job, the lane is due when its lease ends: the job ends before that is
        taken back.
        """
        due = self.lane.due_at
        if due is None:
            return True
        with self.inside():
            waiting = MarketplaceJob.objects.filter(account=self.account)
            waiting = waiting.filter(status__in=in_order(UNFINISHED_JOB))
            following = waiting.aggregate(first=Min("run_after"))["first"]
        return following is not None and due >= following > timezone.now()

    def let_limits_pass(self) -> None:
        """What waits for a marketplace's limit need not wait any longer."""
        now = datetime.now(UTC)
        RateLimit.objects.update(blocked_until=None)
        with self.inside():
            waiting = MarketplaceJob.objects.filter(account=self.account, wait_reason="LIMIT")
            waiting.update(run_after=now)
        limited = Lane.objects.filter(pk=self.lane.pk, blocked_until__isnull=False)
        limited.update(blocked_until=None, due_at=now)

    def unended(self) -> list[str]:
        """All but the next runs of an account's sweeps, which wait for their time."""
        begun = Q(product__isnull=False) | Q(started_at__isnull=False)
        with self.inside():
            jobs = MarketplaceJob.objects.filter(account=self.account).order_by("pk")
            jobs = jobs.filter(begun | Q(run_after__lte=timezone.now()))
            return [
                f"{job.product_name}: {job.status} {job.wait_reason} {job.error_message[:80]}"
                for job in jobs.filter(status__in=in_order(UNFINISHED_JOB))
            ]

    def all_ended(self) -> bool:
        """As `unended`, for times when the database may be away."""
        try:
            return not self.unended()
        except OperationalError:
            return False


_SHORTEN = """
UPDATE marketplace_jobs
SET leased_until = LEAST(leased_until, clock_timestamp() + %s * interval '1 second')
WHERE leased_by LIKE %s
"""
_DUE = """
UPDATE public.lanes
SET due_at = LEAST(due_at, clock_timestamp() + %s * interval '1 second')
WHERE id = (SELECT id FROM public.lanes WHERE id = %s FOR UPDATE SKIP LOCKED)
"""


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


def leased_pid(job: MarketplaceJob) -> int:
    """The process that holds the job, as its lease names it; 0 when nobody does."""
    return int(job.leased_by.rpartition(":")[2] or 0)
