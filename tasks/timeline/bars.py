"""One row for each task, with a bar for each try and for each stretch that it waited."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property

from tasks.standstill import Standstill
from tasks.states import TaskStatus
from tasks.timeline.doubts import refusal_in_doubt
from tasks.timeline.facts import AttemptFacts, TaskFacts
from tasks.timeline.scale import Interval, Scale
from tasks.timeline.waits import PAUSED, OpenWait, Wait

SIGN_OF_LIFE = timedelta(milliseconds=50)
"""What is surely work of a try whose worker was lost: nobody knows when it ended."""


class BarKind(StrEnum):
    WAIT = "wait"
    PLAN = "plan"
    DONE = "done"
    FOUND = "found"
    """A look showed that an earlier try had taken effect."""
    RUNNING = "running"
    RETRIED = "retried"
    FAILED = "failed"
    UNKNOWN = "unknown"
    DOUBTED = "doubted"
    """Refused, which a look has to confirm."""
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Bar:
    kind: BarKind
    start: datetime
    end: datetime
    number: int = 0
    """Which try of its task; 0: none."""
    wait: Wait | None = None
    is_open: bool = False
    """It goes on: `end` is the moment of looking."""
    then: Wait = Wait.TURN
    """What followed, if something had to be waited for."""
    by: str = ""
    """Who paused it, or retried it after it had ended."""
    because: str = ""

    @property
    def seconds(self) -> float:
        return (self.end - self.start).total_seconds()


@dataclass
class Row:
    """A task, or (`task` is None) what comes before the first one: the queue and the planning."""

    task: TaskFacts | None
    tries: tuple[AttemptFacts, ...] = ()
    bars: list[Bar] = field(default_factory=list)
    is_next: bool = False
    """The job goes on, or would go on, here."""

    @property
    def position(self) -> int:
        return self.task.position if self.task else 0

    @property
    def status(self) -> str:
        return self.task.status if self.task else ""

    @property
    def waits(self) -> list[Bar]:
        return [bar for bar in self.bars if bar.kind is BarKind.WAIT]

    @property
    def work(self) -> list[Bar]:
        return [bar for bar in self.bars if bar.kind is not BarKind.WAIT]

    @property
    def worked_seconds(self) -> float:
        """Without the tries whose worker was lost: nobody knows how long they were worked on."""
        return sum(bar.seconds for bar in self.work if bar.kind is not BarKind.LOST)

    @property
    def waited_seconds(self) -> float:
        """Without the time in which the job had ended: nothing waited then."""
        return sum(bar.seconds for bar in self.waits if bar.wait is not Wait.ENDED)

    @property
    def message(self) -> str:
        """What went wrong last, while that is not put right."""
        is_good = self.status in {TaskStatus.COMPLETED, TaskStatus.CANCELLED}
        return "" if is_good or not self.tries else self.tries[-1].message

    @property
    def refusal(self) -> AttemptFacts | None:
        """The try whose refusal is believed only after a look, until there was one."""
        is_unknown = self.status == TaskStatus.UNKNOWN
        return refusal_in_doubt(reversed(self.tries)) if is_unknown else None

    @property
    def is_asked_for(self) -> bool:
        """Something went wrong here and is not put right."""
        return self.status in {TaskStatus.FAILED, TaskStatus.UNKNOWN}


@dataclass
class Timeline:
    """What happened to a job, and when; `rows` begins with the row before the first task."""

    rows: list[Row]
    start: datetime
    end: datetime
    """The moment of looking while the job has not ended."""
    is_live: bool
    waits_for: OpenWait | None = None
    is_cancelled: bool = False
    standstill: Standstill | None = None

    @property
    def tasks(self) -> list[Row]:
        return [row for row in self.rows if row.task is not None]

    @cached_property
    def wanted(self) -> list[Row]:
        """Without the tasks that a newer plan dropped."""
        if self.is_cancelled:
            return self.tasks
        return [row for row in self.tasks if row.status != TaskStatus.CANCELLED]

    @cached_property
    def done(self) -> int:
        return sum(row.status == TaskStatus.COMPLETED for row in self.wanted)

    @cached_property
    def asked_for(self) -> Row | None:
        """The row that a person wants to see first."""
        return next((row for row in self.tasks if row.is_asked_for), None)

    @cached_property
    def next(self) -> Row | None:
        return next((row for row in self.tasks if row.is_next), None)

    @cached_property
    def has_pauses(self) -> bool:
        return any(bar.wait in PAUSED for row in self.rows for bar in row.waits)

    @property
    def worked_seconds(self) -> float:
        return sum(row.worked_seconds for row in self.rows)

    @property
    def waited_seconds(self) -> float:
        return sum(row.waited_seconds for row in self.rows)

    def scale(self, *, collapse: bool) -> Scale:
        """The axis of the bars; a live one has some room for what comes next."""
        end = self.end + (self._room() if self.is_live else timedelta())
        bars = [bar for row in self.rows for bar in row.work]
        work = [_surely_work(bar, end) for bar in bars]
        return Scale.over((self.start, end), work, collapse=collapse)

    def _room(self) -> timedelta:
        opened = [bar.seconds for row in self.rows for bar in row.bars if bar.is_open]
        return timedelta(seconds=max(1.0, self.worked_seconds / 4, sum(opened) / 5))


def _surely_work(bar: Bar, end: datetime) -> Interval:
    if bar.is_open:
        return bar.start, end
    is_lost = bar.kind is BarKind.LOST
    return bar.start, min(bar.end, bar.start + SIGN_OF_LIFE) if is_lost else bar.end
