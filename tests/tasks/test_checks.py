"""Times that do not fit together are refused before anything starts."""

from __future__ import annotations

import pytest
from django.core.checks import run_checks
from pytest_django import Settings


def ids() -> list[str | None]:
    return [message.id for message in run_checks() if (message.id or "").startswith("dispatch.")]


def test_the_settings_as_they_come_fit_together() -> None:
    assert ids() == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"timeout": 100}, "dispatch.E001"),
        ({"retry": 300}, "dispatch.E002"),
        ({"queue_limit": 50}, "dispatch.E002"),
    ],
)
def test_a_cluster_that_would_repeat_or_cut_its_messages_is_refused(
    settings: Settings, change: dict[str, int], expected: str
) -> None:
    settings.Q_CLUSTER = {**settings.Q_CLUSTER, **change}
    assert expected in ids()


def test_a_step_longer_than_any_may_be_is_refused(settings: Settings) -> None:
    settings.DISPATCH = {**settings.DISPATCH, "longest_step_seconds": 1.0}
    assert "dispatch.E003" in ids()


@pytest.mark.parametrize("seconds", [0.0, -1.0, 0.05])
def test_a_tolerance_that_no_clock_can_meet_is_refused(settings: Settings, seconds: float) -> None:
    settings.DISPATCH = {**settings.DISPATCH, "clock_tolerance_seconds": seconds}
    assert "dispatch.E004" in ids()
