"""The question of an UNKNOWN on the page of its job, and a person's answer to it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from tasks import staff_actions
from tasks.action_forms import AnswerForm
from tasks.admin.base import QuickList
from tasks.errors import MoveRefusedError
from tasks.models import MarketplaceJob, MarketplaceTask
from tasks.sentences import sentence, translated
from tasks.staff_actions import Wish


class Questions(QuickList[MarketplaceJob]):
    """Takes the answer; `job_question.html` asks."""

    def get_urls(self) -> list[URLPattern]:
        answer = self.admin_site.admin_view(self.answer_view)
        return [
            path("<int:job_id>/answer/", answer, name="tasks_marketplacejob_answer"),
            *super().get_urls(),
        ]

    def answer_view(self, request: HttpRequest, job_id: int) -> HttpResponse:
        """Take the answer, or say what is wrong with it."""
        may_act = request.user.has_perm("tasks.change_marketplacejob")
        if not (self.has_view_permission(request) and may_act):
            raise PermissionDenied
        page = reverse("admin:tasks_marketplacejob_change", args=[job_id])
        form = AnswerForm(request.POST)
        if request.method != "POST" or not form.is_valid():
            for error in (text for texts in form.errors.values() for text in texts):
                messages.error(request, str(error))
            return HttpResponseRedirect(f"{page}#question")
        return self._take(request, form.cleaned_data, job_id, page)

    def _take(
        self, request: HttpRequest, data: dict[str, Any], job_id: int, page: str
    ) -> HttpResponse:
        task = MarketplaceTask.objects.filter(pk=data["task"], job_id=job_id).first()
        if task is None:
            raise Http404
        wish = Wish(
            "answer",
            by=request.user.get_username(),
            reason=data["reason"],
            scope_words=sentence("job number {id}", id=job_id),
            scope={"jobs": [job_id]},
            expected=1,
            key=data["key"],
        )
        try:
            staff_actions.answer(wish, task, exists=data["exists"], external_id=data["external_id"])
        except MoveRefusedError as refusal:
            messages.error(request, translated(str(refusal)))
        else:
            messages.success(request, _("The job goes on with your answer."))
        return HttpResponseRedirect(page)
