"""Figures for `job_stats`: what has run, from the statistics that outlive the jobs; what waits now.

Everything is read in the current schema; lanes are those of that schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db import connection

from tasks.models import WaitReason
from tasks.models.jobs import WAIT_SENTENCES
from tasks.tenancy import current_schema

MOST_STEPS = 10
MOST_ERRORS = 10


@dataclass(frozen=True, slots=True)
class Scope:
    """Which runs and jobs are meant; "" and None: all."""

    marketplace: str = ""
    action: str = ""
    since: datetime | None = None
    """Bounds what has run; what waits is always all of it."""


@dataclass(frozen=True, slots=True)
class Runs:
    """The finished runs of one kind of job."""

    tenant: str
    marketplace: str
    action: str
    runs: int
    completed: int
    failed: int
    cancelled: int
    expired: int
    success_rate: float | None
    """Completed among those that nobody cancelled; None: all were cancelled."""
    failed_attempts: int
    """Tries of a task that did not succeed."""
    median_ms: int | None
    """Of the completed runs, waiting included; None: none completed."""
    p95_ms: int | None


@dataclass(frozen=True, slots=True)
class SlowStep:
    tenant: str
    marketplace: str
    action: str
    step: str
    runs: int
    median_ms: int
    p95_ms: int
    longest_ms: int


@dataclass(frozen=True, slots=True)
class ErrorCount:
    tenant: str
    marketplace: str
    action: str
    error_class: str
    runs: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """Unfinished jobs in the same situation."""

    tenant: str
    marketplace: str
    action: str
    status: str
    situation: str
    jobs: int
    oldest_at: datetime
    """When the oldest of them was asked for."""
    next_at: datetime | None
    """When the first of them may go on; None where that depends on something else."""


@dataclass(frozen=True, slots=True)
class LaneState:
    """A lane that is stopped, or that has been due for some time."""

    tenant: str
    lane: str
    marketplace: str
    stopped: str
    """Why, as a sentence; "" when it is not stopped."""
    overdue_since: datetime | None


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything about one tenant."""

    runs: list[Runs]
    steps: list[SlowStep]
    errors: list[ErrorCount]
    waiting: list[Waiting]
    lanes: list[LaneState]


def figures(scope: Scope) -> Figures:
    """The figures of the current schema."""
    return Figures(
        runs=_rows(Runs, _RUNS, scope),
        steps=_rows(SlowStep, _STEPS, scope, most=MOST_STEPS),
        errors=_rows(ErrorCount, _ERRORS, scope, most=MOST_ERRORS),
        waiting=_rows(Waiting, _WAITING, scope, **_situations()),
        lanes=_rows(LaneState, _LANES, scope),
    )


_KIND = """(%(marketplace)s = '' OR marketplace = %(marketplace)s)
      AND (%(action)s = '' OR action = %(action)s)"""
_IN_SCOPE = f"""{_KIND}
      AND (%(since)s::timestamptz IS NULL OR created_at >= %(since)s)"""

_RUNS = f"""
SELECT %(tenant)s, marketplace, action, count(*),
       count(*) FILTER (WHERE outcome = 'COMPLETED'), count(*) FILTER (WHERE outcome = 'FAILED'),
       count(*) FILTER (WHERE outcome = 'CANCELLED'), count(*) FILTER (WHERE outcome = 'EXPIRED'),
       count(*) FILTER (WHERE outcome = 'COMPLETED')::float
           / NULLIF(count(*) FILTER (WHERE outcome <> 'CANCELLED'), 0),
       sum(attempt_count)::bigint,
       round(percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_ms)
           FILTER (WHERE outcome = 'COMPLETED'))::bigint,
       round(percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_ms)
           FILTER (WHERE outcome = 'COMPLETED'))::bigint
FROM marketplace_job_stats
WHERE {_IN_SCOPE}
GROUP BY marketplace, action ORDER BY marketplace, action
"""

_STEPS = f"""
SELECT %(tenant)s, marketplace, action, step.key, count(*),
       round(percentile_cont(0.5) WITHIN GROUP (ORDER BY step.value::float))::bigint,
       round(percentile_cont(0.95) WITHIN GROUP (ORDER BY step.value::float))::bigint AS p95,
       round(max(step.value::float))::bigint
FROM marketplace_job_stats, LATERAL jsonb_each_text(step_ms) AS step
WHERE {_IN_SCOPE}
GROUP BY marketplace, action, step.key
ORDER BY p95 DESC, marketplace, action, step.key LIMIT %(most)s
"""

_ERRORS = f"""
SELECT %(tenant)s, marketplace, action, error_class, count(*) AS runs, max(created_at)
FROM marketplace_job_stats
WHERE error_class <> '' AND {_IN_SCOPE}
GROUP BY marketplace, action, error_class
ORDER BY runs DESC, marketplace, action, error_class LIMIT %(most)s
"""

_WAITING = f"""
SELECT %(tenant)s, marketplace, action, status, situation, count(*), min(created_at),
       min(CASE WHEN situation NOT IN (%(leased)s, %(paused)s) THEN run_after END)
FROM (
    SELECT j.*, CASE
        WHEN lease_token IS NOT NULL THEN %(leased)s
        WHEN paused_at IS NOT NULL THEN %(paused)s
        WHEN status = 'RUNNING' THEN COALESCE(known.sentence, wait_reason)
        WHEN run_after > clock_timestamp() THEN %(later)s
        ELSE %(queued)s END AS situation
    FROM marketplace_jobs j
    LEFT JOIN unnest(%(reasons)s::text[], %(sentences)s::text[]) AS known (reason, sentence)
           ON known.reason = wait_reason
    WHERE status IN ('PENDING', 'RUNNING')
) AS unfinished
WHERE {_KIND}
GROUP BY marketplace, action, status, situation
ORDER BY marketplace, action, status, situation
"""

_LANES = """
SELECT %(tenant)s, account_name, marketplace,
       concat_ws('; ',
           CASE WHEN paused_at IS NOT NULL THEN
               concat('paused by ', paused_by, NULLIF(': ' || pause_reason, ': ')) END,
           CASE WHEN consent_needed_at IS NOT NULL THEN
               concat('the seller has to do what the account''s page asks for',
                      NULLIF(': ' || consent_reason, ': ')) END,
           CASE WHEN offline_since IS NOT NULL THEN
               concat('waits for the seller''s side since ',
                      to_char(offline_since AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'), ' UTC',
                      NULLIF(': ' || offline_reason, ': ')) END,
           CASE WHEN blocked_until > clock_timestamp() THEN
               concat('blocked until ',
                      to_char(blocked_until AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'), ' UTC',
                      NULLIF(': ' || block_reason, ': ')) END) AS stopped,
       CASE WHEN due_at <= clock_timestamp() THEN due_at END
FROM public.lanes
WHERE schema_name = %(tenant)s
  AND (%(marketplace)s = '' OR marketplace = %(marketplace)s)
  AND (num_nonnulls(paused_at, consent_needed_at, offline_since) > 0
       OR blocked_until > clock_timestamp() OR due_at <= clock_timestamp())
ORDER BY marketplace, account_name, account_id
"""

Figure = TypeVar("Figure", Runs, SlowStep, ErrorCount, Waiting, LaneState)


def _rows(figure: type[Figure], sql: str, scope: Scope, **more: Any) -> list[Figure]:
    parameters: Mapping[str, Any] = {
        "tenant": current_schema(),
        "marketplace": scope.marketplace,
        "action": scope.action,
        "since": scope.since,
        **more,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return [figure(*row) for row in cursor.fetchall()]


def _situations() -> dict[str, str | list[str]]:
    return {
        "leased": "is being worked on",
        "paused": str(WAIT_SENTENCES[WaitReason.PAUSED]),
        "later": "starts later",
        "queued": "waits for its turn",
        "reasons": [reason.value for reason in WaitReason],
        "sentences": [str(WAIT_SENTENCES[reason]) or "waits for a worker" for reason in WaitReason],
    }
