"""What follows a task that did not succeed: the attempt's row, the task, the job, the lane.

One transaction for each; guarded by the lease token like every move of a running job.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from tasks import handlers
from tasks.attempts import Failure, insert
from tasks.cause_keys import key_of
from tasks.dispatch import lanes, outages
from tasks.endings import Cause, end_job
from tasks.errors import (
    ApplicationRefusedError,
    DecisionNeededError,
    JobKillsWorkersError,
    NeedsPersonError,
    ReceiptGoneError,
    RefusalInDoubtError,
    StoFlowError,
    TransientError,
    WorkerDiedError,
)
from tasks.letting_go import hold, is_cancelled
from tasks.models import MarketplaceJob, MarketplaceTask, Outcome, WaitReason
from tasks.progress import lease_lost, stand_back
from tasks.retries import (
    BlockLane,
    Decision,
    GiveUp,
    LookLater,
    Postpone,
    ProbeFirst,
    RepeatReceipts,
    RetryLater,
    StopLane,
    Tried,
    decide,
)
from tasks.sentences import sentence
from tasks.states import JobStatus, TaskStatus, check_task_move

QUESTION = sentence(
    "Nobody could tell whether this request took effect. Look at the marketplace, then answer on "
    "this job: it exists there (with its id), or it does not exist."
)
GAVE_UP = (
    "StoFlow tried it again several times and gave up. Look whether the marketplace works by now, "
    "then retry the job."
)


def record(failure: Failure) -> Decision:
    """Write the failed try and apply what `retries.decide` says about it."""
    job = failure.job
    tried = Tried(
        attempts=_attempts(failure),
        attempt_limit=job.attempt_limit,
        looks=job.look_count + int(failure.is_vain_look),
        unanswered_looks=job.unanswered_look_count + int(failure.is_unanswered_look),
        settle=failure.settle,
        answered=_answered_since(failure),
        never_expires=_never_expires(job),
    )
    decision = decide(
        failure.error,
        tried,
        now=_database_now(),
        jitter=random.random(),  # noqa: S311 - spreads retries, guards nothing
    )
    with transaction.atomic():
        hold(job)
        _settle_task(failure, decision)
        insert(failure)
        _start_batch(job)
        _apply(failure, decision)
        _note_outage(failure, decision)
    return decision


def _note_outage(failure: Failure, decision: Decision) -> None:
    job = failure.job
    if failure.may_be_outage and job.account_id is not None:
        is_certain = isinstance(decision, ProbeFirst)
        outages.met_by(job.account_id, job.pk, answered=failure.answered, certain=is_certain)


def _database_now() -> datetime:
    """The clock by which leases, limits and waiting times are measured."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now


def _answered_since(failure: Failure) -> bool:
    job = failure.job
    if job.account_id is None or job.attempt_count < job.attempt_limit:
        return True
    return outages.answered_since(job.account_id, job.pk)


def _never_expires(job: MarketplaceJob) -> bool:
    handler = handlers.find(job.marketplace, job.action)
    return handler is not None and handler.never_expires


def _attempts(failure: Failure) -> int:
    """Repeated receipts complete tasks, which resets the job's count: they count by task."""
    if isinstance(failure.error, ReceiptGoneError):
        return failure.task_attempts
    return failure.job.attempt_count


def record_death(job: MarketplaceJob, task: DeadTask | None) -> Decision:
    """Release an expired lease: the worker died, or outlived its lease, in the middle of `task`."""
    error: StoFlowError = WorkerDiedError(
        sentence("The worker {worker} vanished in the middle of the task.", worker=job.leased_by)
        if job.leased_by
        else sentence("The worker of this job vanished in the middle of the task.")
    )
    tried = Tried(
        attempts=job.attempt_count,
        attempt_limit=job.attempt_limit,
        interruptions=job.interruption_count + 1,
        interruption_limit=job.interruption_limit,
    )
    decision = decide(error, tried, now=_database_now())
    if isinstance(decision, GiveUp):
        error = JobKillsWorkersError(
            sentence(
                "Workers died {times} times in a row at the same place of this job.",
                times=tried.interruptions,
            )
        )
    failure = Failure(job, error, Outcome.INTERRUPTED)
    if task is not None:
        failure = replace(
            failure,
            task_id=task.id,
            task_status=_status_after_death(task, decision),
            started_at=task.started_at,
            former=TaskStatus(task.status),
        )
    with transaction.atomic():
        hold(job, expired=True)
        _settle_task(failure, decision)
        insert(failure)
        _apply(failure, decision)
    return decision


@dataclass(frozen=True, slots=True)
class DeadTask:
    """The task that a dead worker left behind."""

    id: int
    status: str
    started_at: datetime | None
    may_have_effect: bool


def _status_after_death(task: DeadTask, decision: Decision) -> TaskStatus:
    if task.status == TaskStatus.UNKNOWN or task.may_have_effect:
        return TaskStatus.UNKNOWN
    return TaskStatus.FAILED if isinstance(decision, GiveUp) else TaskStatus.PENDING


def _settle_task(failure: Failure, decision: Decision) -> None:
    if failure.task_id is None:
        return
    wanted = failure.task_status
    goes_on = isinstance(decision, BlockLane | Postpone | ProbeFirst | StopLane)
    if goes_on and wanted is TaskStatus.FAILED:
        wanted = TaskStatus.PENDING
    if wanted is not failure.former:
        check_task_move(failure.former, wanted)
    with connection.cursor() as cursor:
        cursor.execute(
            # An answer that did not hold is forgotten, so that a plain retry looks again.
            "UPDATE marketplace_tasks SET status = %s, error_message = %s, "
            "result = CASE WHEN %s THEN NULLIF(result - 'answer', '{}'::jsonb) ELSE result END "
            "WHERE id = %s AND job_id = %s AND status = %s",
            [
                wanted.value,
                str(failure.error),
                isinstance(failure.error, NeedsPersonError),
                failure.task_id,
                failure.job.pk,
                failure.former,
            ],
        )
        if cursor.rowcount != 1:
            raise lease_lost(failure.job)


def _start_batch(job: MarketplaceJob) -> None:
    """A batch has started with its first job, even when that job could not be planned."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE batch_jobs SET status = 'RUNNING', started_at = clock_timestamp() "
            "WHERE id = %s AND status = 'PENDING'",
            [job.batch_id],
        )


def _apply(failure: Failure, decision: Decision) -> None:  # noqa: C901 - a table of decisions
    match decision:
        case GiveUp():
            _give_up(failure, needs_person=decision.needs_person)
        case RetryLater(delay):
            interrupted = failure.outcome is Outcome.INTERRUPTED
            _wait(failure, delay, WaitReason.INTERRUPTED if interrupted else WaitReason.RETRY)
        case LookLater(delay):
            _wait(failure, delay, WaitReason.LOOK)
        case RepeatReceipts(task_ids):
            _reopen(failure.job, task_ids)
            _wait(failure, timedelta(0), WaitReason.RECEIPTS)
        case BlockLane(until):
            refused = isinstance(failure.error, ApplicationRefusedError)
            _wait(failure, until, WaitReason.APPLICATION if refused else WaitReason.LIMIT)
            _on_lane(failure.job, lanes.block, until=until, reason=str(failure.error))
        case Postpone(until):
            _wait(failure, until, WaitReason.LIMIT)
        case ProbeFirst():
            _wait(failure, timedelta(0), WaitReason.OUTAGE)
        case StopLane():
            _wait(failure, timedelta(0), WaitReason.CONSENT)
            _on_lane(failure.job, lanes.stop_for_consent, reason=str(failure.error))


def _give_up(failure: Failure, *, needs_person: bool) -> None:
    if _is_cancelled_instead(failure):
        return
    is_question = needs_person and failure.task_status is TaskStatus.UNKNOWN
    cause = Cause.of(failure.error, needs_person=is_question)
    if is_question and not isinstance(failure.error, DecisionNeededError):
        cause = replace(cause, advice=QUESTION)
    elif isinstance(failure.error, TransientError | ReceiptGoneError):
        # Their own advice is to wait for a try that will not come.
        cause = replace(cause, advice=GAVE_UP)
    cause = replace(cause, key=_cause_key(failure, cause))
    token = failure.job.lease_token
    if not end_job(failure.job.pk, JobStatus.FAILED, token=token, cause=cause):
        raise lease_lost(failure.job)


def _is_cancelled_instead(failure: Failure) -> bool:
    """End the job as somebody wished meanwhile: it is not to be done, so nobody has to mend it."""
    if not is_cancelled(failure.job, failure.task_status):
        return False
    token, cause = failure.job.lease_token, Cause.of(failure.error)
    if not end_job(failure.job.pk, JobStatus.CANCELLED, token=token, cause=cause):
        raise lease_lost(failure.job)
    return True


def _cause_key(failure: Failure, cause: Cause) -> str:
    job, step = failure.job, ""
    if failure.task_id is not None:
        step = MarketplaceTask.objects.values_list("step", flat=True).get(pk=failure.task_id)
    return key_of(job.marketplace, job.action, step, cause.error_class, cause.message)


_FREE = frozenset({WaitReason.LIMIT, WaitReason.OUTAGE, WaitReason.APPLICATION, WaitReason.CONSENT})
"""Waits that the whole account has, so that they cost no job an attempt."""

_WAIT = """
UPDATE marketplace_jobs
SET lease_token = NULL, leased_until = NULL, leased_by = '', wait_reason = %(reason)s,
    run_after = COALESCE(%(until)s, clock_timestamp() + %(delay)s * interval '1 second'),
    attempt_count = GREATEST(attempt_count - %(give_back)s, 0),
    interruption_count = interruption_count + %(interrupted)s,
    look_count = look_count + %(vain_look)s,
    unanswered_look_count = unanswered_look_count + %(unanswered_look)s,
    error_class = %(error_class)s, error_message = %(error_message)s,
    error_advice = %(error_advice)s
WHERE id = %(job)s AND lease_token = %(token)s AND status = 'RUNNING'
"""


def _wait(failure: Failure, delay: timedelta | datetime, reason: WaitReason) -> None:
    if _is_cancelled_instead(failure):
        return
    cause = Cause.of(failure.error)
    interrupted = failure.outcome is Outcome.INTERRUPTED
    in_doubt = isinstance(failure.error, RefusalInDoubtError)
    keeps_attempt = not (interrupted or failure.looked or in_doubt or reason in _FREE)
    parameters: dict[str, Any] = {
        "job": failure.job.pk,
        "token": failure.job.lease_token,
        "reason": reason.value,
        "until": delay if isinstance(delay, datetime) else None,
        "delay": delay.total_seconds() if isinstance(delay, timedelta) else 0,
        "give_back": int(not keeps_attempt),
        "interrupted": int(interrupted),
        "vain_look": int(failure.is_vain_look),
        "unanswered_look": int(failure.is_unanswered_look),
        "error_class": cause.error_class[:100],
        "error_message": cause.message,
        "error_advice": cause.advice,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WAIT, parameters)
        if cursor.rowcount != 1:
            raise lease_lost(failure.job)
    stand_back(failure.job)


def _reopen(job: MarketplaceJob, task_ids: tuple[int, ...]) -> None:
    check_task_move(TaskStatus.COMPLETED, TaskStatus.PENDING)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE marketplace_tasks SET status = 'PENDING', result = NULL, completed_at = NULL "
            "WHERE job_id = %s AND id = ANY(%s) AND status = 'COMPLETED'",
            [job.pk, list(task_ids)],
        )


def _on_lane(job: MarketplaceJob, change: Any, **parameters: Any) -> None:
    if job.account_id is not None:
        change(job.account_id, **parameters)
