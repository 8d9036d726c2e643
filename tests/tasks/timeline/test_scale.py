"""Where moments lie on the axis, and which of them are written there."""

from __future__ import annotations

from datetime import UTC, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from tasks.timeline import Scale
from tests.tasks.timeline.builders import at


def scale(end: float, *work: tuple[float, float], collapse: bool = True) -> Scale:
    spans = [(at(start), at(stop)) for start, stop in work]
    return Scale.over((at(0), at(end)), spans, collapse=collapse)


def test_without_idle_time_places_are_proportional_to_time() -> None:
    even = scale(10, (0, 10))
    assert [even.place(at(s)) for s in (0, 2.5, 5, 10)] == pytest.approx([0, 25, 50, 100])
    assert even.breaks == []


def test_what_is_outside_the_axis_lies_at_its_ends() -> None:
    even = scale(10, (0, 10))
    assert (even.place(at(-3)), even.place(at(30))) == (0, 100)


def test_idle_time_that_dwarfs_the_work_is_shortened() -> None:
    broken = scale(10_000, (0, 4), (9_990, 10_000))
    [gap] = broken.breaks
    assert gap.seconds > 9_900
    assert gap.width < 10
    assert broken.place(at(4)) - broken.place(at(0)) > 20
    assert broken.place(at(10_000)) == pytest.approx(100)


def test_idle_time_is_shown_in_full_where_that_is_wanted() -> None:
    whole = scale(10_000, (0, 4), (9_990, 10_000), collapse=False)
    assert whole.breaks == []
    assert whole.place(at(5_000)) == pytest.approx(50)


def test_a_short_pause_beside_much_work_is_not_shortened() -> None:
    assert scale(100, (0, 60), (70, 100)).breaks == []


def test_time_without_any_work_is_not_shortened() -> None:
    assert scale(5_000).breaks == []


def test_many_breaks_leave_room_for_the_work() -> None:
    looks = [(n * 1000.0, n * 1000.0 + 1) for n in range(30)]
    broken = scale(30_000, *looks)
    assert len(broken.breaks) == 30
    assert sum(gap.width for gap in broken.breaks) <= 42.01


def test_places_never_run_backwards() -> None:
    broken = scale(5_000, (0, 3), (1_000, 1_004), (4_000, 4_001))
    places = [broken.place(at(s)) for s in range(0, 5_000, 7)]
    assert places == sorted(places)


def test_the_knots_tell_the_same_places() -> None:
    broken = scale(5_000, (0, 3), (1_000, 1_004))
    assert [place for _, place in broken.knots] == pytest.approx(
        [broken.place(moment) for moment, _ in broken.knots]
    )


@pytest.mark.parametrize("seconds", [0.05, 0.3, 3, 42, 300, 4_000, 50_000, 700_000, 90_000_000])
def test_a_few_ticks_whatever_the_length(seconds: float) -> None:
    ticks = scale(seconds, (0, seconds)).ticks(UTC)
    assert 1 <= len(ticks) <= 8
    lefts = [tick.left for tick in ticks]
    assert all(b - a >= 14 for a, b in pairwise(lefts))


def test_ticks_are_round_on_the_person_s_clock() -> None:
    india = ZoneInfo("Asia/Kolkata")  # half an hour off
    for tick in scale(30_000, (0, 30_000)).ticks(india):
        local = tick.at.astimezone(india)
        assert (local.minute, local.second) == (0, 0)
        assert local.hour % 2 == 0


def test_an_axis_of_no_length_still_has_places() -> None:
    assert 0 <= scale(0).place(at(0)) <= 100
    assert scale(0).segments[-1].end >= at(0) + timedelta(milliseconds=50)
