"""When a batch will have ended: arithmetic, without a clock or a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tasks.forecast import (
    Basis,
    Ends,
    Forecast,
    Remaining,
    Stops,
    forecast,
    per_minute,
)

NOW = datetime(2026, 3, 1, 14, 0, tzinfo=UTC)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def ends(number: int, oldest_minutes_ago: float) -> Ends:
    return Ends(number, NOW - minutes(oldest_minutes_ago))


@pytest.mark.parametrize(
    ("short", "long", "pace"),
    [
        (ends(9, 4), ends(90, 58), 2.0),  # the last five minutes are enough
        (ends(4, 4), ends(30, 58), 0.5),  # they are not: the last hour
        (ends(0, 0), ends(3, 20), 0.1),
        (ends(2, 1), ends(2, 1), None),  # too few
        (Ends(), Ends(), None),
        (ends(9, 0), ends(9, 0), None),  # all in this very moment
    ],
)
def test_the_pace_is_that_of_the_last_minutes_if_enough_has_ended_in_them(
    short: Ends, long: Ends, pace: float | None
) -> None:
    assert per_minute(short, long, NOW) == (None if pace is None else pytest.approx(pace))


def test_the_pace_sinks_while_nothing_ends() -> None:
    ended = ends(5, 1)
    paces = [per_minute(ended, ended, NOW + minutes(later)) or 0 for later in (0, 1, 3)]
    assert paces == pytest.approx([4, 2, 1])


def test_it_ends_when_the_rest_has_gone_at_the_present_pace() -> None:
    remaining = Remaining(jobs=16, ready=16)
    assert forecast(remaining, Stops(), 0.5, NOW) == Forecast(Basis.PACE, NOW + minutes(32))


def test_it_does_not_end_before_the_last_job_that_waits_may_go_on() -> None:
    late = NOW + minutes(50)
    remaining = Remaining(jobs=2, ready=1, next_at=late, last_at=late)
    assert forecast(remaining, Stops(), 10.0, NOW) == Forecast(Basis.PACE, late)


@pytest.mark.parametrize(
    ("remaining", "stops", "pace", "expected"),
    [
        (Remaining(), Stops(), None, Forecast(Basis.ENDED)),
        (Remaining(), Stops(is_paused=True), None, Forecast(Basis.ENDED)),
        (Remaining(jobs=3, ready=3), Stops(), None, Forecast(Basis.UNKNOWN)),
        (Remaining(jobs=3, ready=3), Stops(), 0.0, Forecast(Basis.UNKNOWN)),
        (Remaining(jobs=3, ready=3), Stops(is_paused=True), 9.0, Forecast(Basis.PAUSED)),
        (Remaining(jobs=3, paused=3), Stops(), 9.0, Forecast(Basis.PAUSED)),
        (Remaining(jobs=3, paused=1, ready=2), Stops(), 9.0, Forecast(Basis.SOME_PAUSED)),
        (Remaining(jobs=3, ready=3), Stops(needs_consent=True), 9.0, Forecast(Basis.CONSENT)),
        (Remaining(jobs=3, ready=3), Stops(is_offline=True), 9.0, Forecast(Basis.OFFLINE)),
        (
            Remaining(jobs=3, ready=3),
            Stops(is_without_workers=True, blocked_until=NOW + minutes(60)),
            9.0,
            Forecast(Basis.NO_WORKERS),
        ),
        (
            Remaining(jobs=2, next_at=NOW + minutes(5), last_at=NOW + minutes(9)),
            Stops(is_without_workers=True),
            9.0,
            Forecast(Basis.NO_WORKERS),
        ),
        (
            Remaining(jobs=3, ready=3),
            Stops(is_without_workers=True, is_paused=True),
            9.0,
            Forecast(Basis.PAUSED),
        ),
        (Remaining(), Stops(is_without_workers=True), None, Forecast(Basis.ENDED)),
        (Remaining(jobs=3, ready=3), Stops(is_stuck=True), 9.0, Forecast(Basis.STUCK)),
        (
            Remaining(jobs=3, ready=3),
            Stops(is_stopped_by_clocks=True),
            9.0,
            Forecast(Basis.CLOCKS),
        ),
        (
            Remaining(jobs=3, ready=3),
            Stops(blocked_until=NOW + minutes(60)),
            9.0,
            Forecast(Basis.LIMIT, NOW + minutes(60)),
        ),
        (
            Remaining(jobs=3, ready=3),
            Stops(blocked_until=NOW - minutes(1)),
            3.0,
            Forecast(Basis.PACE, NOW + minutes(1)),
        ),
        (
            Remaining(jobs=2, next_at=NOW + minutes(5), last_at=NOW + minutes(9)),
            Stops(),
            9.0,
            Forecast(Basis.LATER, NOW + minutes(5)),
        ),
        (
            Remaining(jobs=2, next_at=NOW - minutes(5), last_at=NOW - minutes(1)),
            Stops(),
            2.0,
            Forecast(Basis.PACE, NOW + minutes(1)),
        ),
    ],
)
def test_where_no_end_can_be_told_the_reason_is(
    remaining: Remaining, stops: Stops, pace: float | None, expected: Forecast
) -> None:
    assert forecast(remaining, stops, pace, NOW) == expected
