"""Statuses, and the one table of allowed moves between them.

Pure: imports nothing of Django's models. `docs/states.md` draws what stands here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from tasks.errors import MoveRefusedError


class BatchStatus(StrEnum):
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    PARTIALLY_FAILED = "PARTIALLY_FAILED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class JobStatus(StrEnum):
    """PENDING waits for its (next) start; RUNNING has started: leased, or waiting for a reason."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


class TaskStatus(StrEnum):
    """UNKNOWN: the request left and nobody knows whether it took effect."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"
    CANCELLED = "CANCELLED"


FINAL_JOB = frozenset(
    {JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.EXPIRED}
)
UNFINISHED_JOB = frozenset({JobStatus.PENDING, JobStatus.RUNNING})
GIVEN_UP_JOB = frozenset({JobStatus.CANCELLED, JobStatus.EXPIRED})
RETRYABLE_JOB = GIVEN_UP_JOB | {JobStatus.FAILED}

JOB_MOVES: Mapping[JobStatus, frozenset[JobStatus]] = MappingProxyType(
    {
        JobStatus.PENDING: frozenset({JobStatus.RUNNING, JobStatus.CANCELLED, JobStatus.EXPIRED}),
        JobStatus.RUNNING: frozenset(
            {
                JobStatus.COMPLETED,
                JobStatus.FAILED,
                JobStatus.CANCELLED,
                # A sweep lets another one of its account go first.
                JobStatus.PENDING,
            }
        ),
        JobStatus.COMPLETED: frozenset(),
        # A person's retry: the job waits for its next start and keeps what it has done.
        JobStatus.FAILED: frozenset({JobStatus.PENDING}),
        JobStatus.CANCELLED: frozenset({JobStatus.PENDING}),
        JobStatus.EXPIRED: frozenset({JobStatus.PENDING}),
    }
)

TASK_MOVES: Mapping[TaskStatus, frozenset[TaskStatus]] = MappingProxyType(
    {
        TaskStatus.PENDING: frozenset({TaskStatus.RUNNING, TaskStatus.CANCELLED}),
        TaskStatus.RUNNING: frozenset(
            {
                TaskStatus.COMPLETED,
                TaskStatus.FAILED,
                TaskStatus.UNKNOWN,
                # Nothing took effect: its worker died in a step that may be repeated, or the
                # lane has to wait.
                TaskStatus.PENDING,
            }
        ),
        # A receipt has expired; or a person retries, and a step on our own tables runs again.
        TaskStatus.COMPLETED: frozenset({TaskStatus.PENDING}),
        TaskStatus.FAILED: frozenset(
            {TaskStatus.RUNNING, TaskStatus.PENDING, TaskStatus.CANCELLED}
        ),
        # Found, or answered by a person: COMPLETED. Absent: act (RUNNING), or later (PENDING).
        TaskStatus.UNKNOWN: frozenset(
            {TaskStatus.COMPLETED, TaskStatus.RUNNING, TaskStatus.PENDING}
        ),
        TaskStatus.CANCELLED: frozenset({TaskStatus.PENDING}),
    }
)


def check_job_move(former: JobStatus | str, wanted: JobStatus | str) -> None:
    """Raise MoveRefusedError unless the table allows this move of a job."""
    if JobStatus(wanted) not in JOB_MOVES[JobStatus(former)]:
        raise MoveRefusedError(f"A job that is {former} cannot become {wanted}.")


def check_task_move(former: TaskStatus | str, wanted: TaskStatus | str) -> None:
    """Raise MoveRefusedError unless the table allows this move of a task."""
    if TaskStatus(wanted) not in TASK_MOVES[TaskStatus(former)]:
        raise MoveRefusedError(f"A task that is {former} cannot become {wanted}.")


@dataclass(frozen=True, slots=True)
class JobCounts:
    """How many jobs of a batch are where."""

    total: int = 0
    completed: int = 0
    failed: int = 0
    cancelled: int = 0
    expired: int = 0
    started: bool = False

    @property
    def finished(self) -> int:
        return self.completed + self.failed + self.cancelled + self.expired


def batch_status(counts: JobCounts) -> BatchStatus:
    """The status of a batch, which follows from its jobs alone."""
    if counts.finished < counts.total:
        began = counts.started or counts.finished > 0
        return BatchStatus.RUNNING if began else BatchStatus.PENDING
    if counts.completed == counts.total:
        return BatchStatus.COMPLETED
    if counts.failed + counts.expired == 0:
        return BatchStatus.CANCELLED
    return BatchStatus.PARTIALLY_FAILED if counts.completed else BatchStatus.FAILED


def in_order(statuses: Iterable[StrEnum]) -> list[str]:
    """Statuses as a stable list of strings, for SQL and for messages."""
    return sorted(status.value for status in statuses)
