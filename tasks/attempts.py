"""One try that did not succeed: what is known of it, and the row that keeps it."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from tasks import storable
from tasks.endings import Cause
from tasks.errors import LookFailedError, OutcomeUnknownError, StoFlowError
from tasks.models import MarketplaceJob, Outcome
from tasks.progress import as_json
from tasks.states import TaskStatus

LONGEST_TRACEBACK = 20_000


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed try, before anything is written."""

    job: MarketplaceJob
    error: BaseException
    outcome: Outcome
    task_id: int | None = None
    task_status: TaskStatus = TaskStatus.FAILED
    """What the task becomes."""
    former: TaskStatus = TaskStatus.RUNNING
    started_at: datetime | None = None
    """When the try began; None: `seconds` ago."""
    seconds: float = 0.0
    """How long the try has taken, by the worker's own clock that only counts."""
    looked: bool = False
    """The failure is that of a look; it does not count as an attempt."""
    task_attempts: int = 0
    """How often this task was begun in this run."""
    settle: float = 0.0
    """The step's settle time, in seconds."""
    may_be_outage: bool = False
    answered: bool = False
    """The marketplace answered this worker in the same turn, before."""

    @property
    def is_unanswered_look(self) -> bool:
        """Nobody could be asked, or it is too early to believe the answer."""
        return self.looked and isinstance(self.error, LookFailedError)

    @property
    def is_vain_look(self) -> bool:
        """The marketplace answered, and yet it is not known."""
        answered = isinstance(self.error, OutcomeUnknownError) and not self.is_unanswered_look
        return self.looked and answered


_ATTEMPT = """
INSERT INTO task_attempts (job_id, task_id, number, worker, started_at, ended_at, outcome,
                           error_class, message, advice, traceback, evidence)
SELECT %(job)s, %(task)s,
       1 + (SELECT count(*) FROM task_attempts
            WHERE job_id = %(job)s AND task_id IS NOT DISTINCT FROM %(task)s),
       %(worker)s,
       COALESCE(%(started)s, clock_timestamp() - %(seconds)s * interval '1 second'),
       clock_timestamp(), %(outcome)s,
       %(error_class)s, %(message)s, %(advice)s, %(traceback)s, %(evidence)s::jsonb
"""


def insert(failure: Failure) -> None:
    """Keep the try with its evidence, in the transaction that says what follows from it."""
    cause = Cause.of(failure.error)
    evidence = failure.error.evidence if isinstance(failure.error, StoFlowError) else {}
    with connection.cursor() as cursor:
        cursor.execute(
            _ATTEMPT,
            {
                "job": failure.job.pk,
                "task": failure.task_id,
                "worker": failure.job.leased_by,
                "started": failure.started_at,
                "seconds": failure.seconds,
                "outcome": failure.outcome.value,
                "error_class": cause.error_class[:100],
                "message": cause.message,
                "advice": cause.advice,
                "traceback": _trace(failure.error),
                "evidence": as_json(evidence),
            },
        )


def _trace(error: BaseException) -> str:
    if error.__traceback__ is None:
        return ""
    return storable.text("".join(traceback.format_exception(error))[-LONGEST_TRACEBACK:])
