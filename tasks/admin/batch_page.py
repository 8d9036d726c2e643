"""The page of a batch: how far it is, what it does now, and what failed for which cause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from tasks import causes
from tasks.admin import batch_words as words
from tasks.admin.base import TenantPage
from tasks.admin.cause_rows import CauseRow, cause_rows
from tasks.admin.job_actions import may_act
from tasks.admin.looks import COLOURS, lane_situation
from tasks.admin.preview_links import preview_url
from tasks.batch_progress import BatchProgress, JobNow, progress_of
from tasks.causes import Causes, FailuresOf
from tasks.clocks import lasting
from tasks.dispatch.health import is_stopped
from tasks.models import BatchJob, WaitReason
from tasks.states import GIVEN_UP_JOB, UNFINISHED_JOB, JobStatus, in_order
from tasks.wording import counted_status, number, status_name, work_name

REFRESH_SECONDS = 3


@dataclass(frozen=True, slots=True)
class Part:
    """The jobs of one status: a part of the bar, and a link to them."""

    status: str
    look: str
    """Its colour: begun jobs that nobody is at do not look as if they moved."""
    name: str
    jobs: int
    count: str
    percent: float
    url: str


@dataclass(frozen=True, slots=True)
class JobLine:
    """A job that is worked on now, or ended a moment ago."""

    job: JobNow
    url: str
    status: str


class BatchPage(TenantPage[BatchJob]):
    """Shows one batch instead of a form."""

    def get_urls(self) -> list[URLPattern]:
        live = self.admin_site.admin_view(self.live_view)
        return [
            path("<int:batch_id>/live/", live, name="tasks_batchjob_live"),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        batch = self.get_object(request, unquote(object_id))
        if batch is None or not self.has_view_permission(request, batch):
            return super().change_view(request, object_id, form_url, extra_context)
        if request.method == "POST":
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            **shown(request, batch),
            "opts": self.opts,
            "original": batch,
            "title": str(batch),
            "media": self.media,
            "show_history": True,
            "is_popup": False,
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/tasks/batch.html", context)

    def live_view(self, request: HttpRequest, batch_id: int) -> HttpResponse:
        """The part of the page that changes while the batch runs."""
        batch = self.get_object(request, str(batch_id))
        if batch is None:
            raise Http404
        if not self.has_view_permission(request, batch):
            raise PermissionDenied
        return TemplateResponse(request, "admin/tasks/batch_live.html", shown(request, batch))


def shown(request: HttpRequest, batch: BatchJob) -> dict[str, Any]:
    """Everything that the page shows of a batch."""
    progress = progress_of(batch)
    failures = causes.causes_of(FailuresOf(batch_id=batch.pk)) if progress.failed else None
    return {
        "batch": batch,
        "progress": progress,
        "work": work_name(batch.action, batch.marketplace),
        "status": _("Paused") if progress.is_paused else words.status_words(batch),
        "colour": COLOURS[JobStatus.PENDING if progress.is_paused else batch.status],
        "headline": words.headline(batch.counts),
        "percent": percent(progress.finished, progress.total),
        "parts": _parts(batch, progress),
        "expected_end": words.expected_end(progress),
        "pace": words.pace_words(progress.pace),
        "took": _took(batch),
        "waiting": [
            (number(each.jobs), words.situation_words(each, progress.now))
            for each in progress.waiting
        ],
        "stopped": _stopped(progress),
        "working": _lines(progress.working),
        "recent": _lines(progress.recent),
        "causes": failures,
        "cause_rows": _cause_rows(request, failures, batch),
        "jobs_url": _jobs_url(batch),
        "all_causes_url": f"{reverse('admin:tasks_causes')}?{urlencode({'batch': batch.pk})}",
        "live_url": reverse("admin:tasks_batchjob_live", args=[batch.pk]),
        "refresh_seconds": REFRESH_SECONDS if progress.is_going_on else 0,
        "announcement": "" if progress.is_going_on else words.announcement(batch),
        **_buttons(request, batch, progress),
    }


def _cause_rows(request: HttpRequest, failures: Causes | None, batch: BatchJob) -> list[CauseRow]:
    return [] if failures is None else cause_rows(request, failures, batch_id=batch.pk)


def _parts(batch: BatchJob, progress: BatchProgress) -> list[Part]:
    return [
        Part(
            status=status,
            look="rest" if _rests(status, progress) else status.lower(),
            name=words.begun(jobs) if _rests(status, progress) else counted_status(status, jobs),
            jobs=jobs,
            count=number(jobs),
            percent=percent(jobs, progress.total),
            url=_jobs_url(batch, status),
        )
        for status, jobs in progress.counts.items()
    ]


def _rests(status: str, progress: BatchProgress) -> bool:
    return status == JobStatus.RUNNING and progress.counts[status] > 0 and progress.is_at_rest


def percent(part: int, whole: int) -> float:
    """Cut off, not rounded: 100 only when nothing is missing."""
    return int(1000 * part / whole) / 10 if whole else 100.0


def _jobs_url(batch: BatchJob, status: str = "") -> str:
    chosen: dict[str, int | str] = {"batch__id__exact": batch.pk}
    if status:
        chosen["status__exact"] = status
    return f"{reverse('admin:tasks_marketplacejob_changelist')}?{urlencode(chosen)}"


def _lines(jobs: Sequence[JobNow]) -> list[JobLine]:
    return [
        JobLine(
            job,
            reverse("admin:tasks_marketplacejob_change", args=[job.id]),
            status_name(job.status),
        )
        for job in jobs
    ]


def _stopped(progress: BatchProgress) -> str:
    """Why the whole account does not go on; "" when it does, or when nothing is left to do."""
    lane = progress.lane
    if lane is None or not progress.is_going_on:
        return ""
    return lane_situation(lane).rstrip(".") if is_stopped(lane) else ""


def _buttons(request: HttpRequest, batch: BatchJob, progress: BatchProgress) -> dict[str, str]:
    """Links to the previews of what may be done to the whole batch; none for who may only look."""
    if not may_act(request):
        return {}
    paused = sum(each.jobs for each in progress.waiting if each.situation == WaitReason.PAUSED)
    failed = {"status__exact": JobStatus.FAILED.value}
    given_up = {"status__in": ",".join(in_order(GIVEN_UP_JOB))}
    unfinished = {"status__in": ",".join(in_order(UNFINISHED_JOB))}
    wanted = {
        "retry": (progress.failed > 0, failed),
        "ask_again": (progress.given_up > 0, given_up),
        "cancel": (progress.is_going_on, unfinished),
        "pause": (progress.total - progress.finished > paused, unfinished),
        "resume": (paused > 0, unfinished),
    }
    return {
        f"{do}_url": preview_url(
            "retry" if do == "ask_again" else do, batch__id__exact=batch.pk, **chosen
        )
        for do, (is_wanted, chosen) in wanted.items()
        if is_wanted
    }


def _took(batch: BatchJob) -> str:
    if batch.started_at is None or batch.completed_at is None:
        return ""
    return lasting((batch.completed_at - batch.started_at).total_seconds())
