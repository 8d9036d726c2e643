"""Long runs of rows that tell nothing new, as one row."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from tasks.states import TaskStatus
from tasks.timeline.bars import Row

SHORT_ENOUGH = 30
"""Rows that are shown one by one, whatever they are."""
LEAST_FOLDED = 6
MOST_ROWS = 150
QUIET = frozenset(
    {TaskStatus.COMPLETED.value, TaskStatus.PENDING.value, TaskStatus.CANCELLED.value}
)


@dataclass(frozen=True, slots=True)
class Fold:
    """Neighbouring rows of one status."""

    status: str
    rows: tuple[Row, ...]

    @property
    def first(self) -> int:
        return self.rows[0].position

    @property
    def last(self) -> int:
        return self.rows[-1].position


def fold(rows: Sequence[Row], apart: Collection[int] = ()) -> list[Row | Fold]:
    """The rows, with the quiet stretches of a long job folded; tasks in `apart` never are.

    Where too many rows are left, steps that succeeded after a failure are folded as well.
    """
    if len(rows) <= SHORT_ENOUGH:
        return list(rows)
    shown = list(_folded(rows, apart, _quiet_status))
    return shown if len(shown) <= MOST_ROWS else list(_folded(rows, apart, _plain_status))


def _folded(
    rows: Sequence[Row], apart: Collection[int], status: Callable[[Row], str | None]
) -> Iterator[Row | Fold]:
    def key(row: Row) -> str | None:
        return None if row.task is not None and row.task.id in apart else status(row)

    for quiet, group in groupby(rows, key=key):
        same = tuple(group)
        if quiet is None or len(same) < LEAST_FOLDED:
            yield from same
        else:
            yield Fold(quiet, same)


def _quiet_status(row: Row) -> str | None:
    """The status that a row may be folded by; None: it has something to tell."""
    return None if row.tries or row.waits else _plain_status(row)


def _plain_status(row: Row) -> str | None:
    return row.status if row.status in QUIET and not row.is_next else None
