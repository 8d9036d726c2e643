"""Which job the present step runs for: what it writes before its end asks for that job's lease."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from tasks.letting_go import hold
from tasks.models import MarketplaceJob

_held: ContextVar[MarketplaceJob | None] = ContextVar("held_job", default=None)


@contextmanager
def holding(job: MarketplaceJob) -> Iterator[None]:
    """Everything inside is done for `job`, by the worker that has claimed it."""
    token = _held.set(job)
    try:
        yield
    finally:
        _held.reset(token)


def require_hold() -> None:
    """LeaseLostError when the present step's job has passed to another worker; not outside of one.

    A worker that froze in the middle of a step does not write down what it saw before. Locks the
    job for the caller's transaction; whoever holds products as well has locked these first.
    """
    job = _held.get()
    if job is not None:
        hold(job)
