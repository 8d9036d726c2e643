"""Where the bars and marks of a timeline lie, for a template and for the script that moves them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from django.utils import timezone
from django.utils.translation import gettext as _

from tasks.clocks import clock, lasting, roughly
from tasks.timeline import PAUSED, Bar, Scale, Tick, Timeline, Wait, words

CLOSEST_LABELS = 8.0
"""Per cent of the axis: between two breaks' labels."""
ROOMS = {"narrow": 260, "medium": 420, "wide": 700}
"""The width of an axis from which on a label is shown, in pixels, as the style sheet has it."""
LETTER, BESIDE_LABEL = 6.7, 12.0
"""Pixels."""


@dataclass(frozen=True, slots=True)
class BarView:
    kind: str
    left: str
    width: str
    begins: str
    """Seconds from the axis' origin, as `ends`: a script lays the bars out anew."""
    ends: str
    words: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class Axis:
    """Both scales of a timeline, with and without breaks."""

    collapsed: Scale
    full: Scale
    timeline: Timeline

    @classmethod
    def of(cls, timeline: Timeline) -> Axis:
        return cls(timeline.scale(collapse=True), timeline.scale(collapse=False), timeline)

    @property
    def has_breaks(self) -> bool:
        return bool(self.collapsed.breaks)

    @property
    def modes(self) -> list[dict[str, object]]:
        """What stands on the axis, for each of the scales."""
        scales = {"collapsed": self.collapsed, "full": self.full}
        now = self.timeline.end if self.timeline.is_live else None
        return [{"name": name, **_marks(scale, now)} for name, scale in scales.items()]

    @property
    def now(self) -> str:
        return _per_cent(self.collapsed.place(self.timeline.end))

    @property
    def as_json(self) -> str:
        origin = self.timeline.start
        return json.dumps(
            {
                "origin": round(origin.timestamp() * 1000),
                "now": round(self.timeline.end.timestamp() * 1000),
                "live": self.timeline.is_live,
                "collapsed": _knots(self.collapsed, origin),
                "full": _knots(self.full, origin),
            },
            separators=(",", ":"),
        )

    def bar(self, bar: Bar) -> BarView:
        scale, origin = self.collapsed, self.timeline.start
        left, right = scale.place(bar.start), scale.place(bar.end)
        return BarView(
            kind=_kind(bar),
            left=_per_cent(left),
            width=_per_cent(right - left),
            begins=seconds(bar.start, origin),
            ends=seconds(bar.end, origin),
            words=words.bar_words(bar),
            is_open=bar.is_open,
        )


def _kind(bar: Bar) -> str:
    if bar.wait is Wait.ENDED:
        return "ended"
    return "paused" if bar.wait in PAUSED else bar.kind.value


def _marks(scale: Scale, now: datetime | None) -> dict[str, object]:
    zone = timezone.get_current_timezone()
    ticks = scale.ticks(zone)
    labels = list(_labels(ticks, zone))
    rooms = rooms_for([tick.left for tick in ticks], labels)
    shown = [
        {"left": _per_cent(tick.left), "label": label if room else "", "room": room}
        for tick, label, room in zip(ticks, labels, rooms, strict=True)
    ]
    return {"ticks": shown, "breaks": list(_breaks(scale, now))}


def _labels(ticks: Sequence[Tick], zone: tzinfo) -> Iterator[str]:
    before = None
    for tick in ticks:
        local = tick.at.astimezone(zone)
        is_new_day = before is not None and local.date() != before.date()
        label = clock(tick.at, precision=86_400 if is_new_day else tick.precision)
        is_same_minute = before is not None and local.timetuple()[:5] == before.timetuple()[:5]
        # “14:03:12.20”, then “:12.25”: where seconds have parts, hours take the room.
        yield label[len("00:00") :] if tick.precision < 1 and is_same_minute else label
        before = local


def rooms_for(lefts: Sequence[float], labels: Sequence[str]) -> list[str]:
    """For each tick the name of the narrowest axis on which its label has room; "": none has.

    What is shown on a narrow axis stays where it is on a wider one, and others come between.
    """
    rooms = [""] * len(labels)
    for name, width in ROOMS.items():
        spans = {
            n: (left * width / 100, left * width / 100 + len(labels[n]) * LETTER + BESIDE_LABEL)
            for n, left in enumerate(lefts)
        }
        for n, (start, end) in spans.items():
            taken = [spans[other] for other, room in enumerate(rooms) if room]
            is_free = all(end <= others_start or start >= others_end
                          for others_start, others_end in taken)  # fmt: skip
            if not rooms[n] and is_free and end <= width + BESIDE_LABEL:
                rooms[n] = name
    return rooms


def _breaks(scale: Scale, now: datetime | None) -> Iterator[dict[str, str]]:
    """The shortened stretches; a label stays away where there is no room for it."""
    labelled = -CLOSEST_LABELS
    for one in scale.breaks:
        middle = one.left + one.width / 2
        has_room = middle - labelled >= CLOSEST_LABELS
        is_now = now is not None and one.start <= now <= one.end
        if has_room and not is_now:
            labelled = middle
        yield {
            "left": _per_cent(one.left),
            "width": _per_cent(one.width),
            "label": roughly(one.seconds) if labelled == middle else "",
            "words": _("idle %(duration)s") % {"duration": lasting(one.seconds)},
        }


def _knots(scale: Scale, origin: datetime) -> list[tuple[float, float]]:
    return [(round((at - origin).total_seconds(), 3), round(place, 3)) for at, place in scale.knots]


def _per_cent(value: float) -> str:
    """For a style, whatever the language writes between digits."""
    return f"{value:.3f}%"


def seconds(at: datetime, origin: datetime) -> str:
    return f"{(at - origin).total_seconds():.3f}"
