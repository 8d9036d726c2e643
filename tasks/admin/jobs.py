"""Jobs: what failed or waits, and why, before anything else."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import Truncator

from tasks.admin.cause_filter import CauseFilter
from tasks.admin.causes_page import CausesPage
from tasks.admin.filters import ActionFilter, MarketplaceFilter
from tasks.admin.folding import folded_json
from tasks.admin.job_actions import JobActions
from tasks.admin.job_rows import AttemptRows, TaskRows
from tasks.admin.looks import COLOURS, display, situation
from tasks.admin.search import jobs_matching
from tasks.models import MarketplaceJob
from tasks.states import RETRYABLE_JOB, UNFINISHED_JOB


@admin.register(MarketplaceJob)
class JobAdmin(CausesPage, JobActions):
    list_display = (
        "id",
        "subject",
        "marketplace",
        "action",
        "account_name",
        "state",
        "explanation",
        "batch_link",
        "created_at",
        "completed_at",
    )
    list_display_links = ("id", "subject")
    list_filter = (
        "status",
        MarketplaceFilter,
        ActionFilter,
        "wait_reason",
        "needs_person",
        CauseFilter,
    )
    list_select_related = ("batch",)
    sortable_by = ("id",)
    search_fields = ("product_name",)
    search_help_text = "Product name, SKU or id, job id, account, or the marketplace's listing id"
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

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[MarketplaceJob], search_term: str
    ) -> tuple[QuerySet[MarketplaceJob], bool]:
        return jobs_matching(queryset, search_term), False

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

    @display(description="product")
    def subject(self, job: MarketplaceJob) -> str:
        return job.product_name or "whole account"

    @display(description="status", label=COLOURS)
    def state(self, job: MarketplaceJob) -> str:
        return job.status

    @display(description="what happened")
    def explanation(self, job: MarketplaceJob) -> str:
        return Truncator(situation(job)).chars(90)

    @display(description="message")
    def explanation_in_full(self, job: MarketplaceJob) -> str:
        return situation(job)

    @display(description="what to do")
    def advice(self, job: MarketplaceJob) -> str:
        return job.error_advice

    @display(description="batch")
    def batch_link(self, job: MarketplaceJob) -> str:
        if job.batch is None:
            return ""
        page = reverse("admin:tasks_batchjob_change", args=[job.batch.pk])
        return format_html('<a href="{}">{}</a>', page, job.batch.name)

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
