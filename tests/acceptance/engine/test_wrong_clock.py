"""Workers whose clock is wrong take no work; if they did, the database's clock would decide."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from tasks.dispatch import presence
from tasks.dispatch.models import Lane
from tests.acceptance.engine.shop import Shop, assert_effects, assert_published_exactly_once
from tests.acceptance.processes import Workers, until

FOLDER = Path(__file__).parent / "wrong_clock"
ANY = 1_000_000.0
HOURS = pytest.mark.parametrize("hours", [5, -5])


def start(workers: Workers, hours: int, *, tolerance: float = 2.0) -> None:
    workers.start(
        PYTHONPATH=str(FOLDER),
        CLOCK_IS_WRONG_BY=str(hours * 3600),
        DISPATCH_CLOCK_TOLERANCE_SECONDS=str(tolerance),
    )


@HOURS
def test_they_take_no_work_and_say_so_until_another_machine_comes(
    shop: Shop, workers: Workers, hours: int
) -> None:
    start(workers, hours)
    until(lambda: wrong_clocks() == [hours], 60, "the wrong clock is told")
    # Only then: a cluster that is still starting while work is due would be taken for stuck.
    until(lambda: len(workers.crew) >= 4, 60, "the cluster is complete")
    batch = shop.batch(shop.products(2))
    until(lambda: workers.pulses, 60, "a message was begun")
    stuck_twice = 2 * float(workers.environment["DISPATCH_STUCK_SECONDS"])
    time.sleep(stuck_twice)
    assert presence.look().stopped_by_clocks
    assert {job.attempt_count for job in shop.jobs()} == {0}
    assert workers.times_said("cluster.restarted") == 0
    assert workers.times_said("clock.wrong") <= 1 + 2, "once for each process"
    workers.start()
    shop.wait_until_all_ended()
    assert_published_exactly_once(shop, batch)
    # Its supervisor tells of it apart from what its workers do.
    until(lambda: not presence.look().stopped_by_clocks, 60, "the other machine is seen")


def wrong_clocks() -> list[int]:
    return [round(clock.ahead / 3600) for clock in presence.look().wrong_clocks]


@pytest.mark.storm
@HOURS
def test_leases_and_waiting_times_hold_for_workers_with_a_wrong_clock(
    shop: Shop, workers: Workers, hours: int
) -> None:
    products = shop.products(4)
    scripts = {
        products[0].pk: {"create": ["kill_after"]},
        products[1].pk: {"upload": ["transient"]},
        products[2].pk: {"publish": ["kill_before"]},
    }
    batch = shop.batch(products, scripts=scripts)
    later = shop.request_later()  # long ago for a clock that is five hours ahead
    start(workers, hours, tolerance=ANY)
    until(lambda: shop.unfinished() == 1, 120, "what is due is done")
    assert shop.job(later).started_at is None
    with shop.inside(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE marketplace_jobs SET run_after = clock_timestamp() WHERE id = %s", [later]
        )
        cursor.execute("UPDATE public.lanes SET due_at = clock_timestamp()")
    shop.wait_until_all_ended()
    assert_effects(shop, [product.pk for product in shop.made])
    assert_times_are_the_databases(shop)
    assert shop.job(later).batch_id is None
    assert batch


def assert_times_are_the_databases(shop: Shop) -> None:
    now = timezone.now()
    for job in shop.jobs():
        assert job.completed_at is not None
        assert abs(job.completed_at - now) < timedelta(minutes=5)


@HOURS
def test_a_limit_of_a_minute_lasts_a_minute_whatever_the_workers_clock_says(
    shop: Shop, workers: Workers, hours: int
) -> None:
    shop.request(script={"upload": ["rate_limited"]})
    start(workers, hours, tolerance=ANY)
    lane = until(lambda: Lane.objects.filter(block_reason__gt="").first(), 60, "the lane waits")
    assert lane
    assert lane.blocked_until
    left = lane.blocked_until - timezone.now()
    assert timedelta(seconds=30) < left <= timedelta(seconds=61)


@HOURS
def test_a_mixed_fleet_works_together(shop: Shop, workers: Workers, hours: int) -> None:
    """The seller's request comes from a machine whose clock is right."""
    start(workers, hours, tolerance=ANY)
    first = shop.request()
    until(lambda: shop.job(first).status == "COMPLETED", 60, "the workers have started")
    batch = shop.batch(shop.products(3))
    shop.request()
    shop.wait_until_all_ended()
    assert_published_exactly_once(shop, batch)
