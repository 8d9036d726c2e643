"""How long the current step may still take, for whoever talks to the outside on its behalf."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_ends_at: ContextVar[float | None] = ContextVar("step_deadline", default=None)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Everything inside has `seconds` in all, on the monotonic clock; the tightest one counts."""
    outer = _ends_at.get()
    own = time.monotonic() + seconds
    token = _ends_at.set(own if outer is None else min(own, outer))
    try:
        yield
    finally:
        _ends_at.reset(token)


def remaining_seconds() -> float | None:
    """Seconds until the current deadline, negative once it has passed; None without one."""
    ends_at = _ends_at.get()
    return None if ends_at is None else ends_at - time.monotonic()
