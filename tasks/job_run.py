"""What one worker knows of the job it holds: the tasks as they are stored, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from itertools import islice
from typing import Any

from tasks import progress
from tasks.deadlines import clock
from tasks.errors import PermanentError
from tasks.evidence import answer_of
from tasks.handlers import BaseJobHandler, Receipt, Step, TaskRun
from tasks.models import MarketplaceJob, MarketplaceTask, WaitReason
from tasks.sentences import sentence
from tasks.states import TaskStatus

BEGUN = frozenset({TaskStatus.RUNNING.value, TaskStatus.UNKNOWN.value, TaskStatus.COMPLETED.value})
FINISHED = frozenset({TaskStatus.COMPLETED.value, TaskStatus.CANCELLED.value})


@dataclass(frozen=True, slots=True)
class TaskResult:
    """How one task went."""

    success: bool
    result: Receipt | None = None
    error: BaseException | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """What came with the completion of a task."""

    receipt: Receipt
    following: MarketplaceTask | None = None
    """None: the job has ended."""
    flags: progress.Flags = field(default_factory=progress.Flags)
    stop: WaitReason = WaitReason.NONE

    @property
    def begun(self) -> bool:
        """Whether the following task was begun in the same commit."""
        waits = self.following is None or self.following.status == TaskStatus.UNKNOWN
        return not (waits or self.flags or self.stop)


class RunEnd(Enum):
    """How a worker's hold on a job ended."""

    ENDED = "ended"
    WAITS = "waits"
    LOST = "lost"


@dataclass(slots=True)
class JobRun:
    """One worker's hold on one job: the tasks as this worker knows them to be stored."""

    job: MarketplaceJob
    handler: BaseJobHandler
    tasks: list[MarketplaceTask]
    flags: progress.Flags = field(default_factory=progress.Flags)
    stop: WaitReason = WaitReason.NONE
    leased_at: float = field(default_factory=clock)
    """A moment before the lease was last renewed: what a step may take counts from here."""
    acting: bool = False
    """The current step's own method was called: its request may have left."""
    doubtful: bool = False
    """The current step may have acted earlier, and no look has cleared that up yet."""
    known: dict[str, Any] = field(default_factory=dict)
    """What a look or a person said of the current step before it was begun: kept if it rests."""
    place: int = 0
    receipts: dict[str, list[Receipt]] = field(default_factory=dict)
    receipt_task_ids: dict[str, list[int]] = field(default_factory=dict)

    @property
    def current(self) -> MarketplaceTask | None:
        """The first task that is still to be done; collects the receipts on the way to it."""
        while self.place < len(self.tasks):
            task = self.tasks[self.place]
            if task.status not in FINISHED:
                return task
            if task.status == TaskStatus.COMPLETED:
                self.receipts.setdefault(task.step, []).append(task.result or {})
                self.receipt_task_ids.setdefault(task.step, []).append(task.pk)
            self.place += 1
        return None

    def after(self, task: MarketplaceTask) -> MarketplaceTask | None:
        """The next task that is to be done once `task` is."""
        rest = islice(self.tasks, self.place + 1, None)
        return next((other for other in rest if other.status not in FINISHED), None)

    def step(self, task: MarketplaceTask) -> Step:
        """The code of a stored task; PermanentError when it is gone."""
        try:
            return self.handler.steps[task.step]
        except KeyError:
            raise PermanentError(
                sentence(
                    "This version of StoFlow has no step “{step}” for this job.", step=task.step
                ),
                advice=sentence(
                    "Retry the job: it is planned again with the steps that exist now."
                ),
            ) from None

    def past_no_return(self) -> bool:
        """Whether the listing may be live already, so that cancel must wait for the end."""
        if not self.handler.points_of_no_return:
            return False
        return any(
            task.status in BEGUN and task.step in self.handler.points_of_no_return
            for task in self.tasks
        )

    def task_run(self, task: MarketplaceTask) -> TaskRun:
        answer = answer_of(task)
        return TaskRun(
            task.pk,
            task.name,
            task.payload,
            self.receipts,
            self.receipt_task_ids,
            decision=None if answer is None else answer.exists,
        )
