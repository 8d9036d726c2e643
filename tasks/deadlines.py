"""How long the current step may still take, for whoever talks to the outside on its behalf."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_ends_at: ContextVar[float | None] = ContextVar("step_deadline", default=None)


def clock() -> float:
    """Seconds on a clock that nobody can set; it goes on while the machine is suspended."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@contextmanager
def deadline(seconds: float, since: float | None = None) -> Iterator[None]:
    """Everything inside has `seconds` in all, counted from `since` on `clock` (None: from now).

    The tightest of nested deadlines counts.
    """
    outer = _ends_at.get()
    own = (clock() if since is None else since) + seconds
    token = _ends_at.set(own if outer is None else min(own, outer))
    try:
        yield
    finally:
        _ends_at.reset(token)


def remaining_seconds() -> float | None:
    """Seconds until the current deadline, negative once it has passed; None without one."""
    ends_at = _ends_at.get()
    return None if ends_at is None else ends_at - clock()
