"""Batches: how far they are, and what to do about their jobs."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from tasks.admin import batch_words as words
from tasks.admin import job_actions
from tasks.admin.batch_export import BatchExport
from tasks.admin.batch_page import BatchPage, percent
from tasks.admin.filters import ActionFilter, MarketplaceFilter, StatusFilter
from tasks.admin.list_selection import ids_of
from tasks.admin.looks import COLOURS, display
from tasks.models import BatchJob
from tasks.moments import moment
from tasks.sentences import translated
from tasks.states import UNFINISHED_JOB, JobStatus, in_order
from tasks.wording import work_name


@admin.register(BatchJob)
class BatchAdmin(BatchPage, BatchExport):
    list_display = ("batch", "state", "progress", "who", "asked", "ended")
    list_display_links = ("batch",)
    list_filter = (StatusFilter, MarketplaceFilter, ActionFilter)
    search_fields = ("name", "pk__exact", "requested_by")
    search_help_text = _("Name or number of the batch, or who asked for it")
    actions: ClassVar[list[str]] = ["retry_failed_jobs", "cancel"]  # type: ignore[misc]
    object_history_template = "admin/tasks/history.html"
    nothing_yet = _("No batch yet: choose products and press Publish.")
    next_step = "admin/tasks/to_products.html"

    class Media:
        css = {"all": ("tasks/batches.css", "tasks/actions.css")}

    def has_act_permission(self, request: HttpRequest) -> bool:
        return job_actions.may_act(request)

    @admin.action(description=_("Retry the failed jobs…"), permissions=["act"])
    def retry_failed_jobs(self, request: HttpRequest, batches: QuerySet[BatchJob]) -> HttpResponse:
        return _preview("retry", batches, [JobStatus.FAILED.value])

    @admin.action(description=_("Cancel…"), permissions=["act"])
    def cancel(self, request: HttpRequest, batches: QuerySet[BatchJob]) -> HttpResponse:
        return _preview("cancel", batches, in_order(UNFINISHED_JOB))

    @display(description=_("batch"))
    def batch(self, batch: BatchJob) -> SafeString:
        work = work_name(batch.action, batch.marketplace)
        return format_html(
            '<span class="batch-name">{}<span class="batch-small batch-line">{}</span></span>',
            batch,
            work,
        )

    @display(description=_("state"), label=COLOURS)
    def state(self, batch: BatchJob) -> tuple[str, str]:
        return batch.status, words.status_words(batch)

    @display(description=_("progress"))
    def progress(self, batch: BatchJob) -> SafeString:
        counts = batch.counts
        told = words.headline(counts)
        return format_html(
            '<span class="batch-progress"><span class="batch-bar batch-bar-small" aria-hidden="true">'
            '<span class="batch-part batch-completed" style="width: {}%"></span>'
            '<span class="batch-part batch-failed" style="width: {}%"></span>'
            '<span class="batch-part batch-cancelled" style="width: {}%"></span></span>'
            '<span class="batch-small batch-line">{}</span></span>',
            percent(counts.completed, counts.total),
            percent(counts.failed, counts.total),
            percent(counts.cancelled + counts.expired, counts.total),
            _link_to_failed(batch, told) if counts.failed else told,
        )

    @display(description=_("asked for by"))
    def who(self, batch: BatchJob) -> str:
        return translated(batch.requested_by)

    @display(description=_("asked for"))
    def asked(self, batch: BatchJob) -> SafeString | str:
        return moment(batch.created_at)

    @display(description=_("ended"))
    def ended(self, batch: BatchJob) -> SafeString | str:
        return moment(batch.completed_at)


def _link_to_failed(batch: BatchJob, told: str) -> SafeString:
    page = reverse("admin:tasks_marketplacejob_changelist")
    query = f"batch__id__exact={batch.pk}&status__exact={JobStatus.FAILED.value}"
    return format_html('<a class="batch-link" href="{}?{}">{}</a>', page, query, told)


def _preview(do: str, batches: QuerySet[BatchJob], statuses: list[str]) -> HttpResponse:
    """Of the jobs of the chosen batches that are in one of `statuses`."""
    chosen = {"batch__id__in": ids_of(batches), "status__in": ",".join(statuses)}
    return job_actions.to_preview(do, **chosen)
