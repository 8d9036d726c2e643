"""Sweeps of one account: one of them is started at a time, and a long one holds up no other."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tasks import actions, requests
from tasks.models import MarketplaceJob, MarketplaceJobStats, Priority
from tasks.orchestrator import TaskOrchestrator
from tests.passing_time import let_time_pass
from tests.tasks.conftest import Bench, StopAfter, statuses


@pytest.fixture
def long(bench: Bench) -> MarketplaceJob:
    return bench.request("sync", payload={"pages": 4}, priority=Priority.LOW)


def short(bench: Bench, **options: object) -> MarketplaceJob:
    wanted = {"priority": Priority.HIGH, **options}
    payload = {"world": str(bench.world.path), "steps": 1}
    requested = requests.request_job(bench.account, "count", payload=payload, **wanted)  # type: ignore[arg-type]
    return MarketplaceJob.objects.get(pk=requested.job_id)


def a_turn(bench: Bench, *jobs: MarketplaceJob) -> list[str]:
    bench.work(TaskOrchestrator(StopAfter(1)))
    for job in jobs:
        job.refresh_from_db()
    return [job.status for job in jobs]


def test_a_short_one_runs_between_two_turns_of_a_long_one(
    bench: Bench, long: MarketplaceJob
) -> None:
    a_turn(bench)
    orders = short(bench)
    assert a_turn(bench, long, orders) == ["PENDING", "PENDING"]
    assert long.wait_reason == "TURN"
    assert a_turn(bench, long, orders) == ["PENDING", "COMPLETED"]
    began = long.run_started_at
    bench.work_until_ended(long)
    assert set(statuses(long)) == {"COMPLETED"}
    assert len(bench.world.lines("call")) == 4
    assert long.run_started_at == began
    assert MarketplaceJobStats.objects.filter(action="sync").count() == 1


def test_one_that_is_not_due_yet_is_not_waited_for(bench: Bench, long: MarketplaceJob) -> None:
    orders = short(bench, run_after=timezone.now() + timedelta(minutes=10))
    assert a_turn(bench, long, orders) == ["RUNNING", "PENDING"]


def test_a_less_urgent_one_is_not_let_first(bench: Bench) -> None:
    urgent = bench.request("sync", payload={"pages": 4}, priority=Priority.HIGH)
    a_turn(bench)
    other = short(bench, priority=Priority.LOW)
    assert a_turn(bench, urgent, other) == ["RUNNING", "PENDING"]


def test_a_long_one_that_waits_for_its_next_try_holds_up_nobody(bench: Bench) -> None:
    long = bench.request(
        "sync", payload={"pages": 4}, script={"read_page": ["rate_limited"]}, priority=Priority.LOW
    )
    orders = short(bench, run_after=timezone.now() + timedelta(seconds=30))
    bench.work()
    long.refresh_from_db()
    assert (long.status, long.wait_reason) == ("PENDING", "LIMIT")
    let_time_pass()
    assert a_turn(bench, orders) == ["COMPLETED"]
    bench.work_until_ended(long)


def test_a_paused_one_holds_up_nobody(bench: Bench, long: MarketplaceJob) -> None:
    a_turn(bench)
    orders = short(bench, run_after=timezone.now() + timedelta(minutes=5))
    actions.pause(long, requested_by="staff")
    let_time_pass()
    assert a_turn(bench, long, orders) == ["PENDING", "COMPLETED"]
    actions.resume(long)
    bench.work_until_ended(long)


def test_what_was_asked_for_again_goes_on_as_it_is(bench: Bench, long: MarketplaceJob) -> None:
    """Two of the same cannot wait."""
    a_turn(bench)
    bench.request("sync")
    orders = short(bench)
    assert a_turn(bench, long, orders) == ["RUNNING", "PENDING"]


def test_one_that_stands_back_can_be_cancelled(bench: Bench, long: MarketplaceJob) -> None:
    a_turn(bench)
    short(bench)
    a_turn(bench)
    actions.cancel(long, requested_by="staff")
    long.refresh_from_db()
    assert long.status == "CANCELLED"
