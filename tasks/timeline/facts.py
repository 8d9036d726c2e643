"""The little that a timeline reads of each row: no payload, receipt, traceback or evidence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import Max
from django.db.models.functions import Left

from tasks.models import MarketplaceTask, StaffActionOutcome, TaskAttempt

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


class Retry(NamedTuple):
    """A person let the job go on after it had ended."""

    at: datetime
    by: str


def retries_of(job_id: int) -> list[Retry]:
    """Every retry of a job and every answer to its questions, oldest first; one query."""
    done = StaffActionOutcome.objects.filter(job_id=job_id, done=True)
    rows = done.filter(action__kind__in=["retry", "answer"]).order_by("action_id")
    return [Retry(*row) for row in rows.values_list("action__at", "action__by")]


Moves = tuple[datetime | None, datetime | None]
"""When a step was last begun, and when one was last completed."""


def last_moves(tasks: Sequence[TaskFacts]) -> Moves:
    begun = [task.started_at for task in tasks if task.started_at is not None]
    completed = [task.completed_at for task in tasks if task.completed_at is not None]
    return max(begun, default=None), max(completed, default=None)


def read_last_moves(job_id: int) -> Moves:
    """The same without the tasks; one query."""
    found = MarketplaceTask.objects.filter(job_id=job_id).aggregate(
        begun=Max("started_at"), completed=Max("completed_at")
    )
    return found["begun"], found["completed"]
