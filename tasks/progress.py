"""The guarded moves of a job that a worker holds: begin, advance, renew, let go, finish.

Each is one statement, guarded by the lease token and the expected statuses; a guard that does not
match raises LeaseLostError, and nothing has changed. SQL is written by hand because the ORM
compiles a query anew each time, which costs more than the commit (see docs/adr/0003).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, connection, transaction

from tasks import storable
from tasks.errors import LeaseLostError
from tasks.handlers import PlannedTask
from tasks.models import MarketplaceJob, MarketplaceTask, WaitReason
from tasks.sentences import sentence
from tasks.states import TaskStatus


@dataclass(frozen=True, slots=True)
class Flags:
    """What a guarded move saw of the wishes of staff."""

    cancel: bool = False
    pause: bool = False

    def __bool__(self) -> bool:
        return self.cancel or self.pause


TASK_COLUMNS = (
    "id, job_id, name, position, status, step, payload, result, error_message, attempt_count, "
    "created_at, started_at, completed_at"
)
_TASK_FIELDS = [column.strip() for column in TASK_COLUMNS.split(",")]
_JSON_FIELDS = (_TASK_FIELDS.index("payload"), _TASK_FIELDS.index("result"))


_ENCODER = DjangoJSONEncoder(sort_keys=True)


def as_json(value: object) -> str:
    """`value` as the text of a jsonb column; Decimal and times as strings.

    Equal values give equal texts: jsonb returns keys in an order of its own.
    """
    return storable.json_text(_ENCODER.encode(value))


def task_from_row(row: Sequence[Any]) -> MarketplaceTask:
    """A MarketplaceTask from a row of TASK_COLUMNS."""
    values = list(row)
    for index in _JSON_FIELDS:
        if isinstance(values[index], str):
            values[index] = json.loads(values[index])
    return MarketplaceTask.from_db("default", _TASK_FIELDS, values)


_STORE_PLAN = """
WITH guard AS (
    UPDATE marketplace_jobs
    SET leased_until = clock_timestamp() + %(lease)s * interval '1 second',
        handler_version = %(version)s
    WHERE id = %(job)s AND lease_token = %(token)s AND status = 'RUNNING'
    RETURNING id, cancel_requested_at IS NOT NULL AS cancel, paused_at IS NOT NULL AS pause
), batch AS (
    UPDATE batch_jobs b SET status = 'RUNNING', started_at = clock_timestamp()
    FROM guard WHERE b.id = %(batch)s::bigint AND b.status = 'PENDING'
), stored AS (
    INSERT INTO marketplace_tasks (job_id, name, position, status, step, payload, error_message,
                                   attempt_count, created_at, started_at)
    SELECT guard.id, plan.name, %(offset)s::int + plan.position,
           CASE WHEN begun.now THEN 'RUNNING' ELSE 'PENDING' END, plan.step, plan.payload,
           '', begun.now::int, clock_timestamp(), CASE WHEN begun.now THEN clock_timestamp() END
    FROM guard,
         ROWS FROM (jsonb_to_recordset(%(plan)s::jsonb) AS (name text, step text, payload jsonb))
             WITH ORDINALITY AS plan (name, step, payload, position),
         LATERAL (SELECT plan.position = 1 AND %(start)s
                         AND NOT (guard.cancel OR guard.pause) AS now) AS begun
    RETURNING id, position
)
SELECT cancel, pause, ARRAY(SELECT id FROM stored ORDER BY position) FROM guard
"""


def store_plan(
    job: MarketplaceJob,
    planned: Sequence[PlannedTask],
    *,
    version: int,
    lease_seconds: float,
    offset: int = 0,
    start: bool = True,
) -> tuple[list[MarketplaceTask], Flags]:
    """Store the planned tasks after position `offset` and, with `start`, begin the first one."""
    parameters = {
        "job": job.pk,
        "token": job.lease_token,
        "batch": job.batch_id,
        "version": version,
        "lease": lease_seconds,
        "offset": offset,
        "start": start,
        "plan": as_json(
            [
                {"name": task.name[:255], "step": task.step, "payload": task.payload}
                for task in planned
            ]
        ),
    }
    with connection.cursor() as cursor:
        cursor.execute(_STORE_PLAN, parameters)
        row = cursor.fetchone()
    if row is None:
        raise lease_lost(job)
    flags = Flags(row[0], row[1])
    tasks = [
        _stored(job, task, pk, offset + place)
        for place, (task, pk) in enumerate(zip(planned, row[2], strict=True), start=1)
    ]
    if start and not flags and tasks:
        tasks[0].status, tasks[0].attempt_count = TaskStatus.RUNNING.value, 1
    return tasks, flags


def _stored(job: MarketplaceJob, task: PlannedTask, pk: int, position: int) -> MarketplaceTask:
    # from_db, since Model() with names costs more than the insert of a row.
    row = (pk, job.pk, task.name[:255], position, "PENDING", task.step, task.payload, None, "", 0)
    return MarketplaceTask.from_db("default", _TASK_FIELDS[: len(row)], row)


_BEGIN = """
WITH guard AS (
    UPDATE marketplace_jobs j
    SET leased_until = clock_timestamp() + %(lease)s * interval '1 second'
    FROM marketplace_tasks t
    WHERE j.id = %(job)s AND j.lease_token = %(token)s AND j.status = 'RUNNING'
      AND t.id = %(task)s AND t.job_id = %(job)s AND t.status = ANY(%(former)s::text[])
    RETURNING j.cancel_requested_at IS NOT NULL AS cancel, j.paused_at IS NOT NULL AS pause
), batch AS (
    UPDATE batch_jobs b SET status = 'RUNNING',
                            started_at = COALESCE(b.started_at, clock_timestamp())
    FROM guard WHERE b.id = %(batch)s::bigint AND b.status = 'PENDING'
), begun AS (
    UPDATE marketplace_tasks
    SET status = 'RUNNING', started_at = clock_timestamp(), completed_at = NULL, result = NULL,
        attempt_count = attempt_count + 1, error_message = ''
    FROM guard
    WHERE id = %(task)s AND NOT (%(heed)s AND (guard.cancel OR guard.pause))
)
SELECT cancel, pause FROM guard
"""


def begin(
    job: MarketplaceJob,
    task: MarketplaceTask,
    *,
    former: Sequence[str],
    lease_seconds: float,
    heed: bool = True,
) -> Flags:
    """Begin `task` otherwise than by a move: the first of a resumed run, or after a look.

    With `heed`, a flag that is set keeps the task as it is; the caller reads it in the answer.
    """
    parameters = {
        "job": job.pk,
        "token": job.lease_token,
        "task": task.pk,
        "batch": job.batch_id,
        "former": [str(status) for status in former],
        "lease": lease_seconds,
        "heed": heed,
    }
    return _guarded(_BEGIN, parameters, job)


_RENEW = """
UPDATE marketplace_jobs SET leased_until = clock_timestamp() + %(lease)s * interval '1 second'
WHERE id = %(job)s AND lease_token = %(token)s AND status = 'RUNNING'
RETURNING cancel_requested_at IS NOT NULL, paused_at IS NOT NULL
"""


def renew(job: MarketplaceJob, lease_seconds: float) -> Flags:
    """Hold the job for `lease_seconds` from now."""
    return _guarded(_RENEW, {"job": job.pk, "token": job.lease_token, "lease": lease_seconds}, job)


# The job's row is the guard and the lock at once: whoever moves a task of a started job renews or
# ends that job's lease in the same statement, so the tasks need no lock of their own.
_ADVANCE = """
WITH guard AS (
    UPDATE marketplace_jobs j
    SET leased_until = clock_timestamp() + %(lease)s * interval '1 second',
        attempt_count = 1, interruption_count = 0, look_count = 0,
        unanswered_look_count = 0
    FROM marketplace_tasks t, marketplace_tasks n
    WHERE j.id = %(job)s AND j.lease_token = %(token)s AND j.status = 'RUNNING'
      AND t.id = %(task)s AND t.job_id = %(job)s AND t.status = %(former)s
      AND n.id = %(next)s AND n.job_id = %(job)s AND n.status IN ('PENDING', 'FAILED', 'UNKNOWN')
    RETURNING j.cancel_requested_at IS NOT NULL AS cancel, j.paused_at IS NOT NULL AS pause
), completed AS (
    UPDATE marketplace_tasks
    SET status = 'COMPLETED', result = %(result)s::jsonb, error_message = '',
        completed_at = clock_timestamp()
    FROM guard WHERE id = %(task)s
), begun AS (
    UPDATE marketplace_tasks
    SET status = 'RUNNING', started_at = clock_timestamp(), attempt_count = attempt_count + 1,
        error_message = ''
    FROM guard
    WHERE id = %(next)s AND %(start)s AND NOT (%(heed)s AND (guard.cancel OR guard.pause))
)
SELECT cancel, pause FROM guard
"""


def advance(
    job: MarketplaceJob,
    task: MarketplaceTask,
    following: MarketplaceTask,
    *,
    receipt: dict[str, Any],
    lease_seconds: float,
    start: bool = True,
    heed: bool = True,
) -> Flags:
    """Complete `task` with its receipt, begin `following` and renew the lease: one statement.

    `following` is not begun without `start`, nor, with `heed`, when a flag is set.
    """
    parameters = {
        "job": job.pk,
        "token": job.lease_token,
        "task": task.pk,
        "next": following.pk,
        "former": task.status,
        "result": as_json(receipt),
        "lease": lease_seconds,
        "start": start,
        "heed": heed,
    }
    return _guarded(_ADVANCE, parameters, job)


_FOUND_ABSENT = """
WITH guard AS (
    SELECT id FROM marketplace_jobs
    WHERE id = %(job)s AND lease_token = %(token)s AND status = 'RUNNING' FOR NO KEY UPDATE
)
UPDATE marketplace_tasks t SET status = 'PENDING', result = NULL, error_message = ''
FROM guard WHERE t.id = %(task)s AND t.job_id = guard.id AND t.status = 'UNKNOWN'
RETURNING false, false
"""


def found_absent(job: MarketplaceJob, task: MarketplaceTask) -> None:
    """A look showed that an UNKNOWN task had no effect, and it is not to be begun now."""
    _guarded(_FOUND_ABSENT, {"job": job.pk, "token": job.lease_token, "task": task.pk}, job)


_DROP = """
UPDATE marketplace_tasks t SET status = 'CANCELLED' FROM marketplace_jobs j
WHERE t.id = %(task)s AND t.job_id = j.id AND t.status = 'PENDING'
  AND j.id = %(job)s AND j.lease_token = %(token)s AND j.status = 'RUNNING'
RETURNING false, false
"""


def drop(job: MarketplaceJob, task: MarketplaceTask) -> None:
    """An UNKNOWN task turned out to have had no effect, and the plan no longer wants it."""
    with transaction.atomic():
        found_absent(job, task)
        _guarded(_DROP, {"job": job.pk, "token": job.lease_token, "task": task.pk}, job)


_LET_GO = """
UPDATE marketplace_jobs
SET lease_token = NULL, leased_until = NULL, leased_by = '', wait_reason = %(reason)s,
    attempt_count = GREATEST(attempt_count - 1, 0)
WHERE id = %(job)s AND lease_token = %(token)s AND status = 'RUNNING'
RETURNING false, false
"""


def let_go(job: MarketplaceJob, reason: WaitReason) -> None:
    """Give the job back between two tasks; the attempt that the claim counted is given back."""
    _guarded(_LET_GO, {"job": job.pk, "token": job.lease_token, "reason": reason.value}, job)
    stand_back(job)


# A paused one lets any other go first, since nobody knows how long that lasts.
_STAND_BACK = """
UPDATE marketplace_jobs j
SET status = 'PENDING', run_after = GREATEST(j.run_after, clock_timestamp())
WHERE j.id = %(job)s AND j.status = 'RUNNING' AND j.lease_token IS NULL
  AND EXISTS (
      SELECT 1 FROM marketplace_jobs other
      WHERE other.account_id = j.account_id AND other.product_id IS NULL
        AND other.status = 'PENDING' AND other.paused_at IS NULL
        AND (j.paused_at IS NOT NULL
             OR (other.priority <= j.priority
                 AND other.run_after <= GREATEST(j.run_after, clock_timestamp()))))
  AND NOT EXISTS (
      SELECT 1 FROM marketplace_jobs again
      WHERE again.account_id = j.account_id AND again.product_id IS NULL
        AND again.status = 'PENDING' AND again.action = j.action)
"""


def stand_back(job: MarketplaceJob) -> None:
    """Let another sweep of the account that is due go before a started one that nobody holds.

    Only one of them may be started, and a long one would hold up the others until its end. It
    keeps its tasks and its reason to wait, and goes on where it was.
    """
    if job.product_id is not None or job.product_name:
        return
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_STAND_BACK, {"job": job.pk})
    except IntegrityError as error:
        # It was asked for again in this very moment, and waits already.
        if "one_waiting_job_per_action" not in str(error):
            raise


def lease_lost(job: MarketplaceJob) -> LeaseLostError:
    return LeaseLostError(
        sentence(
            "Job {job} is no longer held by this worker: its lease has passed to another one, "
            "or the job was ended.",
            job=job.pk,
        )
    )


def _guarded(sql: str, parameters: dict[str, Any], job: MarketplaceJob) -> Flags:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        row = cursor.fetchone()
    if row is None:
        raise lease_lost(job)
    return Flags(row[0], row[1])
