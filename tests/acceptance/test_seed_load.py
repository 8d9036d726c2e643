"""A made-up load: consistent rows, and tenants like those that the migrations make."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from marketplaces.models import (
    Listing,
    Order,
    Product,
    Sale,
    SaleFollowUp,
    UnmatchedListing,
)
from marketplaces.sales import attention
from stoflow.load.cloning import Template
from stoflow.load.size import Size
from stoflow.tenants.models import Tenant
from tasks import tenancy
from tasks.dispatch.models import Lane
from tasks.models import BatchJob, MarketplaceJob, MarketplaceTask, TaskAttempt
from tasks.states import JobStatus, TaskStatus, batch_status
from tests.acceptance.conftest import Database, new_database
from tests.databases import pointed_at

CAST = re.compile(r"::[a-z ]+(\[\])?|[()]")


def seed(*arguments: str) -> None:
    call_command("seed_load", *arguments, stdout=StringIO())


@pytest.fixture(scope="module")
def seeded(template: str, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """For all tests of the module."""
    with (
        django_db_blocker.unblock(),
        new_database(template=template) as name,
        pointed_at({"NAME": name}),
    ):
        seed("--tasks=3000", "--tenants=3", "--tasks-each=50", "--beside-real-sellers")
        yield


def within(schema: str, look: Callable[[], object]) -> object:
    with tenancy.inside(tenancy.tenant_named(schema)):
        return look()


def test_a_database_with_real_sellers_is_left_alone(database: Database) -> None:
    with pytest.raises(CommandError, match="--beside-real-sellers"):
        seed("--tasks=10", "--tenants=1")
    assert set(Tenant.objects.values_list("schema_name", flat=True)) == {"t1", "t2"}


def test_there_is_as_much_as_was_asked_for_of_everything(seeded: None) -> None:
    with tenancy.inside(tenancy.tenant_named("load")):
        assert MarketplaceTask.objects.count() == 3000
        assert MarketplaceJob.objects.count() == Size(3000).jobs
        assert set(MarketplaceJob.objects.values_list("status", flat=True)) == set(JobStatus)
        statuses = set(MarketplaceTask.objects.values_list("status", flat=True))
        assert statuses >= {TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.PENDING}
        failed = MarketplaceJob.objects.filter(status=JobStatus.FAILED)
        assert failed.filter(error_message="").count() == 0
        assert failed.filter(cause_key="").count() == 0
        assert TaskAttempt.objects.filter(job__in=failed).exclude(traceback="").exists()
        assert Listing.objects.exists()
        assert Sale.objects.count() == Order.objects.count() >= Listing.objects.count() // 3
        assert Sale.objects.filter(attention.OVERSOLD).exists()
        assert SaleFollowUp.objects.exists()
        assert UnmatchedListing.objects.exists()
    assert within("load_0003", MarketplaceTask.objects.count) == 50
    assert Lane.objects.filter(schema_name__startswith="load").count() == 8


def test_batches_count_their_jobs(seeded: None) -> None:
    with tenancy.inside(tenancy.tenant_named("load")):
        for batch in BatchJob.objects.all():
            jobs = MarketplaceJob.objects.filter(batch=batch)
            assert batch.total_count == jobs.count()
            assert batch.failed_count == jobs.filter(status=JobStatus.FAILED).count()
            assert batch.status == batch_status(batch.counts)


def test_what_a_job_says_and_what_its_tasks_say_agree(seeded: None) -> None:
    with tenancy.inside(tenancy.tenant_named("load")):
        for job in MarketplaceJob.objects.filter(status=JobStatus.FAILED):
            tasks = MarketplaceTask.objects.filter(job=job, error_message=job.error_message)
            assert [task.status for task in tasks] == ["UNKNOWN" if job.needs_person else "FAILED"]
        completed = MarketplaceJob.objects.filter(status=JobStatus.COMPLETED)
        unfinished = MarketplaceTask.objects.exclude(status=TaskStatus.COMPLETED)
        assert not unfinished.filter(job__in=completed).exists()


def test_rows_that_are_made_later_get_numbers_of_their_own(seeded: None) -> None:
    for schema in ("load", "load_0002"):
        with tenancy.inside(tenancy.tenant_named(schema)):
            highest = Product.objects.latest("pk").pk
            assert Product.objects.create(sku="NEW", title="New").pk == highest + 1


def test_seeding_again_changes_nothing(seeded: None) -> None:
    jobs = within("load", MarketplaceJob.objects.count)
    seed("--tasks=3000", "--tenants=3", "--beside-real-sellers")
    assert within("load", MarketplaceJob.objects.count) == jobs
    assert Tenant.objects.filter(schema_name__startswith="load").count() == 4


def test_a_copied_tenant_is_like_a_migrated_one(database: Database) -> None:
    copy = Tenant(schema_name="copy", name="Copy")
    Template(Tenant.objects.get(schema_name="t1")).make([copy])
    assert structure("copy") == structure("t1")
    assert structure("t1")
    call_command("migrate_schemas", "tasks", "zero", schema_name="copy", verbosity=0)
    call_command("migrate_schemas", schema_name="copy", verbosity=0)
    tenancy.leave()
    assert structure("copy") == structure("t1")


def test_a_small_seller_is_like_a_migrated_one(seeded: None) -> None:
    assert structure("load_0003") == structure("t1")


def structure(schema: str) -> set[tuple[str, ...]]:
    """Columns, constraints and indexes of a schema, without its name.

    Casts are left out: PostgreSQL writes those of a condition in another way than it read them.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT 'column', table_name, column_name, data_type,
                   is_nullable || is_identity || COALESCE(column_default, '')
            FROM information_schema.columns WHERE table_schema = %(schema)s
            UNION ALL
            SELECT 'index', tablename, indexname, '', indexdef FROM pg_indexes
            WHERE schemaname = %(schema_again)s
            UNION ALL
            SELECT 'constraint', conrelid::regclass::text, conname, '', pg_get_constraintdef(oid)
            FROM pg_constraint WHERE connamespace = to_regnamespace(%(schema_too)s)
            """,
            {"schema": schema, "schema_again": schema, "schema_too": schema},
        )
        rows = cursor.fetchall()
    return {tuple(CAST.sub("", part.replace(f"{schema}.", "")) for part in row) for row in rows}
