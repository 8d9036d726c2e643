"""Everything at once, at random: the promise holds. A seed that broke it can be run again alone."""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Iterator

import environ
import pytest
from pytest_django.plugin import DjangoDbBlocker

from marketplaces.models import Product
from tests.acceptance.conftest import (
    SHORT_TIMES,
    Database,
)
from tests.acceptance.ebay.conftest import FULL, ROUNDS, staged
from tests.acceptance.ebay.promise import assert_kept
from tests.acceptance.ebay.shop import EbayShop, Stage
from tests.acceptance.ebay.weather import Storm
from tests.acceptance.processes import PrivatePostgres, temporary_folder
from tests.databases import migrate_and_add_tenants, pointed_at

pytestmark = [pytest.mark.storm, pytest.mark.slow, pytest.mark.long]

STRIKES = 40 if FULL else 16
PATIENCE = 240.0


@pytest.fixture
def fragile_postgres(django_db_blocker: DjangoDbBlocker) -> Iterator[PrivatePostgres]:
    """A server that the test may stop; this process's connection leads to it."""
    with django_db_blocker.unblock():
        for folder in temporary_folder():
            server = PrivatePostgres.start(folder)
            with pointed_at(environ.Env.db_url_config(server.url)):
                migrate_and_add_tenants()
                yield server
            server.stop_immediately()


@pytest.fixture
def fragile_stage(
    fragile_postgres: PrivatePostgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    database = Database(SHORT_TIMES | {"DATABASE_URL": fragile_postgres.url})
    with staged(database, tmp_path_factory.mktemp("fragile")) as stage:
        yield stage


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_a_storm_of_kills_and_faults_leaves_one_listing_for_each_product(
    stage: Stage, rng: random.Random, _round: int
) -> None:
    weather(stage, rng, Storm(stage, stage.shop(concurrency=4), rng))


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_a_storm_that_stops_postgresql_leaves_one_listing_for_each_product(
    fragile_stage: Stage, fragile_postgres: PrivatePostgres, rng: random.Random, _round: int
) -> None:
    shop = fragile_stage.shop(concurrency=4)
    weather(fragile_stage, rng, Storm(fragile_stage, shop, rng, fragile_postgres))


def weather(stage: Stage, rng: random.Random, storm: Storm) -> None:
    shop = storm.shop
    fit = [product_at_random(shop, rng) for _ in range(rng.randint(15, 20))]
    unfit = [shop.product(title="x" * 81), shop.product(price=None)]
    shop.publish(*rng.sample([*fit, *unfit], len(fit) + len(unfit)))
    storm.spoil_calls(fit)
    stage.workers.start(2)
    storm.rage(STRIKES)
    storm.wait_until_all_ended(PATIENCE)
    tell(storm)
    assert_kept(shop, fit, unfit)


def product_at_random(shop: EbayShop, rng: random.Random) -> Product:
    """With 1 to 4 photos, files and links."""
    photos = rng.choices(["file", "link"], k=rng.randint(1, 4))
    return shop.product(*photos, stock=rng.randint(1, 9), price=rng.choice(["9.90", "150.00"]))


def tell(storm: Storm) -> None:
    shop = storm.shop
    attempts = Counter(f"{a.outcome} {a.error_class}" for a in shop.attempts())
    routes = {route: n for route, n in shop.control.effects()["effects"].items() if n}
    sys.stdout.write(f"The storm: {dict(storm.done)}\nAttempts: {dict(attempts)}\n")
    sys.stdout.write(f"Effects: {routes}\n")
