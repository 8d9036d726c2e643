"""How statuses look, and a job's situation in one sentence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.formats import date_format

from tasks.dispatch.models import Lane
from tasks.models import MarketplaceJob, WaitReason
from tasks.sentences import translated
from tasks.states import JobStatus

if TYPE_CHECKING:

    def display(
        function: Callable[..., Any] | None = None, **_options: Any
    ) -> Callable[[Any], Any]: ...
else:
    from unfold.decorators import display

__all__ = ["COLOURS", "display", "lane_situation", "situation"]

COLOURS = {
    "PENDING": "info",
    "RUNNING": "primary",
    "COMPLETED": "success",
    "FAILED": "danger",
    "PARTIALLY_FAILED": "warning",
    "UNKNOWN": "warning",
    "CANCELLED": "default",
    "EXPIRED": "default",
}
_UNTIL = {WaitReason.RETRY, WaitReason.LOOK, WaitReason.LIMIT}


def situation(job: MarketplaceJob) -> str:
    """What a person should know first: why it failed, or what it waits for and until when."""
    if job.status not in {JobStatus.PENDING, JobStatus.RUNNING}:
        return translated(job.error_message)
    if job.lease_token is not None:
        return f"is being worked on by {job.leased_by}"
    if job.paused_at is not None:
        by = f" by {job.paused_by}" if job.paused_by else ""
        return f"is paused{by}" + (f": {job.pause_reason}" if job.pause_reason else "")
    if job.status == JobStatus.PENDING:
        return f"starts {_clock(job.run_after)}" if _ahead(job) else "waits for its turn"
    until = f" until {_clock(job.run_after)}" if job.wait_reason in _UNTIL and _ahead(job) else ""
    return (job.wait_sentence or "waits for a worker") + until


def lane_situation(lane: Lane) -> str:
    """Whether work on an account goes on, or everything that stops it."""
    causes = []
    if lane.paused_at is not None:
        causes.append(_because(f"is paused by {lane.paused_by or 'staff'}", lane.pause_reason))
    if lane.consent_needed_at is not None:
        causes.append(
            _because("waits for the seller to connect it again", translated(lane.consent_reason))
        )
    if lane.blocked_until is not None and lane.blocked_until > timezone.now():
        until = f"waits until {_clock(lane.blocked_until)}"
        causes.append(_because(until, translated(lane.block_reason)))
    return "; ".join(causes) or "goes on"


def _because(what: str, reason: str) -> str:
    return f"{what}: {reason}" if reason else what


def _ahead(job: MarketplaceJob) -> bool:
    return job.run_after > timezone.now()


def _clock(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "Y-m-d H:i:s")
