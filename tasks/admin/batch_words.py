"""A batch in words: its state, what it waits for, when it will have ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tasks import batch_progress
from tasks.batch_progress import BatchProgress, Waiting
from tasks.clocks import moment_of
from tasks.forecast import Basis
from tasks.models import BatchJob, WaitReason
from tasks.states import BatchStatus, JobCounts
from tasks.wording import number, status_name


def status_words(batch: BatchJob) -> str:
    """Its status; what was cancelled only in part is not called cancelled."""
    if batch.status == BatchStatus.CANCELLED and batch.completed_count:
        return _("Partly cancelled")
    return status_name(batch.status)


def headline(counts: JobCounts) -> str:
    """“37 of 50 finished, 3 failed”."""
    if not counts.total:
        return _("No job: everything that was chosen waited already.")
    if counts.completed == counts.total:
        return ngettext(
            "The job has completed", "All %(total)s jobs have completed", counts.total
        ) % {"total": number(counts.total)}
    words = ngettext(
        "%(finished)s of %(total)s finished", "%(finished)s of %(total)s finished", counts.finished
    ) % {"finished": number(counts.finished), "total": number(counts.total)}
    if counts.failed:
        failed = ngettext("%(failed)s failed", "%(failed)s failed", counts.failed)
        words += ", " + failed % {"failed": number(counts.failed)}
    return words


def begun(jobs: int) -> str:
    """What follows the number of jobs that have begun while nobody works on any."""
    return ngettext("Begun, waiting", "Begun, waiting", jobs)


def pace_words(per_minute: float | None) -> str:
    """“12 jobs a minute”; an hour's number when a minute's would be a fraction."""
    if per_minute is None:
        return ""
    if per_minute >= 2:
        return _("%(jobs)s jobs a minute") % {"jobs": number(round(per_minute))}
    hourly = max(round(per_minute * 60), 1)
    return ngettext("%(jobs)s job an hour", "%(jobs)s jobs an hour", hourly) % {"jobs": hourly}


def expected_end(progress: BatchProgress) -> str:
    """When it will have ended, or why nobody can tell; "" once it has."""
    told = progress.forecast
    at = "" if told.at is None else moment_of(told.at, progress.now, precision=60)
    match told.basis:
        case Basis.ENDED:
            return ""
        case Basis.PACE:
            return _("Ends about %(time)s at the present pace.") % {"time": at}
        case Basis.LATER:
            return _("Goes on at %(time)s.") % {"time": at}
        case Basis.LIMIT:
            return _("Goes on at %(time)s, when the account's wait is over.") % {"time": at}
        case _:
            return str(_NO_END[told.basis])


_NO_END: dict[Basis, Promise] = {
    Basis.PAUSED: gettext_lazy("Paused: it goes on when somebody resumes it."),
    Basis.SOME_PAUSED: gettext_lazy("Ends only after somebody has resumed the paused jobs."),
    Basis.CONSENT: gettext_lazy(
        "Goes on when the seller has done what the account's page asks for."
    ),
    Basis.OFFLINE: gettext_lazy("Goes on when the seller's side is there again."),
    Basis.NO_WORKERS: gettext_lazy("No workers are running: it goes on when they are started."),
    Basis.CLOCKS: gettext_lazy(
        "Workers take no work until the clocks of their machines are right."
    ),
    Basis.STUCK: gettext_lazy("No worker takes the work at present: nobody can tell when it ends."),
    Basis.UNKNOWN: gettext_lazy("Too few jobs have ended to tell when it ends."),
}

# One for each situation, so that a translator sees whole sentences.
_SITUATIONS: dict[str, Callable[[int], str]] = {
    batch_progress.WORKING: lambda n: ngettext("is being worked on", "are being worked on", n),
    batch_progress.QUEUED: lambda n: ngettext("waits for its turn", "wait for their turn", n),
    batch_progress.LATER: lambda n: ngettext("starts later", "start later", n),
    WaitReason.RETRY: lambda n: ngettext("waits to be tried again", "wait to be tried again", n),
    WaitReason.LOOK: lambda n: ngettext(
        "waits to look whether its last request took effect",
        "wait to look whether their last requests took effect",
        n,
    ),
    WaitReason.PAUSED: lambda n: ngettext("is paused by staff", "are paused by staff", n),
    WaitReason.LIMIT: lambda n: ngettext(
        "waits for the marketplace's limit to pass", "wait for the marketplace's limit to pass", n
    ),
    WaitReason.REST: lambda n: ngettext("pauses between two calls", "pause between two calls", n),
    WaitReason.OFFLINE: lambda n: ngettext(
        "waits until the seller's side is there again",
        "wait until the seller's side is there again",
        n,
    ),
    WaitReason.OUTAGE: lambda n: ngettext(
        "waits until the marketplace answers again",
        "wait until the marketplace answers again",
        n,
    ),
    WaitReason.APPLICATION: lambda n: ngettext(
        "waits: the marketplace does not accept StoFlow's own credentials",
        "wait: the marketplace does not accept StoFlow's own credentials",
        n,
    ),
    WaitReason.CONSENT: lambda n: ngettext(
        "waits for the seller: the account's page tells what for",
        "wait for the seller: the account's page tells what for",
        n,
    ),
    WaitReason.RECEIPTS: lambda n: ngettext(
        "repeats tasks whose results have expired", "repeat tasks whose results have expired", n
    ),
    WaitReason.CANCEL: lambda n: ngettext(
        "will be cancelled once it is known what its last request did",
        "will be cancelled once it is known what their last requests did",
        n,
    ),
}


def situation_words(waiting: Waiting, now: datetime) -> str:
    """What follows the number of jobs: “wait to be tried again, the next at 14:32”."""
    said = _SITUATIONS.get(waiting.situation, _for_a_worker)(waiting.jobs)
    if waiting.next_at is None or waiting.next_at <= now:
        return said
    told = {"situation": said, "time": moment_of(waiting.next_at, now, precision=60)}
    if waiting.jobs == 1:
        return _("%(situation)s, at %(time)s") % told
    return _("%(situation)s, the first at %(time)s") % told


def _for_a_worker(jobs: int) -> str:
    return ngettext("waits for a worker", "wait for a worker", jobs)


def announcement(batch: BatchJob) -> str:
    """What a screen reader says once nothing more will change."""
    return _("The batch has ended: %(headline)s") % {"headline": headline(batch.counts)}
