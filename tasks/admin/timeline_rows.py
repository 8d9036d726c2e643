"""The rows of a timeline as a template shows them: words, icons, and places on the axis."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from zlib import crc32

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tasks.models import MarketplaceJob
from tasks.states import TaskStatus
from tasks.timeline import Bar, BarKind, Fold, Row, Scale, Timeline, fold, words

ICONS = {
    TaskStatus.PENDING.value: "radio_button_unchecked",
    TaskStatus.RUNNING.value: "progress_activity",
    TaskStatus.COMPLETED.value: "check_circle",
    TaskStatus.FAILED.value: "error",
    TaskStatus.UNKNOWN.value: "help",
    TaskStatus.CANCELLED.value: "cancel",
}
_ICONS_OF_LOOKS = {"waiting": "hourglass_empty", "retried": "refresh"}
BEFORE = "schedule"
CLOSEST_LABELS = 8.0
"""Per cent of the axis."""
LAST_LABEL = 90.0
"""Further right there is no room for the time of the day."""


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
class RowView:
    key: str
    name: str
    icon: str
    look: str
    status: str
    worked: str
    summary: str
    words: str
    message: str
    bars: list[BarView]
    version: str
    goes_on_since: str = ""
    """Seconds from the origin: what has to be added to the summary's first figure as time passes."""
    before: str = ""
    """Seconds that were worked before."""
    url: str = ""
    """Where the details are read from; empty: there are none."""
    is_asked_for: bool = False
    is_fold: bool = False


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
            kind=bar.kind.value,
            left=_per_cent(left),
            width=_per_cent(right - left),
            begins=_seconds(bar.start, origin),
            ends=_seconds(bar.end, origin),
            words=words.bar_words(bar),
            is_open=bar.is_open,
        )


def rows_of(job: MarketplaceJob, timeline: Timeline, axis: Axis) -> list[RowView]:
    """Every row of the page; long quiet stretches are folded."""
    lead, *tasks = timeline.rows
    views = [_row(job, row, axis) if isinstance(row, Row) else _fold(job, row, axis)
             for row in fold(tasks)]  # fmt: skip
    shows_lead = lead.waits or lead.tries or not tasks
    return [_lead(lead, axis), *views] if shows_lead else views


def folded_rows(job: MarketplaceJob, rows: Iterable[Row], axis: Axis) -> list[RowView]:
    """Rows of a fold, one by one."""
    return [_row(job, row, axis) for row in rows]


def _row(job: MarketplaceJob, row: Row, axis: Axis) -> RowView:
    assert row.task is not None  # noqa: S101 - only the first row has none, and it is no task's
    task, look = row.task, _look(row)
    since, before = _going_on(row, axis.timeline.start)
    return RowView(
        key=f"task-{task.id}",
        name=f"{task.position}. {task.name}",
        icon=_ICONS_OF_LOOKS.get(look) or ICONS[task.status],
        look=look,
        status=words.status_words(row),
        worked=words.lasting(row.worked_seconds) if row.worked_seconds else "",
        summary=_summary(row),
        words=words.row_words(row),
        message=row.message,
        bars=[axis.bar(bar) for bar in row.bars],
        version=_version(row),
        goes_on_since=since,
        before=before,
        url=reverse("admin:tasks_marketplacejob_task", args=[job.pk, task.id]),
        is_asked_for=row is axis.timeline.asked_for,
    )


def _going_on(row: Row, origin: datetime) -> tuple[str, str]:
    opened = next((bar for bar in row.work if bar.is_open), None)
    if opened is None:
        return "", ""
    before = row.worked_seconds - opened.seconds
    return _seconds(opened.start, origin), f"{before:.3f}"


def _lead(row: Row, axis: Axis) -> RowView:
    return RowView(
        key="before",
        name=_("Before the first step"),
        icon=BEFORE,
        look="before",
        status="",
        worked=words.lasting(row.worked_seconds) if row.worked_seconds else "",
        summary=_summary(row),
        words=words.row_words(row),
        message=row.message,
        bars=[axis.bar(bar) for bar in row.bars],
        version=_version(row),
    )


def _fold(job: MarketplaceJob, folded: Fold, axis: Axis) -> RowView:
    bars = [bar for row in folded.rows for bar in row.bars]
    shown = []
    if bars:
        whole = Bar(BarKind.DONE, min(b.start for b in bars), max(b.end for b in bars))
        shown = [axis.bar(whole)]
    name = _fold_words(folded)
    seconds = sum(row.worked_seconds for row in folded.rows)
    return RowView(
        key=f"fold-{folded.first}",
        name=name,
        icon=ICONS[folded.status],
        look=folded.status.lower(),
        status=_("steps %(first)s to %(last)s") % {"first": folded.first, "last": folded.last},
        worked=words.lasting(seconds) if seconds else "",
        summary="",
        words=_("working %(duration)s") % {"duration": words.lasting(seconds)},
        message="",
        bars=shown,
        version=f"{folded.first}-{folded.last}-{folded.status}",
        url=reverse("admin:tasks_marketplacejob_tasks", args=[job.pk, folded.first, folded.last]),
        is_fold=True,
    )


def _fold_words(folded: Fold) -> str:
    number = len(folded.rows)
    said = {"number": number_format(number, force_grouping=True)}
    if folded.status == TaskStatus.COMPLETED:
        return ngettext("%(number)s completed step", "%(number)s completed steps", number) % said
    if folded.status == TaskStatus.PENDING:
        return (
            ngettext("%(number)s step not started yet", "%(number)s steps not started yet", number)
            % said
        )
    return ngettext("%(number)s cancelled step", "%(number)s cancelled steps", number) % said


def _look(row: Row) -> str:
    """Which colour the row has."""
    waits = any(bar.is_open for bar in row.waits)
    if row.status == TaskStatus.FAILED:
        return "retried" if waits else "failed"
    return "waiting" if waits and row.status == TaskStatus.PENDING else row.status.lower()


def _summary(row: Row) -> str:
    """What is said beside the time that was worked."""
    number = sum(bar.number > 0 and bar.kind is not BarKind.FOUND for bar in row.work)
    if number > 1:
        return words.attempts_words(number)
    if row.work or not row.waited_seconds:
        return ""
    return _("%(duration)s waited") % {"duration": words.lasting(row.waited_seconds)}


def _version(row: Row) -> str:
    """Changes with what the row shows, not with the passing of time."""
    bars = [(b.kind, b.start, b.is_open or b.end, b.number, b.wait) for b in row.bars]
    return f"{crc32(repr((row.status, row.message, row.task, bars)).encode()):08x}"


def _marks(scale: Scale, now: datetime | None) -> dict[str, object]:
    zone = timezone.get_current_timezone()
    ticks, day = [], None
    for tick in scale.ticks(zone):
        local = tick.at.astimezone(zone)
        is_new_day = day is not None and local.date() != day
        label = words.clock(tick.at, precision=86_400 if is_new_day else tick.precision)
        has_room = tick.left <= LAST_LABEL
        ticks.append({"left": _per_cent(tick.left), "label": label if has_room else ""})
        day = local.date()
    return {"ticks": ticks, "breaks": list(_breaks(scale, now))}


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
            "label": words.roughly(one.seconds) if labelled == middle else "",
            "words": _("idle %(duration)s") % {"duration": words.lasting(one.seconds)},
        }


def _knots(scale: Scale, origin: datetime) -> list[tuple[float, float]]:
    return [(round((at - origin).total_seconds(), 3), round(place, 3)) for at, place in scale.knots]


def _per_cent(value: float) -> str:
    """For a style, whatever the language writes between digits."""
    return f"{value:.3f}%"


def _seconds(at: datetime, origin: datetime) -> str:
    return f"{(at - origin).total_seconds():.3f}"
