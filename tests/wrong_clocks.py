"""Machines whose clock is not the database's."""

from __future__ import annotations

import time

from tasks.dispatch.machine_clock import MachineClock


def clock_ahead(seconds: float) -> MachineClock:
    """A machine's clock, asked for anew each time; negative seconds are behind."""
    return MachineClock(clock=lambda: time.time() + seconds, every_seconds=0)
