"""What bars and rows say, for whoever cannot see them and for whoever points at them."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tasks.clocks import clock, lasting
from tasks.states import TaskStatus
from tasks.timeline.bars import Bar, BarKind, Row
from tasks.timeline.waits import Wait

STATUS_WORDS = {
    TaskStatus.PENDING: gettext_lazy("not started"),
    TaskStatus.RUNNING: gettext_lazy("working"),
    TaskStatus.COMPLETED: gettext_lazy("done"),
    TaskStatus.FAILED: gettext_lazy("failed"),
    TaskStatus.UNKNOWN: gettext_lazy("outcome unknown"),
    TaskStatus.CANCELLED: gettext_lazy("cancelled"),
}
WAIT_WORDS = {
    Wait.QUEUE: gettext_lazy("waiting for its turn"),
    Wait.SCHEDULED: gettext_lazy("waiting for the time it was asked for"),
    Wait.RETRY: gettext_lazy("waiting before the next try"),
    Wait.LOOK: gettext_lazy("waiting before looking whether it took effect"),
    Wait.TURN: gettext_lazy("waiting for its next turn"),
    Wait.WORKER: gettext_lazy("waiting for another worker"),
    Wait.PAUSED: gettext_lazy("paused"),
    Wait.ACCOUNT_PAUSED: gettext_lazy("waiting: the account's work was paused"),
    Wait.LIMIT: gettext_lazy("waiting for the marketplace's limit"),
    Wait.REST: gettext_lazy("a pause between two calls"),
    Wait.NO_WORKERS: gettext_lazy("waiting until workers are started"),
    Wait.CLOCKS: gettext_lazy("waiting until the clocks of the workers' machines are right"),
    Wait.SPACED: gettext_lazy("waiting: a pause between two calls, or for the seller's side"),
    Wait.OFFLINE: gettext_lazy("waiting until the seller's side is there again"),
    Wait.OUTAGE: gettext_lazy("waiting until the marketplace answers again"),
    Wait.APPLICATION: gettext_lazy(
        "waiting: the marketplace does not accept StoFlow's own credentials"
    ),
    Wait.CONSENT: gettext_lazy("waiting for the seller: the account's page tells what for"),
    Wait.RECEIPTS: gettext_lazy("waiting to repeat what had expired"),
    Wait.CANCEL: gettext_lazy("waiting to learn what the last request did"),
    Wait.ENDED: gettext_lazy("ended, until it was retried"),
}
BAR_WORDS = {
    BarKind.PLAN: gettext_lazy("planning the steps"),
    BarKind.DONE: gettext_lazy("done"),
    BarKind.FOUND: gettext_lazy("found: it had taken effect"),
    BarKind.RUNNING: gettext_lazy("working"),
    BarKind.RETRIED: gettext_lazy("did not succeed"),
    BarKind.FAILED: gettext_lazy("failed"),
    BarKind.UNKNOWN: gettext_lazy("no definite answer"),
    BarKind.DOUBTED: gettext_lazy("refused, to be confirmed"),
    BarKind.LOST: gettext_lazy("the worker was lost"),
}


_TRIES_IN_VAIN = frozenset({BarKind.RETRIED, BarKind.UNKNOWN, BarKind.DOUBTED, BarKind.LOST})


def bar_words(bar: Bar) -> str:
    """“2nd try, 14:03:12: failed after 3.2 s”."""
    if bar.by:
        return stop_words(bar)
    if bar.wait is not None:
        return wait_words(bar.wait, bar.seconds)
    said = {
        "what": BAR_WORDS[bar.kind],
        "time": clock(bar.start),
        "duration": lasting(bar.seconds),
        "number": bar.number,
    }
    if bar.kind is BarKind.FOUND:
        return _("%(what)s, at %(time)s") % said
    if bar.number > 1 or bar.kind in _TRIES_IN_VAIN:
        return _("try %(number)s at %(time)s: %(what)s, %(duration)s") % said
    return _("%(what)s, %(duration)s from %(time)s") % said


def stop_words(bar: Bar) -> str:
    """“paused by Kim (Stocktaking), 12 min 00 s”; “ended; retried by Kim after 3 d”."""
    said = {"by": bar.by, "reason": bar.because, "duration": lasting(bar.seconds)}
    if bar.wait is Wait.ENDED:
        sentence = _("ended; retried by %(by)s after %(duration)s")
    elif bar.wait is Wait.ACCOUNT_PAUSED and bar.because:
        sentence = _("the account's work was paused by %(by)s (%(reason)s), %(duration)s")
    elif bar.wait is Wait.ACCOUNT_PAUSED:
        sentence = _("the account's work was paused by %(by)s, %(duration)s")
    elif bar.because:
        sentence = _("paused by %(by)s (%(reason)s), %(duration)s")
    else:
        sentence = _("paused by %(by)s, %(duration)s")
    return sentence % said


def wait_words(wait: Wait, seconds: float) -> str:
    """“waiting for another worker, 3.0 s”."""
    said = {"what": WAIT_WORDS[wait], "duration": lasting(seconds)}
    return _("%(what)s, %(duration)s") % said


def row_words(row: Row) -> str:
    """The text alternative of a row's bars: “failed, working 3.2 s, 2 attempts, at 14:03:12”."""
    said = list(filter(None, [status_words(row)]))
    if row.worked_seconds:
        said.append(_("working %(duration)s") % {"duration": lasting(row.worked_seconds)})
    number = sum(bar.number > 0 and bar.kind is not BarKind.FOUND for bar in row.work)
    if number > 1:
        said.append(attempts_words(number))
    said += [bar_words(bar) for bar in row.waits]
    ended = max((bar.end for bar in row.work if not bar.is_open), default=None)
    if ended is not None:
        said.append(_("last at %(time)s") % {"time": clock(ended)})
    return ", ".join(said)


def attempts_words(number: int) -> str:
    return ngettext("%(number)s attempt", "%(number)s attempts", number) % {"number": number}


def status_words(row: Row) -> str:
    waits = next((bar.wait for bar in row.waits if bar.is_open), None)
    if row.status in {"", TaskStatus.PENDING} and waits is not None:
        return str(WAIT_WORDS[waits])
    if row.task is None:
        return ""
    is_in_doubt = row.refusal is not None and any(bar.is_open for bar in row.bars)
    said = str(BAR_WORDS[BarKind.DOUBTED] if is_in_doubt else STATUS_WORDS[TaskStatus(row.status)])
    return said if waits is None else _("%(status)s, waiting") % {"status": said}
