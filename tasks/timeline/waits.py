"""What a job waits for, or waited for, while nobody worked on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tasks import errors
from tasks.dispatch.models import Lane
from tasks.models import MarketplaceJob, Outcome, WaitReason
from tasks.standstill import Standstill
from tasks.states import JobStatus


class Wait(StrEnum):
    """Why nobody worked on the job."""

    QUEUE = "queue"
    SCHEDULED = "scheduled"
    RETRY = "retry"
    LOOK = "look"
    TURN = "turn"
    WORKER = "worker"
    PAUSED = "paused"
    ACCOUNT_PAUSED = "account_paused"
    LIMIT = "limit"
    REST = "rest"
    NO_WORKERS = "no workers"
    CLOCKS = "clocks"
    """Nobody's work is begun while the clocks of all machines with workers are wrong."""
    SPACED = "spaced"
    """Over: a rest or the seller's side, which leave no trace on the job."""
    OFFLINE = "offline"
    OUTAGE = "outage"
    APPLICATION = "application"
    CONSENT = "consent"
    RECEIPTS = "receipts"
    CANCEL = "cancel"
    ENDED = "ended"
    """It had ended without success, until a person retried it."""


PAUSED = frozenset({Wait.PAUSED, Wait.ACCOUNT_PAUSED})
"""A person did not want it to go on."""

_OF_JOB = {
    WaitReason.RETRY: Wait.RETRY,
    WaitReason.LOOK: Wait.LOOK,
    WaitReason.TURN: Wait.TURN,
    WaitReason.SHUTDOWN: Wait.WORKER,
    WaitReason.INTERRUPTED: Wait.WORKER,
    WaitReason.LIMIT: Wait.LIMIT,
    WaitReason.REST: Wait.REST,
    WaitReason.OFFLINE: Wait.OFFLINE,
    WaitReason.OUTAGE: Wait.OUTAGE,
    WaitReason.APPLICATION: Wait.APPLICATION,
    WaitReason.CONSENT: Wait.CONSENT,
    WaitReason.RECEIPTS: Wait.RECEIPTS,
    WaitReason.CANCEL: Wait.CANCEL,
}
_OF_OUTCOME = {
    Outcome.INTERRUPTED: Wait.WORKER,
    Outcome.UNKNOWN: Wait.LOOK,
    Outcome.PERMANENT: Wait.ENDED,
}
_OF_ERROR = (
    (errors.ApplicationRefusedError, Wait.APPLICATION),
    (errors.RateLimitedError, Wait.LIMIT),
    (errors.PostponedError, Wait.LIMIT),
    (errors.AuthorizationError, Wait.CONSENT),
    (errors.ReceiptGoneError, Wait.RECEIPTS),
)


@dataclass(frozen=True, slots=True)
class OpenWait:
    """What an unfinished job waits for now."""

    reason: Wait
    until: datetime | None = None
    """None: nobody can tell."""
    by: str = ""
    because: str = ""
    since: datetime | None = None
    """Since when what it waits for is missing, if that is known."""


_LIFTED = frozenset({Wait.CONSENT, Wait.OFFLINE})
"""Waits of the whole account: once its lane has them no more, its turn is all that is left."""


def wait_after(outcome: str, error_class: str) -> Wait:
    """What followed a try that failed, as far as its row tells."""
    for error, wait in _OF_ERROR:
        if _is_kind(error_class, error):
            return wait
    return _OF_OUTCOME.get(Outcome(outcome), Wait.RETRY)


_OF_STANDSTILL = {Standstill.NO_WORKERS: Wait.NO_WORKERS, Standstill.CLOCKS: Wait.CLOCKS}


def open_wait(
    job: MarketplaceJob, lane: Lane | None, now: datetime, *, standstill: Standstill | None = None
) -> OpenWait | None:
    """What the job waits for; None when it has ended or somebody works on it."""
    if job.status not in {JobStatus.PENDING, JobStatus.RUNNING} or job.lease_token is not None:
        return None
    if job.paused_at is not None:
        return OpenWait(Wait.PAUSED, by=job.paused_by, because=job.pause_reason)
    stopped = _stop_of(lane)
    if stopped is not None:
        return stopped
    due = _to_come(job.run_after, now)
    if lane is not None and lane.blocked_until is not None and lane.blocked_until > now:
        until = lane.blocked_until if due is None else max(due, lane.blocked_until)
        return OpenWait(_block_of(lane, job), until, because=lane.block_reason)
    if standstill is not None and due is None:
        return OpenWait(_OF_STANDSTILL[standstill])
    return _own_wait(job, lane, due, now)


def _own_wait(
    job: MarketplaceJob, lane: Lane | None, due: datetime | None, now: datetime
) -> OpenWait:
    """On an account that nothing stops."""
    if job.status == JobStatus.PENDING and not job.wait_reason:
        return OpenWait(Wait.QUEUE) if due is None else OpenWait(Wait.SCHEDULED, due)
    reason = _OF_JOB.get(WaitReason(job.wait_reason), Wait.TURN)
    if reason is Wait.REST:
        return OpenWait(reason, None if lane is None else _to_come(lane.rests_until, now))
    return OpenWait(Wait.TURN if reason in _LIFTED else reason, due)


def _to_come(at: datetime | None, now: datetime) -> datetime | None:
    return at if at is not None and at > now else None


def turn_on(lane: Lane | None) -> Wait:
    """What was waited for where nothing had failed: on a lane that rests, hardly its turn."""
    return Wait.TURN if lane is None or lane.rests_until is None else Wait.SPACED


def _block_of(lane: Lane, job: MarketplaceJob) -> Wait:
    """The lane's own wait reason is that of the job that it waits with."""
    if WaitReason.APPLICATION in {job.wait_reason, lane.wait_reason}:
        return Wait.APPLICATION
    return Wait.LIMIT if lane.outage_since is None else Wait.OUTAGE


def _stop_of(lane: Lane | None) -> OpenWait | None:
    if lane is None:
        return None
    if lane.consent_needed_at is not None:
        return OpenWait(Wait.CONSENT, because=lane.consent_reason)
    if lane.paused_at is not None:
        return OpenWait(Wait.ACCOUNT_PAUSED, by=lane.paused_by, because=lane.pause_reason)
    if lane.offline_since is not None:
        return OpenWait(Wait.OFFLINE, because=lane.offline_reason, since=lane.offline_since)
    return None


def _is_kind(name: str, error: type[errors.StoFlowError]) -> bool:
    """Whether an error's stored name is that of `error` or of a class derived from it."""
    return name == error.__name__ or any(_is_kind(name, kind) for kind in error.__subclasses__())
