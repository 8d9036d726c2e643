"""From times to places on the axis: idle stretches that dwarf the work take little room."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise

SHORTEST_COLLAPSED = 2.0
"""Seconds: what is shorter is never worth a break of the axis."""
IDLE_SHARE = 0.25
"""An idle stretch is collapsed when it is longer than this share of the work."""
MARGIN_SHARE = 0.04
"""Of the work: how much of an idle stretch is left at both of its ends."""
BREAK_WIDTH = 7.0
BREAKS_TOGETHER = 42.0
WHOLE = 100.0
MOST_TICKS = 6
CLOSEST_TICKS = 14.0
STEPS = (
    0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600,
    43_200, 86_400, 172_800, 604_800, 1_209_600, 2_592_000,
)  # fmt: skip

Interval = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of time and where it lies, in per cent of the axis."""

    start: datetime
    end: datetime
    left: float
    width: float
    is_break: bool = False

    @property
    def seconds(self) -> float:
        return (self.end - self.start).total_seconds()


@dataclass(frozen=True, slots=True)
class Tick:
    left: float
    at: datetime
    precision: float
    """Seconds between two ticks: how exact its label has to be."""


@dataclass(frozen=True, slots=True)
class Scale:
    """A piecewise linear map from time to the axis."""

    segments: tuple[Segment, ...]

    @classmethod
    def over(cls, whole: Interval, work: Iterable[Interval], *, collapse: bool) -> Scale:
        """The scale of the time `whole`, in which `work` was done; with breaks where asked for."""
        start, end = whole
        end = max(end, start + timedelta(milliseconds=50))
        merged = _merged(work, start, end)
        worked = sum((b - a).total_seconds() for a, b in merged)
        longest = max(SHORTEST_COLLAPSED, worked * IDLE_SHARE) if collapse else float("inf")
        margin = timedelta(seconds=max(worked * MARGIN_SHARE, 0.002))
        breaks = [
            (a + margin, b - margin)
            for a, b in _gaps(merged, start, end)
            if (b - a).total_seconds() > longest + 2 * margin.total_seconds()
        ]
        return cls(tuple(_laid_out(_cut(start, end, breaks))))

    @property
    def breaks(self) -> list[Segment]:
        return [segment for segment in self.segments if segment.is_break]

    @property
    def knots(self) -> list[tuple[datetime, float]]:
        """Between two of them, time passes evenly along the axis."""
        first = self.segments[0]
        return [(first.start, 0.0), *((one.end, one.left + one.width) for one in self.segments)]

    def place(self, at: datetime) -> float:
        """Where a moment lies; what is outside lies at the nearer end."""
        for segment in self.segments:
            if at <= segment.end:
                passed = max((at - segment.start).total_seconds(), 0.0)
                return segment.left + segment.width * passed / segment.seconds
        return WHOLE

    def ticks(self, zone: tzinfo) -> list[Tick]:
        """A few moments that are round on the clock of `zone`."""
        shown = [segment for segment in self.segments if not segment.is_break]
        width = sum(segment.width for segment in shown) or WHOLE
        wanted = sum(segment.seconds for segment in shown) / MOST_TICKS * WHOLE / width
        step = next((step for step in STEPS if step >= wanted), STEPS[-1])
        ticks: list[Tick] = []
        for segment in shown:
            for at in _round_moments(segment, step, zone):
                left = self.place(at)
                if not ticks or left - ticks[-1].left >= CLOSEST_TICKS:
                    ticks.append(Tick(left, at, step))
        return ticks


def _merged(work: Iterable[Interval], start: datetime, end: datetime) -> list[Interval]:
    merged: list[Interval] = []
    for a, b in sorted((max(a, start), min(b, end)) for a, b in work if b >= start and a <= end):
        if merged and a <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(b, merged[-1][1]))
        else:
            merged.append((a, max(a, b)))
    return merged


def _gaps(merged: Sequence[Interval], start: datetime, end: datetime) -> Iterator[Interval]:
    if not merged:
        return
    yield start, merged[0][0]
    yield from ((one[1], other[0]) for one, other in pairwise(merged))
    yield merged[-1][1], end


def _cut(start: datetime, end: datetime, breaks: Sequence[Interval]) -> list[Segment]:
    pieces, at = [], start
    for a, b in breaks:
        pieces += [Segment(at, a, 0, 0), Segment(a, b, 0, 0, is_break=True)]
        at = b
    return [piece for piece in [*pieces, Segment(at, end, 0, 0)] if piece.seconds > 0]


def _laid_out(pieces: Sequence[Segment]) -> Iterator[Segment]:
    broken = sum(piece.is_break for piece in pieces)
    each = min(BREAK_WIDTH, BREAKS_TOGETHER / broken) if broken else 0.0
    shown = sum(piece.seconds for piece in pieces if not piece.is_break) or 1.0
    left = 0.0
    for piece in pieces:
        share = (WHOLE - broken * each) * piece.seconds / shown
        width = each if piece.is_break else share
        yield Segment(piece.start, piece.end, left, width, piece.is_break)
        left += width


def _round_moments(segment: Segment, step: float, zone: tzinfo) -> Iterator[datetime]:
    offset = (segment.start.astimezone(zone).utcoffset() or timedelta()).total_seconds()
    local = segment.start.timestamp() + offset
    first = -(-local // step) * step - local
    for number in range(int(max(segment.seconds - first, -step) // step) + 1):
        yield segment.start + timedelta(seconds=first + number * step)
