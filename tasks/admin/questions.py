"""The question of an UNKNOWN on the page of its job, and a person's answer to it."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from tasks import staff_actions
from tasks.admin.action_forms import AnswerForm
from tasks.admin.base import QuickList
from tasks.errors import MoveRefusedError
from tasks.models import MarketplaceJob, MarketplaceTask
from tasks.questions import Question, open_question
from tasks.staff_actions import Wish


class Questions(QuickList[MarketplaceJob]):
    """Asks on the page of a job, and takes the answer."""

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = {**self._asked(request, object_id), **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    def _asked(self, request: HttpRequest, object_id: str) -> dict[str, Any]:
        """For the template: the question if there is one, its form and its evidence."""
        number = int(object_id) if object_id.isdecimal() else 0
        job = self.get_queryset(request).defer("payload", "result").filter(pk=number).first()
        question = None if job is None else open_question(job)
        if question is None:
            return {}
        return {
            "question": question,
            "question_form": AnswerForm.fresh(do="answer", task=question.task.pk),
            "question_evidence": _evidence(question),
        }

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
            scope_words=_("job %(id)d") % {"id": job_id},
            scope={"jobs": [job_id]},
            expected=1,
            key=data["key"],
        )
        try:
            staff_actions.answer(wish, task, exists=data["exists"], external_id=data["external_id"])
        except MoveRefusedError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("The job goes on with your answer."))
        return HttpResponseRedirect(page)


def _evidence(question: Question) -> str:
    shown = question.attempt.evidence if question.attempt is not None else {}
    return json.dumps(shown, indent=2, ensure_ascii=False, sort_keys=True) if shown else ""
