"""PostgreSQL stops as in a crash while work is under way, and comes back some seconds later."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import environ
import pytest
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from tasks.dispatch.models import Lane
from tests.acceptance.conftest import (
    SHORT_TIMES,
    Database,
    running_workers,
)
from tests.acceptance.engine.conftest import ROUNDS
from tests.acceptance.engine.shop import Shop, assert_published_exactly_once, summary
from tests.acceptance.processes import PrivatePostgres, Workers, temporary_folder, until
from tests.databases import migrate_and_add_tenants, pointed_at

pytestmark = pytest.mark.storm


@dataclass
class Site:
    """A server of this test's own, with workers and a shop on it."""

    postgres: PrivatePostgres
    workers: Workers
    shop: Shop


@pytest.fixture
def site(django_db_blocker: DjangoDbBlocker, tmp_path: Path) -> Iterator[Site]:
    for folder in temporary_folder():
        postgres = PrivatePostgres.start(folder)
        own = {"HOST": "", "PORT": "", "USER": "", "PASSWORD": "", "OPTIONS": {}}
        own |= environ.Env.db_url_config(postgres.url)
        own["ENGINE"] = connection.settings_dict["ENGINE"]
        try:
            with django_db_blocker.unblock(), pointed_at(own):
                migrate_and_add_tenants()
                database = Database(SHORT_TIMES | {"DATABASE_URL": postgres.url})
                for workers in running_workers(database, tmp_path):
                    yield Site(postgres, workers, Shop.open(tmp_path, concurrency=3))
        finally:
            postgres.stop_immediately()


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_the_database_crashes_twice_while_work_is_under_way(
    site: Site, rng: random.Random, _round: int
) -> None:
    shop, workers = site.shop, site.workers
    assert Lane.objects.get().concurrency == 3
    batch = shop.batch(shop.products(16), pace=0.08)
    workers.start(workers=3)
    for _ in range(2):
        goal = len(shop.world.effects()) + 6
        until(partial(shop.has_effects, goal), 60, "work goes on")
        connection.close()
        site.postgres.stop_immediately()
        quiet(shop, rng.uniform(1.0, 3.0))
        site.postgres.start_again()
    shop.wait_until_all_ended(120)
    assert_published_exactly_once(shop, batch)
    sys.stdout.write(f"{summary(shop, workers)}\n")


def quiet(shop: Shop, seconds: float) -> None:
    """The outage lasts at least `seconds`, and until requests that were under way are over."""
    lines = [0, 0]

    def settled() -> bool:
        lines.append(len(shop.world.effects()))
        return lines[-1] == lines[-2] and len(lines) * 0.03 > seconds

    until(settled, seconds + 20, "the workers have noticed")
