"""One row for each task, with a bar for each try and for each stretch that it waited."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property

from tasks.dispatch.models import Lane
from tasks.models import MarketplaceJob, Outcome
from tasks.states import RETRYABLE_JOB, UNFINISHED_JOB, JobStatus, TaskStatus
from tasks.timeline.facts import AttemptFacts, TaskFacts
from tasks.timeline.scale import Interval, Scale
from tasks.timeline.waits import OpenWait, Wait, open_wait, wait_after

NOTICEABLE = timedelta(milliseconds=300)
"""A shorter pause between two steps is the engine's own, and not worth a bar."""
LONGEST_PLANNING = timedelta(seconds=5)
SIGN_OF_LIFE = timedelta(milliseconds=50)
"""What is surely work of a try whose worker was lost: nobody knows when it ended."""


GLANCE = timedelta(milliseconds=2)
"""When a look that found something began is not stored: before the next step, surely."""


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
    LOST = "lost"


_KIND_OF = {
    Outcome.TRANSIENT: BarKind.RETRIED,
    Outcome.PERMANENT: BarKind.FAILED,
    Outcome.UNKNOWN: BarKind.UNKNOWN,
    Outcome.INTERRUPTED: BarKind.LOST,
}


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
        return sum(bar.seconds for bar in self.waits)

    @property
    def message(self) -> str:
        """What went wrong last, while that is not put right."""
        is_good = self.status in {TaskStatus.COMPLETED, TaskStatus.CANCELLED}
        return "" if is_good or not self.tries else self.tries[-1].message

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


def timeline_of(
    job: MarketplaceJob,
    tasks: Sequence[TaskFacts],
    attempts: Iterable[AttemptFacts],
    lane: Lane | None,
    now: datetime,
) -> Timeline:
    """Put the rows of one job in order. Clocks that disagree never make a bar of less than 0."""
    tries: dict[int | None, list[AttemptFacts]] = {}
    for attempt in attempts:
        tries.setdefault(attempt.task_id, []).append(attempt)
    is_live = job.status in UNFINISHED_JOB
    end = max(now if is_live or job.completed_at is None else job.completed_at, job.created_at)
    lead = _row(None, tries.get(None, ()), end)
    rows = [lead, *(_row(task, tries.get(task.id, ()), end) for task in tasks)]
    timeline = Timeline(rows, job.created_at, end, is_live, open_wait(job, lane, now))
    timeline.is_cancelled = job.status == JobStatus.CANCELLED
    following = next((row for row in rows if row.task and _is_to_do(row.task)), lead)
    following.is_next = following.task is not None
    _add_planning(job, rows, end)
    if is_live and job.lease_token is not None:
        _add_present_work(job, rows, following, now)
    _add_waits(job, timeline, following)
    return timeline


def _is_to_do(task: TaskFacts) -> bool:
    return task.status not in {TaskStatus.COMPLETED, TaskStatus.CANCELLED}


def _row(task: TaskFacts | None, tries: Sequence[AttemptFacts], end: datetime) -> Row:
    row = Row(task, tuple(tries))
    free_from: datetime | None = None
    for number, attempt in enumerate(tries, start=1):
        start = attempt.started_at if free_from is None else max(attempt.started_at, free_from)
        kind, stop = _KIND_OF[Outcome(attempt.outcome)], max(attempt.ended_at, start)
        row.bars.append(Bar(kind, start, stop, number, then=wait_after(attempt)))
        free_from = stop
    if task is not None:
        row.bars += _last_try(task, len(tries) + 1, free_from, end)
    return row


def _last_try(
    task: TaskFacts, number: int, free_from: datetime | None, now: datetime
) -> Iterator[Bar]:
    """The try that succeeded, or that goes on."""
    if task.started_at is None:
        return
    start = task.started_at if free_from is None else max(task.started_at, free_from)
    if task.status == TaskStatus.RUNNING:
        yield Bar(BarKind.RUNNING, min(start, now), now, number, is_open=True)
    elif task.status == TaskStatus.COMPLETED and task.completed_at is not None:
        end = max(task.completed_at, start)
        if free_from is not None and task.started_at < free_from:
            # It was never begun again: a look found what the lost answer had hidden.
            yield Bar(BarKind.FOUND, max(free_from, end - GLANCE), end, number)
        else:
            yield Bar(BarKind.DONE, start, end, number)


def _add_planning(job: MarketplaceJob, rows: Sequence[Row], end: datetime) -> None:
    """From a claim to the first step of its run, where that is short enough to be one thing."""
    starts = sorted(bar.start for row in rows for bar in row.bars)
    runs = {job.started_at, job.run_started_at} - {None}
    for begun in sorted(filter(None, runs)):
        first = next((start for start in starts if start >= begun), None)
        is_near = first is not None and first - begun <= LONGEST_PLANNING
        stop = first if is_near and first is not None else begun
        rows[0].bars.append(Bar(BarKind.PLAN, min(begun, end), min(stop, end)))


def _add_present_work(
    job: MarketplaceJob, rows: Sequence[Row], following: Row, now: datetime
) -> None:
    """Somebody holds the job, though no task has begun: they plan, or look."""
    if any(bar.is_open for bar in following.bars):
        return
    ended = max((bar.end for row in rows for bar in row.bars), default=job.created_at)
    start = min(max(ended, min(job.run_after, now)), now)
    kind = BarKind.PLAN if following.task is None else BarKind.RUNNING
    following.bars.append(Bar(kind, start, now, len(following.tries) + 1, is_open=True))


def _add_waits(job: MarketplaceJob, timeline: Timeline, following: Row) -> None:
    """Whatever lies between two stretches of work was waiting, for what the first one left."""
    work = [(bar.start, bar.end, index, bar) for index, row in enumerate(timeline.rows)
            for bar in row.work]  # fmt: skip
    ended, reason = timeline.start, Wait.QUEUE
    for start, end, index, bar in sorted(work, key=lambda item: item[:3]):
        if start - ended > NOTICEABLE:
            is_retry = bar.kind is BarKind.PLAN and reason is not Wait.QUEUE
            wait = Wait.ENDED if is_retry else reason
            timeline.rows[index].bars.append(Bar(BarKind.WAIT, ended, start, wait=wait))
        if end >= ended:
            ended, reason = end, bar.then
    if timeline.waits_for is not None:
        open_bar = Bar(BarKind.WAIT, min(ended, timeline.end), timeline.end, is_open=True,
                       wait=timeline.waits_for.reason)  # fmt: skip
        following.bars.append(open_bar)
    elif job.status in RETRYABLE_JOB and timeline.end - ended > NOTICEABLE:
        stood = _left_over(timeline, following)
        stood.bars.append(Bar(BarKind.WAIT, ended, timeline.end, wait=reason))
    for row in timeline.rows:
        row.bars.sort(key=lambda bar: (bar.start, bar.end))


def _left_over(timeline: Timeline, following: Row) -> Row:
    """Where a job stood when it was ended while it waited."""
    if following.task is not None:
        return following
    cancelled = (row for row in timeline.tasks if row.status == TaskStatus.CANCELLED)
    return next(cancelled, following)


def _surely_work(bar: Bar, end: datetime) -> Interval:
    if bar.is_open:
        return bar.start, end
    is_lost = bar.kind is BarKind.LOST
    return bar.start, min(bar.end, bar.start + SIGN_OF_LIFE) if is_lost else bar.end
