"""The buttons over jobs: each calls `tasks.actions` and says job by job what was refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from tasks import actions
from tasks.admin.base import QuickList
from tasks.errors import MoveRefusedError
from tasks.models import MarketplaceJob

if TYPE_CHECKING:
    from django.contrib.admin.helpers import ActionForm
else:
    from unfold.forms import ActionForm

MOST_AT_ONCE = 500
"""Jobs that one click takes on: a request has to end; `retry_failed` has no such limit."""
MOST_REFUSALS_SHOWN = 20

Deed = Callable[[MarketplaceJob], str]
"""Does something to a job and says what as a sentence, or raises MoveRefusedError."""


class ReasonForm(ActionForm):
    """The choice of an action, and why."""

    reason = forms.CharField(
        required=False,
        label="",
        max_length=500,
        widget=forms.TextInput(
            {
                "placeholder": "Reason (kept with the job)",
                "class": "bg-white/20 font-medium px-3 py-1 rounded-default placeholder-white/70",
            }
        ),
    )

    def clean_select_across(self) -> bool:
        """Never: a list is counted to a limit only, so nobody has seen what "all" would be."""
        return False


def may_act(request: HttpRequest) -> bool:
    """Whether this user may change what becomes of jobs."""
    return bool(request.user.has_perm("tasks.change_marketplacejob"))


def reason_of(request: HttpRequest) -> str:
    return request.POST.get("reason", "").strip()[:500]


def retry(request: HttpRequest) -> Deed:
    def deed(job: MarketplaceJob) -> str:
        retried = actions.retry(job, requested_by=request.user.get_username())
        if not retried.retried:
            raise MoveRefusedError(retried.reason)
        return "It will run again; what it has done is kept."

    return deed


def cancel(request: HttpRequest) -> Deed:
    by, reason = request.user.get_username(), reason_of(request)
    return lambda job: actions.cancel(job, requested_by=by, reason=reason)


def pause(request: HttpRequest) -> Deed:
    def deed(job: MarketplaceJob) -> str:
        by = request.user.get_username()
        actions.pause(job, requested_by=by, reason=reason_of(request))
        return "It is paused; a task that runs now is finished first."

    return deed


def resume(_request: HttpRequest) -> Deed:
    def deed(job: MarketplaceJob) -> str:
        actions.resume(job)
        return "It goes on."

    return deed


class JobActions(QuickList[MarketplaceJob]):
    """Retry, cancel, pause and resume for the page of a job and for the list."""

    actions: ClassVar[list[str]] = ["retry", "cancel", "pause", "resume"]  # type: ignore[misc]
    action_form = ReasonForm

    def has_act_permission(self, request: HttpRequest) -> bool:
        return may_act(request)

    @admin.action(description="Retry", permissions=["act"])
    def retry(self, request: HttpRequest, jobs: QuerySet[MarketplaceJob]) -> HttpResponse | None:
        return self._do("Retry", retry(request), request, jobs)

    @admin.action(description="Cancel", permissions=["act"])
    def cancel(self, request: HttpRequest, jobs: QuerySet[MarketplaceJob]) -> HttpResponse | None:
        return self._do("Cancel", cancel(request), request, jobs)

    @admin.action(description="Pause", permissions=["act"])
    def pause(self, request: HttpRequest, jobs: QuerySet[MarketplaceJob]) -> HttpResponse | None:
        return self._do("Pause", pause(request), request, jobs)

    @admin.action(description="Resume", permissions=["act"])
    def resume(self, request: HttpRequest, jobs: QuerySet[MarketplaceJob]) -> HttpResponse | None:
        return self._do("Resume", resume(request), request, jobs)

    def _do(
        self, name: str, deed: Deed, request: HttpRequest, jobs: QuerySet[MarketplaceJob]
    ) -> HttpResponse | None:
        do_to_each(self, request, name, deed, jobs.order_by("pk"))
        if "job" not in request.POST:
            return None
        # Pressed on the page of one job: back to it.
        return HttpResponseRedirect(
            reverse("admin:tasks_marketplacejob_change", args=[request.POST["job"]])
        )


def do_to_each(
    page: QuickList[Any],
    request: HttpRequest,
    name: str,
    deed: Deed,
    jobs: QuerySet[MarketplaceJob],
) -> None:
    """Do it to each job, record it in the admin's history, and tell the user about every one."""
    chosen = list(jobs.defer("payload", "result")[: MOST_AT_ONCE + 1])
    done: Counter[str] = Counter()
    refused = []
    for job in chosen[:MOST_AT_ONCE]:
        try:
            sentence = deed(job)
        except (MoveRefusedError, MarketplaceJob.DoesNotExist) as refusal:
            refused.append(f"Job {job.pk} ({job}) was refused: {refusal}")
        else:
            done[sentence] += 1
            reason = reason_of(request)
            page.log_change(request, job, f"{name}: {reason}" if reason else name)
    _tell(request, name, done, refused)
    if len(chosen) > MOST_AT_ONCE:
        messages.warning(request, f"Only the first {MOST_AT_ONCE} jobs were taken. Repeat it.")


def _tell(request: HttpRequest, name: str, done: Counter[str], refused: Iterable[str]) -> None:
    for sentence, number in done.items():
        jobs = "1 job" if number == 1 else f"{number} jobs"
        messages.success(request, f"{name}, {jobs}: {sentence}")
    refusals = list(refused)
    for refusal in refusals[:MOST_REFUSALS_SHOWN]:
        messages.warning(request, refusal)
    if len(refusals) > MOST_REFUSALS_SHOWN:
        more = len(refusals) - MOST_REFUSALS_SHOWN
        messages.warning(request, f"{more} more were refused for reasons of that kind.")
    if not done and not refusals:
        messages.info(request, f"{name}: there is no such job.")
