"""How far a batch is, what it does and waits for now, and when it will have ended.

Everything is read in the current schema, in a number of queries that no batch's size changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from tasks import forecast
from tasks.dispatch import presence
from tasks.dispatch.models import Lane
from tasks.forecast import Ends, Forecast, Remaining, Stops
from tasks.models import BatchJob, WaitReason
from tasks.states import GIVEN_UP_JOB, UNFINISHED_JOB, JobStatus, in_order
from tasks.tenancy import current_schema

MOST_SHOWN = 5

WORKING = "WORKING"
LATER = "LATER"
QUEUED = "QUEUED"
_READY = frozenset({WORKING, QUEUED})


@dataclass(frozen=True, slots=True)
class Waiting:
    """Unfinished jobs in the same situation."""

    situation: str
    """WORKING, QUEUED, LATER or a WaitReason."""
    jobs: int
    next_at: datetime | None = None
    """When the first of them may go on; None where that depends on something else."""


@dataclass(frozen=True, slots=True)
class JobNow:
    """A job that is worked on, or has just ended."""

    id: int
    status: str
    subject: str
    """The product's name; "" for a sweep of the account."""
    task_name: str
    """What is done now; "" once the job has ended."""
    since: datetime | None
    """When it ended, or when what is done now began: an earlier run does not count."""


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """One look at a batch."""

    now: datetime
    counts: dict[str, int]
    """Jobs by status, in the order in which a person reads them."""
    total: int
    finished: int
    waiting: list[Waiting]
    working: list[JobNow]
    recent: list[JobNow]
    """The last ones that ended; empty once the batch has ended."""
    account_name: str
    lane: Lane | None
    pace: float | None
    """Jobs a minute at present; None: too few have ended to tell, or nothing goes on."""
    forecast: Forecast

    @property
    def is_going_on(self) -> bool:
        return self.finished < self.total

    @property
    def is_at_rest(self) -> bool:
        """No worker is at any of its jobs, be they begun or not."""
        return all(each.situation != WORKING for each in self.waiting)

    @property
    def is_paused(self) -> bool:
        """All that is left was paused by staff."""
        return bool(self.waiting) and all(
            each.situation == WaitReason.PAUSED for each in self.waiting
        )

    @property
    def failed(self) -> int:
        return self.counts[JobStatus.FAILED]

    @property
    def given_up(self) -> int:
        """Jobs that ended because somebody, or their time, wanted it."""
        return sum(self.counts.get(status, 0) for status in GIVEN_UP_JOB)


def progress_of(batch: BatchJob) -> BatchProgress:
    """The batch as it is now; `batch` gets the status and the counters of the same moment."""
    waiting, remaining, started, working = _read(batch)
    counts = batch.counts
    going_on = counts.finished < counts.total
    now, short, long = _ends(batch)
    account_name, lane = _account(batch)
    pace = forecast.per_minute(short, long, now) if going_on else None
    stops = _stops(lane) if going_on else Stops()
    told = forecast.forecast(remaining, stops, pace, now)
    return BatchProgress(
        now=now,
        counts=_by_status(batch, started),
        total=counts.total,
        finished=counts.finished,
        waiting=waiting,
        working=_jobs(_WORKING, ids=working) if working else [],
        recent=_jobs(_RECENT, batch=batch.pk, most=MOST_SHOWN) if going_on else [],
        account_name=account_name,
        lane=lane,
        pace=None if told.is_standstill else pace,
        forecast=told,
    )


def _by_status(batch: BatchJob, started: int) -> dict[str, int]:
    unfinished = max(batch.total_count - batch.counts.finished, 0)
    return {
        JobStatus.COMPLETED: batch.completed_count,
        JobStatus.FAILED: batch.failed_count,
        JobStatus.RUNNING: min(started, unfinished),
        JobStatus.PENDING: max(unfinished - started, 0),
        JobStatus.CANCELLED: batch.cancelled_count,
        JobStatus.EXPIRED: batch.expired_count,
    }


# One statement, so that the counters, the situations and who is worked on add up.
_NOW = """
WITH unfinished AS (
    SELECT id, status, run_after, run_started_at, CASE
           WHEN leased_until > clock_timestamp() THEN %(working)s
           WHEN paused_at IS NOT NULL THEN %(paused)s
           WHEN status = 'RUNNING' AND wait_reason <> %(turn)s THEN wait_reason
           WHEN run_after > clock_timestamp() THEN %(later)s
           ELSE %(queued)s END AS situation
    FROM marketplace_jobs
    WHERE batch_job_id = %(batch)s AND status = ANY(%(unfinished)s::text[])
), situations AS (
    SELECT situation, count(*) AS jobs, count(*) FILTER (WHERE status = 'RUNNING') AS started,
           min(run_after) FILTER (WHERE run_after > clock_timestamp()) AS first_at,
           max(run_after) FILTER (WHERE run_after > clock_timestamp()) AS last_at
    FROM unfinished GROUP BY situation
)
SELECT b.status, b.total_count, b.completed_count, b.failed_count, b.cancelled_count,
       b.expired_count, b.started_at, b.completed_at,
       ARRAY(SELECT id FROM unfinished WHERE situation = %(working)s
             ORDER BY run_started_at NULLS FIRST, id LIMIT %(most)s),
       s.situation, s.jobs, s.started, s.first_at, s.last_at
FROM batch_jobs b LEFT JOIN situations s ON true
WHERE b.id = %(of)s
ORDER BY s.situation <> %(working)s, s.jobs DESC, s.situation
"""
_COLUMNS = (
    "status",
    "total_count",
    "completed_count",
    "failed_count",
    "cancelled_count",
    "expired_count",
    "started_at",
    "completed_at",
)


def _read(batch: BatchJob) -> tuple[list[Waiting], Remaining, int, list[int]]:
    """The unfinished jobs by situation, what a forecast needs of them, how many had started, and
    the first of those that are worked on."""
    rows = _rows(
        _NOW,
        batch=batch.pk,
        of=batch.pk,
        unfinished=in_order(UNFINISHED_JOB),
        working=WORKING,
        paused=WaitReason.PAUSED.value,
        turn=WaitReason.TURN.value,
        later=LATER,
        queued=QUEUED,
        most=MOST_SHOWN,
    )
    if not rows:
        return [], Remaining(), 0, []
    known = len(_COLUMNS)
    for name, value in zip(_COLUMNS, rows[0], strict=False):
        setattr(batch, name, value)
    found = [row[known + 1 :] for row in rows if row[known + 1] is not None]
    return *_situations(found), rows[0][known]


def _situations(rows: list[tuple[Any, ...]]) -> tuple[list[Waiting], Remaining, int]:
    waiting, paused, ready, started = [], 0, 0, 0
    firsts: list[datetime] = []
    lasts: list[datetime] = []
    for situation, jobs, has_started, first, last in rows:
        is_ready = situation in _READY
        is_paused = situation == WaitReason.PAUSED
        started += has_started
        paused += jobs if is_paused else 0
        if not is_paused and not is_ready and first is not None:
            firsts.append(first)
            lasts.append(last)
        elif not is_paused:
            ready += jobs
        waiting.append(Waiting(situation, jobs, None if is_ready or is_paused else first))
    remaining = Remaining(
        jobs=sum(each.jobs for each in waiting),
        paused=paused,
        ready=ready,
        next_at=min(firsts, default=None),
        last_at=max(lasts, default=None),
    )
    return waiting, remaining, started


# Not clock_timestamp(), which is another one for every row: no index could be searched with it.
_ENDS = """
SELECT statement_timestamp(), count(*), min(completed_at),
       count(*) FILTER (WHERE completed_at > statement_timestamp() - %(short)s),
       min(completed_at) FILTER (WHERE completed_at > statement_timestamp() - %(short)s)
FROM marketplace_jobs
WHERE batch_job_id = %(batch)s AND status IN ('COMPLETED', 'FAILED')
  AND completed_at > statement_timestamp() - %(long)s
"""


def _ends(batch: BatchJob) -> tuple[datetime, Ends, Ends]:
    """The database's clock, and what has ended lately: in the short window, in the long one."""
    windows: dict[str, timedelta] = {"short": forecast.SHORT, "long": forecast.LONG}
    now, in_long, oldest_in_long, in_short, oldest_in_short = _rows(
        _ENDS, batch=batch.pk, **windows
    )[0]
    return now, Ends(in_short, oldest_in_short), Ends(in_long, oldest_in_long)


def _account(batch: BatchJob) -> tuple[str, Lane | None]:
    """All jobs of a batch are for one account."""
    # Without an order: any one will do, and the first one by id would have to be searched for.
    jobs = list(batch.jobs.order_by().values_list("account_id", "account_name")[:1])
    if not jobs:
        return "", None
    account_id, name = jobs[0]
    lanes = Lane.objects.filter(schema_name=current_schema(), account_id=account_id)
    return name, lanes.first() if account_id else None


def _stops(lane: Lane | None) -> Stops:
    seen = presence.look()
    return Stops(
        is_paused=lane is not None and lane.paused_at is not None,
        needs_consent=lane is not None and lane.consent_needed_at is not None,
        is_offline=lane is not None and lane.offline_since is not None,
        blocked_until=None if lane is None else lane.blocked_until,
        is_without_workers=seen.nobody,
        is_stopped_by_clocks=seen.stopped_by_clocks,
        is_stuck=seen.stuck,
    )


_WORKING = """
SELECT j.id, j.status, j.product_name, COALESCE(t.name, ''),
       GREATEST(t.started_at, j.run_started_at)
FROM marketplace_jobs j
LEFT JOIN LATERAL (
    SELECT name, started_at FROM marketplace_tasks
    WHERE job_id = j.id AND status = 'RUNNING' ORDER BY position LIMIT 1) AS t ON true
WHERE j.id = ANY(%(ids)s::bigint[])
ORDER BY j.run_started_at NULLS FIRST, j.id
"""
_RECENT = """
SELECT id, status, product_name, '', completed_at FROM marketplace_jobs
WHERE batch_job_id = %(batch)s AND completed_at IS NOT NULL
ORDER BY completed_at DESC LIMIT %(most)s
"""


def _jobs(sql: str, **parameters: Any) -> list[JobNow]:
    return [JobNow(*row) for row in _rows(sql, **parameters)]


def _rows(sql: str, **parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
