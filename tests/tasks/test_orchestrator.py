"""What happens to one job in one worker's hands."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tasks import actions
from tasks.dispatch import lanes
from tasks.job_run import RunEnd
from tasks.models import MarketplaceJob, MarketplaceJobStats, TaskAttempt
from tasks.orchestrator import TaskOrchestrator
from tests.passing_time import let_time_pass
from tests.tasks.conftest import Bench, StopAfter, statuses, tasks_of


def test_a_job_runs_its_tasks_in_order_and_completes(bench: Bench) -> None:
    job = bench.request()
    assert bench.work() is RunEnd.ENDED
    job.refresh_from_db()
    assert job.status == "COMPLETED"
    assert [task.name for task in tasks_of(job)] == [
        "Validate product",
        "Upload image 1/2",
        "Upload image 2/2",
        "Create listing",
        "Publish listing",
        "Save result",
    ]
    assert set(statuses(job)) == {"COMPLETED"}
    subject = f"product-{job.product_id}"
    assert bench.world.effects() == {
        f"photo {subject} 1": 1,
        f"photo {subject} 2": 1,
        f"listing {subject}": 1,
        f"live {subject}": 1,
    }
    assert tasks_of(job)[3].result == {"listing": subject, "images": [1, 2]}
    assert job.result == {"saved": True}
    assert job.lease_token is None
    assert not TaskAttempt.objects.exists()


def test_a_finished_run_leaves_one_row_of_statistics(bench: Bench) -> None:
    bench.request()
    bench.work()
    stats = MarketplaceJobStats.objects.get()
    assert (stats.marketplace, stats.action, stats.outcome) == ("toy", "publish", "COMPLETED")
    assert (stats.task_count, stats.failed_task_count, stats.attempt_count) == (6, 0, 0)
    assert set(stats.step_ms) == {"validate", "upload", "create", "publish", "save"}
    assert stats.duration_ms >= 0


def test_an_attempt_tells_when_its_own_try_began(bench: Bench) -> None:
    bench.request(script={"create": ["transient", "transient"]}, payload={"pace": 0.05})
    for _ in range(2):
        bench.work()
        let_time_pass()
    tries = TaskAttempt.objects.order_by("pk")
    took = [(one.ended_at - one.started_at).total_seconds() for one in tries]
    assert [0.05 <= seconds < 5 for seconds in took] == [True, True]


def test_the_first_failure_stops_the_job_and_a_retry_resumes_there(bench: Bench) -> None:
    job = bench.request(script={"create": ["transient"]})
    assert bench.work() is RunEnd.WAITS
    job.refresh_from_db()
    assert statuses(job) == ["COMPLETED"] * 3 + ["FAILED", "PENDING", "PENDING"]
    assert (job.status, job.wait_reason, job.lease_token) == ("RUNNING", "RETRY", None)
    assert job.error_message == "The toy market is busy."
    attempt = TaskAttempt.objects.get()
    assert (attempt.outcome, attempt.error_class) == ("TRANSIENT", "TransientError")
    assert "toymarket" in attempt.traceback
    let_time_pass()
    assert bench.work() is RunEnd.ENDED
    job.refresh_from_db()
    assert job.status == "COMPLETED"
    assert job.error_message == ""
    assert set(bench.world.effects().values()) == {1}
    assert tasks_of(job)[3].attempt_count == 2


def test_a_permanent_error_ends_the_job_with_its_advice(bench: Bench) -> None:
    job = bench.request(script={"validate": ["permanent"]})
    bench.work()
    job.refresh_from_db()
    assert (job.status, job.error_class, job.error_advice) == (
        "FAILED",
        "PermanentError",
        "Paint it red.",
    )
    assert statuses(job) == ["FAILED"] + ["PENDING"] * 5


def test_transient_errors_end_after_the_limit(bench: Bench) -> None:
    job = bench.request(script={"upload": ["transient"] * 20})
    bench.work_until_ended(job)
    assert job.status == "FAILED"
    assert TaskAttempt.objects.count() == job.attempt_limit


def test_a_completed_task_resets_the_count_of_attempts(bench: Bench) -> None:
    script = {"upload": ["transient"] * 4 + ["ok"] + ["transient"] * 4}
    job = bench.request(script=script)
    bench.work_until_ended(job)
    assert job.status == "COMPLETED"


@pytest.mark.parametrize("word", ["unknown_after", "bug_after"])
@pytest.mark.parametrize("step", ["create", "publish"])
def test_a_lost_answer_makes_the_task_unknown_and_a_look_finds_the_effect(
    bench: Bench, step: str, word: str
) -> None:
    job = bench.request(script={step: [word]})
    bench.work()
    job.refresh_from_db()
    task = next(task for task in tasks_of(job) if task.step == step)
    assert (task.status, job.wait_reason) == ("UNKNOWN", "LOOK")
    bench.work_until_ended(job)
    assert job.status == "COMPLETED"
    task.refresh_from_db()
    assert task.result is not None
    assert task.result["found"]
    assert set(bench.world.effects().values()) == {1}
    assert bench.world.calls(step, f"product-{job.product_id}") == 1


def test_what_is_absent_after_a_lost_answer_is_done_again(bench: Bench) -> None:
    job = bench.request(script={"create": ["unknown"]})
    bench.work_until_ended(job)
    assert job.status == "COMPLETED"
    assert set(bench.world.effects().values()) == {1}
    assert bench.world.calls("create", f"product-{job.product_id}") == 2


def test_a_time_out_signal_in_a_creating_step_makes_it_unknown_and_passes_on(
    bench: Bench,
) -> None:
    job = bench.request(script={"create": ["exit_after"]})
    with pytest.raises(SystemExit):
        bench.work()
    job.refresh_from_db()
    assert tasks_of(job)[3].status == "UNKNOWN"
    assert job.lease_token is None
    bench.work_until_ended(job)
    assert set(bench.world.effects().values()) == {1}


def test_requests_that_are_never_answered_end_failed_once_each_look_says_absent(
    bench: Bench,
) -> None:
    job = bench.request(script={"create": ["unknown"] * 50})
    bench.work_until_ended(job)
    assert job.status == "FAILED"
    assert "each time the marketplace shows that it did not take effect" in job.error_message
    assert not job.needs_person


def test_looks_that_cannot_tell_end_with_a_question_to_a_person(bench: Bench) -> None:
    job = bench.request(script={"create": ["unknown"], "find_listing": ["cannot_tell"] * 50})
    bench.work_until_ended(job)
    assert (job.status, job.needs_person) == ("FAILED", True)
    assert tasks_of(job)[3].status == "UNKNOWN"
    assert "it does not exist" in job.error_advice
    assert bench.world.calls("create", f"product-{job.product_id}") == 1


def test_an_unexpected_exception_is_a_failure_with_its_traceback(bench: Bench) -> None:
    job = bench.request(script={"validate": ["bug"] * 9})
    bench.work_until_ended(job)
    assert (job.status, job.error_class) == ("FAILED", "KeyError")
    assert job.error_message == "StoFlow stumbled: KeyError 'offer'."
    assert all("KeyError" in attempt.traceback for attempt in TaskAttempt.objects.all())


def test_a_failing_plan_is_a_failure_without_a_task(bench: Bench) -> None:
    job = bench.request(script={"plan": ["permanent"]})
    assert bench.work() is RunEnd.WAITS
    job.refresh_from_db()
    assert job.status == "FAILED"
    assert TaskAttempt.objects.get().task is None


def test_an_unknown_handler_fails_the_job_and_keeps_it(bench: Bench) -> None:
    job = bench.request()
    MarketplaceJob.objects.filter(pk=job.pk).update(action="vanished")
    bench.work()
    job.refresh_from_db()
    assert (job.status, job.error_class) == ("FAILED", "UnknownHandlerError")


def test_a_worker_lets_go_between_tasks_and_keeps_its_attempt(bench: Bench) -> None:
    job = bench.request()
    assert bench.work(TaskOrchestrator(StopAfter(2))) is RunEnd.WAITS
    job.refresh_from_db()
    assert statuses(job)[:3] == ["COMPLETED", "COMPLETED", "PENDING"]
    assert (job.wait_reason, job.attempt_count, job.lease_token) == ("TURN", 0, None)
    assert bench.work() is RunEnd.ENDED
    assert set(bench.world.effects().values()) == {1}


def test_a_step_may_append_tasks_in_its_own_commit(bench: Bench) -> None:
    job = bench.request("sync", payload={"pages": 4})
    bench.work()
    job.refresh_from_db()
    assert job.status == "COMPLETED"
    assert [task.name for task in tasks_of(job)] == [f"Read page {n}" for n in (1, 2, 3, 4)]
    assert [task.position for task in tasks_of(job)] == [1, 2, 3, 4]


def test_a_retried_sweep_goes_on_at_the_appended_task_that_failed(bench: Bench) -> None:
    script = {"read_page": ["ok", "ok", "permanent"]}
    job = bench.work_until_ended(bench.request("sync", script=script, payload={"pages": 4}))
    assert statuses(job) == ["COMPLETED", "COMPLETED", "FAILED"]
    assert actions.retry(job).retried
    bench.work_until_ended(job)
    assert job.status == "COMPLETED"
    assert [task.name for task in tasks_of(job)] == [f"Read page {n}" for n in (1, 2, 3, 4)]
    assert statuses(job) == ["COMPLETED"] * 4
    assert bench.world.effects() == {f"page {n}": 1 for n in (1, 2, 3, 4)}


def test_expired_receipts_are_earned_again_and_nothing_else(bench: Bench) -> None:
    job = bench.request(script={"create": ["receipt_gone"]})
    bench.work()
    job.refresh_from_db()
    assert statuses(job)[:4] == ["COMPLETED", "PENDING", "PENDING", "FAILED"]
    bench.work_until_ended(job)
    assert job.status == "COMPLETED"
    subject = f"product-{job.product_id}"
    assert bench.world.effects()[f"photo {subject} 1"] == 2
    assert bench.world.effects()[f"listing {subject}"] == 1
    assert bench.world.calls("validate", subject) == 1


def test_receipts_that_always_expire_end_the_job(bench: Bench) -> None:
    job = bench.request(script={"create": ["receipt_gone"] * 50})
    bench.work_until_ended(job)
    assert (job.status, job.error_class) == ("FAILED", "ReceiptGoneError")


def test_a_limit_blocks_the_lane_and_costs_no_attempt(bench: Bench) -> None:
    job = bench.request(script={"upload": ["rate_limited"]})
    bench.work()
    job.refresh_from_db()
    assert (job.status, job.wait_reason, job.attempt_count) == ("RUNNING", "LIMIT", 0)
    assert bench.lane.blocked_until is not None
    assert bench.lane.block_reason == "Too many toys."
    other = bench.request()
    assert bench.claim() is None
    let_time_pass()
    assert bench.work() is RunEnd.ENDED
    other.refresh_from_db()
    assert other.status == "PENDING"


def test_credentials_that_are_refused_are_not_called_a_limit(bench: Bench) -> None:
    job = bench.request(script={"upload": ["application"]})
    bench.work()
    job.refresh_from_db()
    assert (job.status, job.wait_reason, job.attempt_count) == ("RUNNING", "APPLICATION", 0)
    assert "does not accept StoFlow's own credentials" in job.wait_sentence
    assert bench.lane.blocked_until is not None


def test_a_postponed_job_waits_alone_and_keeps_its_attempt(bench: Bench) -> None:
    job = bench.request(script={"upload": ["postponed"]})
    bench.work()
    job.refresh_from_db()
    assert (job.status, job.wait_reason, job.attempt_count) == ("RUNNING", "LIMIT", 0)
    assert job.error_message == "No more toys today."
    assert job.run_after - timezone.now() > timedelta(hours=9)
    assert statuses(job)[1] == "PENDING"
    assert bench.lane.blocked_until is None
    other = bench.request()
    assert bench.work() is RunEnd.ENDED, "nobody else waits for it"
    assert bench.work() is None
    other.refresh_from_db()
    assert other.status == "COMPLETED"
    let_time_pass()
    assert bench.work() is RunEnd.ENDED
    job.refresh_from_db()
    assert job.status == "COMPLETED"


def test_a_withdrawal_does_not_wait_until_a_postponed_update_may_go_on(bench: Bench) -> None:
    product = bench.product()
    update = bench.request("update", product, script={"send": ["postponed"]})
    bench.work()
    withdrawal = bench.request("unpublish", product)
    update.refresh_from_db()
    assert (update.status, update.cancel_requested_by) == ("CANCELLED", "StoFlow")
    assert "asked for later" in update.cancel_reason
    assert bench.work() is RunEnd.ENDED
    withdrawal.refresh_from_db()
    assert withdrawal.status == "COMPLETED"


def test_a_withdrawal_stops_what_is_being_worked_on_between_two_tasks(bench: Bench) -> None:
    product = bench.product()
    publish = bench.request("publish", product)
    working = bench.claim()
    assert working is not None
    withdrawal = bench.request("unpublish", product)
    assert bench.claim() is None, "two actions on one product never run at once"
    TaskOrchestrator().execute_job_with_tasks(working)
    publish.refresh_from_db()
    assert publish.status == "CANCELLED"
    assert bench.world.effects() == {}
    assert bench.work() is RunEnd.ENDED
    withdrawal.refresh_from_db()
    assert withdrawal.status == "COMPLETED"


def test_missing_consent_stops_the_lane_until_it_is_given(bench: Bench) -> None:
    job = bench.request(script={"upload": ["auth"]})
    bench.work()
    job.refresh_from_db()
    assert (job.status, job.wait_reason, job.attempt_count) == ("RUNNING", "CONSENT", 0)
    let_time_pass()
    assert bench.claim() is None
    assert lanes.consent_given(bench.account.pk)
    assert bench.work() is RunEnd.ENDED


def test_an_earlier_job_that_may_have_acted_makes_a_new_one_look_first(bench: Bench) -> None:
    first = bench.request(script={"create": ["unknown_after"], "find_listing": ["cannot_tell"] * 9})
    bench.work_until_ended(first)
    assert first.status == "FAILED"
    second = bench.request(product=bench.products[0])
    bench.work_until_ended(second)
    assert second.status == "COMPLETED"
    assert set(bench.world.effects().values()) == {1, 2}  # photos are sent again
    assert bench.world.effects()[f"listing product-{first.product_id}"] == 1
