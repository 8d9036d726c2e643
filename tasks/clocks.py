"""Durations and times of the day as a person reads them, inside sentences and beside bars.

How long ago something was, with the exact moment on hover, is `tasks.moments`.
"""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _


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
        first = number_format(round(seconds, 1), 1) if seconds < 9.95 else round(seconds)
        return durations()[0] % {"first": first}
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


def moment_of(at: datetime, now: datetime, *, precision: float = 1) -> str:
    """The time of the day, with the date when that is not today's."""
    local, today = timezone.localtime(at), timezone.localtime(now)
    time = clock(at, precision=precision)
    if local.date() == today.date():
        return time
    return _("%(date)s, %(time)s") % {"date": date_format(local, "MONTH_DAY_FORMAT"), "time": time}
