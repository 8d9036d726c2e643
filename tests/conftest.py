"""Two tenants in one real database: every test starts from the same state and leaves none behind."""

from __future__ import annotations

import gc
from collections.abc import Generator, Iterator
from contextlib import ExitStack

import pytest
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django_q.models import OrmQ
from pytest_django.plugin import DjangoDbBlocker

from stoflow.tenants.models import Tenant
from tasks import tenancy
from tests import databases, tables, tracing


@pytest.fixture(scope="session")
def template(django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> str:
    """The name of a migrated database with the tenants t1 and t2 and nothing else."""
    with django_db_blocker.unblock():
        return databases.migrated()


@pytest.fixture(scope="session")
def django_db_setup(
    template: str, worker_id: str, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """This process's own copy of it, in place of the one that pytest-django would migrate."""
    with ExitStack() as stack:
        with django_db_blocker.unblock():
            name = stack.enter_context(databases.copied(template, f"test_stoflow_{worker_id}"))
            stack.enter_context(databases.pointed_at({"NAME": name}))
        yield
        with django_db_blocker.unblock():
            stack.close()


@pytest.fixture
def tenant(db: None) -> Iterator[Tenant]:
    """The tenant t1; the connection is in its schema, inside a transaction that is rolled back."""
    yield from _inside("t1")


@pytest.fixture(scope="session")
def without_transaction(django_db_setup: None) -> Iterator[BaseDatabaseWrapper]:
    """One connection for all tests that commit: a new one has to learn every table anew."""
    connection = connections["default"].copy()
    yield connection
    connection.close()


@pytest.fixture
def committed(db: None, without_transaction: BaseDatabaseWrapper) -> Iterator[Tenant]:
    """The tenant t1 on a connection with no transaction open; what a test made is removed.

    pytest-django's own way would empty every table afterwards, the tenants' among them.
    """
    inside_transaction = connections["default"]
    connections["default"] = without_transaction
    tenant = Tenant.objects.get(schema_name="t1")
    try:
        with tenancy.inside(tenant):
            yield tenant
        # Entered anew: whoever had left it for another seller's may have failed there.
        with tenancy.inside(tenant):
            databases.empty("tasks", "marketplaces", "dispatch", "shared")
            databases.remove_people()
            databases.remove_further_tenants()
            OrmQ.objects.all().delete()
    except BaseException:
        # Whatever state it is in, the next test shall not find it there.
        without_transaction.close()
        raise
    finally:
        connections["default"] = inside_transaction


@pytest.fixture
def other_tenant(db: None) -> Tenant:
    """The tenant t2; the connection stays where it is."""
    other: Tenant = Tenant.objects.get(schema_name="t2")
    return other


@pytest.fixture
def neighbour(committed: Tenant, other_tenant: Tenant) -> Iterator[Tenant]:
    """The tenant t2 beside `committed`; what a test made there is removed too."""
    yield other_tenant
    with tenancy.inside(other_tenant):
        databases.empty("tasks", "marketplaces")


def _inside(schema: str) -> Iterator[Tenant]:
    tenant: Tenant = Tenant.objects.get(schema_name=schema)
    with tenancy.inside(tenant):
        yield tenant


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long tests first, else in the order that chance gave them."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_collection_finish() -> None:
    """What was imported and collected stays: no later collection of garbage walks through it."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    with tracing.only_where_it_learns(item):
        return (yield)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    tables.show(terminalreporter)
