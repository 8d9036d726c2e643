"""Jobs: what failed or waits, and why, before anything else."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import Truncator

from tasks.admin.cause_filter import CauseFilter
from tasks.admin.causes_page import CausesPage
from tasks.admin.filters import ActionFilter, MarketplaceFilter
from tasks.admin.job_actions import JobActions
from tasks.admin.job_page import JobPage
from tasks.admin.looks import COLOURS, display, situation
from tasks.admin.search import jobs_matching
from tasks.models import MarketplaceJob


@admin.register(MarketplaceJob)
class JobAdmin(JobPage, CausesPage, JobActions):
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

    def get_queryset(self, request: HttpRequest) -> QuerySet[MarketplaceJob]:
        # A job refers to its account, whose row holds tokens: the names are on the job itself.
        return super().get_queryset(request).select_related("batch")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[MarketplaceJob], search_term: str
    ) -> tuple[QuerySet[MarketplaceJob], bool]:
        return jobs_matching(queryset, search_term), False

    @display(description="product")
    def subject(self, job: MarketplaceJob) -> str:
        return job.product_name or "whole account"

    @display(description="status", label=COLOURS)
    def state(self, job: MarketplaceJob) -> str:
        return job.status

    @display(description="what happened")
    def explanation(self, job: MarketplaceJob) -> str:
        return Truncator(situation(job)).chars(90)

    @display(description="batch")
    def batch_link(self, job: MarketplaceJob) -> str:
        if job.batch is None:
            return ""
        page = reverse("admin:tasks_batchjob_change", args=[job.batch.pk])
        return format_html('<a href="{}">{}</a>', page, job.batch.name)
