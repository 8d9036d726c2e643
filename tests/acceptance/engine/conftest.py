"""A shop to sell from, racers to race, and seeds that can be run again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from tests.acceptance.conftest import Database
from tests.acceptance.engine.shop import Shop
from tests.acceptance.processes import Racer

ROUNDS = 1 if "STORM_SEED" in os.environ else int(os.environ.get("STORM_ROUNDS", "1"))
"""How many storms of each kind; more of them, longer proofs."""


UNHURRIED = {
    "DISPATCH_LEASE_SECONDS": "20",
    "TOY_DEADLINE_SECONDS": "20",
    "TOY_ATOMIC_SECONDS": "20",
}
"""For workers that nobody kills: none is taken for dead because the machine is busy."""


class Racers(Protocol):
    def __call__(self, count: int, **environment: str) -> list[Racer]: ...


@pytest.fixture
def shop(database: Database, tmp_path: Path) -> Shop:
    return Shop.open(tmp_path)


@pytest.fixture
def racers(database: Database) -> Iterator[Racers]:
    """Makes racers on the test's database, ready to go; with settings of their own, if told so."""
    made: list[Racer] = []

    def make(count: int, **environment: str) -> list[Racer]:
        new = [Racer({**database.environment, **environment}) for _ in range(count)]
        made.extend(new)
        for racer in new:
            assert racer.ask("greet") == "ready"
        return new

    yield make
    for racer in made:
        racer.end()
