"""Why work stands still everywhere, whatever each job waits for. Pure."""

from __future__ import annotations

from enum import StrEnum


class Standstill(StrEnum):
    """Why nobody's work is begun or gone on with; `tasks.dispatch.presence` finds it out."""

    NO_WORKERS = "no workers"
    CLOCKS = "clocks"
    """Workers are there, and every one is on a machine whose clock is wrong."""
