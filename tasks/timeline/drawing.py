"""From the rows of a job, its tasks and its failed tries to the bars of a timeline."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from tasks.dispatch.models import Lane
from tasks.models import MarketplaceJob, Outcome
from tasks.pauses import Pause, of_job
from tasks.standstill import Standstill
from tasks.states import RETRYABLE_JOB, UNFINISHED_JOB, JobStatus, TaskStatus
from tasks.timeline.bars import Bar, BarKind, Row, Timeline
from tasks.timeline.doubts import is_refusal
from tasks.timeline.facts import AttemptFacts, Retry, TaskFacts
from tasks.timeline.stops import NOTICEABLE, Stops
from tasks.timeline.waits import PAUSED, OpenWait, Wait, open_wait, turn_on, wait_after

LONGEST_PLANNING = timedelta(seconds=5)
GLANCE = timedelta(milliseconds=2)
"""When a look that found something began is not stored: before the next step, surely."""

_KIND_OF = {
    Outcome.TRANSIENT: BarKind.RETRIED,
    Outcome.PERMANENT: BarKind.FAILED,
    Outcome.UNKNOWN: BarKind.UNKNOWN,
    Outcome.INTERRUPTED: BarKind.LOST,
}


def timeline_of(
    job: MarketplaceJob,
    tasks: Sequence[TaskFacts],
    attempts: Iterable[AttemptFacts],
    lane: Lane | None,
    now: datetime,
    *,
    account_pauses: Iterable[Pause] = (),
    retries: Sequence[Retry] = (),
    standstill: Standstill | None = None,
) -> Timeline:
    """Put the rows of one job in order. Clocks that disagree never make a bar of less than 0.

    `account_pauses` are those that are over; the lane tells the one in force. `retries` are those
    that staff are known to have made. `standstill`: why nobody's work is begun now.
    """
    tries: dict[int | None, list[AttemptFacts]] = {}
    for attempt in attempts:
        tries.setdefault(attempt.task_id, []).append(attempt)
    is_live = job.status in UNFINISHED_JOB
    end = max(now if is_live or job.completed_at is None else job.completed_at, job.created_at)
    lead = _row(None, tries.get(None, ()), end)
    rows = [lead, *(_row(task, tries.get(task.id, ()), end) for task in tasks)]
    wait = open_wait(job, lane, now, standstill=standstill)
    timeline = Timeline(rows, job.created_at, end, is_live, wait)
    timeline.is_cancelled = job.status == JobStatus.CANCELLED
    timeline.standstill = standstill
    following = next((row for row in rows if row.task and _is_to_do(row.task)), lead)
    following.is_next = following.task is not None
    _add_planning(job, rows, end)
    if is_live and job.lease_token is not None:
        _add_present_work(job, rows, following, now)
    stops = Stops(_pauses(job, lane, timeline.waits_for, account_pauses), retries)
    _add_waits(job, timeline, following, stops, turn=turn_on(lane))
    return timeline


def _is_to_do(task: TaskFacts) -> bool:
    return task.status not in {TaskStatus.COMPLETED, TaskStatus.CANCELLED}


def _row(task: TaskFacts | None, tries: Sequence[AttemptFacts], end: datetime) -> Row:
    row = Row(task, tuple(tries))
    free_from: datetime | None = None
    for number, attempt in enumerate(tries, start=1):
        start = attempt.started_at if free_from is None else max(attempt.started_at, free_from)
        kind, stop = _kind_of(attempt), max(attempt.ended_at, start)
        then = wait_after(attempt.outcome, attempt.error_class)
        row.bars.append(Bar(kind, start, stop, number, then=then))
        free_from = stop
    if task is not None:
        row.bars += _last_try(task, len(tries) + 1, free_from, end)
    return row


def _kind_of(attempt: AttemptFacts) -> BarKind:
    return BarKind.DOUBTED if is_refusal(attempt) else _KIND_OF[Outcome(attempt.outcome)]


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


def _pauses(
    job: MarketplaceJob, lane: Lane | None, wait: OpenWait | None, of_account: Iterable[Pause]
) -> list[Pause]:
    """In the order in which they began; of those in force only the one that is said to be."""
    reason = None if wait is None else wait.reason
    pauses = [each for each in of_job(job) if each.end is not None or reason is Wait.PAUSED]
    pauses += of_account
    if lane is not None and lane.paused_at is not None and reason is Wait.ACCOUNT_PAUSED:
        pauses.append(
            Pause(lane.paused_at, None, lane.paused_by, lane.pause_reason, is_of_account=True)
        )
    return sorted(pauses, key=lambda pause: pause.start)


def _add_waits(
    job: MarketplaceJob, timeline: Timeline, following: Row, stops: Stops, *, turn: Wait
) -> None:
    """Whatever lies between two stretches of work was waiting, for what the first one left."""
    work = [(bar.start, bar.end, index, bar) for index, row in enumerate(timeline.rows)
            for bar in row.work]  # fmt: skip
    ended, reason = timeline.start, Wait.QUEUE
    for start, end, index, bar in sorted(work, key=lambda item: item[:3]):
        if start - ended > NOTICEABLE:
            is_retry = bar.kind is BarKind.PLAN and reason is not Wait.QUEUE
            whole = Bar(BarKind.WAIT, ended, start, wait=Wait.ENDED if is_retry else reason)
            timeline.rows[index].bars += stops.cut(whole)
        if end >= ended:
            ended, reason = end, turn if bar.then is Wait.TURN else bar.then
    if timeline.waits_for is not None:
        wait = timeline.waits_for.reason
        whole = Bar(BarKind.WAIT, min(ended, timeline.end), timeline.end, is_open=True,
                    wait=reason if wait in PAUSED else wait)  # fmt: skip
        following.bars += stops.cut(whole)
    elif job.status in RETRYABLE_JOB and timeline.end - ended > NOTICEABLE:
        stood = _left_over(timeline, following)
        whole = Bar(BarKind.WAIT, ended, timeline.end, wait=reason)
        stood.bars += stops.cut(whole)
    for row in timeline.rows:
        row.bars.sort(key=lambda bar: (bar.start, bar.end))


def _left_over(timeline: Timeline, following: Row) -> Row:
    """Where a job stood when it was ended while it waited."""
    if following.task is not None:
        return following
    cancelled = (row for row in timeline.tasks if row.status == TaskStatus.CANCELLED)
    return next(cancelled, following)
