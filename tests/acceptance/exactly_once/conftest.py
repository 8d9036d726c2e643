"""A scene for kills: one marketplace's sandbox, a database, workers, gates, and a table at the end."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.conftest import Database, running_workers
from tests.acceptance.ebay.shop import EbayShop, sandbox_ebay
from tests.acceptance.etsy.shop import EtsyShop, sandbox_etsy
from tests.acceptance.exactly_once.points import Point, covering
from tests.acceptance.exactly_once.verdict import Row
from tests.acceptance.processes import Workers
from tests.acceptance.shops import RunningSandbox, SellersShop
from tests.tables import hand_over

EVERYTHING = os.environ.get("STOFLOW_KILLS") == "all"
"""Else CI meets a sample."""
SANDBOXES: dict[str, Callable[[Path], AbstractContextManager[RunningSandbox[Any]]]] = {
    "ebay": sandbox_ebay,
    "etsy": sandbox_etsy,
}
SHOPS: dict[str, Callable[..., SellersShop]] = {"ebay": EbayShop.open, "etsy": EtsyShop.open}
UNHURRIED = {
    "EBAY_DEADLINE_SECONDS": "20",
    "ETSY_DEADLINE_SECONDS": "20",
    "SYNC_DEADLINE_SECONDS": "20",
    "VINTED_ANSWER_SECONDS": "15",
    "VINTED_DEADLINE_SECONDS": "40",
    "DISPATCH_LEASE_SECONDS": "20",
    # The look through a whole shop at Etsy may take as long as four calls.
    "DISPATCH_LONGEST_STEP_SECONDS": "80",
    "DISPATCH_STUCK_SECONDS": "60",
}
"""Whoever is held until a slow machine comes to strike is not taken for lost."""
PATIENT = {
    **UNHURRIED,
    "EBAY_DEADLINE_SECONDS": "45",
    "ETSY_DEADLINE_SECONDS": "45",
    "VINTED_ANSWER_SECONDS": "60",
    "VINTED_DEADLINE_SECONDS": "90",
    "DISPATCH_LONGEST_STEP_SECONDS": "180",
}
"""Nor who is held until all others have come."""
HEAD = ["handler", "way", "step", "fault", "effects expected", "seen", "", "attempts"]

_sellers = count(1)


@dataclass
class Scene:
    """Everything that runs."""

    database: Database
    sandboxes: dict[str, RunningSandbox[Any]]
    workers: Workers
    shops: list[SellersShop] = field(default_factory=list)

    def shop(self, marketplace: str, *, concurrency: int = 200) -> SellersShop:
        control = self.sandboxes[marketplace].control
        shop = SHOPS[marketplace](
            control, seller=f"seller{next(_sellers)}", concurrency=concurrency
        )
        self.shops.append(shop)
        return shop


@contextmanager
def scene_of(database: Database, folder: Path, *marketplaces: str) -> Iterator[Scene]:
    """No worker is running yet."""
    if not marketplaces:
        for workers in running_workers(database, folder):
            scene = Scene(database, {}, workers)
            try:
                yield scene
            finally:
                workers.kill_all()
                for shop in scene.shops:
                    shop.remove_files()
        return
    first, *others = marketplaces
    with SANDBOXES[first](folder) as sandbox:
        database.environment.update(sandbox.environment)
        with scene_of(database, folder, *others) as scene:
            scene.sandboxes[first] = sandbox
            yield scene


Sample = Callable[[list[Point], int], list[Point]]


@pytest.fixture
def sample(rng: random.Random) -> Sample:
    """So many of the points in CI, all of them with STOFLOW_KILLS=all."""

    def choose(points: list[Point], number: int) -> list[Point]:
        return points if EVERYTHING else rng.sample(points, min(number, len(points)))

    return choose


Boundaries = Callable[[list[Point]], list[Point]]


@pytest.fixture
def boundaries(rng: random.Random) -> Boundaries:
    """In CI every step of every way with one of its faults, and every fault of every handler."""

    def choose(points: list[Point]) -> list[Point]:
        return points if EVERYTHING else covering(points, rng)

    return choose


Tell = Callable[[str, list[Row]], None]


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Tell:
    """The rows are shown when all tests have ended; what is wrong with one fails the test."""

    def tell_rows(title: str, rows: list[Row]) -> None:
        hand_over(request.node, title, HEAD, [row.cells() for row in rows])
        assert [(str(row.point), row.wrong) for row in rows if row.wrong] == []

    return tell_rows
