"""Which labels stand on an axis of some width."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tasks.admin.timeline_axis import BESIDE_LABEL, LETTER, ROOMS, Axis, rooms_for
from tests.tasks.timeline.builders import drawn, job, task


def labelled(seconds: float, name: str) -> list[tuple[float, str]]:
    """Where labels begin on an axis of that name, in pixels, and what they say."""
    step = task(1, "COMPLETED", 0, seconds)
    of = job("COMPLETED", started_at=0, run_started_at=0, completed_at=seconds)
    [mode, _] = Axis.of(drawn(of, step)).modes
    names = list(ROOMS)[: list(ROOMS).index(name) + 1]
    ticks = [tick for tick in mode["ticks"] if tick["room"] in names]  # type: ignore[attr-defined]
    return [(float(tick["left"].rstrip("%")) * ROOMS[name] / 100, tick["label"]) for tick in ticks]


@pytest.mark.parametrize("seconds", [0.05, 0.08, 0.3, 1.5, 3, 42, 300, 4_000, 90_000, 700_000])
@pytest.mark.parametrize("name", ROOMS)
def test_labels_never_overlap_and_never_run_over_the_edge(seconds: float, name: str) -> None:
    shown = labelled(seconds, name)
    assert shown
    for (left, label), (following, _) in pairwise(shown):
        assert left + len(label) * LETTER + BESIDE_LABEL <= following
    left, label = shown[-1]
    assert left + len(label) * LETTER <= ROOMS[name]


def test_a_wider_axis_shows_more_labels_between_the_same() -> None:
    narrow, wide = labelled(0.08, "narrow"), labelled(0.08, "wide")
    assert len(narrow) < len(wide)
    assert {label for _, label in narrow} < {label for _, label in wide}


def test_a_label_without_room_anywhere_is_left_out() -> None:
    assert rooms_for([0, 1, 99], ["12:00:00.05"] * 3) == ["narrow", "", ""]
