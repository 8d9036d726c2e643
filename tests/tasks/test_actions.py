"""What staff do to jobs: retry, cancel, pause, resume, answer."""

from __future__ import annotations

import pytest

from tasks import account_actions, actions, pauses, requests
from tasks.dispatch import lanes
from tasks.endings import end_job
from tasks.errors import MoveRefusedError
from tasks.job_run import RunEnd
from tasks.models import MarketplaceJob, MarketplaceTask
from tasks.orchestrator import TaskOrchestrator
from tasks.staff_actions import Wish
from tasks.states import JobStatus
from tests.tasks.conftest import Bench, StopAfter, statuses, tasks_of
from tests.toymarket.handlers import MEANWHILE

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
        assert actions.retry(job).retried
        bench.work()
        job.refresh_from_db()
        subject = f"product-{job.product_id}"
        assert job.status == "COMPLETED"
        assert bench.world.calls("upload", subject) == 2
        assert bench.world.calls("validate", subject) == 2

    def test_it_stays_the_request_of_who_asked_for_it_first(self, bench: Bench) -> None:
        job = bench.work_until_ended(
            bench.request(script={"create": ["permanent"]}, requested_by="mia")
        )
        asked_at = job.created_at
        actions.retry(job)
        job.refresh_from_db()
        assert (job.requested_by, job.created_at) == ("mia", asked_at)

    def test_a_retry_after_the_product_changed_drops_what_is_no_longer_wanted(
        self, bench: Bench
    ) -> None:
        job = bench.work_until_ended(
            bench.request(script={"create": ["permanent"]}, payload={"photos": 3})
        )
        MarketplaceJob.objects.filter(pk=job.pk).update(payload={**job.payload, "photos": 2})
        MarketplaceTask.objects.filter(job=job, name="Upload image 3/3").update(status="PENDING")
        actions.retry(job)
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
        actions.retry(job)
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
        actions.retry(job)
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
        result = actions.retry(old)
        assert (result.retried, str(new.pk) in result.reason) == (False, True)
        old.refresh_from_db()
        assert old.status == "FAILED"

    def test_a_cancelled_newer_job_supersedes_nothing(self, bench: Bench) -> None:
        old = bench.work_until_ended(bench.request(script={"validate": ["permanent"]}))
        actions.cancel(bench.request("publish", bench.products[0]), requested_by=STAFF)
        assert actions.retry(old).retried

    def test_what_has_not_failed_is_not_retried(self, bench: Bench) -> None:
        job = bench.request()
        assert not actions.retry(job).retried
        bench.work()
        assert actions.retry(job).reason == "The job is completed."


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

    def test_a_task_that_fails_for_good_meanwhile_leaves_the_job_cancelled(
        self, bench: Bench
    ) -> None:
        job = bench.request(script={"upload": ["permanent"]})
        MEANWHILE["upload"] = lambda: actions.cancel(job, requested_by=STAFF, reason="sold there")
        bench.work_until_ended(job)
        assert (job.status, job.cancel_reason) == ("CANCELLED", "sold there")
        assert (job.needs_person, job.error_message) == (False, "The toy market refuses this.")
        assert statuses(job) == ["COMPLETED", *["CANCELLED"] * 5]

    def test_what_fails_for_good_past_the_point_of_no_return_is_not_hidden_by_a_cancel(
        self, bench: Bench
    ) -> None:
        job = bench.request(script={"save": ["transient", "permanent"]})
        bench.work()
        assert "too late" in actions.cancel(job, requested_by=STAFF)
        bench.work_until_ended(job)
        assert (job.status, job.error_message) == ("FAILED", "The toy market refuses this.")

    def test_a_question_about_an_unknown_outcome_is_asked_in_spite_of_a_cancel(
        self, bench: Bench
    ) -> None:
        script = {"create": ["unknown"], "find_listing": ["cannot_tell"] * 6}
        job = bench.request(script=script)
        MEANWHILE["create"] = lambda: actions.cancel(job, requested_by=STAFF)
        bench.work_until_ended(job)
        assert (job.status, job.needs_person) == ("FAILED", True)

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
        assert actions.retry(job).retried
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

    def test_who_paused_it_first_stays_known(self, bench: Bench) -> None:
        job = bench.request()
        actions.pause(job, requested_by=STAFF, reason="price is wrong")
        with pytest.raises(MoveRefusedError, match="paused already"):
            actions.pause(job, requested_by="somebody else")
        job.refresh_from_db()
        assert (job.paused_by, job.pause_reason) == (STAFF, "price is wrong")

    def test_a_running_job_pauses_before_its_next_task(self, bench: Bench) -> None:
        job = bench.request()
        claimed = bench.claim()
        assert claimed is not None
        actions.pause(job, requested_by=STAFF)
        assert TaskOrchestrator().execute_job_with_tasks(claimed) is RunEnd.WAITS
        job.refresh_from_db()
        assert (job.status, job.wait_reason, job.attempt_count) == ("RUNNING", "PAUSED", 0)

    def test_a_pause_that_is_over_is_kept_with_who_why_and_how_long(self, bench: Bench) -> None:
        job = bench.request()
        for reason in ("price is wrong", "stocktaking"):
            actions.pause(job, requested_by=STAFF, reason=reason)
            actions.resume(job)
        actions.resume(job)
        job.refresh_from_db()
        told = [(each.by, each.reason) for each in pauses.of_job(job)]
        assert told == [(STAFF, "price is wrong"), (STAFF, "stocktaking")]
        assert all(
            each.end and job.created_at < each.start < each.end for each in pauses.of_job(job)
        )

    def test_the_pause_in_force_comes_last(self, bench: Bench) -> None:
        job = bench.request()
        actions.pause(job, requested_by=STAFF)
        job.refresh_from_db()
        [pause] = pauses.of_job(job)
        assert (pause.start, pause.end, pause.by) == (job.paused_at, None, STAFF)

    @pytest.mark.parametrize("is_started", [False, True])
    def test_a_cancel_keeps_the_pause_that_it_lifts(self, bench: Bench, is_started: bool) -> None:
        job = bench.request()
        claimed = bench.claim() if is_started else None
        actions.pause(job, requested_by=STAFF, reason="no stock")
        actions.cancel(job, requested_by=STAFF)
        if claimed is not None:
            TaskOrchestrator().execute_job_with_tasks(claimed)
        job.refresh_from_db()
        assert job.status == "CANCELLED"
        [pause] = pauses.of_job(job)
        assert (pause.reason, pause.end is not None) == ("no stock", True)

    def test_a_job_that_ends_while_it_is_paused_keeps_the_pause(self, bench: Bench) -> None:
        job, claimed = bench.request(), bench.claim()
        assert claimed is not None
        actions.pause(job, requested_by=STAFF, reason="too late")
        assert end_job(job.pk, JobStatus.FAILED, token=claimed.lease_token)
        job.refresh_from_db()
        [pause] = pauses.of_job(job)
        assert (pause.reason, pause.end is not None) == ("too late", True)

    def test_the_pauses_of_an_account_are_those_since_the_job_was_asked_for(
        self, bench: Bench
    ) -> None:
        older, jobs = bench.request(), []
        for reason in ("stocktaking", "holiday"):
            for kind in (account_actions.PAUSE, account_actions.RESUME):
                account_actions.perform(Wish(kind, by=STAFF, reason=reason), bench.lane)
            jobs.append(bench.request())
        seen = [[each.reason for each in pauses.of_account(job)] for job in (older, *jobs)]
        assert seen == [["stocktaking", "holiday"], ["holiday"], []]

    def test_the_pause_of_an_account_that_is_in_force_is_the_lane_s_to_tell(
        self, bench: Bench
    ) -> None:
        job = bench.request()
        account_actions.perform(Wish(account_actions.PAUSE, by=STAFF), bench.lane)
        assert pauses.of_account(job) == []

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
        actions.retry(job)
        bench.work_until_ended(job)
        assert job.status == "COMPLETED"
        assert bench.world.effects()[f"listing product-{job.product_id}"] == 1
