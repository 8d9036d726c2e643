"""Batches: how far they are, and what to do about their jobs."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from tasks.admin import job_actions
from tasks.admin.base import TenantPage
from tasks.admin.batch_export import BatchExport
from tasks.admin.filters import ActionFilter, MarketplaceFilter, StatusFilter
from tasks.admin.looks import COLOURS, display
from tasks.models import BatchJob, MarketplaceJob
from tasks.states import UNFINISHED_JOB, JobStatus, in_order


@admin.register(BatchJob)
class BatchAdmin(TenantPage[BatchJob], BatchExport):
    list_display = (
        "id",
        "name",
        "marketplace",
        "action",
        "state",
        "progress",
        "failed_count",
        "requested_by",
        "created_at",
        "completed_at",
    )
    list_display_links = ("id", "name")
    list_filter = (StatusFilter, MarketplaceFilter, ActionFilter)
    sortable_by = ("id",)
    search_fields = ("name", "pk__exact", "requested_by")
    fields = (
        ("name", "state", "progress"),
        ("marketplace", "action", "priority"),
        ("completed_count", "failed_count", "cancelled_count", "expired_count"),
        ("requested_by", "created_at", "started_at", "completed_at"),
        "jobs",
    )
    actions: ClassVar[list[str]] = ["retry_failed_jobs", "cancel"]  # type: ignore[misc]
    action_form = job_actions.ReasonForm

    def has_act_permission(self, request: HttpRequest) -> bool:
        return job_actions.may_act(request)

    @admin.action(description="Retry the failed jobs", permissions=["act"])
    def retry_failed_jobs(self, request: HttpRequest, batches: QuerySet[BatchJob]) -> None:
        jobs = _jobs_of(batches, [JobStatus.FAILED.value])
        job_actions.do_to_each(self, request, "Retry", job_actions.retry(request), jobs)

    @admin.action(description="Cancel", permissions=["act"])
    def cancel(self, request: HttpRequest, batches: QuerySet[BatchJob]) -> None:
        jobs = _jobs_of(batches, in_order(UNFINISHED_JOB))
        job_actions.do_to_each(self, request, "Cancel", job_actions.cancel(request), jobs)

    @display(description="status", label=COLOURS)
    def state(self, batch: BatchJob) -> str:
        return batch.status

    @display(description="finished")
    def progress(self, batch: BatchJob) -> str:
        return f"{batch.counts.finished} of {batch.total_count}"

    @display(description="jobs")
    def jobs(self, batch: BatchJob) -> str:
        page = reverse("admin:tasks_marketplacejob_changelist")
        return format_html(
            '<a href="{}?batch__id__exact={}">Jobs of this batch</a>', page, batch.pk
        )


def _jobs_of(batches: QuerySet[BatchJob], statuses: list[str]) -> QuerySet[MarketplaceJob]:
    ids = list(batches.values_list("pk", flat=True))
    return MarketplaceJob.objects.filter(batch_id__in=ids, status__in=statuses).order_by("pk")
