"""Workers that are asked to stop: jobs are let go between two tasks, and gone on with later."""

from __future__ import annotations

import signal
from collections import Counter
from functools import partial

import pytest

from tests.acceptance.engine.conftest import UNHURRIED
from tests.acceptance.engine.shop import Shop, assert_nothing_held, assert_published_exactly_once
from tests.acceptance.processes import Workers, until

pytestmark = pytest.mark.stops_workers


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_jobs_are_let_go_between_two_tasks_and_gone_on_with(
    shop: Shop, workers: Workers, number: signal.Signals
) -> None:
    other = Shop.open(shop.world.path.parent, "t2")
    # Long enough that the second worker begins, and the request to stop arrives, in the meantime.
    in_the_middle = {"create": ["sleep:6"]}
    batches = {
        each.tenant.pk: each.batch(each.products(1), script=in_the_middle) for each in (shop, other)
    }
    workers.start(workers=2, **UNHURRIED)
    until(lambda: all(map(is_creating, (shop, other))), 60, "both are under way")

    seconds = workers.stop(number=number)

    assert seconds < 15
    assert workers.process.returncode == 0
    for each in (shop, other):
        job = each.jobs()[0]
        assert (job.status, job.wait_reason) == ("RUNNING", "SHUTDOWN")
        assert (job.lease_token, job.attempt_count) == (None, 0)
        assert each.attempts() == []
        assert set(Counter(task.status for task in each.tasks())) == {"COMPLETED", "PENDING"}
    until_all_have_gone(workers)

    workers.start(workers=2, **UNHURRIED)
    for each in (shop, other):
        each.wait_until_all_ended()
        assert_published_exactly_once(each, batches[each.tenant.pk])
        assert_every_step_was_called_once(each)


def is_creating(shop: Shop) -> bool:
    return shop.world.calls("create", f"product-{shop.made[0].pk}") > 0


def test_ctrl_c_in_the_terminal_stops_the_workers_as_well(shop: Shop, workers: Workers) -> None:
    """The terminal signals the whole foreground group, of which the cluster is not a part."""
    shop.batch(shop.products(4), pace=0.2)
    workers.start(workers=2, **UNHURRIED)
    until(shop.working_or_done, 60, "work is under way")
    group = [m for m in workers.members if m.group == workers.process.pid]
    assert [m.pid for m in group] == [workers.process.pid]
    assert workers.stop(number=signal.SIGINT) < 15
    until_all_have_gone(workers)
    assert {job.lease_token for job in shop.jobs()} == {None}
    assert shop.attempts() == []


def test_five_deployments_in_a_row_lose_nothing_and_repeat_nothing(
    shop: Shop, workers: Workers
) -> None:
    batch = shop.batch(shop.products(40), pace=0.05)
    for _ in range(5):
        goal = len(shop.world.effects()) + 4
        workers.start(workers=2, **UNHURRIED)
        until(partial(shop.has_effects, goal), 60, "work goes on")
        workers.stop()
        assert workers.process.returncode == 0
        until_all_have_gone(workers)
    assert shop.unfinished(), "too little work to prove anything"
    shop.hasten()
    workers.start(workers=2, **UNHURRIED)
    shop.wait_until_all_ended()
    assert_published_exactly_once(shop, batch)
    assert_every_step_was_called_once(shop)
    assert shop.attempts() == []


def until_all_have_gone(workers: Workers) -> None:
    """Who is killed at the end of a stop is there until the machine comes round to it."""
    until(lambda: workers.members == [], 5, "every process has ended")


def assert_every_step_was_called_once(shop: Shop) -> None:
    for call, times in Counter(shop.world.lines("call")).items():
        assert times == (shop.photos if call.startswith("upload") else 1), call
    assert set(shop.world.effects().values()) == {1}
    assert_nothing_held(shop)
