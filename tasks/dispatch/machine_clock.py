"""Whether this machine's clock is the database's (docs/adr/0046).

What a read of a marketplace can show is judged by moments that machines take from their own clocks,
perhaps one machine the one and another machine the other. So each compares its clock with the one
that all share.
"""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.db import connection

logger = logging.getLogger(__name__)

TRIES = 3
GOOD_ENOUGH = 4
"""A reading whose doubt is this part of the tolerance needs no better one."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One question to the database; in seconds."""

    ahead: float
    """Negative: behind."""
    doubt: float
    """The true difference is at most so much more or less: half of the time the answer took."""


@dataclass(slots=True)
class MachineClock:
    """Compares a clock with the database's, at most every `every_seconds` however often asked."""

    clock: Callable[[], float] = time.time
    every_seconds: float = 5.0
    _wrong_by: float | None = None
    _asked_at: float | None = None

    def wrong_by(self) -> float | None:
        """Seconds by which it is ahead (negative: behind); None: as right as it has to be.

        DatabaseError when the database cannot be asked.
        """
        if self._asked_at is None or time.monotonic() - self._asked_at >= self.every_seconds:
            tolerance = settings.DISPATCH["clock_tolerance_seconds"]
            self._believe(self._best_reading(tolerance), tolerance)
            self._asked_at = time.monotonic()
        return self._wrong_by

    def _best_reading(self, tolerance: float) -> Reading:
        best = self._read()
        for _ in range(TRIES - 1):
            if best.doubt * GOOD_ENOUGH <= tolerance:
                break
            best = min(best, self._read(), key=lambda reading: reading.doubt)
        return best

    def _read(self) -> Reading:
        # The clock is read between the two looks at the steady one: whatever holds this process
        # up, here or there, is part of the doubt.
        began = time.monotonic()
        here = self.clock()
        with connection.cursor() as cursor:
            cursor.execute("SELECT extract(epoch FROM clock_timestamp())::float8")
            there = float(cursor.fetchone()[0])
        doubt = (time.monotonic() - began) / 2
        return Reading(here + doubt - there, doubt)

    def _believe(self, reading: Reading, tolerance: float) -> None:
        """Only what is beyond doubt makes a clock wrong, and a doubtful reading none right."""
        was_right = self._wrong_by is None
        if abs(reading.ahead) - reading.doubt > tolerance:
            self._wrong_by = reading.ahead
        elif reading.doubt <= tolerance:
            self._wrong_by = None
        if was_right and self._wrong_by is not None:
            logger.warning(
                "clock.wrong host=%s ahead=%.1f tolerance=%g its workers take no work until its "
                "clock agrees with the database's; synchronise it with a time server (chrony, "
                "systemd-timesyncd)",
                socket.gethostname(),
                reading.ahead,
                tolerance,
            )
        elif self._wrong_by is None and not was_right:
            logger.warning("clock.right_again host=%s", socket.gethostname())


OF_THIS_PROCESS = MachineClock()
