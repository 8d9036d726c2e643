"""Times of Vinted's that do not fit together are named before anything starts."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.checks import run_checks
from pytest_django import Settings


def faults() -> list[tuple[str | None, str | None]]:
    found = [message for message in run_checks() if (message.id or "").startswith("vinted.")]
    return [(message.id, message.hint) for message in found]


def test_the_settings_as_they_come_fit_together() -> None:
    assert faults() == []


@pytest.mark.parametrize(
    ("change", "expected", "hint"),
    [
        ({"answer_seconds": 60.0}, "vinted.E001", "Set VINTED_DEADLINE_SECONDS to 95 or more."),
        (
            {"heartbeat_seconds": 30.0},
            "vinted.E002",
            "Set PLUGIN_HEARTBEAT_SECONDS to 0.1 to 25 seconds.",
        ),
        (
            {"answer_seconds": 121.0, "deadline_seconds": 500.0},
            "vinted.E002",
            "Set VINTED_ANSWER_SECONDS to 0.1 to 120 seconds.",
        ),
        (
            {"read_pause": [3.0, 1000.0]},
            "vinted.E004",
            "Set VINTED_READ_PAUSE to at most 825 seconds.",
        ),
        (
            {"long_pause": [30.0, 826.0]},
            "vinted.E004",
            "Set VINTED_LONG_PAUSE to at most 825 seconds.",
        ),
        ({"read_pause": [3.0]}, "vinted.E003", "Set VINTED_READ_PAUSE to two numbers"),
        ({"long_pause": [30.0, 15.0]}, "vinted.E003", "Set VINTED_LONG_PAUSE to two numbers"),
    ],
)
def test_what_would_stop_all_calls_is_refused(
    settings: Settings, change: dict[str, Any], expected: str, hint: str
) -> None:
    settings.VINTED = {**settings.VINTED, **change}
    ((found, told),) = faults()
    assert found == expected
    assert told is not None
    assert told.startswith(hint)
