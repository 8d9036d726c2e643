"""What staff do to jobs: retry, cancel, pause, resume, answer."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import ProtectedError
from django.utils import timezone

from tasks import actions, requests
from tasks.dispatch import claims, lanes, turns
from tasks.endings import BATCH_STATUS
from tasks.errors import MoveRefusedError
from tasks.job_run import RunEnd
from tasks.models import BatchJob, MarketplaceJob, MarketplaceTask
from tasks.orchestrator import TaskOrchestrator
from tasks.states import batch_status
from tests.passing_time import let_time_pass
from tests.tasks.conftest import Bench, StopAfter, statuses, tasks_of

STAFF = "support@stoflow"


def unknown_task(job: MarketplaceJob) -> MarketplaceTask:
    return MarketplaceTask.objects.get(job=job, status="UNKNOWN")


def failed_with_a_question(bench: Bench) -> MarketplaceJob:
    script = {"create": ["unknown"], "find_listing": ["cannot_tell"] * 6}
    return bench.work_until_ended(bench.request(script=script))


class TestRetry:
    def test_a_retry_keeps_what_is_done_outside_and_runs_own_steps_again(
        self, bench: Bench
    ) -> None:
        job = bench.work_until_ended(bench.request(script={"create": ["permanent"]}))
        assert actions.retry(job, requested_by=STAFF).retried
        bench.work()
        job.refresh_from_db()
        subject = f"product-{job.product_id}"
        assert job.status == "COMPLETED"
        assert bench.world.calls("upload", subject) == 2
        assert bench.world.calls("validate", subject) == 2
        assert job.requested_by == STAFF

    def test_a_retry_after_the_product_changed_drops_what_is_no_longer_wanted(
        self, bench: Bench
    ) -> None:
        job = bench.work_until_ended(
            bench.request(script={"create": ["permanent"]}, payload={"photos": 3})
        )
        MarketplaceJob.objects.filter(pk=job.pk).update(payload={**job.payload, "photos": 2})
        MarketplaceTask.objects.filter(job=job, name="Upload image 3/3").update(status="PENDING")
        actions.retry(job, requested_by=STAFF)
        bench.work()
        job.refresh_from_db()
        names = {task.name: task.status for task in tasks_of(job)}
        assert names["Upload image 3/3"] == "CANCELLED"
        assert names["Upload image 2/2"] == "COMPLETED"
        assert bench.world.calls("upload", f"product-{job.product_id}") == 3
        assert tasks_of(job)[3].result == {
            "listing": f"product-{job.product_id}",
            "images": [1, 2],
        }

    def test_a_retry_plans_new_steps_where_they_belong(self, bench: Bench) -> None:
        job = bench.work_until_ended(bench.request(script={"create": ["permanent"]}))
        MarketplaceJob.objects.filter(pk=job.pk).update(payload={**job.payload, "photos": 4})
        actions.retry(job, requested_by=STAFF)
        bench.work()
        assert [task.name for task in tasks_of(job)][1:5] == [
            f"Upload image {n}/4" for n in (1, 2, 3, 4)
        ]
        assert [task.position for task in tasks_of(job)] == list(range(1, 9))
        assert bench.world.calls("upload", f"product-{job.product_id}") == 4

    def test_a_retry_reopens_the_batch_and_its_counters(self, bench: Bench) -> None:
        products = [bench.product(), bench.product()]
        batch = requests.start_batch(
            bench.account,
            "publish",
            products,
            name="Two",
            payload={"world": str(bench.world.path), "script": {"validate": ["permanent"]}},
        ).batch
        bench.work()
        bench.work()
        batch.refresh_from_db()
        assert (batch.status, batch.failed_count) == ("FAILED", 2)
        job = batch.jobs.first()
        assert job is not None
        actions.retry(job, requested_by=STAFF)
        batch.refresh_from_db()
        assert (batch.status, batch.failed_count, batch.completed_at) == ("RUNNING", 1, None)
        bench.work()
        batch.refresh_from_db()
        assert (batch.status, batch.completed_count) == ("PARTIALLY_FAILED", 1)

    @pytest.mark.parametrize("newer", ["publish", "unpublish"])
    def test_a_job_that_a_newer_one_supersedes_is_skipped_and_reported(
        self, bench: Bench, newer: str
    ) -> None:
        old = bench.work_until_ended(bench.request(script={"validate": ["permanent"]}))
        new = bench.request(newer, bench.products[0])
        result = actions.retry(old, requested_by=STAFF)
        assert (result.retried, str(new.pk) in result.reason) == (False, True)
        old.refresh_from_db()
        assert old.status == "FAILED"

    def test_a_cancelled_newer_job_supersedes_nothing(self, bench: Bench) -> None:
        old = bench.work_until_ended(bench.request(script={"validate": ["permanent"]}))
        actions.cancel(bench.request("publish", bench.products[0]), requested_by=STAFF)
        assert actions.retry(old, requested_by=STAFF).retried

    def test_what_has_not_failed_is_not_retried(self, bench: Bench) -> None:
        job = bench.request()
        assert not actions.retry(job, requested_by=STAFF).retried
        bench.work()
        assert actions.retry(job, requested_by=STAFF).reason == "The job is completed."


class TestCancel:
    def test_a_waiting_job_is_cancelled_at_once(self, bench: Bench) -> None:
        job = bench.request()
        actions.cancel(job, requested_by=STAFF, reason="sold elsewhere")
        job.refresh_from_db()
        assert (job.status, job.cancel_requested_by, job.cancel_reason) == (
            "CANCELLED",
            STAFF,
            "sold elsewhere",
        )
        assert bench.work() is None

    def test_a_running_job_stops_before_its_next_task(self, bench: Bench) -> None:
        job = bench.request()
        claimed = bench.claim()
        assert claimed is not None
        sentence = actions.cancel(job, requested_by=STAFF)
        assert "after the task that runs now" in sentence
        assert TaskOrchestrator().execute_job_with_tasks(claimed) is RunEnd.ENDED
        job.refresh_from_db()
        assert job.status == "CANCELLED"
        assert set(statuses(job)) == {"CANCELLED"}
        assert not bench.world.effects()

    def test_cancel_in_the_middle_keeps_what_was_done(self, bench: Bench) -> None:
        job = bench.request()
        bench.work(TaskOrchestrator(StopAfter(2)))
        actions.cancel(job, requested_by=STAFF)
        job.refresh_from_db()
        assert job.status == "CANCELLED"
        assert statuses(job) == ["COMPLETED"] * 2 + ["CANCELLED"] * 4

    def test_past_the_point_of_no_return_cancel_waits_for_the_end(self, bench: Bench) -> None:
        job = bench.request(script={"save": ["transient"]})
        bench.work()
        sentence = actions.cancel(job, requested_by=STAFF)
        assert "too late" in sentence
        bench.work_until_ended(job)
        assert job.status == "COMPLETED"

    def test_an_unknown_outcome_is_cleared_up_before_the_job_is_cancelled(
        self, bench: Bench
    ) -> None:
        job = bench.request(script={"create": ["unknown_after"]})
        bench.work()
        actions.cancel(job, requested_by=STAFF)
        bench.work_until_ended(job)
        assert job.status == "CANCELLED"
        assert statuses(job)[3:] == ["COMPLETED", "CANCELLED", "CANCELLED"]

    def test_an_unknown_outcome_that_was_none_is_not_acted_on_after_a_cancel(
        self, bench: Bench
    ) -> None:
        job = bench.request(script={"create": ["unknown"]})
        bench.work()
        actions.cancel(job, requested_by=STAFF)
        bench.work_until_ended(job)
        assert job.status == "CANCELLED"
        assert "CANCELLED" in statuses(job)[3]
        assert not bench.world.effects()[f"listing product-{job.product_id}"]

    def test_an_ended_job_cannot_be_cancelled(self, bench: Bench) -> None:
        job = bench.request()
        bench.work()
        with pytest.raises(MoveRefusedError, match="completed"):
            actions.cancel(job, requested_by=STAFF)

    def test_a_cancelled_job_can_be_retried(self, bench: Bench) -> None:
        job = bench.request()
        actions.cancel(job, requested_by=STAFF)
        assert actions.retry(job, requested_by=STAFF).retried
        bench.work()
        job.refresh_from_db()
        assert job.status == "COMPLETED"


class TestPause:
    def test_a_paused_job_is_not_claimed_until_it_is_resumed(self, bench: Bench) -> None:
        job = bench.request()
        actions.pause(job, requested_by=STAFF, reason="price is wrong")
        assert bench.work() is None
        actions.resume(job)
        assert bench.work() is RunEnd.ENDED

    def test_a_running_job_pauses_before_its_next_task(self, bench: Bench) -> None:
        job = bench.request()
        claimed = bench.claim()
        assert claimed is not None
        actions.pause(job, requested_by=STAFF)
        assert TaskOrchestrator().execute_job_with_tasks(claimed) is RunEnd.WAITS
        job.refresh_from_db()
        assert (job.status, job.wait_reason, job.attempt_count) == ("RUNNING", "PAUSED", 0)

    def test_a_paused_lane_starts_nothing_and_its_other_causes_stay(self, bench: Bench) -> None:
        bench.request()
        lanes.pause(bench.account.pk, by=STAFF, reason="holiday")
        lanes.stop_for_consent(bench.account.pk, reason="revoked")
        assert bench.work() is None
        assert lanes.resume(bench.account.pk)
        assert bench.work() is None
        assert lanes.consent_given(bench.account.pk)
        assert bench.work() is RunEnd.ENDED


class TestAnswer:
    def test_it_exists_adopts_the_id_and_goes_on(self, bench: Bench) -> None:
        job = failed_with_a_question(bench)
        actions.answer(unknown_task(job), exists=True, external_id="L-7", requested_by=STAFF)
        bench.work_until_ended(job)
        assert job.status == "COMPLETED"
        assert tasks_of(job)[3].result == {"listing": "L-7", "adopted": True}
        assert bench.world.calls("create", f"product-{job.product_id}") == 1

    def test_it_does_not_exist_acts_once_more(self, bench: Bench) -> None:
        job = failed_with_a_question(bench)
        actions.answer(unknown_task(job), exists=False, requested_by=STAFF)
        bench.work_until_ended(job)
        assert job.status == "COMPLETED"
        assert bench.world.effects()[f"listing product-{job.product_id}"] == 1

    def test_an_id_that_the_marketplace_does_not_know_is_asked_again(self, bench: Bench) -> None:
        job = failed_with_a_question(bench)
        actions.answer(unknown_task(job), exists=True, external_id="wrong", requested_by=STAFF)
        bench.work_until_ended(job)
        assert (job.status, job.needs_person) == ("FAILED", True)
        assert "does not know “wrong”" in job.error_message
        assert unknown_task(job).step == "create"

    def test_an_answer_needs_an_id_and_an_open_question(self, bench: Bench) -> None:
        job = failed_with_a_question(bench)
        with pytest.raises(MoveRefusedError, match="needs the id"):
            actions.answer(unknown_task(job), exists=True, external_id=" ", requested_by=STAFF)
        with pytest.raises(MoveRefusedError, match="no longer unknown"):
            actions.answer(tasks_of(job)[0], exists=False, requested_by=STAFF)

    def test_a_plain_retry_of_a_question_looks_again_and_never_guesses(self, bench: Bench) -> None:
        job = failed_with_a_question(bench)
        actions.retry(job, requested_by=STAFF)
        bench.work_until_ended(job)
        assert job.status == "COMPLETED"
        assert bench.world.effects()[f"listing product-{job.product_id}"] == 1


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
        assert actions.retry(job, requested_by=STAFF).reason == "Its product was removed."


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
        assert actions.retry(job, requested_by=STAFF).retried
        assert bench.work() is RunEnd.ENDED


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
        assert publish.cancel_reason == "“unpublish” was asked for later."

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
