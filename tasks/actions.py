"""What a person does to jobs: retry, cancel, pause, resume, and answer what nobody could know.

Every action says for each job what it did, or raises MoveRefusedError with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import IntegrityError, connection, transaction

from tasks import courses, evidence, handlers, pauses
from tasks.courses import Course
from tasks.dispatch import lanes, queue
from tasks.endings import end_job
from tasks.errors import MoveRefusedError
from tasks.models import MarketplaceJob, MarketplaceTask, WaitReason
from tasks.progress import as_json, stand_back
from tasks.sentences import sentence
from tasks.states import RETRYABLE_JOB, JobStatus, TaskStatus, check_job_move
from tasks.superseding import superseded_by


@dataclass(frozen=True, slots=True)
class Retried:
    """What a retry did with one job."""

    job_id: int
    retried: bool
    reason: str = ""
    """Why it was skipped, for a person."""


def retry(job: MarketplaceJob) -> Retried:
    """Queue a job that has ended without success; what it has done is kept.

    It stays the request of who asked for it first: who retried it is in the staff actions.
    """
    try:
        with transaction.atomic():
            result = _retry(job)
            if result.retried:
                _wake_unless_superseded(job)
    except _SupersededError as superseded:
        return Retried(job.pk, retried=False, reason=str(superseded))
    queue.wake_workers()
    return result


class _SupersededError(MoveRefusedError):
    """A newer job was asked for in the same moment: the retry is rolled back."""


def _wake_unless_superseded(job: MarketplaceJob) -> None:
    """Who asks for a job wakes its lane too: behind the lane's lock, no newer job is unseen."""
    if job.account_id is not None:
        lanes.wake(job.account_id)
    newer = superseded_by(job)
    if newer is not None:
        raise _SupersededError(str(newer))


_RETRY = """
WITH moved AS (
    UPDATE marketplace_jobs j
    SET status = 'PENDING', plan_again = true, expires_at = NULL,
        run_after = LEAST(j.run_after, clock_timestamp()),
        completed_at = NULL, wait_reason = '', attempt_count = 0, interruption_count = 0,
        look_count = 0, unanswered_look_count = 0, needs_person = false,
        error_class = '', error_message = '',
        error_advice = '', cause_key = '', cancel_requested_at = NULL, cancel_requested_by = '',
        cancel_reason = ''
    WHERE j.id = %(job)s AND j.status = %(former)s
      AND NOT EXISTS (
          SELECT 1 FROM marketplace_jobs w
          WHERE w.status = 'PENDING' AND w.action = j.action
            AND w.account_id = j.account_id
            AND (w.product_id = j.product_id OR (w.product_id IS NULL AND j.product_id IS NULL)))
    RETURNING j.batch_job_id
), reopened AS (
    UPDATE batch_jobs b
    SET status = 'RUNNING', completed_at = NULL,
        failed_count = b.failed_count - (%(former)s = 'FAILED')::int,
        cancelled_count = b.cancelled_count - (%(former)s = 'CANCELLED')::int,
        expired_count = b.expired_count - (%(former)s = 'EXPIRED')::int
    FROM moved WHERE b.id = moved.batch_job_id
)
SELECT 1 FROM moved
"""


def _retry(job: MarketplaceJob) -> Retried:
    """The caller wakes the lane, last in its transaction."""
    locked = MarketplaceJob.objects.select_for_update().filter(pk=job.pk).first()
    if locked is None:
        return Retried(job.pk, retried=False, reason=str(Course.GONE))
    if refusal := _why_not(locked):
        return Retried(job.pk, retried=False, reason=refusal)
    check_job_move(locked.status, JobStatus.PENDING)
    if not _moved_to_pending(locked):
        return Retried(job.pk, retried=False, reason=str(Course.WAITING_ALREADY))
    return Retried(job.pk, retried=True)


def _moved_to_pending(job: MarketplaceJob) -> bool:
    """False when the same waits already, be it since this very moment."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_RETRY, {"job": job.pk, "former": job.status})
            return cursor.fetchone() is not None
    except IntegrityError as error:
        if "one_waiting_job_per_action" in str(error):
            return False
        raise


def _why_not(job: MarketplaceJob) -> str:
    """Why a locked job cannot be retried, for a person; empty when it can."""
    if job.status not in RETRYABLE_JOB:
        return courses.not_retryable(job.status)
    if job.account_id is None:
        return str(Course.ACCOUNT_REMOVED)
    if job.product_name and job.product_id is None:
        return str(Course.PRODUCT_REMOVED)
    newer = superseded_by(job)
    return "" if newer is None else str(newer)


def cancel(job: MarketplaceJob, *, requested_by: str, reason: str = "") -> str:
    """Cancel a job at once, or ask its worker to; what happens, as a sentence.

    Raises MoveRefusedError when the job has ended.
    """
    with transaction.atomic():
        locked = _lock_unfinished(job)
        locked.cancel_requested_by, locked.cancel_reason = requested_by, reason
        _flag_cancel(locked)
        if locked.lease_token is not None:
            return str(Course.CANCELLED_AFTER_TASK)
        if _is_past_no_return(locked):
            return str(Course.TOO_LATE_TO_CANCEL)
        if MarketplaceTask.objects.filter(job=locked, status=TaskStatus.UNKNOWN).exists():
            _keep_until_known(locked)
            return str(Course.CANCELLED_ONCE_KNOWN)
        end_job(locked.pk, JobStatus.CANCELLED, token=None, former=JobStatus(locked.status))
        _measure_anew(locked)
    return str(Course.CANCELLED)


def pause(job: MarketplaceJob, *, requested_by: str, reason: str = "") -> None:
    """Keep a job from being started or going on.

    Raises MoveRefusedError when it has ended, is being cancelled, or is paused: whoever paused it
    first is named on its page.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        locked = _lock_unfinished(job)
        if locked.cancel_requested_at is not None:
            raise MoveRefusedError(str(Course.BEING_CANCELLED))
        if locked.paused_at is not None:
            raise MoveRefusedError(str(Course.PAUSED_ALREADY))
        cursor.execute(
            "UPDATE marketplace_jobs SET paused_at = clock_timestamp(), "
            "paused_by = %s, pause_reason = %s WHERE id = %s",
            [requested_by, reason, job.pk],
        )
        stand_back(job)
        _measure_anew(job)


def resume(job: MarketplaceJob) -> None:
    """Lift a pause. Raises MoveRefusedError when the job has ended."""
    with transaction.atomic(), connection.cursor() as cursor:
        locked = _lock_unfinished(job)
        cursor.execute(
            f"UPDATE marketplace_jobs SET {pauses.LIFTED.format(job='')} WHERE id = %s",
            [job.pk],
        )
        if locked.account_id is not None:
            lanes.wake(locked.account_id)
    queue.wake_workers()


def answer(
    task: MarketplaceTask, *, exists: bool, external_id: str = "", requested_by: str
) -> Retried:
    """Record what a person saw at the marketplace for an UNKNOWN task, and retry its job.

    Of a deciding step, `exists` is what the person decided. Raises MoveRefusedError when the task
    is not UNKNOWN, its job has not ended, or "it exists" comes without what may be its id.
    """
    if fault := answer_fault(task, exists=exists, external_id=external_id.strip()):
        raise MoveRefusedError(fault)
    said = {"exists": exists, "external_id": external_id.strip(), "by": requested_by}
    with transaction.atomic(), connection.cursor() as cursor:
        job = MarketplaceJob.objects.select_for_update().get(pk=task.job_id)
        if job.status not in RETRYABLE_JOB:
            raise MoveRefusedError(
                sentence("The job has not ended: StoFlow is still looking by itself.")
            )
        cursor.execute(
            "UPDATE marketplace_tasks SET result = COALESCE(result, '{}'::jsonb) || %s::jsonb "
            "WHERE id = %s AND status = 'UNKNOWN'",
            [as_json({evidence.ANSWER: said}), task.pk],
        )
        if cursor.rowcount != 1:
            raise MoveRefusedError(sentence("It is no longer unknown what this task did."))
        result = _retry(job)
        if not result.retried:
            raise MoveRefusedError(result.reason)
        _wake_unless_superseded(job)
    queue.wake_workers()
    return result


def answer_fault(task: MarketplaceTask, *, exists: bool, external_id: str) -> str:
    """Why this cannot be the answer to an UNKNOWN task, for a person; empty when it can."""
    step = handlers.step_of(task.job.marketplace, task.job.action, task.step)
    if not exists or step is None or step.choice is not None:
        return ""
    if not external_id:
        return sentence("“It exists” needs the id that the marketplace shows.")
    if step.id_form is not None and not step.id_form.fits(external_id):
        return sentence("“{id}” cannot be its id. {hint}", id=external_id, hint=step.id_form.hint)
    return ""


def _lock_unfinished(job: MarketplaceJob) -> MarketplaceJob:
    locked = MarketplaceJob.objects.select_for_update().get(pk=job.pk)
    if locked.status not in {JobStatus.PENDING, JobStatus.RUNNING}:
        raise MoveRefusedError(courses.ended_already(locked.status))
    return locked


def _measure_anew(job: MarketplaceJob) -> None:
    """Fewer jobs wait: whoever serves the lane next settles what is shown of it."""
    if job.account_id is not None:
        lanes.wake(job.account_id)


def _flag_cancel(job: MarketplaceJob) -> None:
    """A cancel lifts a pause: a paused job is never claimed, so it could never see the flag."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE marketplace_jobs SET "
            "cancel_requested_at = COALESCE(cancel_requested_at, clock_timestamp()), "
            "cancel_requested_by = %s, cancel_reason = %s, "
            f"{pauses.LIFTED.format(job='')} WHERE id = %s",
            [job.cancel_requested_by, job.cancel_reason, job.pk],
        )


def _is_past_no_return(job: MarketplaceJob) -> bool:
    handler = handlers.find(job.marketplace, job.action)
    steps = [] if handler is None else sorted(handler.points_of_no_return)
    completed = MarketplaceTask.objects.filter(job=job, status=TaskStatus.COMPLETED)
    return completed.filter(step__in=steps).exists()


def _keep_until_known(job: MarketplaceJob) -> None:
    """The look that is due anyway clears it up; then the worker sees the flag."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE marketplace_jobs SET wait_reason = %s WHERE id = %s",
            [WaitReason.CANCEL.value, job.pk],
        )
    if job.account_id is not None:
        lanes.wake(job.account_id)
