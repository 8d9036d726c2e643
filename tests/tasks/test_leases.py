"""Who holds a job and for how long, and when a lane needs a worker next."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.utils import timezone

from tasks.dispatch import claims, lanes, turns
from tasks.job_run import RunEnd
from tasks.orchestrator import TaskOrchestrator
from tests.passing_time import let_time_pass
from tests.tasks.conftest import Bench

STAFF = "support@stoflow"


class TestLeases:
    def test_a_worker_that_outlived_its_lease_changes_nothing(self, bench: Bench) -> None:
        job = bench.request()
        late = bench.claim()
        assert late is not None
        bench.let_leases_expire()
        assert claims.rescue(bench.turn) == 1
        let_time_pass()
        winner = bench.claim()
        assert winner is not None
        assert TaskOrchestrator().execute_job_with_tasks(late) is RunEnd.LOST
        assert TaskOrchestrator().execute_job_with_tasks(winner) is RunEnd.ENDED
        job.refresh_from_db()
        assert job.status == "COMPLETED"
        assert set(bench.world.effects().values()) == {1}

    def test_a_live_lease_is_never_rescued(self, bench: Bench) -> None:
        bench.request()
        bench.claim()
        assert claims.rescue(bench.turn) == 0

    def test_leases_are_released_on_stopped_lanes_too(self, bench: Bench) -> None:
        job = bench.request()
        bench.claim()
        lanes.pause(bench.account.pk, by=STAFF, reason="")
        bench.let_leases_expire()
        assert claims.rescue(bench.turn) == 1
        job.refresh_from_db()
        assert (job.lease_token, job.wait_reason) == (None, "INTERRUPTED")

    def test_a_job_that_kills_its_workers_ends_failed_with_advice(self, bench: Bench) -> None:
        job = bench.request()
        for _ in range(10):
            let_time_pass()
            assert bench.claim() is not None
            bench.let_leases_expire()
            claims.rescue(bench.turn)
        job.refresh_from_db()
        assert (job.status, job.error_class) == ("FAILED", "JobKillsWorkersError")
        assert "memory" in job.error_advice


class TestDueTimes:
    def due_in(self) -> float | None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT extract(epoch FROM due_at - clock_timestamp()) FROM lanes")
            due = cursor.fetchone()[0]
        return None if due is None else float(due)

    def test_an_idle_lane_is_not_due(self, bench: Bench) -> None:
        bench.request()
        bench.work()
        turns.settle(bench.turn)
        assert self.due_in() is None

    def test_a_lane_is_due_when_its_next_retry_is(self, bench: Bench) -> None:
        bench.request(run_after=timezone.now() + timedelta(seconds=100))
        turns.settle(bench.turn)
        due = self.due_in()
        assert due is not None
        assert 95 < due <= 100

    def test_a_lane_at_its_limit_is_due_when_the_first_lease_ends(self, bench: Bench) -> None:
        bench.request()
        bench.request()
        bench.claim(lease_seconds=40)
        turns.settle(bench.turn)
        due = self.due_in()
        assert due is not None
        assert 35 < due <= 40

    def test_a_stopped_lane_is_due_for_its_leases_only(self, bench: Bench) -> None:
        bench.request()
        lanes.pause(bench.account.pk, by=STAFF, reason="")
        turns.settle(bench.turn)
        assert self.due_in() is None

    def test_a_blocked_lane_is_due_when_the_block_ends(self, bench: Bench) -> None:
        bench.request()
        lanes.block(bench.account.pk, until=timezone.now() + timedelta(seconds=60), reason="limit")
        turns.settle(bench.turn)
        due = self.due_in()
        assert due is not None
        assert 55 < due <= 60

    def test_what_waits_behind_a_started_job_does_not_make_the_lane_due(self, bench: Bench) -> None:
        product = bench.product()
        bench.request(product=product, script={"validate": ["transient"]})
        bench.work()
        bench.request("update", product)
        turns.settle(bench.turn)
        due = self.due_in()
        assert due is not None
        assert due > 1

    def test_enqueuing_lowers_the_due_time_and_never_raises_it(self, bench: Bench) -> None:
        bench.request()
        bench.request(run_after=timezone.now() + timedelta(hours=1))
        due = self.due_in()
        assert due is not None
        assert due <= 0
