"""The rows below a job: its tasks in order, and the tries that did not succeed."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from tasks.admin.base import ReadOnly, TabularInline
from tasks.admin.folding import folded, folded_json
from tasks.admin.looks import COLOURS, display, duration
from tasks.models import MarketplaceJob, MarketplaceTask, TaskAttempt


class TaskRows(ReadOnly[MarketplaceTask], TabularInline[MarketplaceTask, MarketplaceJob]):
    model = MarketplaceTask
    ordering = ("position", "pk")
    fields = ("task", "state", "tries", "started_at", "took", "outcome")
    readonly_fields = fields
    per_page = 100
    hide_title = True
    can_delete = False
    extra = max_num = 0

    @display(description="task")
    def task(self, task: MarketplaceTask) -> str:
        return str(task)

    @display(description="status", label=COLOURS)
    def state(self, task: MarketplaceTask) -> str:
        return task.status

    @display(description="attempts")
    def tries(self, task: MarketplaceTask) -> int:
        return task.attempt_count

    @display(description="took")
    def took(self, task: MarketplaceTask) -> str:
        return duration(task.started_at, task.completed_at)

    @display(description="error or result")
    def outcome(self, task: MarketplaceTask) -> str:
        return task.error_message or folded_json("Result", task.result)


class AttemptRows(ReadOnly[TaskAttempt], TabularInline[TaskAttempt, MarketplaceJob]):
    model = TaskAttempt
    verbose_name_plural = "attempts that did not succeed"
    ordering = ("pk",)
    fields = ("task_name", "number", "outcome", "cause", "started_at", "took", "details")
    readonly_fields = fields
    per_page = 50
    hide_title = True
    can_delete = False
    extra = max_num = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[TaskAttempt]:
        return super().get_queryset(request).select_related("task")

    @display(description="task")
    def task_name(self, attempt: TaskAttempt) -> str:
        return str(attempt.task) if attempt.task else "planning"

    @display(description="cause")
    def cause(self, attempt: TaskAttempt) -> str:
        return format_html("{}<br>{}", attempt.message, attempt.advice)

    @display(description="took")
    def took(self, attempt: TaskAttempt) -> str:
        return duration(attempt.started_at, attempt.ended_at)

    @display(description="details")
    def details(self, attempt: TaskAttempt) -> str:
        return format_html(
            "{}{}{}",
            f"{attempt.error_class} on {attempt.worker}",
            folded_json("Request and answer", attempt.evidence),
            folded("Traceback", attempt.traceback),
        )
