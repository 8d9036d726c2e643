"""What coverage watches: watching doubles the time of a test, so it looks where it can learn.

It does not watch

* slow tests, and what they start: the quick ones run the same lines;
* tests of workers and racers that are killed at the end, for these leave no record of what they
  ran; those that stop in good order are marked `stops_workers`;
* the further cases of a parametrized test: they run the lines of the first one;
* two of three other tests, always the same ones, but for the engine's own: most lines are run by
  many tests. With STOFLOW_WATCH=all it watches these, too.

What is reported is therefore the least that is covered. Every test runs, watched or not.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from zlib import crc32

import pytest
from coverage import Coverage

_ENGINE = ("tests/tasks/test_", "tests/acceptance/engine/")
_ONE_OF = 3
OF_NEW_PROCESSES = "COVERAGE_PROCESS_CONFIG"
"""The variable by which coverage finds its way into the processes that a test starts."""


@contextmanager
def only_where_it_learns(test: pytest.Item) -> Iterator[None]:
    if Coverage.current() is None:
        yield
    elif test.get_closest_marker("slow") or _kills_its_processes(test):
        with _not_watched(), _processes_not_watched():
            yield
    elif _is_a_further_case(test) or not _is_chosen(test):
        # Its processes are watched: a sandbox that it starts may serve other tests too.
        with _not_watched():
            yield
    else:
        yield


def _kills_its_processes(test: pytest.Item) -> bool:
    started = {"workers", "racers"} & set(getattr(test, "fixturenames", ()))
    return bool(started) and test.get_closest_marker("stops_workers") is None


def _is_a_further_case(test: pytest.Item) -> bool:
    case = getattr(test, "callspec", None)
    return case is not None and any(case.indices.values())


def _is_chosen(test: pytest.Item) -> bool:
    if os.environ.get("STOFLOW_WATCH") == "all" or test.nodeid.startswith(_ENGINE):
        return True
    return crc32(test.nodeid.partition("[")[0].encode()) % _ONE_OF == 0


@contextmanager
def _not_watched() -> Iterator[None]:
    """As Coverage.stop and start, which look through every imported module at each start."""
    of_this_thread, of_new_threads = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    try:
        yield
    finally:
        sys.settrace(of_this_thread)
        threading.settrace(of_new_threads)


@contextmanager
def _processes_not_watched() -> Iterator[None]:
    way_in = os.environ.pop(OF_NEW_PROCESSES, None)
    try:
        yield
    finally:
        if way_in is not None:
            os.environ[OF_NEW_PROCESSES] = way_in
