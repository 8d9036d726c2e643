"""A seller of the toy market with committed data, and what must be true when all work has ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import OperationalError
from django.utils import timezone

from marketplaces.models import Account, Product
from stoflow.tenants.models import Tenant
from tasks import requests, tenancy
from tasks.dispatch import claims, lanes, turns
from tasks.dispatch.models import Lane
from tasks.dispatch.turns import Turn
from tasks.models import (
    BatchJob,
    MarketplaceJob,
    MarketplaceJobStats,
    MarketplaceTask,
    StaffAction,
    TaskAttempt,
)
from tasks.orchestrator import TaskOrchestrator
from tests.acceptance.processes import Workers, until
from tests.toymarket.world import World

ENDED = ("COMPLETED", "FAILED", "CANCELLED", "EXPIRED")
Script = Mapping[str, Sequence[str]]


@dataclass
class Shop:
    """One account of one tenant, its outside world, and its lane."""

    tenant: Tenant
    world: World
    account: Account
    photos: int = 2
    made: list[Product] = field(default_factory=list)

    @classmethod
    def open(
        cls, folder: Path, schema: str = "t1", *, name: str = "Toys", concurrency: int = 1
    ) -> Shop:
        tenant = Tenant.objects.get(schema_name=schema)
        with tenancy.inside(tenant):
            account = Account.objects.create(
                marketplace="toy", name=name, sync_every_minutes=None, orders_every_minutes=None
            )
            lanes.ensure(account.pk, marketplace="toy", name=name, concurrency=concurrency)
        return cls(tenant, World(folder / f"world-{schema}-{name}"), account)

    def inside(self) -> AbstractContextManager[None]:
        """In the tenant's schema; inside of itself it changes nothing."""
        if tenancy.current_schema() == self.tenant.schema_name:
            return nullcontext()
        return tenancy.inside(self.tenant)

    # -- asking for work

    def products(self, count: int) -> list[Product]:
        first = len(self.made)
        with self.inside():
            made = Product.objects.bulk_create(
                Product(sku=f"{self.account.pk}-{first + n}", title=f"Toy {first + n}", stock=1)
                for n in range(count)
            )
        self.made += made
        return made

    def payload(self, **more: Any) -> dict[str, Any]:
        return {"world": str(self.world.path), "photos": self.photos, **more}

    def request(self, action: str = "publish", product: Product | None = None, **more: Any) -> int:
        """One job; `more` goes into its payload. Returns the job's id."""
        product = product or self.products(1)[0]
        with self.inside():
            requested = requests.request_job(
                self.account,
                action,
                product,
                payload=self.payload(**more),
            )
        return requested.job_id

    def batch(
        self,
        products: Sequence[Product],
        action: str = "publish",
        scripts: Mapping[int, Script] | None = None,
        **more: Any,
    ) -> int:
        """One batch; `scripts` by product id. Returns the batch's id."""
        written = {str(product): script for product, script in (scripts or {}).items()}
        payload = self.payload(scripts=written, **more)
        with self.inside():
            requested = requests.start_batch(
                self.account, action, products, name="All of them", payload=payload
            )
        return requested.batch.pk

    def request_later(self) -> int:
        """One job that is due in an hour."""
        [product] = self.products(1)
        with self.inside():
            return requests.request_job(
                self.account,
                "publish",
                product,
                payload=self.payload(),
                run_after=timezone.now() + timedelta(hours=1),
            ).job_id

    def hasten(self) -> None:
        """From now on nothing is waited for between two effects; no worker may be running."""
        for job in self.jobs():
            job.payload["pace"] = 0
            with self.inside():
                job.save(update_fields=["payload"])

    # -- looking

    @property
    def lane(self) -> Lane:
        return Lane.objects.get(schema_name=self.tenant.schema_name, account_id=self.account.pk)

    @property
    def turn(self) -> Turn:
        return Turn(self.lane.pk, self.tenant.schema_name, self.account.pk)

    def jobs(self) -> list[MarketplaceJob]:
        with self.inside():
            return list(MarketplaceJob.objects.filter(account=self.account).order_by("pk"))

    def job(self, job_id: int) -> MarketplaceJob:
        with self.inside():
            return MarketplaceJob.objects.get(pk=job_id)

    def staff_action(self, action_id: int) -> StaffAction:
        with self.inside():
            return StaffAction.objects.get(pk=action_id)

    def unfinished(self) -> int:
        with self.inside():
            return MarketplaceJob.objects.exclude(status__in=ENDED).count()

    def tasks(self, job_id: int | None = None) -> list[MarketplaceTask]:
        with self.inside():
            tasks = MarketplaceTask.objects.order_by("job", "position")
            return list(tasks.filter(job_id=job_id) if job_id else tasks)

    def attempts(self) -> list[TaskAttempt]:
        with self.inside():
            return list(TaskAttempt.objects.order_by("pk"))

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of this tenant's work, its lanes included, to compare with later."""
        models = (BatchJob, MarketplaceJob, MarketplaceTask, TaskAttempt, MarketplaceJobStats)
        with self.inside():
            rows: dict[str, list[tuple[Any, ...]]] = {
                model._meta.db_table: list(model._default_manager.order_by("pk").values_list())
                for model in models
            }
        own = Lane.objects.filter(schema_name=self.tenant.schema_name).order_by("pk")
        return rows | {"lanes": list(own.values_list())}

    # -- working by hand

    def claim(self, lease_seconds: float = 30.0) -> MarketplaceJob | None:
        return claims.claim(self.turn, lease_seconds=lease_seconds)

    def work(self) -> bool:
        """Play the worker for one job; False when none is due."""
        with self.inside():
            job = self.claim()
            if job is None:
                return False
            TaskOrchestrator().execute_job_with_tasks(job)
            return True

    def settle(self) -> None:
        with self.inside():
            turns.settle(self.turn)

    # -- waiting

    def wait_until_all_ended(self, seconds: float = 60.0) -> None:
        """Until every job of this tenant has ended and its lanes are idle."""
        until(lambda: not self.unfinished(), seconds, f"all jobs ended; {self.unended()}")
        until(self.is_idle, 20, "the lanes are idle")

    def unended(self) -> str:
        try:
            left = [f"{job.pk} {job.status} {job.wait_reason}" for job in self.jobs()]
        except OperationalError:
            return "the database is away"
        return ", ".join(each for each in left if each.split()[1] not in ENDED)

    def is_idle(self) -> bool:
        own = Lane.objects.filter(schema_name=self.tenant.schema_name)
        return not own.filter(due_at__isnull=False).exists()

    def working_or_done(self) -> bool:
        """Whether some effect has been seen already."""
        return self.has_effects(1)

    def has_effects(self, count: int) -> bool:
        return len(self.world.effects()) >= count


# -- what must be true at the end


def assert_published_exactly_once(shop: Shop, batch_id: int) -> None:
    """Every product of a published batch: completed, all effects there, none twice, none late."""
    assert_completed(shop, batch_id)
    assert_effects(shop, [job.product_id for job in shop.jobs() if job.product_id])
    assert_nothing_held(shop)
    assert_failures_have_causes(shop)
    assert_no_completed_task_ran_again(shop)


def assert_completed(shop: Shop, batch_id: int) -> None:
    jobs = shop.jobs()
    assert Counter(job.status for job in jobs) == {"COMPLETED": len(jobs)}
    assert {task.status for task in shop.tasks()} == {"COMPLETED"}
    with shop.inside():
        batch = BatchJob.objects.get(pk=batch_id)
        statistics = MarketplaceJobStats.objects.count()
    assert (batch.status, batch.completed_count) == ("COMPLETED", batch.total_count)
    assert batch.total_count == sum(job.batch_id == batch_id for job in jobs)
    assert batch.counts.finished == batch.total_count
    assert statistics == len(jobs)


def assert_effects(shop: Shop, products: Sequence[int]) -> None:
    effects = shop.world.effects()
    for product in products:
        assert effects[f"listing product-{product}"] == 1
        assert effects[f"live product-{product}"] == 1
    wanted = {
        f"photo product-{product} {photo}"
        for product in products
        for photo in range(1, shop.photos + 1)
    }
    assert {effect for effect in effects if effect.startswith("photo")} == wanted


def assert_nothing_held(shop: Shop) -> None:
    assert shop.is_idle()
    for job in shop.jobs():
        assert (job.lease_token, job.leased_until, job.leased_by) == (None, None, "")


def assert_failures_have_causes(shop: Shop) -> None:
    for attempt in shop.attempts():
        assert attempt.error_class
        assert attempt.message
        assert attempt.ended_at >= attempt.started_at


def assert_no_completed_task_ran_again(shop: Shop) -> None:
    completed = {task.pk: task.completed_at for task in shop.tasks()}
    for task_id, moment in beginnings(shop.world):
        ended = completed[task_id]
        assert ended is not None
        assert moment <= ended.timestamp()


def beginnings(world: World) -> Iterator[tuple[int, float]]:
    """When which task's step was entered, in the order of the world's file."""
    for line in world.lines("began"):
        task_id, moment = line.split()
        yield int(task_id), float(moment)


def summary(shop: Shop, workers: Workers) -> str:
    """What a storm was like, for whoever reads the test's output."""
    outcomes = Counter(attempt.outcome for attempt in shop.attempts())
    return (
        f"attempts {dict(outcomes)}, cluster restarts {workers.times_said('cluster.restarted')}, "
        f"starts {len(workers.started)}"
    )
