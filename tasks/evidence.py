"""What is already known of a creating step before it acts: earlier starts, a person's answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection

from tasks.models import MarketplaceJob, MarketplaceTask

_STARTS = """
FROM marketplace_jobs other
JOIN marketplace_tasks start ON start.job_id = other.id AND start.step = {step}
LEFT JOIN task_attempts lost
       ON lost.task_id = start.id AND lost.outcome IN ('UNKNOWN', 'INTERRUPTED')
WHERE other.account_id = {account} AND other.product_id {product}
  AND (lost.id IS NOT NULL
       OR (start.id <> {task} AND start.status IN ('RUNNING', 'UNKNOWN', 'COMPLETED')))
"""


def starts(product: str) -> str:
    """The FROM and WHERE of what may have caused the effect of task `t` of job `j` before.

    `product` compares with the product: by an equality, or by IS NULL for a sweep. Both are looked
    up in ix_jobs_history, whereas IS NOT DISTINCT FROM would read all that the account has had.
    """
    return _STARTS.format(step="t.step", account="j.account_id", task="t.id", product=product)


_LAST_START = """
SELECT extract(epoch FROM clock_timestamp()), extract(epoch FROM max(
    CASE WHEN start.id = %(task)s THEN lost.ended_at
         ELSE GREATEST(start.started_at, start.completed_at, lost.ended_at) END))
"""

OBSOLETE = "obsolete"
"""Key in the result of an UNKNOWN task: the plan no longer wants it, but what it did is open."""

APPENDED = "appended"
"""Key in the receipt of a task: the ids of the tasks that only its step could know of."""


ANSWER = "answer"
"""Key in the result of an UNKNOWN task: what a person has said about it."""

ABSENT_AT = "absent_at"
"""Key in the result of a PENDING task: a look showed then, by the database's clock in seconds since
1970, that there is no effect; the step was not tried since."""
ABSENT_HOLDS = 15 * 60
"""Seconds after which a look is made again: somebody may have listed the product by hand."""


@dataclass(frozen=True, slots=True)
class LastStart:
    """When the effect of a step may last have been caused, in seconds since 1970."""

    now: float
    at: float | None
    """None: never."""

    @property
    def seconds_ago(self) -> float | None:
        return None if self.at is None else self.now - self.at

    def is_absent(self, known: dict[str, Any]) -> bool:
        """Whether a look that found nothing, before a rest, need not be made again."""
        looked_at: float | None = known.get(ABSENT_AT)
        if looked_at is None or self.now - looked_at > ABSENT_HOLDS:
            return False
        return self.at is None or self.at < looked_at


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person said about an UNKNOWN task."""

    exists: bool
    external_id: str
    by: str


def last_start(job: MarketplaceJob, task: MarketplaceTask) -> LastStart:
    """When any job for this account and product may last have caused this step's effect.

    The present start of `task` itself does not count.
    """
    parameters = {
        "step": task.step,
        "account": job.account_id,
        "product": job.product_id,
        "task": task.pk,
    }
    same = _STARTS.format(
        step="%(step)s",
        account="%(account)s",
        task="%(task)s",
        product="IS NULL" if job.product_id is None else "= %(product)s",
    )
    with connection.cursor() as cursor:
        cursor.execute(_LAST_START + same, parameters)
        now, at = cursor.fetchone()
    return LastStart(float(now), None if at is None else float(at))


def of_look(task: MarketplaceTask) -> dict[str, Any]:
    """What a look before a rest has left on a task that is to be begun again."""
    stored = task.result or {}
    return {ABSENT_AT: stored[ABSENT_AT]} if ABSENT_AT in stored else {}


def is_obsolete(task: MarketplaceTask) -> bool:
    """Whether a revised plan no longer wants this UNKNOWN task."""
    return bool((task.result or {}).get(OBSOLETE))


def answer_of(task: MarketplaceTask) -> Answer | None:
    """The person's answer that `actions.answer` left on an UNKNOWN task."""
    stored = (task.result or {}).get(ANSWER)
    if stored is None:
        return None
    return Answer(stored["exists"], stored.get("external_id", ""), stored.get("by", ""))
