"""Where a job stands, in words: one sentence of what happened, and what there is to do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tasks import handlers
from tasks.clocks import moment_of
from tasks.errors import DecisionNeededError, RefusalInDoubtError
from tasks.models import MarketplaceJob
from tasks.sentences import translated
from tasks.standstill import Standstill
from tasks.states import JobStatus
from tasks.timeline.bars import Timeline
from tasks.timeline.facts import AttemptFacts
from tasks.timeline.waits import OpenWait, Wait


class Mood(StrEnum):
    """What a person feels at the first glance; the page gives each a colour and an icon."""

    WORKING = "working"
    WAITING = "waiting"
    STOPPED = "stopped"
    """It waits for a person."""
    DONE = "done"
    FAILED = "failed"
    QUESTION = "question"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Situation:
    mood: Mood
    status: str
    sentence: str
    advice: str = ""
    because: str = ""
    until: datetime | None = None
    """When it goes on by itself."""
    announcement: str = ""
    """For a screen reader, once the status has changed."""


def situation_of(
    job: MarketplaceJob,
    timeline: Timeline,
    *,
    marketplace: str,
    now: datetime,
    behind: str = "",
    newer: str = "",
) -> Situation:
    """`marketplace` as people write it.

    `behind` names the job that this one waits for; `newer`: the sentence on a job that has settled
    this one.
    """
    if timeline.waits_for is not None:
        return _waiting(
            job, timeline, timeline.waits_for, marketplace=marketplace, now=now, behind=behind
        )
    if job.status == JobStatus.RUNNING:
        return _working(job, timeline, now)
    ended = _ended(job, timeline)
    if newer and job.status == JobStatus.FAILED:
        return replace(
            ended, mood=Mood.ENDED, status=_("Failed"), advice=_settled(newer), because=""
        )
    return ended


def _settled(newer: str) -> str:
    return _("Nothing to do here: %(newer)s") % {"newer": translated(newer)}


def steps_done(timeline: Timeline) -> str:
    """“5 of 7 steps”."""
    total = len(timeline.wanted)
    return ngettext("%(done)s of %(total)s step", "%(done)s of %(total)s steps", total) % {
        "done": number_format(timeline.done, force_grouping=True),
        "total": number_format(total, force_grouping=True),
    }


def _working(job: MarketplaceJob, timeline: Timeline, now: datetime) -> Situation:
    status = _("Working")
    if job.leased_until is not None and job.leased_until <= now:
        sentence = _("Nothing has been heard from the worker %(worker)s; another one takes over.")
        said = sentence % {"worker": job.leased_by}
        advice = _("Nothing to do: StoFlow first looks what the last request did.")
        return Situation(Mood.WAITING, _("Worker lost"), said, advice)
    row = timeline.next
    if row is None or row.task is None:
        return Situation(Mood.WORKING, status, _("The steps are being planned."))
    number = timeline.wanted.index(row) + 1 if row in timeline.wanted else row.position
    sentence = _("Step %(number)s of %(total)s: %(name)s") % {
        "number": number_format(number, force_grouping=True),
        "total": number_format(len(timeline.wanted), force_grouping=True),
        "name": translated(row.task.name),
    }
    if job.cancel_requested_at is not None:
        because = _("It will be cancelled after this step, unless it is live by then.")
        return Situation(Mood.WORKING, status, sentence, because=because)
    return Situation(Mood.WORKING, status, sentence)


def _ended(job: MarketplaceJob, timeline: Timeline) -> Situation:
    said = {"steps": steps_done(timeline)}
    if job.status == JobStatus.COMPLETED:
        finished = _("Finished: %(steps)s") % said
        return Situation(Mood.DONE, _("Completed"), _all_done(timeline), announcement=finished)
    if job.status == JobStatus.FAILED and job.needs_person:
        return _question(job, timeline)
    if job.status == JobStatus.FAILED:
        failed = _("Failed after %(steps)s: %(message)s") % {
            **said,
            "message": translated(job.error_message),
        }
        return Situation(
            Mood.FAILED,
            _("Failed"),
            translated(job.error_message),
            translated(job.error_advice),
            announcement=failed,
        )
    if job.status == JobStatus.EXPIRED:
        expired = _("Expired")
        return Situation(
            Mood.ENDED,
            expired,
            translated(job.error_message),
            translated(job.error_advice),
            announcement=expired,
        )
    by = {"by": translated(job.cancel_requested_by)}
    sentence = _("It was cancelled by %(by)s.") % by if by["by"] else _("It was cancelled.")
    cancelled = _("Cancelled after %(steps)s") % said
    advice = _("Retry the job if it is wanted after all; what it has done is kept.")
    return Situation(
        Mood.ENDED,
        _("Cancelled"),
        sentence,
        advice,
        translated(job.cancel_reason),
        announcement=cancelled,
    )


def _all_done(timeline: Timeline) -> str:
    number = len(timeline.wanted)
    if not number:
        return _("There was nothing to do.")
    done = ngettext("Its only step is done.", "All %(number)s steps are done.", number)
    return done % {"number": number_format(number, force_grouping=True)}


def _question(job: MarketplaceJob, timeline: Timeline) -> Situation:
    row = timeline.asked_for
    name = translated(row.task.name) if row and row.task else ""
    sentence = _("Nobody knows whether “%(name)s” took effect.") % {"name": name}
    if job.error_class == DecisionNeededError.__name__:
        sentence = _("“%(name)s” waits for a person's decision.") % {"name": name}
    return Situation(
        Mood.QUESTION,
        _("Needs an answer"),
        sentence,
        translated(job.error_advice),
        translated(job.error_message),
        announcement=sentence,
    )


def _waiting(
    job: MarketplaceJob,
    timeline: Timeline,
    wait: OpenWait,
    *,
    marketplace: str,
    now: datetime,
    behind: str,
) -> Situation:
    refusal = _refusal(timeline, wait)
    said = {
        "name": _next_name(timeline),
        "account": job.account_name,
        "marketplace": marketplace,
        "by": wait.by or _("staff"),
        "at": moment_of(wait.until, now) if wait.until else "",
        "since": moment_of(wait.since, now, precision=60) if wait.since else "",
        "other": behind,
    }
    sentence = (_refused(wait) if refusal else _sentence(job, wait, behind)) % said
    because = refusal.message if refusal else wait.because or job.error_message
    is_stop = wait.reason in _STOPS
    status = _("Paused") if wait.reason in {Wait.PAUSED, Wait.ACCOUNT_PAUSED} else _("Waiting")
    return Situation(
        Mood.STOPPED if is_stop else Mood.WAITING,
        status,
        sentence,
        _advice(job, timeline, wait, is_refused=refusal is not None),
        "" if wait.reason is Wait.REST and not refusal else translated(because),
        wait.until,
    )


_LOOKS_NEXT = frozenset({Wait.LOOK, Wait.TURN, Wait.REST, Wait.WORKER})
"""What lies between a refusal in doubt and the look that confirms it."""


def _refusal(timeline: Timeline, wait: OpenWait) -> AttemptFacts | None:
    """What the marketplace refused and a look has to confirm."""
    row = timeline.next
    return row.refusal if row is not None and wait.reason in _LOOKS_NEXT else None


def _refused(wait: OpenWait) -> str:
    if wait.until is None:
        return _(
            "%(marketplace)s refused “%(name)s”. StoFlow looks as soon as possible whether that is "
            "so."
        )
    return _("%(marketplace)s refused “%(name)s”. StoFlow looks at %(at)s whether that is so.")


_STOPS = frozenset({Wait.PAUSED, Wait.ACCOUNT_PAUSED, Wait.CONSENT, Wait.OFFLINE})


def _next_name(timeline: Timeline) -> str:
    row = timeline.next
    return translated(row.task.name) if row and row.task else _("the next step")


def _sentence(job: MarketplaceJob, wait: OpenWait, behind: str) -> str:
    if wait.reason in {Wait.QUEUE, Wait.TURN, Wait.NO_WORKERS, Wait.CLOCKS} and behind:
        if job.product_id is None:
            return _("It waits for %(other)s: both are about the whole account.")
        return _("It waits until %(other)s has ended: both are about the same product.")
    if wait.until is not None and wait.reason in _UNTIL:
        return str(_UNTIL[wait.reason]())
    return str(_NOW[wait.reason]())


_UNTIL = {
    Wait.SCHEDULED: lambda: _("It starts at %(at)s."),
    Wait.RETRY: lambda: _("“%(name)s” did not succeed. It is tried again at %(at)s."),
    Wait.LOOK: lambda: _(
        "It is not known yet whether “%(name)s” took effect. StoFlow looks at %(at)s."
    ),
    Wait.LIMIT: lambda: _("It waits for %(marketplace)s's limit until %(at)s."),
    Wait.REST: lambda: _("It pauses between two calls until %(at)s; “%(name)s” comes next."),
    Wait.OUTAGE: lambda: _("%(marketplace)s does not answer. It is asked again at %(at)s."),
    Wait.APPLICATION: lambda: _(
        "%(marketplace)s does not accept StoFlow's own credentials. It is tried again at %(at)s."
    ),
    Wait.WORKER: lambda: _("The last worker was lost. Another one goes on at %(at)s."),
    Wait.CANCEL: lambda: _(
        "It will be cancelled once StoFlow has looked what “%(name)s” did, at %(at)s."
    ),
}
_NOW = {
    Wait.QUEUE: lambda: _("It waits for its turn."),
    Wait.SCHEDULED: lambda: _("It waits for its turn."),
    Wait.RETRY: lambda: _("“%(name)s” did not succeed. It is tried again as soon as possible."),
    Wait.LOOK: lambda: _(
        "It is not known yet whether “%(name)s” took effect. StoFlow looks as soon as possible."
    ),
    Wait.TURN: lambda: _("It waits for its next turn; “%(name)s” comes next."),
    Wait.WORKER: lambda: _("The last worker stopped or was lost. Another one goes on soon."),
    Wait.PAUSED: lambda: _("It was paused by %(by)s."),
    Wait.ACCOUNT_PAUSED: lambda: _("All work of %(account)s was paused by %(by)s."),
    Wait.LIMIT: lambda: _("%(marketplace)s's limit has passed. It goes on as soon as possible."),
    Wait.REST: lambda: _("Its pause between two calls is over; “%(name)s” comes next."),
    Wait.NO_WORKERS: lambda: _("It waits: no workers are running."),
    Wait.CLOCKS: lambda: _(
        "It waits: workers take no work until the clocks of their machines are right."
    ),
    Wait.SPACED: lambda: _("It waits for its next turn; “%(name)s” comes next."),
    Wait.OFFLINE: lambda: _(
        "It waits for the seller's side of %(account)s, which has been missing since %(since)s."
    ),
    Wait.OUTAGE: lambda: _(
        "%(marketplace)s did not answer. It is asked again as soon as possible."
    ),
    Wait.APPLICATION: lambda: _(
        "%(marketplace)s does not accept StoFlow's own credentials. It is tried again as soon as "
        "possible."
    ),
    Wait.CONSENT: lambda: _(
        "It waits until the seller has put %(account)s right at %(marketplace)s."
    ),
    Wait.RECEIPTS: lambda: _("Results of earlier steps have expired. They are repeated."),
    Wait.CANCEL: lambda: _("It will be cancelled once StoFlow has looked what “%(name)s” did."),
    Wait.ENDED: lambda: _("It waits for its turn."),
}


def _consent_advice(marketplace: str) -> str:
    if handlers.goes_on_by_hand(marketplace):
        return _(
            "Ask the seller to sign in at the marketplace and to answer what it asks, by hand. "
            "Then let the work go on, on the account's page."
        )
    return _("Ask the seller to connect the account again.")


def _advice(job: MarketplaceJob, timeline: Timeline, wait: OpenWait, *, is_refused: bool) -> str:
    if wait.reason in _STOPS:
        return _advice_of_stop(job, wait)
    if timeline.standstill is not None:
        return _ADVICE_OF_STANDSTILL[timeline.standstill](wait)
    if is_refused:
        is_newest = job.error_class == RefusalInDoubtError.__name__
        return translated(job.error_advice if is_newest else RefusalInDoubtError.default_advice)
    own = "" if wait.reason is Wait.REST else translated(job.error_advice)
    return own or _("Nothing to do: it goes on by itself.")


def _advice_of_stop(job: MarketplaceJob, wait: OpenWait) -> str:
    match wait.reason:
        case Wait.PAUSED:
            return _("Resume the job when it may go on.")
        case Wait.ACCOUNT_PAUSED:
            return _("Resume the account's work when it may go on.")
        case Wait.CONSENT:
            return _consent_advice(job.marketplace)
        case _:
            return _("Ask the seller to do what is said here. It then goes on by itself.")


def _advice_without_workers(wait: OpenWait) -> str:
    if wait.reason is Wait.NO_WORKERS:
        return _("Ask the operators to start the workers. It then goes on by itself.")
    return _("No workers are running. Ask the operators to start them.")


def _clocks_advice(wait: OpenWait) -> str:
    if wait.reason is Wait.CLOCKS:
        return _("Ask the operators to put the clocks right. It then goes on by itself.")
    return _(
        "Workers take no work until the clocks of their machines are right. Ask the operators to "
        "put them right."
    )


_ADVICE_OF_STANDSTILL = {
    Standstill.NO_WORKERS: _advice_without_workers,
    Standstill.CLOCKS: _clocks_advice,
}
