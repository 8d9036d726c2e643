"""When a batch will have ended, as far as that can be honestly said.

Pure: what is known of the batch goes in, and either a moment comes out or the reason why there is
none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

SHORT = timedelta(minutes=5)
LONG = timedelta(hours=1)
ENOUGH_IN_SHORT = 5
ENOUGH_IN_LONG = 3
"""Fewer ends than these say nothing about a pace."""


@dataclass(frozen=True, slots=True)
class Ends:
    """The jobs that have ended inside one window of time up to now."""

    number: int = 0
    oldest_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stops:
    """What stops the account that the batch works on; see `tasks.dispatch.models.Lane`."""

    is_paused: bool = False
    needs_consent: bool = False
    is_offline: bool = False
    """The seller's side is not there."""
    blocked_until: datetime | None = None
    is_without_workers: bool = False
    """Nobody's work goes on; see `tasks.dispatch.presence`."""
    is_stopped_by_clocks: bool = False
    """Workers are there, on machines whose clocks are wrong."""
    is_stuck: bool = False
    """Workers are there, and none takes any work."""


@dataclass(frozen=True, slots=True)
class Remaining:
    """The jobs of a batch that have not ended."""

    jobs: int = 0
    paused: int = 0
    """Of them, by staff: they end only when somebody resumes them."""
    ready: int = 0
    """Of them, being worked on or due."""
    next_at: datetime | None = None
    """When the first of the others may go on."""
    last_at: datetime | None = None
    """When the last of them may go on: the batch cannot end before."""


class Basis(StrEnum):
    """What a forecast rests on, or why there is none."""

    ENDED = "ended"
    PAUSED = "paused"
    CONSENT = "consent"
    OFFLINE = "offline"
    NO_WORKERS = "no workers"
    CLOCKS = "clocks"
    STUCK = "stuck"
    LIMIT = "limit"
    """The account goes on at the moment given; when the batch ends is not known."""
    LATER = "later"
    """Nothing is due before the moment given; when the batch ends is not known."""
    SOME_PAUSED = "some paused"
    """The others go on; the batch ends after somebody has resumed these."""
    PACE = "pace"
    """The end, if it goes on as it did in the last minutes."""
    UNKNOWN = "unknown"
    """Too few jobs have ended to tell."""


@dataclass(frozen=True, slots=True)
class Forecast:
    basis: Basis
    at: datetime | None = None

    @property
    def is_standstill(self) -> bool:
        """Nothing goes on: the pace up to now says nothing of what comes."""
        return self.basis in _STANDSTILLS


_STANDSTILLS = {
    Basis.PAUSED,
    Basis.CONSENT,
    Basis.OFFLINE,
    Basis.NO_WORKERS,
    Basis.CLOCKS,
    Basis.STUCK,
    Basis.LIMIT,
    Basis.LATER,
}


def per_minute(short: Ends, long: Ends, now: datetime) -> float | None:
    """The present pace, from the last five minutes or else the last hour; None: too few ends.

    Counted from the oldest end inside the window, so that the rest before a retry does not count,
    and up to now, so that the pace sinks while nothing ends.
    """
    for ends, enough in ((short, ENOUGH_IN_SHORT), (long, ENOUGH_IN_LONG)):
        if ends.number >= enough and ends.oldest_at is not None:
            minutes = (now - ends.oldest_at) / timedelta(minutes=1)
            return (ends.number - 1) / minutes if minutes > 0 else None
    return None


def forecast(remaining: Remaining, stops: Stops, pace: float | None, now: datetime) -> Forecast:
    """When the batch will have ended."""
    if not remaining.jobs:
        return Forecast(Basis.ENDED)
    standstill = _standstill(remaining, stops, now)
    if standstill is not None:
        return standstill
    if remaining.paused:
        return Forecast(Basis.SOME_PAUSED)
    if not pace:
        return Forecast(Basis.UNKNOWN)
    at_pace = now + timedelta(minutes=remaining.jobs / pace)
    return Forecast(Basis.PACE, max(at_pace, remaining.last_at or at_pace))


def _standstill(remaining: Remaining, stops: Stops, now: datetime) -> Forecast | None:
    """What nothing can go on for; None: something goes on."""
    for basis, is_so in (
        (Basis.PAUSED, stops.is_paused or remaining.paused == remaining.jobs),
        (Basis.CONSENT, stops.needs_consent),
        (Basis.OFFLINE, stops.is_offline),
        (Basis.NO_WORKERS, stops.is_without_workers),
        (Basis.CLOCKS, stops.is_stopped_by_clocks),
        (Basis.STUCK, stops.is_stuck),
    ):
        if is_so:
            return Forecast(basis)
    if stops.blocked_until is not None and stops.blocked_until > now:
        return Forecast(Basis.LIMIT, stops.blocked_until)
    if not remaining.ready and remaining.next_at is not None and remaining.next_at > now:
        return Forecast(Basis.LATER, remaining.next_at)
    return None
