"""What comes of asking for jobs and batches: what waits, follows, is void, or expires."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import ProtectedError
from django.utils import timezone

from tasks import actions, requests
from tasks.dispatch import claims
from tasks.endings import BATCH_STATUS
from tasks.job_run import RunEnd
from tasks.models import BatchJob, MarketplaceJob
from tasks.orchestrator import TaskOrchestrator
from tasks.states import batch_status
from tests.tasks.conftest import Bench, StopAfter

STAFF = "support@stoflow"


class TestRequests:
    def test_asking_for_what_waits_returns_the_waiting_job(self, bench: Bench) -> None:
        product = bench.product()
        first = bench.request(product=product, priority=3)
        again = requests.request_job(bench.account, "publish", product, priority=1)
        assert (again.job_id, again.created) == (first.pk, False)
        first.refresh_from_db()
        assert first.priority == 1

    def test_what_waits_does_what_the_newest_request_says(self, bench: Bench) -> None:
        product = bench.product()
        first = bench.request(product=product, payload={"mode": "old"})
        bench.request(product=product, payload={"mode": "new"})
        first.refresh_from_db()
        assert first.payload["mode"] == "new"

    def test_what_runs_keeps_the_payload_it_began_with(self, bench: Bench) -> None:
        product = bench.product()
        running = bench.request(product=product, payload={"mode": "old"})
        assert bench.claim() is not None
        follow_up = bench.request(product=product, payload={"mode": "new"})
        running.refresh_from_db()
        assert (running.payload["mode"], follow_up.payload["mode"]) == ("old", "new")

    @pytest.mark.parametrize(
        ("first", "second", "kept"),
        [(1, 2, 2), (2, 1, 2), (1, None, None), (None, 1, None), (None, None, None)],
    )
    def test_what_waits_expires_with_the_last_request_that_wants_it(
        self, bench: Bench, first: int | None, second: int | None, kept: int | None
    ) -> None:
        now, product = timezone.now(), bench.product()
        moments = {hours: now + timedelta(hours=hours) for hours in (1, 2)} | {None: None}
        job = bench.request(product=product, expires_at=moments[first])
        bench.request(product=product, expires_at=moments[second])
        job.refresh_from_db()
        assert job.expires_at == moments[kept]

    def test_asking_while_it_runs_queues_one_follow_up(self, bench: Bench) -> None:
        product = bench.product()
        running = bench.request(product=product)
        assert bench.claim() is not None
        follow_up = bench.request(product=product)
        assert follow_up.pk != running.pk
        assert bench.request(product=product).pk == follow_up.pk

    def test_two_actions_on_one_product_never_run_at_the_same_time(self, bench: Bench) -> None:
        product = bench.product()
        bench.request(product=product)
        update = bench.request("update", product)
        bench.lane.__class__.objects.update(concurrency=5)
        first = bench.claim()
        assert first is not None
        assert bench.claim() is None
        TaskOrchestrator().execute_job_with_tasks(first)
        second = bench.claim()
        assert second is not None
        assert second.pk == update.pk

    def test_a_lane_runs_no_more_jobs_than_its_concurrency(self, bench: Bench) -> None:
        for _ in range(3):
            bench.request()
        bench.lane.__class__.objects.update(concurrency=2)
        assert bench.claim() is not None
        assert bench.claim() is not None
        assert bench.claim() is None

    def test_jobs_are_claimed_by_priority_then_time_then_age(self, bench: Bench) -> None:
        now = timezone.now()
        low = bench.request(priority=4)
        late = bench.request(run_after=now - timedelta(seconds=1))
        early = bench.request(run_after=now - timedelta(seconds=9))
        critical = bench.request(priority=1)
        bench.request(run_after=now + timedelta(hours=1))
        order = []
        while (job := bench.claim()) is not None:
            order.append(job.pk)
            TaskOrchestrator().execute_job_with_tasks(job)
        assert order == [critical.pk, early.pk, late.pk, low.pk]

    def test_an_empty_batch_is_completed(self, bench: Bench) -> None:
        batch = requests.start_batch(bench.account, "publish", [], name="Nothing").batch
        assert (batch.status, batch.total_count) == ("COMPLETED", 0)
        assert batch.completed_at is not None

    def test_a_batch_reports_what_was_waiting_already_and_does_not_count_it(
        self, bench: Bench
    ) -> None:
        waiting = bench.request(product=bench.product())
        products = [*bench.products, bench.product()]
        requested = requests.start_batch(bench.account, "publish", products, name="Two")
        assert requested.waiting_already == [waiting.pk]
        assert (requested.created, requested.batch.total_count) == (1, 1)

    def test_a_batch_moves_from_pending_over_running_to_its_outcome(self, bench: Bench) -> None:
        payload = {"world": str(bench.world.path)}
        products = [bench.product(), bench.product()]
        batch = requests.start_batch(
            bench.account, "publish", products, name="Two", payload=payload
        ).batch
        assert batch.status == "PENDING"
        bench.work()
        batch.refresh_from_db()
        assert (batch.status, batch.completed_count) == ("RUNNING", 1)
        bench.work()
        batch.refresh_from_db()
        assert (batch.status, batch.completed_count) == ("COMPLETED", 2)
        assert batch.completed_at is not None

    def test_a_product_with_unfinished_jobs_cannot_be_deleted(self, bench: Bench) -> None:
        job = bench.request()
        with pytest.raises(ProtectedError):
            bench.products[0].delete()
        actions.cancel(job, requested_by=STAFF)
        bench.products[0].delete()
        job.refresh_from_db()
        assert (job.product_id, job.product_name) == (None, "Toy")
        assert actions.retry(job).reason == "Its product was removed."


class TestSuperseding:
    def test_a_withdrawal_cancels_the_publication_that_still_waits(self, bench: Bench) -> None:
        publish = bench.request()
        other = bench.request()
        bench.request("unpublish", bench.products[0], priority=1)
        publish.refresh_from_db()
        other.refresh_from_db()
        assert (publish.status, publish.error_class) == ("CANCELLED", "SupersededError")
        assert other.status == "PENDING"

    def test_a_publication_that_has_begun_goes_no_further(self, bench: Bench) -> None:
        publish = bench.request()
        bench.work(TaskOrchestrator(StopAfter(2)))
        bench.request("unpublish", bench.products[0], priority=1)
        publish.refresh_from_db()
        assert (publish.status, publish.cancel_requested_by) == ("CANCELLED", "StoFlow")
        assert publish.cancel_reason == "This was asked for later: Withdraw."

    def test_what_a_publication_did_is_found_out_before_it_ends(self, bench: Bench) -> None:
        publish = bench.request(script={"create": ["unknown_after"]})
        bench.work()
        withdrawal = bench.request("unpublish", bench.products[0], priority=1)
        publish.refresh_from_db()
        assert (publish.status, publish.wait_reason) == ("RUNNING", "CANCEL")
        bench.work_until_ended(publish)
        assert publish.status == "CANCELLED"
        bench.work_until_ended(withdrawal)
        assert withdrawal.status == "COMPLETED"

    def test_a_publication_that_is_live_is_saved_before_its_withdrawal(self, bench: Bench) -> None:
        publish = bench.request(script={"save": ["transient"]})
        bench.work()
        withdrawal = bench.request("unpublish", bench.products[0], priority=1)
        bench.work_until_ended(publish)
        assert publish.status == "COMPLETED"
        bench.work_until_ended(withdrawal)
        assert withdrawal.status == "COMPLETED"


class TestExpiry:
    def test_only_jobs_that_never_started_expire(self, bench: Bench) -> None:
        past = timezone.now() - timedelta(seconds=1)
        waiting = bench.request(expires_at=past)
        started = bench.request()
        claims.expire(bench.turn)
        waiting.refresh_from_db()
        assert waiting.status == "EXPIRED"
        assert bench.work(TaskOrchestrator(StopAfter(1))) is RunEnd.WAITS
        MarketplaceJob.objects.filter(pk=started.pk).update(expires_at=past)
        assert claims.expire(bench.turn) == 0
        assert bench.work() is RunEnd.ENDED

    def test_an_expired_job_is_never_claimed_even_before_it_is_swept(self, bench: Bench) -> None:
        bench.request(expires_at=timezone.now() - timedelta(seconds=1))
        assert bench.claim() is None

    def test_withdrawals_never_expire(self, bench: Bench) -> None:
        job = bench.request("unpublish", expires_at=timezone.now() - timedelta(seconds=1))
        assert job.expires_at is None

    def test_an_expired_job_can_be_retried_and_does_not_expire_again(self, bench: Bench) -> None:
        job = bench.request(expires_at=timezone.now() - timedelta(seconds=1))
        claims.expire(bench.turn)
        assert actions.retry(job).retried
        assert bench.work() is RunEnd.ENDED


def test_the_status_of_a_batch_is_the_same_in_sql_and_in_the_pure_table(bench: Bench) -> None:
    for completed, failed, cancelled, expired in itertools.product(range(3), repeat=4):
        for missing in (0, 1):
            total = completed + failed + cancelled + expired + missing
            if completed + failed + cancelled + expired == 0:
                continue
            batch = BatchJob.objects.create(
                name="b",
                marketplace="toy",
                action="publish",
                total_count=total,
                completed_count=completed,
                failed_count=failed,
                cancelled_count=cancelled,
                expired_count=expired,
            )
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SELECT {BATCH_STATUS} FROM batch_jobs b WHERE id = %(id)s",  # noqa: S608
                    {"id": batch.pk, "completed": 0, "failed": 0, "cancelled": 0, "expired": 0},
                )
                assert cursor.fetchone()[0] == batch_status(batch.counts).value
