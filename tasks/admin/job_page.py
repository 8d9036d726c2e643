"""The page of one job: where it stands, its timeline, and the pieces that refresh themselves."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from tasks import pauses
from tasks.admin.base import QuickList
from tasks.admin.job_actions import may_act
from tasks.admin.job_facts import facts_of, links_of, others_of
from tasks.admin.looks import standstill_of
from tasks.admin.subjects import subjects_of
from tasks.admin.task_details import details_of
from tasks.admin.timeline_axis import Axis
from tasks.admin.timeline_rows import folded_rows, rows_of
from tasks.clocks import durations, lasting
from tasks.dispatch.models import Lane
from tasks.models import MarketplaceJob, MarketplaceTask, WaitReason
from tasks.standstill import Standstill
from tasks.states import RETRYABLE_JOB, UNFINISHED_JOB, JobStatus
from tasks.superseding import superseded_by
from tasks.tenancy import current_schema
from tasks.timeline import (
    Mood,
    Moves,
    Timeline,
    attempts_of,
    last_moves,
    read_last_moves,
    retries_of,
    situation_of,
    steps_done,
    tasks_of,
    timeline_of,
)
from tasks.wording import marketplace_name, work_name

ROWS_AT_ONCE = 100
MARK = "X-StoFlow-Job"
"""On every piece: what comes without it is a login page, or somebody else's answer."""

MOOD_ICONS = {
    Mood.WORKING: "progress_activity",
    Mood.WAITING: "hourglass_empty",
    Mood.STOPPED: "pause_circle",
    Mood.DONE: "check_circle",
    Mood.FAILED: "error",
    Mood.QUESTION: "help",
    Mood.ENDED: "cancel",
}
_OUTSIDE_THE_VERSION = {"payload", "result"}
_VERSIONED = [field.attname for field in MarketplaceJob._meta.concrete_fields
              if field.attname not in _OUTSIDE_THE_VERSION]  # fmt: skip


_STOPS = ("paused_at", "consent_needed_at", "offline_since", "offline_reason", "blocked_until")


class JobPage(QuickList[MarketplaceJob]):
    """Replaces the form of a job: a page, and partial pages under it with the same permissions."""

    def get_urls(self) -> list[URLPattern]:
        views: list[tuple[str, str, Callable[..., HttpResponse]]] = [
            ("live", "live/", self.live_view),
            ("facts", "facts/", self.facts_view),
            ("task", "tasks/<int:task_id>/", self.task_view),
            ("tasks", "tasks/<int:first>-<int:last>/", self.tasks_view),
        ]
        pages = [
            path(
                f"<int:job_id>/{route}",
                self.admin_site.admin_view(view),
                name=f"tasks_marketplacejob_{name}",
            )
            for name, route, view in views
        ]
        return [*pages, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method not in {"GET", "HEAD"}:
            raise PermissionDenied
        job = self.get_object(request, object_id)
        if not self.has_view_permission(request, job):
            raise PermissionDenied
        if job is None:
            return self._get_obj_does_not_exist_redirect(  # type: ignore[attr-defined,no-any-return]
                request, self.opts, object_id
            )
        standstill = standstill_of([job])
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": job.product_name or _("Whole account"),
            "has_view_permission": True,
            **self.live_context(request, job, timezone.now(), standstill=standstill),
            **(extra_context or {}),
        }
        asked_for = context["timeline"].asked_for
        if asked_for is not None:
            task = MarketplaceTask.objects.get(pk=asked_for.task.id)
            context["details"] = details_of(job, task, standstill=standstill)
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/tasks/job/page.html", context)

    def live_view(self, request: HttpRequest, job_id: int) -> HttpResponse:
        """Everything that changes while the job goes on; 204 while it has not changed."""
        job = self._job(request, job_id)
        now = timezone.now()
        standstill = standstill_of([job])
        version = version_of(
            job, _lane_of(job), read_last_moves(job.pk), now, standstill=standstill
        )
        if request.GET.get("version") == version:
            answer = HttpResponse(status=204)
        else:
            context = self.live_context(request, job, now, standstill=standstill)
            answer = render(request, "admin/tasks/job/live.html", context)
        return _marked(answer)

    def task_view(self, request: HttpRequest, job_id: int, task_id: int) -> HttpResponse:
        """What an opened row shows."""
        job = self._job(request, job_id)
        task = get_object_or_404(MarketplaceTask, pk=task_id, job_id=job_id)
        told = subjects_of([job], with_photos=False).get(job.pk)
        url = told.listing_url if told else ""
        context = {"details": details_of(job, task, url, standstill=standstill_of([job]))}
        return _marked(render(request, "admin/tasks/job/task.html", context))

    def tasks_view(self, request: HttpRequest, job_id: int, first: int, last: int) -> HttpResponse:
        """The rows of a fold, a hundred at a time."""
        job = self._job(request, job_id)
        now, attempts = timezone.now(), attempts_of(job.pk)
        timeline = timeline_of(
            job,
            tasks_of(job.pk),
            attempts,
            _lane_of(job),
            now,
            account_pauses=pauses.of_account(job),
            retries=retries_of(job.pk),
            standstill=standstill_of([job]),
        )
        folded = [row for row in timeline.tasks if first <= row.position <= last]
        shown, left = folded[:ROWS_AT_ONCE], folded[ROWS_AT_ONCE:]
        context: dict[str, Any] = {"rows": folded_rows(job, shown, Axis.of(timeline))}
        if left:
            arguments = [job.pk, left[0].position, last]
            context["more"] = reverse("admin:tasks_marketplacejob_tasks", args=arguments)
            context["left"] = len(left)
        return _marked(render(request, "admin/tasks/job/folded.html", context))

    def facts_view(self, request: HttpRequest, job_id: int) -> HttpResponse:
        """Everything else that is stored of the job, and the listing's other jobs."""
        context = {"facts": facts_of(self._job(request, job_id))}
        return _marked(render(request, "admin/tasks/job/facts.html", context))

    def live_context(
        self,
        request: HttpRequest,
        job: MarketplaceJob,
        now: datetime,
        *,
        standstill: Standstill | None,
    ) -> dict[str, Any]:
        """`standstill`: why nobody's work is begun."""
        lane, tasks = _lane_of(job), tasks_of(job.pk)
        attempts = attempts_of(job.pk)
        timeline = timeline_of(
            job,
            tasks,
            attempts,
            lane,
            now,
            account_pauses=pauses.of_account(job),
            retries=retries_of(job.pk),
            standstill=standstill,
        )
        axis = Axis.of(timeline)
        newer = superseded_by(job) if job.status in RETRYABLE_JOB else None
        situation = situation_of(
            job,
            timeline,
            marketplace=marketplace_name(job.marketplace),
            now=now,
            behind=_behind(job),
            newer="" if newer is None else str(newer),
        )
        return {
            "newer": newer,
            **self.action_context(request, job),
            "situation": situation,
            "icon": MOOD_ICONS[situation.mood],
            "work": work_name(job.action, job.marketplace),
            "subject": subjects_of([job]).get(job.pk),
            "links": links_of(job),
            "timeline": timeline,
            "axis": axis,
            "rows": rows_of(job, timeline, axis, _open_rows(request)),
            "figures": _figures(timeline),
            "durations": json.dumps(durations()),
            "version": version_of(job, lane, last_moves(tasks), now, standstill=standstill),
            "now": now,
        }

    def action_context(self, request: HttpRequest, job: MarketplaceJob) -> dict[str, Any]:
        """What the pieces `job_buttons.html` and `job_question.html` read."""
        shown = (job.status, job.paused_at, job.cancel_requested_at, job.needs_person)
        return {
            "original": job,
            "may_act": may_act(request),
            "retryable": RETRYABLE_JOB,
            "unfinished": UNFINISHED_JOB,
            "actions_version": _digest(shown),
        }

    def _job(self, request: HttpRequest, job_id: int) -> MarketplaceJob:
        if not self.has_view_permission(request):
            raise PermissionDenied
        job = self.get_object(request, str(job_id))
        if job is None:
            raise Http404
        return job


def version_of(
    job: MarketplaceJob,
    lane: Lane | None,
    moves: Moves,
    now: datetime,
    *,
    standstill: Standstill | None,
) -> str:
    """Another one whenever the page would show something else than time that passes."""
    stops = lane and [getattr(lane, name) for name in _STOPS]
    ends = [lane.blocked_until] if lane else []
    if lane and job.wait_reason == WaitReason.REST:
        ends.append(lane.rests_until)
    moments = [job.leased_until, job.run_after, *ends]
    passed = [moment is not None and moment <= now for moment in moments]
    return _digest([getattr(job, name) for name in _VERSIONED], stops, moves, passed, standstill)


def _open_rows(request: HttpRequest) -> set[int]:
    """The tasks whose rows are open in the browser: no refresh folds them away."""
    named = request.GET.get("open", "").split(",")
    return {int(name) for name in named if name.isdecimal()}


def _digest(*values: object) -> str:
    return hashlib.sha256(repr(values).encode()).hexdigest()[:16]


def _marked(answer: HttpResponse) -> HttpResponse:
    answer[MARK] = "piece"
    answer["Cache-Control"] = "no-store"
    return answer


def _lane_of(job: MarketplaceJob) -> Lane | None:
    if job.account_id is None:
        return None
    return Lane.objects.filter(schema_name=current_schema(), account_id=job.account_id).first()


def _behind(job: MarketplaceJob) -> str:
    """The started job of the same product that a waiting job has to let go first."""
    started = others_of(job).filter(status=JobStatus.RUNNING).only("id", "action", "marketplace")
    other = started.first() if job.status == JobStatus.PENDING else None
    if other is None:
        return ""
    work = work_name(other.action, other.marketplace)
    return _("job %(id)s (%(work)s)") % {"id": other.pk, "work": work}


def _figures(timeline: Timeline) -> list[str]:
    """“5 of 7 steps”, “3.2 s working”, “3 h 12 min waiting”."""
    said = [steps_done(timeline)] if timeline.tasks else []
    worked, waited = timeline.worked_seconds, timeline.waited_seconds
    if worked:
        said.append(_("%(duration)s working") % {"duration": lasting(worked)})
    if waited:
        said.append(_("%(duration)s waiting") % {"duration": lasting(waited)})
    return said
