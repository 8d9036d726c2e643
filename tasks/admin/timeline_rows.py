"""The rows of a timeline as a template shows them: words, icons, and places on the axis."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from zlib import crc32

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tasks.admin.timeline_axis import Axis, BarView, seconds
from tasks.clocks import lasting
from tasks.models import MarketplaceJob
from tasks.states import TaskStatus
from tasks.timeline import Bar, BarKind, Fold, Row, Timeline, fold, words

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
MOST_PAUSES = 3


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
    pauses: tuple[str, ...] = ()
    """What is said of each pause that is over, and of each end that was undone."""
    is_asked_for: bool = False
    is_fold: bool = False


def rows_of(
    job: MarketplaceJob, timeline: Timeline, axis: Axis, apart: Collection[int] = ()
) -> list[RowView]:
    """Every row of the page; long quiet stretches are folded, but for the tasks in `apart`."""
    lead, *tasks = timeline.rows
    views = [_row(job, row, axis) if isinstance(row, Row) else _fold(job, row, axis)
             for row in fold(tasks, apart)]  # fmt: skip
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
        worked=lasting(row.worked_seconds) if row.worked_seconds else "",
        summary=_summary(row),
        words=words.row_words(row),
        message=row.message,
        bars=[axis.bar(bar) for bar in row.bars],
        version=_version(row),
        goes_on_since=since,
        before=before,
        url=reverse("admin:tasks_marketplacejob_task", args=[job.pk, task.id]),
        pauses=_pauses(row),
        is_asked_for=row is axis.timeline.asked_for,
    )


def _going_on(row: Row, origin: datetime) -> tuple[str, str]:
    opened = next((bar for bar in row.work if bar.is_open), None)
    if opened is None:
        return "", ""
    before = row.worked_seconds - opened.seconds
    return seconds(opened.start, origin), f"{before:.3f}"


def _lead(row: Row, axis: Axis) -> RowView:
    return RowView(
        key="before",
        name=_("Before the first step"),
        icon=BEFORE,
        look="before",
        status=words.status_words(row),
        worked=lasting(row.worked_seconds) if row.worked_seconds else "",
        summary=_summary(row),
        words=words.row_words(row),
        message=row.message,
        bars=[axis.bar(bar) for bar in row.bars],
        version=_version(row),
        pauses=_pauses(row),
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
        worked=lasting(seconds) if seconds else "",
        summary="",
        words=_("working %(duration)s") % {"duration": lasting(seconds)},
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
    return _("%(duration)s waited") % {"duration": lasting(row.waited_seconds)}


def _pauses(row: Row) -> tuple[str, ...]:
    """The newest ones: the bars show them all."""
    ended = [bar for bar in row.waits if bar.by and not bar.is_open]
    return tuple(capfirst(words.stop_words(bar)) for bar in ended[-MOST_PAUSES:])


def _version(row: Row) -> str:
    """Changes with what the row shows, not with the passing of time."""
    bars = [(b.kind, b.start, b.is_open or b.end, b.number, b.wait) for b in row.bars]
    return f"{crc32(repr((row.status, row.message, row.task, bars)).encode()):08x}"
