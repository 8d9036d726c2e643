"""The last move of a job: its status, its batch's counters and its statistics, in one statement.

Locks are taken in the order job, batch; a lane comes after both (see docs/adr/0004).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from tasks import pauses, storable
from tasks.errors import StoFlowError
from tasks.models import MarketplaceTask
from tasks.progress import as_json
from tasks.sentences import sentence
from tasks.states import JobStatus, check_job_move

# The same rule as states.batch_status, which a test compares with this expression.
BATCH_STATUS = """
CASE
    WHEN {completed} + {failed} + {cancelled} + {expired} < total_count THEN 'RUNNING'
    WHEN {completed} = total_count THEN 'COMPLETED'
    WHEN {failed} + {expired} = 0 THEN 'CANCELLED'
    WHEN {completed} > 0 THEN 'PARTIALLY_FAILED'
    ELSE 'FAILED'
END
""".format(
    completed="(b.completed_count + %(completed)s)",
    failed="(b.failed_count + %(failed)s)",
    cancelled="(b.cancelled_count + %(cancelled)s)",
    expired="(b.expired_count + %(expired)s)",
)

# One statement, whose parts all see the rows as they were before it: the statistics take the last
# task's completion from the parameters.
_END = f"""
WITH guard AS (
    UPDATE marketplace_jobs j
    SET status = %(status)s, completed_at = clock_timestamp(), wait_reason = '',
        lease_token = NULL, leased_until = NULL, leased_by = '',
        {pauses.LIFTED.format(job="j.")},
        result = COALESCE(%(receipt)s::jsonb, j.result),
        error_class = %(error_class)s, error_message = %(error_message)s,
        error_advice = %(error_advice)s, needs_person = %(needs_person)s,
        cause_key = %(cause_key)s
    WHERE j.id = %(job)s AND j.status = %(former)s
      AND j.lease_token IS NOT DISTINCT FROM %(token)s::uuid
      AND (%(task)s::bigint IS NULL OR EXISTS (
            SELECT 1 FROM marketplace_tasks t
            WHERE t.id = %(task)s AND t.job_id = j.id AND t.status = %(task_former)s))
    RETURNING j.*
), last AS (
    UPDATE marketplace_tasks t
    SET status = 'COMPLETED', result = %(receipt)s::jsonb, error_message = '',
        completed_at = clock_timestamp()
    FROM guard WHERE t.id = %(task)s
), left_over AS (
    UPDATE marketplace_tasks t SET status = 'CANCELLED'
    FROM guard
    WHERE %(status)s = 'CANCELLED' AND t.job_id = guard.id AND t.status IN ('PENDING', 'FAILED')
), counted AS (
    UPDATE batch_jobs b
    SET completed_count = b.completed_count + %(completed)s,
        failed_count = b.failed_count + %(failed)s,
        cancelled_count = b.cancelled_count + %(cancelled)s,
        expired_count = b.expired_count + %(expired)s,
        started_at = COALESCE(b.started_at, clock_timestamp()),
        status = {BATCH_STATUS},
        completed_at = CASE WHEN {BATCH_STATUS} = 'RUNNING' THEN NULL ELSE clock_timestamp() END
    FROM guard WHERE b.id = guard.batch_job_id
), run AS (
    SELECT t.step, t.status, t.id = %(task)s::bigint AS is_last, t.started_at,
           CASE WHEN t.id = %(task)s::bigint THEN clock_timestamp() ELSE t.completed_at END AS ended
    FROM marketplace_tasks t, guard WHERE t.job_id = guard.id
), steps AS (
    SELECT run.step, round(sum(extract(epoch FROM run.ended - run.started_at)) * 1000, 1) AS ms
    FROM run, guard
    WHERE (run.status = 'COMPLETED' OR run.is_last) AND run.started_at >= guard.run_started_at
    GROUP BY run.step
), recorded AS (
    INSERT INTO marketplace_job_stats (marketplace, action, outcome, error_class, task_count,
                                       failed_task_count, attempt_count, duration_ms, step_ms,
                                       created_at)
    SELECT guard.marketplace, guard.action, guard.status, guard.error_class,
           (SELECT count(*) FROM run),
           (SELECT count(*) FROM run WHERE status IN ('FAILED', 'UNKNOWN') AND NOT is_last),
           (SELECT count(*) FROM task_attempts a WHERE a.job_id = guard.id),
           extract(epoch FROM guard.completed_at
                              - COALESCE(guard.run_started_at, guard.completed_at)) * 1000,
           COALESCE((SELECT jsonb_object_agg(step, ms) FROM steps), '{{}}'::jsonb),
           guard.completed_at
    FROM guard
)
SELECT id FROM guard
"""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a job ended as it did, for a person."""

    error_class: str = ""
    message: str = ""
    advice: str = ""
    needs_person: bool = False
    key: str = ""
    """What failed jobs with the same cause have in common; see `tasks.cause_keys`."""

    @classmethod
    def of(cls, error: BaseException, *, needs_person: bool = False) -> Cause:
        if isinstance(error, StoFlowError):
            return cls(type(error).__name__, error.message, error.advice, needs_person)
        message = storable.text(str(error))
        if isinstance(error, KeyError) or not message:
            # A bare “'price'” says nothing to anybody.
            told = f"{type(error).__name__} {message}".strip()
            message = sentence("StoFlow stumbled: {error}.", error=told)
        advice = sentence(
            "This is a fault in StoFlow: tell the operators, the traceback is on the attempt."
        )
        return cls(type(error).__name__, message, advice, needs_person)


def end_job(
    job_id: int,
    status: JobStatus,
    *,
    token: UUID | None,
    former: JobStatus = JobStatus.RUNNING,
    last_task: MarketplaceTask | None = None,
    receipt: dict[str, Any] | None = None,
    cause: Cause | None = None,
) -> bool:
    """End a job that has the lease `token` (None: no lease); False when the guard did not match.

    `last_task` is completed with `receipt` in the same move.
    """
    check_job_move(former, status)
    cause = cause or Cause()
    parameters = {
        "job": job_id,
        "token": token,
        "former": former.value,
        "status": status.value,
        "task": last_task.pk if last_task else None,
        "task_former": last_task.status if last_task else None,
        "receipt": None if receipt is None else as_json(receipt),
        "error_class": cause.error_class[:100],
        "error_message": cause.message,
        "error_advice": cause.advice,
        "needs_person": cause.needs_person,
        "cause_key": cause.key,
        "completed": int(status is JobStatus.COMPLETED),
        "failed": int(status is JobStatus.FAILED),
        "cancelled": int(status is JobStatus.CANCELLED),
        "expired": int(status is JobStatus.EXPIRED),
    }
    with connection.cursor() as cursor:
        cursor.execute(_END, parameters)
        return cursor.fetchone() is not None
