"""How far a machine's clock is from the database's, and what that proves."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from tasks.dispatch.machine_clock import MachineClock
from tests.wrong_clocks import clock_ahead

pytestmark = pytest.mark.django_db


@contextmanager
def slow_database(*, before: float = 0.0, after: float = 0.0) -> Iterator[None]:
    """Each question takes longer on its way there, or back."""

    def slowly(execute: Any, *question: Any) -> Any:
        time.sleep(before)
        answer = execute(*question)
        time.sleep(after)
        return answer

    with connection.execute_wrapper(slowly):
        yield


def tolerate(settings: Settings, seconds: float) -> None:
    settings.DISPATCH = {**settings.DISPATCH, "clock_tolerance_seconds": seconds}


def test_a_clock_that_is_the_databases_own_is_right() -> None:
    assert MachineClock().wrong_by() is None


@pytest.mark.parametrize("seconds", [40.0, -40.0, 18_000.0])
def test_a_clock_that_is_off_is_told_by_how_much(seconds: float) -> None:
    assert clock_ahead(seconds).wrong_by() == pytest.approx(seconds, abs=1.5)


@pytest.mark.parametrize("seconds", [15.0, -15.0])
def test_what_is_tolerated_is_a_setting(settings: Settings, seconds: float) -> None:
    assert clock_ahead(seconds).wrong_by() is not None
    tolerate(settings, 30.0)
    assert clock_ahead(seconds).wrong_by() is None


@pytest.mark.parametrize("way", ["before", "after"])
def test_an_answer_that_was_long_under_way_makes_no_clock_wrong(
    settings: Settings, way: str
) -> None:
    tolerate(settings, 0.1)
    with slow_database(**{way: 0.5}):
        assert MachineClock().wrong_by() is None


def test_a_slow_answer_proves_what_is_beyond_its_own_doubt(settings: Settings) -> None:
    tolerate(settings, 0.1)
    with slow_database(before=0.2):
        assert clock_ahead(40.0).wrong_by() == pytest.approx(40.0, abs=1.5)


def test_the_quickest_of_three_answers_counts(settings: Settings) -> None:
    tolerate(settings, 1.2)
    waits = iter([0.9, 0.9, 0.0])

    def ever_quicker(execute: Any, *question: Any) -> Any:
        time.sleep(next(waits))
        return execute(*question)

    with connection.execute_wrapper(ever_quicker):
        assert clock_ahead(3.0).wrong_by() == pytest.approx(3.0, abs=0.4)
    assert list(waits) == []


def test_an_answer_that_proves_nothing_makes_no_wrong_clock_right(settings: Settings) -> None:
    ahead = 0.9
    clock = MachineClock(clock=lambda: time.time() + ahead, every_seconds=0)
    tolerate(settings, 0.3)
    assert clock.wrong_by() is not None
    with slow_database(before=1.0):
        assert clock.wrong_by() is not None
    ahead = 0.0
    assert clock.wrong_by() is None


def test_the_database_is_asked_once_in_a_while() -> None:
    clock = MachineClock(every_seconds=3600)
    with CaptureQueriesContext(connection) as asked:
        for _ in range(5):
            clock.wrong_by()
    assert len(asked) <= 3


def test_each_change_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    ahead = 40.0
    clock = MachineClock(clock=lambda: time.time() + ahead, every_seconds=0)
    with caplog.at_level(logging.INFO, "tasks.dispatch.machine_clock"):
        for _ in range(3):
            clock.wrong_by()
        ahead = 0.0
        for _ in range(3):
            clock.wrong_by()
    assert [line.getMessage().split()[0] for line in caplog.records] == [
        "clock.wrong",
        "clock.right_again",
    ]
    assert "chrony" in caplog.text
