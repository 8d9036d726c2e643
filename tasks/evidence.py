"""What is already known of a creating step before it acts: earlier starts, a person's answer."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from tasks.models import MarketplaceJob, MarketplaceTask

# By an equality, or by IS NULL for a sweep: both are looked up in ix_jobs_history, whereas IS NOT
# DISTINCT FROM would read every job that the account has had.
_LAST_START = """
SELECT extract(epoch FROM clock_timestamp() - max(
    CASE WHEN t.id = %(task)s THEN a.ended_at
         ELSE GREATEST(t.started_at, t.completed_at, a.ended_at) END))
FROM marketplace_jobs j
JOIN marketplace_tasks t ON t.job_id = j.id AND t.step = %(step)s
LEFT JOIN task_attempts a ON a.task_id = t.id AND a.outcome IN ('UNKNOWN', 'INTERRUPTED')
WHERE j.account_id = %(account)s AND j.product_id {product}
  AND (a.id IS NOT NULL
       OR (t.id <> %(task)s AND t.status IN ('RUNNING', 'UNKNOWN', 'COMPLETED')))
"""

OBSOLETE = "obsolete"
"""Key in the result of an UNKNOWN task: the plan no longer wants it, but what it did is open."""

APPENDED = "appended"
"""Key in the receipt of a task: the ids of the tasks that only its step could know of."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person said about an UNKNOWN task."""

    exists: bool
    external_id: str
    by: str


def seconds_since_last_start(job: MarketplaceJob, task: MarketplaceTask) -> float | None:
    """How long ago any job for this account and product may have caused this step's effect.

    None when none ever did. The present start of `task` itself does not count.
    """
    parameters = {
        "step": task.step,
        "account": job.account_id,
        "product": job.product_id,
        "task": task.pk,
    }
    product = "IS NULL" if job.product_id is None else "= %(product)s"
    with connection.cursor() as cursor:
        cursor.execute(_LAST_START.format(product=product), parameters)
        seconds = cursor.fetchone()[0]
    return None if seconds is None else float(seconds)


def is_obsolete(task: MarketplaceTask) -> bool:
    """Whether a revised plan no longer wants this UNKNOWN task."""
    return bool((task.result or {}).get(OBSOLETE))


def answer_of(task: MarketplaceTask) -> Answer | None:
    """The person's answer that `actions.answer` left on an UNKNOWN task."""
    stored = (task.result or {}).get("answer")
    if stored is None:
        return None
    return Answer(stored["exists"], stored.get("external_id", ""), stored.get("by", ""))
