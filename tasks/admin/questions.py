"""The question of an UNKNOWN: a person's answer, told in a preview, taken on confirming."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from tasks import previews, questions, staff_actions
from tasks.action_forms import AnswerChoice, AnswerForm
from tasks.admin.base import QuickList
from tasks.errors import MoveRefusedError
from tasks.models import MarketplaceJob, MarketplaceTask
from tasks.questions import Question
from tasks.sentences import sentence, translated
from tasks.staff_actions import Wish


class Questions(QuickList[MarketplaceJob]):
    """Takes the answer; `question.html` asks."""

    def get_urls(self) -> list[URLPattern]:
        answer = self.admin_site.admin_view(self.answer_view)
        return [
            path("<int:job_id>/answer/", answer, name="tasks_marketplacejob_answer"),
            *super().get_urls(),
        ]

    def answer_view(self, request: HttpRequest, job_id: int) -> HttpResponse:
        """GET tells what an answer would do, POST takes it."""
        may_act = request.user.has_perm("tasks.change_marketplacejob")
        if not (self.has_view_permission(request) and may_act):
            raise PermissionDenied
        is_confirmed = request.method == "POST"
        form = AnswerForm(request.POST) if is_confirmed else AnswerChoice(request.GET)
        if not is_confirmed and "task" not in request.GET:
            return HttpResponseRedirect(f"{_page_of(job_id)}#question")
        if not form.is_valid():
            return self._ask_again(request, job_id, form)
        task = MarketplaceTask.objects.filter(pk=form.cleaned_data["task"], job_id=job_id).first()
        if task is None:
            raise Http404
        if is_confirmed:
            return self._take(request, form.cleaned_data, task)
        return self._preview(request, form.cleaned_data, task)

    def _ask_again(self, request: HttpRequest, job_id: int, form: AnswerChoice) -> HttpResponse:
        """The question once more, with what is wrong with the answer where it was given."""
        job = MarketplaceJob.objects.filter(pk=job_id).first()
        question = None if job is None else questions.open_question(job)
        if question is None:
            return self._no_longer_asked(request, job_id)
        context = {
            **self._context(request, question),
            "title": _("Nothing was done yet"),
            "original": job,
            "question_form": form,
            "may_act": True,
        }
        return TemplateResponse(request, "admin/tasks/answer_again.html", context)

    def _preview(
        self, request: HttpRequest, data: dict[str, Any], task: MarketplaceTask
    ) -> HttpResponse:
        question = questions.open_question(task.job)
        if question is None or question.task != task:
            return self._no_longer_asked(request, task.job_id)
        said = {"exists": data["exists"], "external_id": data["external_id"]}
        refused = previews.preview("retry", MarketplaceJob.objects.filter(pk=task.job_id)).refused
        form = AnswerForm.fresh(
            do="answer",
            task=task.pk,
            exists="yes" if data["exists"] else "no",
            external_id=data["external_id"],
        )
        context = {
            **self._context(request, question),
            "title": translated(staff_actions.answer_words(task, **said)),
            "refusal": refused[0].sentence if refused else "",
            "consequences": questions.consequences(question, **said),
            "form": form,
            "confirm": "" if refused else _("Yes, go on with this answer"),
            "do_url": reverse("admin:tasks_marketplacejob_answer", args=[task.job_id]),
            "back_url": f"{_page_of(task.job_id)}#question",
        }
        return TemplateResponse(request, "admin/tasks/answer_preview.html", context)

    def _context(self, request: HttpRequest, question: Question) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "media": self.media,
            "question": question,
            "job_page": _page_of(question.task.job_id),
        }

    def _no_longer_asked(self, request: HttpRequest, job_id: int) -> HttpResponse:
        messages.warning(request, _("The question is no longer open: nothing was done."))
        return HttpResponseRedirect(_page_of(job_id))

    def _take(
        self, request: HttpRequest, data: dict[str, Any], task: MarketplaceTask
    ) -> HttpResponse:
        wish = Wish(
            "answer",
            by=request.user.get_username(),
            reason=data["reason"],
            scope_words=sentence("job number {id}", id=task.job_id),
            scope={"jobs": [task.job_id]},
            expected=1,
            key=data["key"],
        )
        try:
            staff_actions.answer(wish, task, exists=data["exists"], external_id=data["external_id"])
        except MoveRefusedError as refusal:
            messages.error(request, translated(str(refusal)))
        else:
            messages.success(request, _("The job goes on with your answer."))
        return HttpResponseRedirect(_page_of(task.job_id))


def _page_of(job_id: int) -> str:
    return reverse("admin:tasks_marketplacejob_change", args=[job_id])
