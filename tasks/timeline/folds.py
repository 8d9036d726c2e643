"""Long runs of rows that tell nothing new, as one row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from tasks.states import TaskStatus
from tasks.timeline.bars import Row

SHORT_ENOUGH = 30
"""Rows that are shown one by one, whatever they are."""
LEAST_FOLDED = 6
QUIET = frozenset(
    {TaskStatus.COMPLETED.value, TaskStatus.PENDING.value, TaskStatus.CANCELLED.value}
)


@dataclass(frozen=True, slots=True)
class Fold:
    """Neighbouring rows of one status, none of which ever failed."""

    status: str
    rows: tuple[Row, ...]

    @property
    def first(self) -> int:
        return self.rows[0].position

    @property
    def last(self) -> int:
        return self.rows[-1].position


def fold(rows: Sequence[Row]) -> list[Row | Fold]:
    """The rows, with the quiet stretches of a long job folded."""
    return list(rows) if len(rows) <= SHORT_ENOUGH else list(_folded(rows))


def _folded(rows: Sequence[Row]) -> Iterator[Row | Fold]:
    for quiet, group in groupby(rows, key=_quiet_status):
        same = tuple(group)
        if quiet is None or len(same) < LEAST_FOLDED:
            yield from same
        else:
            yield Fold(quiet, same)


def _quiet_status(row: Row) -> str | None:
    """The status that a row may be folded by; None: it has something to tell."""
    told = row.tries or row.waits or row.task is None
    return None if told or row.status not in QUIET else row.status
