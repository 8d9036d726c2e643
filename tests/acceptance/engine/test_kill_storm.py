"""kill -9 at every named point and at random moments: each product ends with exactly one listing."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from tasks.dispatch.models import Lane
from tests.acceptance.engine.conftest import ROUNDS
from tests.acceptance.engine.shop import (
    Script,
    Shop,
    assert_published_exactly_once,
    summary,
)
from tests.acceptance.processes import Workers, send_signal

pytestmark = pytest.mark.storm

STEPS = ("plan", "validate", "upload", "create", "publish", "save")
POINTS: list[Script] = [{step: [word]} for step in STEPS for word in ("kill_before", "kill_after")]
"""One death each, at every point of every step."""
TWICE: list[Script] = [
    {"plan": ["kill_before"], "create": ["kill_after"]},
    {"upload": ["ok", "kill_after"], "publish": ["kill_after"]},
    {"create": ["kill_before", "kill_after"]},
    {"create": ["kill_after"], "publish": ["kill_before", "kill_before"]},
    {"validate": ["kill_before"], "upload": ["kill_before"], "save": ["kill_after"]},
    {"upload": ["kill_after", "kill_after", "kill_after"]},
]
"""Deaths again during recovery."""


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_kills_at_every_point_of_every_step(
    shop: Shop, workers: Workers, rng: random.Random, _round: int
) -> None:
    scripts = [*POINTS, *TWICE, {}, {}]
    rng.shuffle(scripts)
    Lane.objects.update(concurrency=8)
    products = shop.products(len(scripts))
    by_product = {p.pk: script for p, script in zip(products, scripts, strict=True)}
    batch = shop.batch(products, scripts=by_product)
    workers.start(workers=4)
    shop.wait_until_all_ended(120)
    assert_published_exactly_once(shop, batch)
    deaths = sum(
        word.startswith("kill") for script in scripts for words in script.values() for word in words
    )
    interrupted = [attempt for attempt in shop.attempts() if attempt.outcome == "INTERRUPTED"]
    sys.stdout.write(f"{deaths} scripted deaths; {summary(shop, workers)}\n")
    assert len(interrupted) >= deaths


@dataclass
class Storm:
    """Kills one process after another, until its kills are used up."""

    workers: Workers
    rng: random.Random
    kills: int
    killed: list[str] = field(default_factory=list)

    def strike(self) -> None:
        choices: list[tuple[str, Callable[[], bool], int]] = [
            ("worker", self.a_worker, 10),
            ("any of the crew", self.any_of_the_crew, 4),
            ("sentinel", self.the_sentinel, 2),
            ("main", self.the_main_process, 2),
            ("everybody, with SIGTERM", self.everybody_politely, 1),
            ("run_workers", self.the_supervisor, 2),
        ]
        name, act, _ = self.rng.choices(choices, [weight for *_, weight in choices])[0]
        if act():
            self.killed.append(name)

    def a_worker(self) -> bool:
        return self._kill([pulse.pid for pulse in self.workers.pulses])

    def any_of_the_crew(self) -> bool:
        return self._kill([member.pid for member in self.workers.crew])

    def the_sentinel(self) -> bool:
        sentinel = self.workers.sentinel
        return self._kill([sentinel.pid] if sentinel else [])

    def the_main_process(self) -> bool:
        main = self.workers.main
        return self._kill([main.pid] if main else [])

    def everybody_politely(self) -> bool:
        """What a service manager does that knows no better."""
        members = self.workers.members
        for member in members:
            send_signal(member.pid, signal.SIGTERM)
        try:
            self.workers.process.wait(20)
        except subprocess.TimeoutExpired:
            self.workers.kill_supervisor()
        self.workers.start(workers=3)
        return bool(members)

    def the_supervisor(self) -> bool:
        self.workers.kill_supervisor()
        self.workers.start(workers=3)
        return True

    def rage(self, shop: Shop, seconds: float) -> None:
        ends_at = time.monotonic() + seconds
        while len(self.killed) < self.kills and shop.unfinished() and time.monotonic() < ends_at:
            time.sleep(self.rng.uniform(0.05, 0.9))
            self.strike()

    def _kill(self, pids: list[int]) -> bool:
        return bool(pids) and send_signal(self.rng.choice(pids), signal.SIGKILL)


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_kills_at_random_moments_of_whatever_is_running(
    shop: Shop, workers: Workers, rng: random.Random, _round: int
) -> None:
    Lane.objects.update(concurrency=3)
    batch = shop.batch(shop.products(24), pace=0.06)
    workers.start(workers=3)
    storm = Storm(workers, rng, kills=14)
    storm.rage(shop, seconds=90)
    sys.stdout.write(f"killed: {', '.join(storm.killed)}\n")
    shop.wait_until_all_ended(120)
    assert_published_exactly_once(shop, batch)
    sys.stdout.write(f"{summary(shop, workers)}\n")
    assert storm.killed
