"""What is already known of a creating step before it acts: earlier starts, a person's answer."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from tasks.models import MarketplaceJob, MarketplaceTask

_EVER_STARTED = """
SELECT EXISTS (
    SELECT 1 FROM marketplace_jobs j
    JOIN marketplace_tasks t ON t.job_id = j.id AND t.step = %(step)s
    WHERE j.account_id = %(account)s AND j.product_id IS NOT DISTINCT FROM %(product)s
      AND ((t.id <> %(task)s AND t.status IN ('RUNNING', 'UNKNOWN', 'COMPLETED'))
           OR EXISTS (SELECT 1 FROM task_attempts a
                      WHERE a.task_id = t.id AND a.outcome IN ('UNKNOWN', 'INTERRUPTED')))
)
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person said about an UNKNOWN task."""

    exists: bool
    external_id: str
    by: str


def ever_started(job: MarketplaceJob, task: MarketplaceTask) -> bool:
    """Whether any job for this account and product may have caused this step's effect before."""
    parameters = {
        "step": task.step,
        "account": job.account_id,
        "product": job.product_id,
        "task": task.pk,
    }
    with connection.cursor() as cursor:
        cursor.execute(_EVER_STARTED, parameters)
        return bool(cursor.fetchone()[0])


def answer_of(task: MarketplaceTask) -> Answer | None:
    """The person's answer that `actions.answer` left on an UNKNOWN task."""
    stored = (task.result or {}).get("answer")
    if stored is None:
        return None
    return Answer(stored["exists"], stored.get("external_id", ""), stored.get("by", ""))
