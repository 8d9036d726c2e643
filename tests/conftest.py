"""Two tenants in one real database: every test starts from the same state and leaves none behind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import connections
from pytest_django.plugin import DjangoDbBlocker

from stoflow.tenants.models import Tenant
from tasks import tenancy
from tests import tables

SCHEMAS = ("t1", "t2")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """The test database with the schemas t1 and t2."""
    with django_db_blocker.unblock():
        tenancy.leave()
        for schema in SCHEMAS:
            if not Tenant.objects.filter(schema_name=schema).exists():
                Tenant(schema_name=schema, name=f"Seller {schema}").save(verbosity=0)


@pytest.fixture
def tenant(db: None) -> Iterator[Tenant]:
    """The tenant t1; the connection is in its schema, inside a transaction that is rolled back."""
    yield from _inside("t1")


@pytest.fixture
def committed(db: None) -> Iterator[Tenant]:
    """The tenant t1 on a connection with no transaction open; what a test made is removed.

    pytest-django's own way would empty every table afterwards, the tenants' among them.
    """
    inside_transaction = connections["default"]
    connections["default"] = inside_transaction.copy()
    tenant = Tenant.objects.get(schema_name="t1")
    try:
        with tenancy.inside(tenant):
            yield tenant
            _empty("tasks", "marketplaces", "dispatch", "shared")
    finally:
        connections["default"].close()
        connections["default"] = inside_transaction


def _empty(*apps_with_tables: str) -> None:
    models = [model for app in apps_with_tables for model in apps.get_app_config(app).get_models()]
    tables = ", ".join(model._meta.db_table for model in models)
    with connections["default"].cursor() as cursor:
        cursor.execute(f"TRUNCATE {tables} CASCADE")


@pytest.fixture
def other_tenant(db: None) -> Tenant:
    """The tenant t2; the connection stays where it is."""
    other: Tenant = Tenant.objects.get(schema_name="t2")
    return other


def _inside(schema: str) -> Iterator[Tenant]:
    tenant: Tenant = Tenant.objects.get(schema_name=schema)
    with tenancy.inside(tenant):
        yield tenant


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    tables.show(terminalreporter)
