"""The audit: what staff did, how many it met, why, and job by job what came of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tasks import staff_actions
from tasks.admin.base import TenantPage
from tasks.admin.exports import Exportable
from tasks.admin.job_actions import JOBS, may_act
from tasks.admin.job_selection import choose
from tasks.admin.list_selection import WrongFilterError
from tasks.admin.looks import display
from tasks.admin.outcome_export import outcomes_as_file
from tasks.models import MarketplaceJob, StaffAction, StaffActionOutcome
from tasks.moments import moment
from tasks.wording import kinds

RECENT = 10_000
"""Actions among which the filter looks for names."""
MOST_NAMES = 50
PER_PAGE = 100
_STANDS_STILL = 5
"""Times that whoever watches has seen no progress: longer than one page of an action may take."""
_TIMES = {str(number) for number in range(_STANDS_STILL + 1)}


class PersonFilter(admin.SimpleListFilter):
    title = gettext_lazy("who")
    parameter_name = "by"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        recent = StaffAction.objects.order_by("-pk").values_list("by", flat=True)[:RECENT]
        return [(name, name) for name in sorted(set(recent))[:MOST_NAMES]]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[StaffAction]
    ) -> QuerySet[StaffAction]:
        return queryset.filter(by=self.value()) if self.value() else queryset


class KindFilter(admin.SimpleListFilter):
    title = gettext_lazy("what")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(kinds())

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[StaffAction]
    ) -> QuerySet[StaffAction]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


class TimeFilter(admin.SimpleListFilter):
    title = gettext_lazy("when")
    parameter_name = "since"
    spans: ClassVar[dict[str, timedelta]] = {
        "day": timedelta(days=1),
        "week": timedelta(days=7),
        "month": timedelta(days=31),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("day", _("the last 24 hours")),
            ("week", _("the last 7 days")),
            ("month", _("the last 31 days")),
        ]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[StaffAction]
    ) -> QuerySet[StaffAction]:
        span = self.spans.get(self.value() or "")
        return queryset if span is None else queryset.filter(at__gte=timezone.now() - span)


@admin.register(StaffAction)
class StaffActionAdmin(TenantPage[StaffAction], Exportable[StaffAction]):
    list_display = ("when", "by", "what", "to_what", "results", "reason")
    list_display_links = ("when", "what")
    list_filter = (KindFilter, PersonFilter, TimeFilter)
    search_fields = ("by", "reason", "scope_words")
    search_help_text = gettext_lazy("Who, why, or what it was done to")
    change_form_template = "admin/tasks/staff_action.html"
    fields = ("kind",)
    export_name = "staff-actions"
    export_columns = (
        (gettext_lazy("Number"), lambda action: action.pk),
        (gettext_lazy("When"), lambda action: action.at),
        (gettext_lazy("Who"), lambda action: action.by),
        (gettext_lazy("What"), lambda action: action.what),
        (gettext_lazy("To what"), lambda action: action.to_what),
        (gettext_lazy("Reason"), lambda action: action.reason),
        (gettext_lazy("Done"), lambda action: action.done_count),
        (gettext_lazy("Refused"), lambda action: action.refused_count),
        (gettext_lazy("Finished at"), lambda action: action.finished_at),
    )

    @display(description=gettext_lazy("when"))
    def when(self, action: StaffAction) -> str:
        return moment(action.at)

    @display(description=gettext_lazy("what"))
    def what(self, action: StaffAction) -> str:
        return action.what

    @display(description=gettext_lazy("to what"))
    def to_what(self, action: StaffAction) -> str:
        return format_html('<span class="row-text">{}</span>', capfirst(action.to_what))

    @display(description=gettext_lazy("what came of it"))
    def results(self, action: StaffAction) -> str:
        said = action.done_words
        if action.refused_count:
            refused = ngettext("%(n)d refused", "%(n)d refused", action.refused_count)
            said += ", " + refused % {"n": action.refused_count}
        return said if action.is_finished else _("%(so_far)s so far") % {"so_far": said}

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/go-on/", view(self.go_on_view), name="tasks_staffaction_go_on"),
            path("<int:pk>/export/", view(self.outcomes_view), name="tasks_staffaction_outcomes"),
            path("<int:pk>/progress/", view(self.progress_view), name="tasks_staffaction_progress"),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        number = int(object_id) if object_id.isdecimal() else 0
        action = self.get_queryset(request).filter(pk=number).first()
        if action is None:
            return super().change_view(request, object_id, form_url, extra_context)
        context = {
            **_progress(request, action, drives="go" in request.GET),
            **_outcomes(request, action),
            "title": str(action),
            "back_url": _back(action),
            "batch_url": _batch(action),
        }
        return super().change_view(request, object_id, form_url, context)

    def go_on_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Deal with the next page, from where whoever asks saw it last."""
        if not (self.has_view_permission(request) and may_act(request)):
            raise PermissionDenied
        action = get_object_or_404(StaffAction, pk=pk)
        cursor = request.POST.get("cursor", "")
        if request.method != "POST" or not (cursor.isascii() and cursor.isdecimal()):
            return HttpResponseRedirect(_page(action))
        if "query" in action.scope:
            try:
                jobs = self._jobs(request, action)
            except WrongFilterError as error:
                messages.error(request, str(error))
                return HttpResponseRedirect(_page(action))
            staff_actions.go_on(action, jobs, cursor=int(cursor))
        return self._answer(request, pk, drives=True)

    def progress_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """How far it is; for those who only watch."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self._answer(request, pk, drives=False)

    def outcomes_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Its outcomes as CSV."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return outcomes_as_file(get_object_or_404(self.get_queryset(request), pk=pk))

    def _answer(self, request: HttpRequest, pk: int, *, drives: bool) -> HttpResponse:
        action = get_object_or_404(self.get_queryset(request), pk=pk)
        if "HX-Request" not in request.headers:
            return HttpResponseRedirect(_page(action))
        context = _progress(request, action, drives=drives)
        answer = TemplateResponse(request, "admin/tasks/staff_action_progress.html", context)
        if action.is_finished:
            answer["HX-Refresh"] = "true"
        return answer

    def _jobs(self, request: HttpRequest, action: StaffAction) -> QuerySet[MarketplaceJob]:
        page: Any = self.admin_site.get_model_admin(MarketplaceJob)
        scope = action.scope
        until = datetime.fromisoformat(scope["until"])
        return choose(page, request, scope["query"]).as_of(
            upto=scope["upto"], until=until, kind=action.kind
        )


def _page(action: StaffAction) -> str:
    return reverse("admin:tasks_staffaction_change", args=[action.pk])


def _progress(request: HttpRequest, action: StaffAction, *, drives: bool) -> dict[str, Any]:
    dealt = action.done_count + action.refused_count
    expected = action.expected_count
    return {
        "action": action,
        "dealt": dealt,
        **_stillness(request, dealt),
        "drives": drives and not action.is_finished,
        "may_go_on": may_act(request) and "query" in action.scope,
        "percent": min(100, 100 * dealt // expected) if expected else None,
        "unmatched": max(0, expected - dealt) if expected and action.is_finished else 0,
    }


def _stillness(request: HttpRequest, dealt: int) -> dict[str, Any]:
    """Whoever watches sends what was seen last, and how often it has been the same."""
    was_the_same = request.GET.get("dealt") == str(dealt)
    before = request.GET.get("times", "")
    often = int(before) + 1 if was_the_same and before in _TIMES else 0
    return {
        "stands_still": often >= _STANDS_STILL,
        "seen": urlencode({"dealt": dealt, "times": min(often, _STANDS_STILL)}),
    }


class _Counted(Paginator[Any]):
    """Its length is known from the action."""

    number: int = 0

    @cached_property
    def count(self) -> int:
        return self.number


def _outcomes(request: HttpRequest, action: StaffAction) -> dict[str, Any]:
    show = request.GET.get("show", "")
    lines = StaffActionOutcome.objects.filter(action=action).order_by("done", "pk")
    number = action.done_count + action.refused_count
    if show in {"done", "refused"}:
        lines = lines.filter(done=show == "done")
        number = action.done_count if show == "done" else action.refused_count
    if action.asks_for_work:
        # Jobs that it stopped have lines too, which are not counted; a batch has a bounded number.
        number = lines.count()
    pages = _Counted(lines, PER_PAGE)
    pages.number = number
    return {"outcomes": pages.get_page(request.GET.get("page")), "show": show}


def _batch(action: StaffAction) -> str:
    """The batch that it asked for; "" where it made none."""
    if not action.asks_for_work:
        return ""
    queued = StaffActionOutcome.objects.filter(action=action, batch_id__isnull=False)
    number = queued.order_by("pk").values_list("batch_id", flat=True).first()
    return "" if number is None else reverse("admin:tasks_batchjob_change", args=[number])


def _back(action: StaffAction) -> str:
    """To the object, when it was done to one; to the list of jobs otherwise."""
    only = list(StaffActionOutcome.objects.filter(action=action).order_by("pk")[:2])
    if len(only) == 1 and only[0].job_id is not None:
        return reverse("admin:tasks_marketplacejob_change", args=[only[0].job_id])
    if len(only) == 1 and only[0].account_id is not None and only[0].product_id is None:
        return reverse("admin:marketplaces_account_change", args=[only[0].account_id])
    query = action.scope.get("query", "")
    return reverse(JOBS) + (f"?{query}" if query and "id__in" not in query else "")
