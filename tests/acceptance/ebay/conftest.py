"""The whole thing running: workers, the sandbox eBay, a database of one's own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pytest_django.plugin import DjangoDbBlocker

from tests.acceptance.conftest import (
    SHORT_TIMES,
    Database,
    new_database,
    running_workers,
)
from tests.acceptance.ebay.shop import EbayShop, Stage, sandbox_ebay
from tests.databases import pointed_at

FULL = bool(os.environ.get("STORM_FULL"))
"""More storms, and longer ones."""
ROUNDS = (
    1 if "STORM_SEED" in os.environ else int(os.environ.get("STORM_ROUNDS") or (5 if FULL else 1))
)

OpenShop = Callable[..., EbayShop]


workers_of = contextmanager(running_workers)


@contextmanager
def staged(database: Database, folder: Path) -> Iterator[Stage]:
    """A sandbox and workers for `database`; no worker is running yet."""
    with sandbox_ebay(folder) as ebay:
        database.environment.update(ebay.environment)
        with workers_of(database, folder) as workers:
            stage = Stage(database, ebay, workers)
            try:
                yield stage
            finally:
                workers.kill_all()
                stage.remove_files()


@pytest.fixture
def stage(database: Database, tmp_path: Path) -> Iterator[Stage]:
    """A stage of the test's own; it starts the workers itself."""
    with staged(database, tmp_path) as stage:
        yield stage


@contextmanager
def staged_apart(template: str, folder: Path) -> Iterator[Stage]:
    """A stage with a database of its own, for more than one test."""
    with (
        new_database(template=template) as name,
        pointed_at({"NAME": name}),
        staged(Database(SHORT_TIMES | {"TEST_DATABASE_NAME": name}), folder) as stage,
    ):
        yield stage


@pytest.fixture(scope="module")
def long_running(
    template: str, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    """One stage for all tests of a module, two workers running: each test opens its own shop."""
    with (
        django_db_blocker.unblock(),
        staged_apart(template, tmp_path_factory.mktemp("ebay")) as stage,
    ):
        stage.workers.start(2)
        yield stage


@pytest.fixture
def open_shop(long_running: Stage) -> Iterator[OpenShop]:
    """Opens a shop of a new seller on the long-running stage, which behaves well at first."""
    long_running.control.clear_faults()
    yield long_running.shop
    long_running.control.clear_faults()
    long_running.control.release(effect=False)


@pytest.fixture
def shop(open_shop: OpenShop) -> EbayShop:
    return open_shop()
