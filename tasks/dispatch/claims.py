"""Acquiring the lease of a lane's next job, and rescuing jobs whose lease has expired."""

from __future__ import annotations

import json
import logging
import os
import socket
import uuid

from django.db import connection, transaction

from tasks import failures
from tasks.dispatch.turns import CLAIMABLE, OPEN, Turn
from tasks.endings import Cause, end_job
from tasks.errors import LeaseLostError
from tasks.handlers import StepKind, step_of
from tasks.models import MarketplaceJob
from tasks.sentences import sentence
from tasks.states import JobStatus

logger = logging.getLogger(__name__)

_FIELDS = [field.column for field in MarketplaceJob._meta.concrete_fields]
_JOB_COLUMNS = ", ".join(f"j.{column}" for column in _FIELDS)
_ATTRIBUTES = [field.attname for field in MarketplaceJob._meta.concrete_fields]
_JSON = [
    index
    for index, field in enumerate(MarketplaceJob._meta.concrete_fields)
    if field.get_internal_type() == "JSONField"
]

_LOCK_LANE = f"""
SELECT concurrency, rests_until IS NOT NULL FROM public.lanes
WHERE id = %(lane)s AND {OPEN}
FOR NO KEY UPDATE
"""

_CLAIM = f"""
UPDATE marketplace_jobs j
SET status = 'RUNNING', wait_reason = '',
    started_at = COALESCE(j.started_at, clock_timestamp()),
    run_started_at = CASE WHEN j.status = 'PENDING' AND j.wait_reason = '' THEN clock_timestamp()
                          ELSE j.run_started_at END,
    lease_token = %(token)s, leased_by = %(worker)s,
    leased_until = clock_timestamp() + %(lease)s * interval '1 second',
    attempt_count = j.attempt_count + 1
WHERE j.id = (
    SELECT j.id FROM marketplace_jobs j
    WHERE {CLAIMABLE} AND j.run_after <= (SELECT clock_timestamp())
      AND NOT (j.status = 'PENDING' AND j.started_at IS NULL AND j.expires_at IS NOT NULL
               AND j.expires_at <= clock_timestamp())
    ORDER BY j.priority, {{begun_first}} j.run_after, j.id
    LIMIT 1
    FOR NO KEY UPDATE OF j SKIP LOCKED
) AND (
    SELECT count(*) FROM marketplace_jobs held
    WHERE held.account_id = %(account)s AND held.lease_token IS NOT NULL
      AND held.leased_until > clock_timestamp()
) < %(concurrency)s
RETURNING {_JOB_COLUMNS}
"""
_CLAIM_NEXT = _CLAIM.format(begun_first="")
# Where every call is followed by a rest, other jobs would be begun in each, and none be finished.
# No index has this order: it is for lanes on which a claim is followed by seconds of rest.
_CLAIM_BEGUN_FIRST = _CLAIM.format(begun_first="j.status = 'PENDING',")


def worker_name() -> str:
    """Who holds a lease, for a person: host and process."""
    return f"{socket.gethostname()}:{os.getpid()}"[:100]


def claim(turn: Turn, *, lease_seconds: float) -> MarketplaceJob | None:
    """Lease the next job of the lane; None when it is stopped, at its limit, or has none due.

    The lane's row serialises the claimers. The leases are counted in a second statement, whose
    snapshot is younger than the lock.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LOCK_LANE, {"lane": turn.lane_id})
        lane = cursor.fetchone()
        if lane is None:
            return None
        concurrency, rests = lane
        cursor.execute(
            _CLAIM_BEGUN_FIRST if rests else _CLAIM_NEXT,
            {
                "account": turn.account_id,
                "token": uuid.uuid4(),
                "worker": worker_name(),
                "lease": lease_seconds,
                "concurrency": concurrency,
            },
        )
        row = cursor.fetchone()
    return None if row is None else _job(row)


_EXPIRED_LEASES = f"""
SELECT {_JOB_COLUMNS} FROM marketplace_jobs j
WHERE j.account_id = %s AND j.lease_token IS NOT NULL AND j.leased_until <= clock_timestamp()
ORDER BY j.id
"""


def rescue(turn: Turn) -> int:
    """Release every expired lease of the lane, whether or not the lane is stopped; how many."""
    with connection.cursor() as cursor:
        cursor.execute(_EXPIRED_LEASES, [turn.account_id])
        jobs = [_job(row) for row in cursor.fetchall()]
    return sum(_rescue(job) for job in jobs)


def _rescue(job: MarketplaceJob) -> bool:
    try:
        decision = failures.record_death(job, _dead_task(job))
    except LeaseLostError:
        # Another worker rescued it first, or its holder came back in time.
        return False
    logger.warning("job.rescued job=%s worker=%s next=%s", job.pk, job.leased_by, decision)
    return True


def _dead_task(job: MarketplaceJob) -> failures.DeadTask | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, status, started_at, step FROM marketplace_tasks "
            "WHERE job_id = %s AND status IN ('RUNNING', 'UNKNOWN') ORDER BY position LIMIT 1",
            [job.pk],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    step = step_of(job.marketplace, job.action, row[3])
    may_have_effect = step is None or step.kind is StepKind.CREATING
    return failures.DeadTask(row[0], row[1], row[2], may_have_effect)


_EXPIRED_JOBS = """
SELECT id FROM marketplace_jobs
WHERE account_id = %s AND status = 'PENDING' AND started_at IS NULL
  AND expires_at <= clock_timestamp()
ORDER BY id
"""

_EXPIRED = Cause(
    "ExpiredError",
    sentence("The job was not started in time."),
    sentence("Retry the job if it is still wanted."),
)


def expire(turn: Turn) -> int:
    """End the jobs of the lane that never started and have passed their time; how many."""
    with connection.cursor() as cursor:
        cursor.execute(_EXPIRED_JOBS, [turn.account_id])
        jobs = [row[0] for row in cursor.fetchall()]
    return sum(
        end_job(job, JobStatus.EXPIRED, token=None, former=JobStatus.PENDING, cause=_EXPIRED)
        for job in jobs
    )


def _job(row: tuple[object, ...]) -> MarketplaceJob:
    values = list(row)
    for index in _JSON:
        value = values[index]
        if isinstance(value, str):
            values[index] = json.loads(value)
    return MarketplaceJob.from_db("default", _ATTRIBUTES, values)
