"""Jobs: what failed or waits, and why, before anything else."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from tasks.admin.causes_page import CausesPage
from tasks.admin.folding import folded_json
from tasks.admin.job_actions import JobActions
from tasks.admin.job_list import JobList
from tasks.admin.job_rows import AttemptRows, TaskRows
from tasks.admin.looks import display, situation
from tasks.models import MarketplaceJob
from tasks.states import RETRYABLE_JOB, UNFINISHED_JOB


@admin.register(MarketplaceJob)
class JobAdmin(JobList, CausesPage, JobActions):
    inlines = (TaskRows, AttemptRows)
    change_form_outer_before_template = "admin/tasks/job_buttons.html"
    fieldsets = (
        ("What happened", {"fields": ("state", "explanation_in_full", "advice")}),
        (
            "Job",
            {
                "classes": ("collapse",),
                "fields": (
                    ("marketplace", "action", "account_name"),
                    ("product_name", "product_id", "batch_link"),
                    ("priority", "requested_by", "error_class"),
                    ("created_at", "started_at", "completed_at"),
                    ("run_after", "expires_at", "leased_until"),
                    ("attempts", "interruptions", "look_count"),
                    ("paused_at", "paused_by", "pause_reason"),
                    ("cancel_requested_at", "cancel_requested_by", "cancel_reason"),
                    "order",
                    "receipt",
                ),
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[MarketplaceJob]:
        # A job refers to its account, whose row holds tokens: the names are on the job itself.
        return super().get_queryset(request).select_related("batch")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = {
            "may_act": self.has_act_permission(request),
            "retryable": RETRYABLE_JOB,
            "unfinished": UNFINISHED_JOB,
            **(extra_context or {}),
        }
        return super().change_view(request, object_id, form_url, context)

    @display(description="message")
    def explanation_in_full(self, job: MarketplaceJob) -> str:
        return situation(job)

    @display(description="what to do")
    def advice(self, job: MarketplaceJob) -> str:
        return job.error_advice

    @display(description="attempts in a row")
    def attempts(self, job: MarketplaceJob) -> str:
        return f"{job.attempt_count} of {job.attempt_limit}"

    @display(description="worker deaths in a row")
    def interruptions(self, job: MarketplaceJob) -> str:
        return f"{job.interruption_count} of {job.interruption_limit}"

    @display(description="payload")
    def order(self, job: MarketplaceJob) -> str:
        return folded_json("Payload", job.payload)

    @display(description="result")
    def receipt(self, job: MarketplaceJob) -> str:
        return folded_json("Result", job.result)
