"""An account's health stands on its lane, as the last turn left it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from tasks import actions, tenancy
from tasks.causes import FailuresOf, causes_of
from tasks.dispatch import lanes, timer, turns
from tasks.dispatch.health import Sign, signs, worst_sign
from tasks.dispatch.models import Lane
from tasks.models import MarketplaceJob
from tasks.open_failures import STILL_OPEN
from tasks.orchestrator import TaskOrchestrator
from tests.tasks.conftest import Bench, StopAfter

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def settled(bench: Bench) -> Lane:
    """The lane after a turn; open failures and what fails always agree with its number."""
    turns.settle(bench.turn)
    lane = bench.lane
    assert MarketplaceJob.objects.filter(STILL_OPEN).count() == lane.failed_count
    assert causes_of(FailuresOf()).jobs == lane.failed_count
    return lane


def failed(bench: Bench, action: str = "publish", **options: Any) -> MarketplaceJob:
    step = {"publish": "create", "sync": "read_page"}[action]
    job = bench.request(action, script={step: ["permanent"] * 2}, **options)
    return bench.work_until_ended(job)


def test_a_new_account_s_jobs_wait_for_a_worker(bench: Bench) -> None:
    for _ in range(3):
        bench.request()
    lane = settled(bench)
    assert (lane.waiting_count, lane.working_count, lane.failed_count) == (3, 0, 0)
    assert lane.next_run_at is not None
    assert lane.measured_at is not None
    assert signs(lane, lane.measured_at + timedelta(seconds=1)) == [Sign.QUEUED]


def test_a_job_with_a_live_lease_is_worked_on_and_no_longer_waits(bench: Bench) -> None:
    bench.request()
    bench.request()
    bench.claim()
    lane = settled(bench)
    assert (lane.working_count, lane.waiting_count) == (1, 1)


def test_a_worker_that_has_died_does_not_count_as_working(bench: Bench) -> None:
    bench.request()
    bench.claim()
    bench.let_leases_expire()
    assert settled(bench).working_count == 0


def test_a_retry_says_when_and_why(bench: Bench) -> None:
    bench.request(script={"upload": ["transient"]})
    bench.work()
    lane = settled(bench)
    assert (lane.waiting_count, lane.wait_reason) == (1, "RETRY")
    assert lane.next_run_at is not None
    assert lane.measured_at is not None
    assert lane.next_run_at > lane.measured_at
    assert signs(lane, lane.measured_at) == [Sign.LATER]


def test_a_paused_job_waits_for_nothing_that_comes_by_itself(bench: Bench) -> None:
    job = bench.request()
    actions.pause(job, requested_by="mia")
    lane = settled(bench)
    assert (lane.waiting_count, lane.next_run_at) == (1, None)
    assert signs(lane, NOW) == [Sign.HELD]


def test_paused_jobs_do_not_wait_for_their_turn_though_the_account_has_other_work(
    bench: Bench,
) -> None:
    actions.pause(bench.request(), requested_by="mia")
    bench.request("sync", product=None)
    MarketplaceJob.objects.filter(product=None).update(run_after=NOW + timedelta(days=36500))
    lane = settled(bench)
    assert (lane.waiting_count, lane.paused_count) == (1, 1)
    assert lane.next_run_at is not None
    assert signs(lane, NOW) == [Sign.HELD]
    assert Lane.objects.annotate(worst=worst_sign(NOW)).get().worst == Sign.HELD


def test_success_is_remembered_and_its_jobs_are_forgotten(bench: Bench) -> None:
    job = bench.work_until_ended(bench.request())
    lane = settled(bench)
    assert lane.last_success_at == job.completed_at
    MarketplaceJob.objects.all().delete()
    assert settled(bench).last_success_at == job.completed_at
    assert signs(bench.lane, NOW) == [Sign.IDLE]


def test_a_failure_counts_until_something_newer_is_asked_for(bench: Bench) -> None:
    job = failed(bench)
    assert settled(bench).failed_count == 1
    newer = bench.request("update", job.product)
    assert settled(bench).failed_count == 0
    actions.cancel(newer, requested_by="mia")
    assert settled(bench).failed_count == 1


def test_a_product_that_failed_twice_counts_once(bench: Bench) -> None:
    product = failed(bench).product
    failed(bench, product=product)
    assert settled(bench).failed_count == 1


def test_a_failed_sweep_counts_until_the_next_one_has_ended(bench: Bench) -> None:
    """Which is asked for by itself, and may fail as well."""
    failed(bench, "sync")
    failed(bench)
    assert settled(bench).failed_count == 2
    following = bench.request("sync")
    assert settled(bench).failed_count == 2
    assert MarketplaceJob.objects.filter(STILL_OPEN).count() == 2
    bench.work_until_ended(following)
    assert settled(bench).failed_count == 1
    assert MarketplaceJob.objects.filter(STILL_OPEN).count() == 1


def test_a_failure_whose_product_was_deleted_asks_for_nothing(bench: Bench) -> None:
    job = failed(bench)
    assert job.product is not None
    job.product.delete()
    assert settled(bench).failed_count == 0


def test_a_failure_whose_account_was_removed_asks_for_nothing(bench: Bench) -> None:
    failed(bench)
    MarketplaceJob.objects.update(account=None)
    assert settled(bench).failed_count == 0


def test_a_question_counts_as_one(bench: Bench) -> None:
    script = {"create": ["unknown"], "find_listing": ["cannot_tell"] * 6}
    bench.work_until_ended(bench.request(script=script))
    failed(bench)
    lane = settled(bench)
    assert (lane.failed_count, lane.question_count) == (2, 1)
    assert signs(lane, NOW) == [Sign.QUESTION, Sign.FAILED]


def test_counts_stop_where_they_would_cost_too_much(bench: Bench, settings: Settings) -> None:
    for _ in range(3):
        bench.request()
    settings.STAFF = settings.STAFF | {"lane_counted": 2}
    assert settled(bench).waiting_count == 2


def test_other_accounts_and_other_tenants_do_not_count(bench: Bench) -> None:
    bench.request()
    other = type(bench.account).objects.create(marketplace="toy", name="Other")
    Bench(other, bench.world, bench.products).request()
    assert settled(bench).waiting_count == 1


def test_the_hourly_reconcile_measures_every_lane(bench: Bench) -> None:
    bench.request()
    assert bench.lane.measured_at is None
    tenant = Lane.objects.get().schema_name
    timer.reconcile()
    tenancy.enter(tenancy.tenant_named(tenant))
    assert bench.lane.waiting_count == 1


@pytest.mark.parametrize("what", ["cancel", "pause", "resume", "retry", "request"])
def test_what_staff_do_makes_the_lane_be_measured_soon(bench: Bench, what: str) -> None:
    over, waiting = failed(bench), bench.request()
    if what != "pause":
        actions.pause(waiting, requested_by="mia")
    settled(bench)
    lanes.pause(bench.account.pk, by="mia", reason="")
    assert settled(bench).due_at is None
    match what:
        case "cancel":
            actions.cancel(waiting, requested_by="mia")
        case "pause":
            actions.pause(waiting, requested_by="mia")
        case "resume":
            actions.resume(waiting)
        case "retry":
            actions.retry(over)
        case _:
            bench.request()
    taken = turns.take()
    assert taken is not None
    assert taken.lane_id == bench.lane.pk


def test_a_turn_that_goes_on_counts_as_work(bench: Bench) -> None:
    bench.request()
    settled(bench)
    turns.take()
    lane = bench.lane
    assert lane.served_at is not None
    assert Sign.WORKING in signs(lane, lane.served_at)
    given_up = lane.served_at + timedelta(seconds=settings.Q_CLUSTER["timeout"] + 1)
    assert Sign.WORKING not in signs(lane, given_up)
    bench.work(TaskOrchestrator(StopAfter(1)))
    assert Sign.WORKING not in signs(settled(bench), lane.served_at)


def test_settling_takes_three_statements(bench: Bench) -> None:
    bench.request()
    turn = bench.turn
    with CaptureQueriesContext(connection) as queries:
        turns.settle(turn)
    statements = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert len(statements) == 3


def test_a_rest_without_any_work_is_not_worth_a_word() -> None:
    assert signs(Lane(rests_until=NOW + timedelta(seconds=5)), NOW) == [Sign.IDLE]


SITUATIONS: dict[Sign, dict[str, Any]] = {
    Sign.IDLE: {},
    Sign.WORKING: {"working_count": 1},
    Sign.QUEUED: {"waiting_count": 1, "next_run_at": NOW},
    Sign.RESTING: {
        "waiting_count": 1,
        "next_run_at": NOW,
        "rests_until": NOW + timedelta(seconds=5),
        "working_count": 1,
    },
    Sign.HELD: {"waiting_count": 1},
    Sign.LATER: {"waiting_count": 1, "next_run_at": NOW + timedelta(minutes=1)},
    Sign.BLOCKED: {"blocked_until": NOW + timedelta(minutes=1), "working_count": 1},
    Sign.OFFLINE: {
        "offline_since": NOW,
        "waiting_count": 1,
        "blocked_until": NOW + timedelta(minutes=1),
        "rests_until": NOW + timedelta(seconds=5),
    },
    Sign.PAUSED: {"paused_at": NOW, "waiting_count": 1, "offline_since": NOW},
    Sign.FAILED: {"failed_count": 2, "paused_at": NOW},
    Sign.QUESTION: {"failed_count": 2, "question_count": 1},
    Sign.CONSENT: {"consent_needed_at": NOW, "failed_count": 1},
}


@pytest.mark.parametrize("sign", list(Sign), ids=[sign.name for sign in Sign])
def test_the_database_sorts_by_what_is_shown_first(sign: Sign, bench: Bench) -> None:
    Lane.objects.create(schema_name="t1", account_id=1, marketplace="toy", **SITUATIONS[sign])
    lane = Lane.objects.annotate(worst=worst_sign(NOW)).get()
    assert signs(lane, NOW)[0] == lane.worst == sign


def test_a_served_lane_sorts_as_working(bench: Bench) -> None:
    Lane.objects.create(schema_name="t1", account_id=1, marketplace="toy", served_at=NOW)
    assert Lane.objects.annotate(worst=worst_sign(NOW)).get().worst == Sign.WORKING


def test_the_next_sweep_of_an_account_is_no_work_that_waits(bench: Bench) -> None:
    bench.request("sync", run_after=timezone.now() + timedelta(hours=6))
    turns.settle(bench.turn)
    assert bench.lane.waiting_count == 0
    assert bench.lane.due_at is not None
    bench.request(run_after=timezone.now() + timedelta(hours=6))
    turns.settle(bench.turn)
    assert bench.lane.waiting_count == 1
