"""What bars and rows say, for whoever cannot see them and for whoever points at them."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

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
    Wait.CONSENT: gettext_lazy("waiting for the seller to connect the account again"),
    Wait.RECEIPTS: gettext_lazy("waiting to repeat what had expired"),
    Wait.CANCEL: gettext_lazy("waiting to learn what the last request did"),
    Wait.ENDED: gettext_lazy("stopped, until it was retried"),
}
BAR_WORDS = {
    BarKind.PLAN: gettext_lazy("planning the steps"),
    BarKind.DONE: gettext_lazy("done"),
    BarKind.FOUND: gettext_lazy("found: it had taken effect"),
    BarKind.RUNNING: gettext_lazy("working"),
    BarKind.RETRIED: gettext_lazy("did not succeed"),
    BarKind.FAILED: gettext_lazy("failed"),
    BarKind.UNKNOWN: gettext_lazy("no definite answer"),
    BarKind.LOST: gettext_lazy("the worker was lost"),
}


def durations() -> list[str]:
    """How seconds, minutes, hours and days are written, with what follows in small: for scripts."""
    return [
        _("%(first)s s"),
        _("%(first)s min %(second)s s"),
        _("%(first)s h %(second)s min"),
        _("%(first)s d %(second)s h"),
    ]


def lasting(seconds: float) -> str:
    """A duration, as exact as a person needs it."""
    if seconds < 1:
        return _("%(number)s ms") % {"number": round(max(seconds, 0) * 1000)}
    if round(seconds) < 60:
        return durations()[0] % {"first": f"{seconds:.1f}" if seconds < 9.95 else round(seconds)}
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if not (hours or days):
        return durations()[1] % {"first": minutes, "second": f"{rest:02}"}
    if not days:
        return durations()[2] % {"first": hours, "second": f"{minutes:02}"}
    return durations()[3] % {"first": days, "second": hours}


def roughly(seconds: float) -> str:
    """A duration in its largest unit."""
    for size, unit in ((86_400, _("%(number)s d")), (3600, _("%(number)s h")),
                       (60, _("%(number)s min"))):  # fmt: skip
        if seconds >= size:
            return unit % {"number": round(seconds / size)}
    return _("%(number)s s") % {"number": round(seconds)}


def clock(at: datetime, *, precision: float = 1) -> str:
    """A moment of the day in the person's time zone; `precision` in seconds."""
    local = timezone.localtime(at)
    if precision < 1:
        tenths = f"{local:%H:%M:%S.%f}"
        return tenths[:-5] if precision >= 0.1 else tenths[:-4]
    if precision >= 86_400:
        return date_format(local, "MONTH_DAY_FORMAT")
    return f"{local:%H:%M}" if precision >= 60 else f"{local:%H:%M:%S}"


def moment_of(at: datetime, now: datetime) -> str:
    """The time of the day, with the date when that is not today's."""
    local, today = timezone.localtime(at), timezone.localtime(now)
    time = clock(at)
    if local.date() == today.date():
        return time
    return _("%(date)s, %(time)s") % {"date": date_format(local, "MONTH_DAY_FORMAT"), "time": time}


def bar_words(bar: Bar) -> str:
    """“2nd try, 14:03:12: failed after 3.2 s”."""
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
    if bar.number > 1 or bar.kind in {BarKind.RETRIED, BarKind.UNKNOWN, BarKind.LOST}:
        return _("try %(number)s at %(time)s: %(what)s, %(duration)s") % said
    return _("%(what)s, %(duration)s from %(time)s") % said


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
    said = str(STATUS_WORDS[TaskStatus(row.status)])
    return said if waits is None else _("%(status)s, waiting") % {"status": said}
