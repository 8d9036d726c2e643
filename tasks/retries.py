"""What to do after a failure: a pure function from (error, what was tried) to a decision.

The orchestrator applies the decision and knows no error class itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tasks.errors import (
    AuthorizationError,
    LookFailedError,
    NeedsPersonError,
    OutageError,
    OutcomeUnknownError,
    PermanentError,
    PostponedError,
    RateLimitedError,
    ReceiptGoneError,
    TransientError,
    WorkerDiedError,
)

FIRST_DELAY = timedelta(seconds=5)
LONGEST_DELAY = timedelta(minutes=30)
FIRST_LOOK_DELAY = timedelta(seconds=10)
INTERRUPTION_DELAY = timedelta(seconds=1)
LONGEST_RATE_LIMIT = timedelta(hours=24)
DEFAULT_RATE_LIMIT = timedelta(seconds=60)
LOOK_LIMIT = 6
"""Looks that were answered and could not tell; some five minutes."""
PATIENCE = 24
"""Looks that reached nobody; some eight hours of an outage."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What has been tried of one job since its last completed task."""

    attempts: int
    """Claims that ended in a failure, this one included."""
    attempt_limit: int
    interruptions: int = 0
    """Times that a worker died, this one included."""
    interruption_limit: int = 10
    looks: int = 0
    """Looks at the marketplace that were answered and could not tell, this one included."""
    unanswered_looks: int = 0
    """Looks that reached nobody, this one included."""
    settle: float = 0.0
    """Seconds after which a request that left is visible, or never will be."""
    answered: bool = True
    """The marketplace has answered somebody on this account since the job's former try."""
    never_expires: bool = False
    """What the job does is wanted however late."""


@dataclass(frozen=True, slots=True)
class RetryLater:
    """Try the same task again after `delay`."""

    delay: timedelta


@dataclass(frozen=True, slots=True)
class LookLater:
    """The outcome is unknown: after `delay`, look at the marketplace before acting."""

    delay: timedelta


@dataclass(frozen=True, slots=True)
class RepeatReceipts:
    """Make the tasks whose receipts are gone PENDING again and go on at once."""

    task_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class BlockLane:
    """Nobody on this account may go on before `until`; the job keeps its attempt."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Postpone:
    """This job goes on at `until` with the same task and keeps its attempt."""

    until: datetime


@dataclass(frozen=True, slots=True)
class ProbeFirst:
    """Nobody on this account may go on until the marketplace answers; the job keeps its attempt."""


@dataclass(frozen=True, slots=True)
class StopLane:
    """Nobody on this account may go on until the seller has consented again."""


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The job ends FAILED."""

    needs_person: bool = False


Decision = (
    RetryLater | LookLater | RepeatReceipts | BlockLane | Postpone | ProbeFirst | StopLane | GiveUp
)


def decide(  # noqa: C901, PLR0911, PLR0912 - a table: one line for each class of error
    error: BaseException, tried: Tried, *, now: datetime, jitter: float = 0.5
) -> Decision:
    """What follows from `error`. `jitter` in [0, 1) spreads delays between a half and the whole."""
    match error:
        case ReceiptGoneError():
            return _unless_exhausted(tried, RepeatReceipts(error.task_ids))
        case NeedsPersonError():
            return GiveUp(needs_person=True)
        case AuthorizationError():
            return StopLane()
        case RateLimitedError():
            return BlockLane(_end_of_limit(error, now))
        case LookFailedError():
            return _look(error, tried, jitter, looks=tried.unanswered_looks, limit=PATIENCE)
        case PostponedError():
            return Postpone(_within_limit(error.until, now))
        case OutcomeUnknownError():
            return _look(error, tried, jitter, looks=tried.looks, limit=LOOK_LIMIT)
        case WorkerDiedError():
            return _after_interruption(tried)
        case OutageError() if tried.attempts >= tried.attempt_limit and not tried.answered:
            return ProbeFirst()
        case OutageError() if tried.never_expires:
            return RetryLater(_transient_delay(error, tried, jitter))
        case TransientError():
            return _unless_exhausted(tried, RetryLater(_transient_delay(error, tried, jitter)))
        case PermanentError():
            return GiveUp()
        case _:
            # An unexpected exception is a fault of ours; most pass, so a few tries are fair.
            return _unless_exhausted(tried, RetryLater(backoff(tried.attempts, jitter)))


def backoff(
    attempts: int,
    jitter: float,
    *,
    first: timedelta = FIRST_DELAY,
    longest: timedelta = LONGEST_DELAY,
) -> timedelta:
    """Exponential delay after the n-th failed attempt, spread over [half, whole)."""
    exponent = min(max(attempts - 1, 0), 30)
    whole: timedelta = min(first * int(2**exponent), longest)
    return whole * (0.5 + jitter / 2)


def _unless_exhausted(tried: Tried, decision: Decision) -> Decision:
    return GiveUp() if tried.attempts >= tried.attempt_limit else decision


def _transient_delay(error: TransientError, tried: Tried, jitter: float) -> timedelta:
    return max(backoff(tried.attempts, jitter), _asked_to_wait(error))


def _look(
    error: OutcomeUnknownError, tried: Tried, jitter: float, *, looks: int, limit: int
) -> Decision:
    if looks >= limit:
        return GiveUp(needs_person=True)
    delay = backoff(looks, jitter, first=FIRST_LOOK_DELAY)
    return LookLater(max(delay, timedelta(seconds=tried.settle), _asked_to_wait(error)))


def _asked_to_wait(error: TransientError | OutcomeUnknownError) -> timedelta:
    seconds = error.retry_after or 0.0
    return timedelta(seconds=min(max(seconds, 0.0), LONGEST_RATE_LIMIT.total_seconds()))


def _after_interruption(tried: Tried) -> Decision:
    if tried.interruptions >= tried.interruption_limit:
        return GiveUp()
    return RetryLater(INTERRUPTION_DELAY * tried.interruptions)


def _end_of_limit(error: RateLimitedError, now: datetime) -> datetime:
    if error.until is not None:
        wanted = error.until.astimezone(UTC)
    elif error.retry_after is not None:
        seconds = min(max(error.retry_after, 0.0), LONGEST_RATE_LIMIT.total_seconds())
        wanted = now + timedelta(seconds=seconds)
    else:
        wanted = now + DEFAULT_RATE_LIMIT
    return _within_limit(wanted, now)


def _within_limit(wanted: datetime, now: datetime) -> datetime:
    """Asked again at least once a day, whatever a far or past moment says."""
    soonest = now + timedelta(seconds=1)
    return min(max(wanted.astimezone(UTC), soonest), now + LONGEST_RATE_LIMIT)
