"""The little that a timeline reads of each row: no payload, receipt, traceback or evidence."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db.models.functions import Left

from tasks.models import MarketplaceTask, TaskAttempt

SHOWN_MESSAGE = 300
"""Characters of a failure's message that a row shows."""


class TaskFacts(NamedTuple):
    id: int
    position: int
    name: str
    status: str
    attempt_count: int
    started_at: datetime | None
    completed_at: datetime | None


class AttemptFacts(NamedTuple):
    """A try that did not succeed."""

    id: int
    task_id: int | None
    outcome: str
    error_class: str
    started_at: datetime
    ended_at: datetime
    message: str


def tasks_of(job_id: int) -> list[TaskFacts]:
    """Every task of a job in its order; one query."""
    rows = MarketplaceTask.objects.filter(job_id=job_id).order_by("position", "id")
    return [TaskFacts(*row) for row in rows.values_list(*TaskFacts._fields)]


def attempts_of(job_id: int) -> list[AttemptFacts]:
    """Every failed try of a job, oldest first; one query."""
    columns = [name for name in AttemptFacts._fields if name != "message"]
    rows = TaskAttempt.objects.filter(job_id=job_id).order_by("id")
    shown = rows.values_list(*columns, Left("message", SHOWN_MESSAGE))
    return [AttemptFacts(*row) for row in shown]
