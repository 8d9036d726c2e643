"""Browser, plugin server, workers and PostgreSQL are stopped at random while a wardrobe is filled."""

from __future__ import annotations

import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from marketplaces.models import Product
from marketplaces.sandbox.vinted.plugin.process import PluginProcessError
from tasks.dispatch.pulse import process_exists
from tests.acceptance.conftest import SHORT_TIMES, Database
from tests.acceptance.ebay.weather import forget_the_broken_connection
from tests.acceptance.processes import PrivatePostgres, send_signal, until
from tests.acceptance.shops import leased_pid
from tests.acceptance.vinted import routes
from tests.acceptance.vinted.promise import assert_manners_kept
from tests.acceptance.vinted.scene import VintedScene, vinted_scene
from tests.acceptance.vinted.shop import VintedShop

pytestmark = [pytest.mark.storm, pytest.mark.slow]

PRODUCTS = 30
STRIKES = 14
SLOW = 0.1
"""Seconds that every write takes, so that kills meet it in the middle."""
PATIENCE = 240.0


@dataclass
class Storm:
    scene: VintedScene
    shop: VintedShop
    postgres: PrivatePostgres
    rng: random.Random
    done: Counter[str] = field(default_factory=Counter)

    def rage(self) -> None:
        """So many strikes while there is work; PostgreSQL is one of them, once."""
        database_at = self.rng.randrange(2, STRIKES // 2)
        while self.done.total() < STRIKES and not self.all_ended():
            time.sleep(self.rng.uniform(0.2, 1.5))
            name, strike = self._next_strike()
            if self.done.total() == database_at:
                name, strike = "PostgreSQL stopped at once", self._stop_postgres
            if strike():
                self.done[name] += 1

    def all_ended(self) -> bool:
        self.keep_running()
        return self.shop.all_ended()

    def keep_running(self) -> None:
        """What a service manager does, and a seller who opens their browser again."""
        if self.scene.workers.process.poll() is not None:
            self.scene.workers.start(2)
        if self.shop.server.process.poll() is not None:
            self.shop.server.start()
        if not self._browser_is_open():
            self.shop.browser.start(phase=None)

    def _next_strike(self) -> tuple[str, Callable[[], bool]]:
        strikes: list[tuple[str, Callable[[], bool], int]] = [
            ("browser killed", self._kill_browser, 6),
            ("busy worker killed", self._kill_busy_worker, 5),
            ("plugin server killed", self._kill_server, 3),
            ("run_workers killed", self._kill_supervisor, 1),
        ]
        [(name, strike, _)] = self.rng.choices(strikes, [weight for _, _, weight in strikes])
        return name, strike

    def _kill_browser(self) -> bool:
        if not self._browser_is_open():
            return False
        self.shop.browser.kill()
        return True

    def _kill_server(self) -> bool:
        self.shop.server.kill()
        return True

    def _kill_busy_worker(self) -> bool:
        living = {member.pid for member in self.scene.workers.members}
        holders = {leased_pid(job) for job in self.shop.jobs()} & living
        if not holders:
            return False
        # Two, while one of them has yet to learn that its lease has passed.
        pid = self.rng.choice(sorted(holders))
        was_there = send_signal(pid, signal.SIGKILL)
        until(lambda: pid not in {each.pid for each in self.scene.workers.members}, 60, "it ends")
        until(lambda: self.shop.let_lease_end(pid), 60, "its lease ends")
        return was_there

    def _kill_supervisor(self) -> bool:
        self.scene.workers.kill_supervisor()
        self.scene.workers.start(2)
        return True

    def _stop_postgres(self) -> bool:
        holders = {leased_pid(job) for job in self.shop.jobs()}
        self.postgres.stop_immediately()
        time.sleep(self.rng.uniform(0, 1))
        self.postgres.start_again()
        forget_the_broken_connection()
        for pid in holders - {0}:
            until(partial(self.shop.let_lease_end, pid), 60, "its lease ends")
        return True

    def _browser_is_open(self) -> bool:
        try:
            return process_exists(self.shop.browser.pid)
        except PluginProcessError:
            return False


def test_a_storm_leaves_one_item_for_each_product_and_every_photo_once(
    postgres: PrivatePostgres, tmp_path: Path, rng: random.Random
) -> None:
    database = Database(SHORT_TIMES | {"DATABASE_URL": postgres.url})
    with vinted_scene(database, tmp_path, 1) as scene:
        [shop] = scene.shops
        products = [shop.product(*["file"] * rng.randint(1, 3)) for _ in range(PRODUCTS)]
        for route in routes.WRITES:
            shop.control.add_fault(route, "slow", delay=SLOW, times=0)
        shop.publish(*products)
        scene.workers.start(2)
        storm = Storm(scene, shop, postgres, rng)
        storm.rage()
        until(storm.all_ended, PATIENCE, "all jobs ended")
        attempts = Counter(each.error_class for each in shop.attempts())
        sys.stdout.write(f"The storm: {dict(storm.done)}\nAttempts: {dict(attempts)}\n")
        assert {job.status for job in shop.jobs()} == {"COMPLETED"}
        assert_one_item_each(shop, products)
        assert_manners_kept(shop)


def assert_one_item_each(shop: VintedShop, products: list[Product]) -> None:
    report = shop.control.effects()
    assert report["violations"] == []
    assert [each["title"] for each in report["listings"] if each["status"] == "DRAFT"] == []
    assert report["summary"]["active_listings"] == len(products)
    assert report["summary"]["photos_attached_twice"] == 0
    for product in products:
        [item] = shop.live(product)
        assert [photo["checksum"] for photo in item["photos"]] == shop.photos(product)
        record = shop.record(product)
        assert (record.status, record.external_id) == ("LIVE", item["listing_id"])
