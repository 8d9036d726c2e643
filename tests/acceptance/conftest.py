"""Tests of the whole thing running: committed data in a database of each test's own."""

from __future__ import annotations

import os
import random
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import environ
import pytest
from pytest_django.plugin import DjangoDbBlocker

from tests.acceptance.processes import PrivatePostgres, Workers, temporary_folder
from tests.databases import copied, migrate_and_add_tenants, pointed_at

SHORT_TIMES = {
    "DJANGO_SETTINGS_MODULE": "tests.settings",
    "DISPATCH_LEASE_SECONDS": "3",
    "DISPATCH_STUCK_SECONDS": "6",
    "DISPATCH_LONGEST_STEP_SECONDS": "30",
    "ETSY_DEADLINE_SECONDS": "4",
    "ETSY_SETTLE_SECONDS": "1.5",
    "VINTED_OPEN_SECONDS": "8",
    "VINTED_ANSWER_SECONDS": "5",
    "VINTED_DEADLINE_SECONDS": "30",
    "VINTED_SETTLE_SECONDS": "1.5",
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
def new_database(*, template: str) -> Iterator[str]:
    """The name of a database that is dropped afterwards, whoever is still connected."""
    with copied(template, f"proof_{uuid.uuid4().hex[:12]}") as name:
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


@pytest.fixture
def postgres(django_db_blocker: DjangoDbBlocker) -> Iterator[PrivatePostgres]:
    """A server that the test may stop; this process's connection leads to it."""
    with django_db_blocker.unblock():
        for folder in temporary_folder():
            server = PrivatePostgres.start(folder)
            with pointed_at(environ.Env.db_url_config(server.url)):
                migrate_and_add_tenants()
                yield server
            server.stop_immediately()


@pytest.fixture
def rng() -> random.Random:
    """Chance that can be had again: STORM_SEED=<the number printed> pytest <the same test>."""
    seed = int(os.environ.get("STORM_SEED") or random.SystemRandom().randrange(10**9))
    sys.stdout.write(f"STORM_SEED={seed}\n")
    return random.Random(seed)  # noqa: S311 - chance that can be had again
