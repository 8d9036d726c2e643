"""How statuses look, and a job's situation in one sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from tasks import handlers
from tasks.clocks import moment_of
from tasks.dispatch import presence
from tasks.dispatch.health import has_work
from tasks.dispatch.models import Lane
from tasks.models import MarketplaceJob, WaitReason
from tasks.sentences import translated
from tasks.standstill import Standstill
from tasks.states import UNFINISHED_JOB, JobStatus
from tasks.wording import one_after_another, titled

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
_UNTIL = {
    WaitReason.RETRY,
    WaitReason.LOOK,
    WaitReason.LIMIT,
    WaitReason.APPLICATION,
    WaitReason.OUTAGE,
}
_STOPS = {WaitReason.OFFLINE, WaitReason.CONSENT}
"""What is left to be done by the seller once workers take work again."""


def situation(job: MarketplaceJob, *, standstill: Standstill | None = None) -> str:
    """What a person should know first: why it failed, or what it waits for and until when.

    `standstill`: why nobody's work is begun (`presence.Seen.standstill`).
    """
    if job.status not in {JobStatus.PENDING, JobStatus.RUNNING}:
        return translated(job.error_message)
    return capfirst(_going_on(job, standstill=standstill))


def standstill_of(jobs: Iterable[MarketplaceJob]) -> Standstill | None:
    """Why none of these is begun or gone on with, whatever else each waits for.

    One query; none when they have all ended.
    """
    has_open = any(job.status in UNFINISHED_JOB for job in jobs)
    return presence.look().standstill if has_open else None


def standstill_of_lanes(lanes: Iterable[Lane]) -> Standstill | None:
    """As `standstill_of`, of the work of whole accounts; no query when there is none."""
    now = timezone.now()
    return presence.look().standstill if any(has_work(lane, now) for lane in lanes) else None


def standstill_words(standstill: Standstill) -> str:
    match standstill:
        case Standstill.NO_WORKERS:
            return _("waits until workers are started")
        case Standstill.CLOCKS:
            return _("waits until the clocks of the workers' machines are right")


def _going_on(job: MarketplaceJob, *, standstill: Standstill | None) -> str:
    now = timezone.now()
    if job.lease_token is not None:
        return _("is being worked on by %(worker)s") % {"worker": job.leased_by}
    if job.paused_at is not None:
        return _because(_paused(job.paused_by), job.pause_reason)
    is_later = job.run_after > now
    at = {"time": moment_of(job.run_after, now)}
    if standstill is not None and not is_later and job.wait_reason not in _STOPS:
        return standstill_words(standstill)
    if job.status == JobStatus.PENDING:
        return _("starts at %(time)s") % at if is_later else _("waits for its turn")
    said = str(job.wait_sentence) or _("waits for a worker")
    if job.wait_reason in _UNTIL and is_later:
        return _("%(situation)s, at %(time)s") % {"situation": said, **at}
    return said


def work_in_words(lane: Lane | None, *, standstill: Standstill | None) -> str:
    """As `lane_situation`, of an account that may have had no job yet."""
    return _("Has not begun") if lane is None else lane_situation(lane, standstill=standstill)


def lane_situation(lane: Lane, *, standstill: Standstill | None = None) -> str:
    """Whether there is work on an account that goes on, or everything that stops it.

    `standstill`: as for `situation`.
    """
    now = timezone.now()
    causes = []
    if lane.paused_at is not None:
        causes.append(_because(_paused(lane.paused_by), lane.pause_reason))
    if lane.consent_needed_at is not None:
        waits = (
            _("has stopped until somebody lets it go on")
            if handlers.goes_on_by_hand(lane.marketplace)
            else _("waits for the seller to connect it again")
        )
        causes.append(_because(waits, translated(lane.consent_reason)))
    if lane.offline_since is not None:
        since = {"time": moment_of(lane.offline_since, now, precision=60)}
        waits = _("has waited for the seller's side since %(time)s") % since
        causes.append(_because(waits, translated(lane.offline_reason)))
    if lane.blocked_until is not None and lane.blocked_until > now:
        waits = _("waits until %(time)s") % {"time": moment_of(lane.blocked_until, now)}
        causes.append(_because(waits, translated(lane.block_reason)))
    if not causes and has_work(lane, now) and standstill is not None:
        causes.append(standstill_words(standstill))
    rests_until = lane.rests_until if lane.waiting_count else None
    if not causes and rests_until is not None and rests_until > now:
        until = {"time": moment_of(rests_until, now)}
        causes.append(_("pauses between two calls until %(time)s") % until)
    if causes:
        return capfirst(one_after_another(causes))
    return capfirst(_("goes on")) if has_work(lane, now) else _("Nothing to do")


def _paused(by: str) -> str:
    return _("is paused by %(name)s") % {"name": by} if by else _("is paused")


def _because(what: str, reason: str) -> str:
    return titled(what, reason)
