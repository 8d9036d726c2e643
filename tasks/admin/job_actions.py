"""Retry, cancel, pause, resume: chosen on a list or a page, told in a preview, done on confirming.

A preview is a plain link, `…/actions/preview/?do=retry&<filters of the list>`, to which `id__in`,
`step` and `cause` may be added. It changes nothing; only the form on it does, by POST.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tasks import previews, staff_actions
from tasks.action_forms import JobsForm
from tasks.admin.base import QuickList
from tasks.admin.buttons import sent_back, with_choice
from tasks.admin.job_selection import Chosen, choose
from tasks.admin.list_selection import WrongFilterError, filters_of
from tasks.admin.preview_links import PREVIEW, preview_url
from tasks.admin.questions import Questions
from tasks.models import MarketplaceJob
from tasks.previews import Preview
from tasks.staff_actions import Wish
from tasks.wording import kind_word

JOBS = "admin:tasks_marketplacejob_changelist"
DO = "admin:tasks_marketplacejob_actions_do"


def may_act(request: HttpRequest) -> bool:
    """Whether this user may change what becomes of jobs."""
    return bool(request.user.has_perm("tasks.change_marketplacejob"))


def to_preview(do: str, **filters: str) -> HttpResponse:
    """The preview of doing it to the jobs that match."""
    return HttpResponseRedirect(preview_url(do, **filters))


class JobActions(Questions, QuickList[MarketplaceJob]):
    """The actions of the list of jobs, and the pages that they lead to."""

    actions: ClassVar[list[str]] = ["retry", "cancel", "pause", "resume"]  # type: ignore[misc]
    list_disable_select_all = False
    object_history_template = "admin/tasks/history.html"

    class Media:
        css = {"all": ["tasks/actions.css"]}

    def has_act_permission(self, request: HttpRequest) -> bool:
        return may_act(request)

    @admin.action(description=gettext_lazy("Retry…"), permissions=["act"])
    def retry(self, request: HttpRequest, jobs: QuerySet[MarketplaceJob]) -> HttpResponse:
        return to_preview("retry", **filters_of(request, jobs))

    @admin.action(description=gettext_lazy("Cancel…"), permissions=["act"])
    def cancel(self, request: HttpRequest, jobs: QuerySet[MarketplaceJob]) -> HttpResponse:
        return to_preview("cancel", **filters_of(request, jobs))

    @admin.action(description=gettext_lazy("Pause…"), permissions=["act"])
    def pause(self, request: HttpRequest, jobs: QuerySet[MarketplaceJob]) -> HttpResponse:
        return to_preview("pause", **filters_of(request, jobs))

    @admin.action(description=gettext_lazy("Resume…"), permissions=["act"])
    def resume(self, request: HttpRequest, jobs: QuerySet[MarketplaceJob]) -> HttpResponse:
        return to_preview("resume", **filters_of(request, jobs))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path(
                "actions/preview/",
                view(self.preview_view),
                name="tasks_marketplacejob_actions_preview",
            ),
            path("actions/do/", view(self.do_view), name="tasks_marketplacejob_actions_do"),
            *super().get_urls(),
        ]

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """What would be done to which jobs, and the form that does it."""
        do = self._checked(request, request.GET.get("do", ""))
        try:
            chosen = choose(self, request, request.META.get("QUERY_STRING", ""))
        except WrongFilterError as error:
            return self._not_understood(request, error)
        newest = chosen.jobs.order_by("-pk").values_list("pk", flat=True).first() or 0
        until = timezone.now()
        jobs = chosen.as_of(upto=newest, until=until, kind=do)
        told = previews.preview(do, jobs)
        form = JobsForm.fresh(
            do=do,
            query=chosen.query,
            upto=newest,
            until=until.isoformat(),
            expected=None if told.is_cut_off else told.counted,
        )
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _title(do, told),
            "chosen": chosen,
            "preview": told,
            "do": do,
            "form": form,
            "confirm": _confirm(do, told),
            "do_url": with_choice(request, reverse(DO)),
            "back_url": _back(chosen),
            "media": self.media,
        }
        return TemplateResponse(request, "admin/tasks/action_preview.html", context)

    def do_view(self, request: HttpRequest) -> HttpResponse:
        """Do it: the first page of jobs at once, the rest from the page of the action."""
        self._require_permission(request)
        preview = reverse(PREVIEW) if "do" in request.GET else reverse(JOBS)
        if back := sent_back(request, with_choice(request, preview)):
            return back
        do = self._checked(request, request.POST.get("do", ""))
        form = JobsForm(request.POST)
        if not form.is_valid():
            return self._not_understood(request, _("The form was incomplete: nothing was done."))
        data = form.cleaned_data
        try:
            chosen = choose(self, request, data["query"])
        except WrongFilterError as error:
            return self._not_understood(request, error)
        wish = Wish(
            do,
            by=request.user.get_username(),
            reason=data["reason"],
            scope_words=chosen.words,
            scope={
                "query": chosen.query,
                "upto": data["upto"],
                "until": data["until"].isoformat(),
            },
            expected=data["expected"],
            key=data["key"],
        )
        action, is_new = staff_actions.begin(wish)
        if is_new:
            jobs = chosen.as_of(upto=data["upto"], until=data["until"], kind=do)
            staff_actions.go_on(action, jobs, cursor=0)
        page = reverse("admin:tasks_staffaction_change", args=[action.pk])
        return HttpResponseRedirect(f"{page}?go=on")

    def _require_permission(self, request: HttpRequest) -> None:
        if not (self.has_view_permission(request) and may_act(request)):
            raise PermissionDenied

    def _checked(self, request: HttpRequest, do: str) -> str:
        self._require_permission(request)
        if do not in staff_actions.DEEDS:
            raise Http404
        return do

    def _not_understood(self, request: HttpRequest, why: object) -> HttpResponse:
        messages.error(request, str(why))
        return HttpResponseRedirect(reverse(JOBS))


def _title(do: str, told: Preview) -> str:
    if told.is_cut_off:
        return _("%(do)s more than %(n)d jobs?") % {"do": kind_word(do), "n": told.counted}
    if told.counted == 1:
        [only] = [*told.done, *told.refused]
        return _("%(do)s job %(id)d?") % {"do": kind_word(do), "id": only.job_id}
    return ngettext("%(do)s %(n)d job?", "%(do)s %(n)d jobs?", told.counted) % {
        "do": kind_word(do),
        "n": told.counted,
    }


def _confirm(do: str, told: Preview) -> str:
    """The button says what it does; there is none when nothing could be done."""
    if not told.done_count and not told.is_cut_off:
        return ""
    if told.is_cut_off:
        return _("%(do)s all that match") % {"do": kind_word(do)}
    if told.counted == 1:
        return _("%(do)s this job") % {"do": kind_word(do)}
    return ngettext("%(do)s %(n)d job", "%(do)s %(n)d jobs", told.done_count) % {
        "do": kind_word(do),
        "n": told.done_count,
    }


def _back(chosen: Chosen) -> str:
    """Where the jobs were chosen: one job's page, or the list with its filter."""
    if len(chosen.ids) == 1:
        return reverse("admin:tasks_marketplacejob_change", args=chosen.ids)
    return f"{reverse(JOBS)}?{chosen.query}" if not chosen.ids else reverse(JOBS)
