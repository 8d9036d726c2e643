"""Databases for tests: migrated once for each state of the code, and copied, which takes a moment."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from stoflow.tenants.models import Membership, RetiredShortName, Tenant
from tasks import tenancy

SCHEMAS = ("t1", "t2")
TEMPLATES = "stoflow_template_"
"""How the names of migrated databases begin."""
WHO_MIGRATES = 7_206_513_941
"""The lock of whoever makes one, while the others wait for it."""

FURTHER_SCHEMAS = """
SELECT nspname FROM pg_namespace WHERE nspname <> ALL(%s) AND NOT starts_with(nspname, 'pg_')
"""


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


def migrate_and_add_tenants() -> None:
    """All tables, and both tenants, in the database that the connection leads to."""
    call_command("migrate_schemas", verbosity=0, interactive=False)
    for schema in SCHEMAS:
        Tenant(schema_name=schema, name=f"Seller {schema}").save(verbosity=0)


@contextmanager
def copied(source: str, name: str) -> Iterator[str]:
    """A copy of that database; it is dropped afterwards, whoever is still connected."""
    drop = f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'
    with _on_the_server() as server:
        server.execute(drop)
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
    try:
        yield name
    finally:
        with _on_the_server() as server:
            server.execute(drop)


def empty(*apps_with_tables: str) -> None:
    """Row by row: there are a few, and TRUNCATE makes new files for every table and index."""
    models = [model for app in apps_with_tables for model in apps.get_app_config(app).get_models()]
    # Foreign keys are looked at when all is gone, so the order does not matter.
    with transaction.atomic(), connection.cursor() as cursor:
        for model in models:
            cursor.execute(f"DELETE FROM {model._meta.db_table}")  # noqa: S608 - our own names


def remove_further_tenants() -> None:
    """All but those that every test finds, with their schemas and the short names they leave."""
    Tenant.objects.exclude(schema_name__in=SCHEMAS).delete()
    RetiredShortName.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(FURTHER_SCHEMAS, [["public", "information_schema", *SCHEMAS]])
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP SCHEMA "{name}" CASCADE')


def remove_people() -> None:
    """Whoever has signed up, with what they may do and where they are signed in."""
    Session.objects.all().delete()
    Membership.objects.all().delete()
    User.objects.all().delete()


def migrated() -> str:
    """The name of a database with both tenants, all tables and no row of a test.

    It stays for the next run, until the code is another.
    """
    name = f"{TEMPLATES}{_state_of_the_code()}"
    with _on_the_server() as server:
        server.execute("SELECT pg_advisory_lock(%s::bigint)", [WHO_MIGRATES])
        former = _names(server)
        if name not in former:
            for each in former:
                server.execute(f'DROP DATABASE "{each}" WITH (FORCE)')
            # Named when it is whole: who is killed meanwhile leaves none that looks like one.
            server.execute(f'CREATE DATABASE "{name}_unfinished"')
            with pointed_at({"NAME": f"{name}_unfinished"}):
                migrate_and_add_tenants()
            server.execute(f'ALTER DATABASE "{name}_unfinished" RENAME TO "{name}"')
    return name


@contextmanager
def _on_the_server() -> Iterator[CursorWrapper]:
    """For statements that need no database, such as making one."""
    with connection._nodb_cursor() as cursor:
        yield cursor


def _names(server: CursorWrapper) -> list[str]:
    server.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [TEMPLATES])
    return [row[0] for row in server.fetchall()]


def _state_of_the_code() -> str:
    """Of all that a migration may import, and of the packages."""
    state = hashlib.sha256((settings.BASE_DIR / "requirements-dev.lock").read_bytes())
    for folder in ("stoflow", "tasks", "marketplaces", "tests/toymarket"):
        for file in sorted((settings.BASE_DIR / folder).rglob("*.py")):
            state.update(str(file.relative_to(settings.BASE_DIR)).encode() + file.read_bytes())
    state.update((settings.BASE_DIR / "tests/databases.py").read_bytes())
    return state.hexdigest()[:16]


WAITED_FOR = """
SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))
"""
"""A row for each connection that is held up by what this one's transaction has locked."""


def is_waited_for() -> bool:
    """Whether another connection is held up by this one's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(WAITED_FOR)
        return bool(cursor.rowcount)
