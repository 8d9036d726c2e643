"""The circuit breaker: an outage burns no attempts, a poison product blocks nobody."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from tasks import retries, tenancy
from tasks.dispatch import lanes, pulse, worker
from tasks.models import MarketplaceJob
from tests.passing_time import let_time_pass
from tests.tasks.conftest import Bench


@pytest.fixture
def shop(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """An account whose market can be closed, and this process as its worker."""
    monkeypatch.setenv(pulse.DIRECTORY, str(tmp_path))
    monkeypatch.setenv(pulse.SUPERVISOR, str(os.getpid()))
    bench.account.settings = {"world": str(bench.world.path)}
    bench.account.save()
    return bench


def _serve() -> None:
    worker.serve()
    tenancy.enter(tenancy.tenant_named("t1"))


def _later(shop: Bench) -> None:
    let_time_pass()
    lanes.wake(shop.account.pk)
    _serve()


def _jobs(*jobs: MarketplaceJob) -> list[tuple[str, int]]:
    for job in jobs:
        job.refresh_from_db()
    return [(job.status, job.attempt_count) for job in jobs]


def test_three_jobs_in_a_row_that_meet_an_outage_make_the_account_wait(shop: Bench) -> None:
    jobs = [shop.request("update") for _ in range(5)]
    shop.world.close()
    _serve()
    assert [job.attempt_count for job in MarketplaceJob.objects.order_by("pk")] == [1, 1, 1, 0, 0]
    lane = shop.lane
    assert lane.outage_since is not None
    assert lane.outage_jobs == [job.pk for job in jobs[:3]]
    assert lane.blocked_until is not None
    assert timedelta(seconds=1) < lane.blocked_until - timezone.now() < timedelta(seconds=6)
    assert "does not answer" in lane.block_reason


def test_two_jobs_do_not(shop: Bench) -> None:
    for _ in range(2):
        shop.request("update", script={"send": ["outage"]})
    _serve()
    assert shop.lane.outage_since is None


def test_refusals_that_are_looked_after_are_no_outage(shop: Bench) -> None:
    for _ in range(4):
        shop.request("publish", script={"create": ["refused"]})
    _serve()
    assert shop.lane.outage_since is None
    assert shop.lane.outage_jobs == []


def test_an_outage_burns_no_attempts_and_recovery_is_by_itself(shop: Bench) -> None:
    jobs = [shop.request("update") for _ in range(5)]
    shop.world.close()
    for _ in range(12):
        _later(shop)
    assert [attempts for _, attempts in _jobs(*jobs)] == [0] * 5
    shop.world.open()
    _later(shop)
    assert [status for status, _ in _jobs(*jobs)] == ["COMPLETED"] * 5
    assert (shop.lane.outage_since, shop.lane.outage_jobs) == (None, [])


def test_while_it_lasts_only_the_probe_is_sent_and_the_pauses_grow(shop: Bench) -> None:
    for _ in range(5):
        shop.request("update")
    shop.world.close()
    _serve()
    sent = len(shop.world.lines("call"))
    pauses = []
    for _ in range(9):
        _later(shop)
        pause = shop.lane.blocked_until - timezone.now()  # type: ignore[operator]
        pauses.append(round(pause.total_seconds()))
    assert len(shop.world.lines("call")) == sent
    assert len(shop.world.lines("probe")) == 9
    assert pauses[:6] == sorted(set(pauses[:6]))
    assert pauses[0] == pytest.approx(10, abs=4)
    assert pauses[-1] == pytest.approx(600, abs=10)


def test_the_only_job_of_an_account_outlasts_an_outage_too(shop: Bench) -> None:
    job = shop.request("update")
    shop.world.close()
    for _ in range(20):
        _later(shop)
    [(status, _)] = _jobs(job)
    assert status == "RUNNING"
    shop.world.open()
    _later(shop)
    _later(shop)
    assert _jobs(job)[0][0] == "COMPLETED"


def test_a_poison_product_fails_by_itself_and_blocks_nobody(shop: Bench) -> None:
    poison = shop.request("update", script={"send": ["outage"] * 99})
    for _ in range(12):
        healthy = shop.request("update")
        _later(shop)
        assert _jobs(healthy)[0][0] == "COMPLETED"
    assert _jobs(poison)[0][0] == "FAILED"


def test_a_poison_product_alone_fails_once_the_marketplace_has_answered(shop: Bench) -> None:
    poison = shop.request("update", script={"send": ["outage"] * 99})
    for _ in range(9):
        _later(shop)
    assert _jobs(poison)[0][0] == "FAILED"


def test_a_withdrawal_outlasts_an_outage_of_its_own_route(shop: Bench) -> None:
    """What never expires is wanted however late: nobody has to ask for it again."""
    withdrawal = shop.request("unpublish", script={"send": ["outage"] * 15})
    delays = []
    for _ in range(25):
        _later(shop)
        [(status, attempts)] = _jobs(withdrawal)
        assert status in {"RUNNING", "COMPLETED"}
        if attempts > 10 and status == "RUNNING":
            delays.append(withdrawal.run_after - timezone.now())
    assert status == "COMPLETED"
    assert timedelta(minutes=14) < max(delays) <= retries.LONGEST_DELAY
    assert withdrawal.attempt_count > withdrawal.attempt_limit


def test_a_withdrawal_that_is_refused_fails_at_once(shop: Bench) -> None:
    withdrawal = shop.request("unpublish", script={"send": ["outage"] * 6 + ["permanent"]})
    for _ in range(12):
        _later(shop)
    assert _jobs(withdrawal)[0][0] == "FAILED"


def test_three_poison_products_end_as_well(shop: Bench) -> None:
    poison = [shop.request("update", script={"send": ["outage"] * 99}) for _ in range(3)]
    for _ in range(25):
        _later(shop)
    assert [status for status, _ in _jobs(*poison)] == ["FAILED"] * 3


def test_an_answer_in_between_breaks_the_row(shop: Bench) -> None:
    for script in ({"send": ["outage"]}, {"send": ["outage"]}, {}, {"send": ["outage"]}):
        shop.request("update", script=script)
    _serve()
    assert shop.lane.outage_since is None


def test_a_lost_answer_counts_and_a_look_that_cannot_tell_does_not(shop: Bench) -> None:
    lost = {"create": ["unknown"], "find_listing": ["cannot_tell"] * 9}
    for _ in range(2):
        shop.request("publish", script=lost, payload={"photos": 0})
    _serve()
    assert len(shop.lane.outage_jobs) == 2
    shop.request("update")
    _later(shop)
    _later(shop)
    assert shop.lane.outage_jobs == []


def test_a_lane_that_staff_paused_is_not_probed(shop: Bench) -> None:
    for _ in range(3):
        shop.request("update")
    shop.world.close()
    _serve()
    lanes.pause(shop.account.pk, by="anna", reason="")
    _later(shop)
    assert shop.world.lines("probe") == []


def test_a_probe_that_cannot_be_sent_says_nothing_about_the_outage(shop: Bench) -> None:
    jobs = [shop.request("update") for _ in range(3)]
    shop.world.close()
    _serve()
    shop.world.lock_up()
    _later(shop)
    assert shop.lane.offline_reason == "The seller's toy box is closed."
    assert shop.lane.outage_since is not None
    shop.world.unlock()
    shop.world.open()
    _later(shop)
    assert shop.lane.outage_jobs, "nobody asks while the seller's side is missing"
    lanes.online(shop.account.pk)
    _later(shop)
    assert shop.lane.outage_jobs == []
    assert [status for status, _ in _jobs(*jobs)] == ["COMPLETED"] * 3
