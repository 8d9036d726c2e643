"""Times as staff read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.template import Context, Template
from django.utils import timezone, translation

from tasks.moments import exact, moment


def test_a_moment_says_how_long_ago_and_exactly_when_on_hover() -> None:
    at = timezone.now() - timedelta(minutes=3, seconds=5)
    shown = moment(at)
    assert "3\xa0minutes ago</time>" in shown
    assert f'datetime="{at.isoformat()}"' in shown
    assert f'title="{exact(at)}"' in shown


def test_a_moment_speaks_the_persons_language() -> None:
    with translation.override("fr"):
        assert "il y a 2\xa0heures" in moment(timezone.now() - timedelta(hours=2, minutes=1))


def test_the_exact_time_is_the_persons_own() -> None:
    with timezone.override("Europe/Paris"):
        assert exact(datetime(2026, 7, 1, 10, 0, 5, tzinfo=UTC)).endswith("12:00:05 CEST")


def test_no_moment_is_no_text() -> None:
    assert moment(None) == ""
    assert Template("{% load staff %}{{ at|moment }}").render(Context({"at": None})) == ""
