"""Storms: random faults at the sandbox, random kills of everything that runs; seeded."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import DatabaseError, connection

from marketplaces.models import Product
from tests.acceptance.ebay import routes
from tests.acceptance.ebay.shop import DEADLINE, EbayShop, Stage, leased_pid
from tests.acceptance.processes import PrivatePostgres, send_signal, until

FAULTS: list[tuple[str, dict[str, Any]]] = [
    ("cut_before", {}),
    ("cut_after", {}),
    ("cut_mid_answer", {}),
    ("status", {"status": 503}),
    ("status", {"status": 429, "headers": {"Retry-After": "1"}, "body": routes.TOO_MANY}),
    ("status_after_effect", {"status": 500}),
    ("status_after_effect", {"status": 503}),
    ("slow", {"delay": 1.0}),
    ("slow_after_effect", {"delay": DEADLINE + 1}),
    ("drip", {"delay": 0.1}),
]
BY_SKU = [
    routes.PUT_ITEM,
    routes.FIND_OFFERS,
    routes.CREATE_OFFER,
    routes.READ_OFFER,
    routes.PUBLISH,
]
BY_ANYBODY = [routes.UPLOAD_FILE, routes.UPLOAD_LINK, routes.TOKEN]
LONGEST_PAUSE = 1.0
SLOW = 0.2
"""Seconds that every call takes, so that kills meet workers in the middle of one."""
TOKENS_LAST = 3.0
"""Seconds: what is two hours at eBay."""


@dataclass
class Storm:
    """What strikes a shop while its batch runs."""

    stage: Stage
    shop: EbayShop
    rng: random.Random
    postgres: PrivatePostgres | None = None
    done: Counter[str] = field(default_factory=Counter)
    tokens_ended_at: float = 0.0

    def spoil_calls(self, products: Sequence[Product]) -> None:
        """About every second product meets a fault, some of them two; some calls of anybody too."""
        for product in products:
            for _ in range(self.rng.choice([0, 0, 1, 1, 2])):
                self._fault(self.rng.choice(BY_SKU), self.shop.sku(product))
        for _ in range(5):
            self._fault(self.rng.choice(BY_ANYBODY), "", skip=self.rng.randrange(10))
        self._slow_down()

    def _slow_down(self) -> None:
        """The last of the rules: it spares a call that meets another fault."""
        for route in [*BY_SKU, *BY_ANYBODY]:
            self.shop.control.add_fault(route, "slow", delay=SLOW, times=0)

    def _fault(self, route: str, match: str, skip: int = 0) -> None:
        kind, options = self.rng.choice(FAULTS)
        self.shop.control.add_fault(route, kind, match=match, skip=skip, **options)
        self.done["fault"] += 1

    def rage(self, strikes: int) -> None:
        """Strike so many times while there is work, work that is being put right included."""
        for _ in range(strikes):
            time.sleep(self.rng.uniform(0.1, LONGEST_PAUSE))
            self.keep_running()
            if self.shop.all_ended():
                break
            name, strike = self._next_strike()
            if strike():
                self.done[name] += 1

    def keep_running(self) -> None:
        """What a service manager does: start again what has ended by itself."""
        if self.stage.workers.process.poll() is not None:
            self.stage.workers.start(2)
            self.done["run_workers had ended by itself"] += 1

    def wait_until_all_ended(self, seconds: float) -> None:
        """The weather is fine now."""

        def ended() -> bool:
            self.keep_running()
            return self.shop.all_ended()

        try:
            until(ended, seconds, "all jobs ended")
        except AssertionError as late:
            raise AssertionError(f"{late} Left: {self.shop.unended()}") from None
        self.shop.wait_until_all_ended()

    def _next_strike(self) -> tuple[str, Callable[[], bool]]:
        strikes: list[tuple[str, Callable[[], bool], int]] = [
            ("busy worker killed", self._kill_busy_worker, 12),
            ("one of the crew killed", self._kill_one_of_the_crew, 4),
            ("cluster killed", self._kill_cluster, 2),
            ("run_workers killed", self._kill_supervisor, 2),
            ("sandbox killed", self._kill_sandbox, 2),
            ("tokens ended", self._end_tokens, 2),
        ]
        if self.postgres:
            strikes.append(("PostgreSQL stopped at once", self._stop_postgres, 6))
        weights = [weight for _, _, weight in strikes]
        name, strike, _ = self.rng.choices(strikes, weights)[0]
        return name, strike

    def _kill_busy_worker(self) -> bool:
        """Whoever holds a job, be it for the first time or to put right what another left."""
        living = {member.pid for member in self.stage.workers.members}
        holders = {leased_pid(job) for job in self.shop.jobs()} & living
        return bool(holders) and send_signal(self.rng.choice(sorted(holders)), signal.SIGKILL)

    def _kill_one_of_the_crew(self) -> bool:
        """A worker, busy or not, the pusher, or the monitor."""
        crew = self.stage.workers.crew
        return bool(crew) and send_signal(self.rng.choice(crew).pid, signal.SIGKILL)

    def _kill_cluster(self) -> bool:
        main = self.stage.workers.main
        return main is not None and send_signal(main.pid, signal.SIGKILL)

    def _kill_supervisor(self) -> bool:
        """Its cluster is left behind for a while, beside the new one."""
        self.stage.workers.kill_supervisor()
        self.stage.workers.start(2)
        return True

    def _kill_sandbox(self) -> bool:
        """A marketplace that is away for a moment, and forgets its ill will."""
        self.stage.ebay.process.kill()
        time.sleep(self.rng.uniform(0, 0.5))
        self.stage.ebay.process.restart()
        self._slow_down()
        return True

    def _end_tokens(self) -> bool:
        if time.monotonic() - self.tokens_ended_at < TOKENS_LAST:
            return False
        self.tokens_ended_at = time.monotonic()
        self.shop.control.expire_access_tokens(self.shop.seller["username"])
        return True

    def _stop_postgres(self) -> bool:
        assert self.postgres
        self.postgres.stop_immediately()
        time.sleep(self.rng.uniform(0, 1))
        self.postgres.start_again()
        forget_the_broken_connection()
        return True


def forget_the_broken_connection() -> None:
    """This process's own connection did not survive either."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        connection.close()
