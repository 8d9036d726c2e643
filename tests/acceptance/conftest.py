"""Tests of the whole thing running: committed data in a database of each test's own."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from stoflow.tenants.models import Tenant
from tasks import tenancy
from tests.acceptance.processes import Workers
from tests.conftest import SCHEMAS

SHORT_TIMES = {
    "DJANGO_SETTINGS_MODULE": "tests.settings",
    "DISPATCH_LEASE_SECONDS": "3",
    "DISPATCH_STUCK_SECONDS": "3",
    "DISPATCH_LONGEST_STEP_SECONDS": "30",
    "ETSY_DEADLINE_SECONDS": "4",
    "ETSY_SETTLE_SECONDS": "1.5",
    "TOY_DEADLINE_SECONDS": "1.5",
    "TOY_SETTLE_SECONDS": "0.5",
    "TOY_ATOMIC_SECONDS": "2",
    "PYTHONWARNINGS": "ignore",
}
"""Leases and deadlines as short as a busy machine allows, so that nobody waits long for them."""


@dataclass
class Database:
    """A database with committed data; the test's own connection is in it, in public."""

    environment: dict[str, str] = field(default_factory=lambda: dict(SHORT_TIMES))
    """What a process needs to work on it, with short times."""


@contextmanager
def pointed_at(changes: Mapping[str, Any]) -> Iterator[None]:
    """Let this process's connection lead to another database for a while."""
    connection.close()
    former = dict(connection.settings_dict)
    connection.settings_dict.update(changes)
    tenancy.leave()
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.clear()
        connection.settings_dict.update(former)
        tenancy.leave()


def on_the_server(statement: str) -> None:
    """Run a statement that needs no database, such as making one."""
    with connection._nodb_cursor() as cursor:
        cursor.execute(statement)


def migrate_and_add_tenants() -> None:
    """All tables, and both tenants, in the database that the connection leads to."""
    call_command("migrate_schemas", verbosity=0, interactive=False)
    for schema in SCHEMAS:
        Tenant(schema_name=schema, name=f"Seller {schema}").save(verbosity=0)


@contextmanager
def new_database(*, template: str | None = None) -> Iterator[str]:
    """The name of a database that is dropped afterwards, whoever is still connected."""
    name = f"proof_{uuid.uuid4().hex[:12]}"
    source = f' TEMPLATE "{template}"' if template else ""
    on_the_server(f'CREATE DATABASE "{name}"{source}')
    try:
        yield name
    finally:
        on_the_server(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def template(django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """A migrated database without rows, made once: a copy of it takes a moment."""
    with django_db_blocker.unblock(), new_database() as name:
        with pointed_at({"NAME": name}):
            migrate_and_add_tenants()
        yield name


@pytest.fixture
def database(template: str, django_db_blocker: DjangoDbBlocker) -> Iterator[Database]:
    """Both tenants, no row, every sequence at 1."""
    with (
        django_db_blocker.unblock(),
        new_database(template=template) as name,
        pointed_at({"NAME": name}),
    ):
        yield Database(SHORT_TIMES | {"TEST_DATABASE_NAME": name})


@pytest.fixture
def workers(database: Database, tmp_path: Path) -> Iterator[Workers]:
    """Workers on the test's database; none is running yet. All of them are gone afterwards."""
    yield from running_workers(database, tmp_path)


def running_workers(database: Database, folder: Path) -> Iterator[Workers]:
    if not Path("/proc/self/environ").exists():
        pytest.skip("Finds its processes in /proc.")
    workers = Workers(folder, database.environment)
    try:
        yield workers
    finally:
        workers.kill_all()
        sys.stdout.write(workers.said()[-20_000:])
