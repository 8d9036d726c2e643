"""A seller on two marketplaces, for all tests of a module."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pytest_django.plugin import DjangoDbBlocker

from tests.acceptance.conftest import (
    SHORT_TIMES,
    Database,
    new_database,
    running_workers,
)
from tests.acceptance.sales.market import Market, opened
from tests.databases import pointed_at

workers_of = contextmanager(running_workers)


@pytest.fixture(scope="module")
def running_market(
    template: str, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Market]:
    folder = tmp_path_factory.mktemp("market")
    with (
        django_db_blocker.unblock(),
        new_database(template=template) as name,
        pointed_at({"NAME": name}),
    ):
        database = Database(SHORT_TIMES | {"TEST_DATABASE_NAME": name})
        with workers_of(database, folder) as workers, opened(database, folder, workers) as market:
            workers.start(3)
            yield market


@pytest.fixture
def market(running_market: Market) -> Iterator[Market]:
    """Well-behaved at first."""
    yield running_market
    for control in (running_market.ebay, running_market.etsy):
        control.clear_faults()
        control.release(effect=False)
