"""Failed jobs by what made them fail: one thing to put right, and the jobs that wait for it.

Everything is read in the current schema. A job's cause is stored when it fails, so the groups are
counted in an index and no message is read but those of the examples.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from tasks.cause_keys import pattern_of
from tasks.models import MarketplaceJob
from tasks.open_failures import still_open
from tasks.states import JobStatus
from tasks.wording import without_number

_MOST_COMPARED = 20
"""Jobs whose messages are read to see whether they all say the same."""
_KEY = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class FailuresOf:
    """Which failures are meant; "" and None: all."""

    marketplace: str = ""
    action: str = ""
    since: datetime | None = None
    """Failed then or later."""
    batch_id: int | None = None
    """All that failed in it. Else only failures for which something is left to do."""


@dataclass(frozen=True, slots=True)
class Example:
    """The newest job of a group, with its message in full."""

    job_id: int
    product_name: str
    account_name: str
    task_name: str
    """"" when the job failed before its first task."""
    message: str
    failed_at: datetime


@dataclass(frozen=True, slots=True)
class CauseGroup:
    """The failures that a person puts right by doing one thing."""

    key: str
    marketplace: str
    action: str
    error_class: str
    pattern: str
    """The message with “…” for what differs from job to job."""
    advice: str
    needs_person: bool
    """It is a question: nobody could tell whether the last request took effect."""
    jobs: int
    first_at: datetime
    last_at: datetime
    accounts: int
    batches: int
    example: Example
    says_the_same: bool
    """Every job has the example's message; of many jobs it is not known, then False."""

    @property
    def step(self) -> str:
        """The failing task without its number: “Upload image” for “Upload image 2/3”."""
        return without_number(self.example.task_name)


@dataclass(frozen=True, slots=True)
class Causes:
    """One page of causes, the most frequent first."""

    groups: list[CauseGroup]
    causes: int
    """On all pages."""
    jobs: int

    @property
    def is_last(self) -> bool:
        return len(self.groups) == self.causes


def jobs_of(cause_key: str) -> QuerySet[MarketplaceJob]:
    """The FAILED jobs of one cause; those that were retried since are no longer among them."""
    failed = MarketplaceJob.objects.filter(status=JobStatus.FAILED.value)
    return failed.filter(cause_key=cause_key) if _KEY.fullmatch(cause_key) else failed.none()


def pattern_of_cause(cause_key: str) -> str:
    """What the jobs of a cause say, with “…” for what differs; "" when none is left."""
    newest = (
        jobs_of(cause_key).values_list("error_message", "error_class").order_by("-completed_at")
    )
    found = newest.first()
    return "" if found is None else pattern_of(*found)


def causes_of(failures: FailuresOf, *, most: int | None = None, offset: int = 0) -> Causes:
    """The causes of these failures from the most frequent one on, in one query."""
    narrowed = {
        "marketplace = %(marketplace)s": failures.marketplace,
        "action = %(action)s": failures.action,
        "completed_at >= %(since)s": failures.since,
        "batch_job_id = %(batch)s": failures.batch_id,
    }
    conditions = ["status = 'FAILED'", *(sql for sql, value in narrowed.items() if value)]
    if failures.batch_id is None:
        conditions.append(still_open("failed"))
    parameters = {
        "marketplace": failures.marketplace,
        "action": failures.action,
        "since": failures.since,
        "batch": failures.batch_id,
        "most": settings.STAFF["causes"] if most is None else most,
        "offset": offset,
        "compared": _MOST_COMPARED,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CAUSES.format(conditions=" AND ".join(conditions)), parameters)
        rows = cursor.fetchall()
    groups = [_group(row) for row in rows]
    return Causes(groups, causes=rows[0][0] if rows else 0, jobs=int(rows[0][1]) if rows else 0)


# Grouped by account and batch first: counting distinct ones over all rows would sort them all.
_CAUSES = """
WITH parts AS (
    SELECT cause_key, account_id, batch_job_id, count(*) AS jobs,
           min(completed_at) AS first_at, max(completed_at) AS last_at, max(id) AS newest
    FROM marketplace_jobs failed WHERE {conditions}
    GROUP BY cause_key, account_id, batch_job_id
), causes AS (
    SELECT cause_key, sum(jobs)::bigint AS jobs, min(first_at) AS first_at,
           max(last_at) AS last_at, max(newest) AS newest,
           count(DISTINCT account_id) AS accounts, count(DISTINCT batch_job_id) AS batches,
           count(*) OVER () AS all_causes, sum(sum(jobs)) OVER () AS all_jobs
    FROM parts GROUP BY cause_key
    ORDER BY jobs DESC, last_at DESC, cause_key
    LIMIT %(most)s OFFSET %(offset)s
)
SELECT c.all_causes, c.all_jobs, c.cause_key, c.jobs, c.first_at, c.last_at, c.accounts, c.batches,
       j.marketplace, j.action, j.error_class, j.error_message, j.error_advice, j.needs_person,
       j.id, j.product_name, j.account_name, j.completed_at,
       COALESCE((SELECT t.name FROM marketplace_tasks t
                 WHERE t.job_id = j.id AND t.status IN ('FAILED', 'UNKNOWN')
                 ORDER BY t.position LIMIT 1), ''),
       CASE WHEN c.jobs <= %(compared)s THEN NOT EXISTS (
           SELECT 1 FROM marketplace_jobs failed WHERE {conditions}
             AND failed.cause_key = c.cause_key AND failed.error_message <> j.error_message)
       ELSE false END
FROM causes c JOIN marketplace_jobs j ON j.id = c.newest
ORDER BY c.jobs DESC, c.last_at DESC, c.cause_key
"""


def _group(row: tuple[Any, ...]) -> CauseGroup:
    key, jobs, first_at, last_at, accounts, batches = row[2:8]
    marketplace, action, error_class, message, advice, needs_person = row[8:14]
    job_id, product_name, account_name, failed_at, task_name, says_the_same = row[14:20]
    return CauseGroup(
        key=key,
        marketplace=marketplace,
        action=action,
        error_class=error_class,
        pattern=pattern_of(message, error_class),
        advice=advice,
        needs_person=needs_person,
        jobs=jobs,
        first_at=first_at,
        last_at=last_at,
        accounts=accounts,
        batches=batches,
        example=Example(job_id, product_name, account_name, task_name, message, failed_at),
        says_the_same=says_the_same,
    )
