"""The list of jobs: what each is about, how it stands, where the listing is, who asked when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks.admin import filters
from tasks.admin.base import TenantPage
from tasks.admin.cause_filter import CauseFilter
from tasks.admin.cells import outside_link, two_lines
from tasks.admin.exports import Exportable
from tasks.admin.looks import COLOURS, display, situation, standstill_of
from tasks.admin.search import SEARCHED, jobs_matching
from tasks.admin.subjects import Subject, subjects_of
from tasks.models import MarketplaceJob
from tasks.moments import moment
from tasks.sentences import translated
from tasks.standstill import Standstill
from tasks.states import UNFINISHED_JOB, JobStatus
from tasks.wording import action_word, marketplace_name, status_name, work_name


class JobList(TenantPage[MarketplaceJob], Exportable[MarketplaceJob]):
    """What the list needs; the page of one job is `tasks.admin.jobs`."""

    list_display = (
        "subject",
        "what",
        "state",
        "explanation",
        "live_listing",
        "asked",
    )
    list_display_links = ("subject",)
    list_filter = (
        filters.JobStatusFilter,
        filters.NeedsPersonFilter,
        filters.StillOpenFilter,
        filters.SinceFilter,
        filters.FailedSinceFilter,
        filters.ActionFilter,
        filters.MarketplaceFilter,
        filters.AccountFilter,
        filters.WaitFilter,
        filters.BatchFilter,
        CauseFilter,
        filters.ProductFilter,
    )
    list_defer = ("payload", "result", "pauses")
    search_fields = ("product_name",)
    search_help_text = SEARCHED
    nothing_yet = gettext_lazy(
        "Nobody has asked for anything yet. Choose products in the list of products and publish "
        "them: each becomes a job here."
    )
    next_step = "admin/tasks/to_products.html"
    export_name = "jobs"
    export_columns = (
        (gettext_lazy("Job"), lambda job: job.pk),
        (gettext_lazy("Product"), lambda job: job.product_name),
        (gettext_lazy("SKU"), lambda job: about(job).sku),
        (gettext_lazy("What"), lambda job: action_word(job.action)),
        (gettext_lazy("Marketplace"), lambda job: marketplace_name(job.marketplace)),
        (gettext_lazy("Account"), lambda job: job.account_name),
        (gettext_lazy("Status"), lambda job: shown_status(job)[1]),
        (gettext_lazy("Situation"), lambda job: situation(job, standstill=standstill_about(job))),
        (gettext_lazy("What to do"), lambda job: translated(job.error_advice)),
        (gettext_lazy("Live listing"), lambda job: about(job).listing_url),
        (gettext_lazy("Batch"), lambda job: str(job.batch or "")),
        (gettext_lazy("Asked by"), lambda job: translated(job.requested_by)),
        (gettext_lazy("Asked at"), lambda job: job.created_at),
        (gettext_lazy("Started at"), lambda job: job.started_at),
        (gettext_lazy("Ended at"), lambda job: job.completed_at),
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[MarketplaceJob], search_term: str
    ) -> tuple[QuerySet[MarketplaceJob], bool]:
        return jobs_matching(queryset, search_term), False

    def dress(self, rows: Sequence[MarketplaceJob]) -> None:
        _dress(rows, with_photos=True)

    def dress_for_export(self, rows: Sequence[MarketplaceJob]) -> None:
        _dress(rows, with_photos=False)

    @display(description=gettext_lazy("product"))
    def subject(self, job: MarketplaceJob) -> str:
        return format_html(
            '<span class="row-subject">{}<span class="row-title">{}<small>{}</small></span></span>',
            about(job).photo,
            job.product_name or _("Whole account"),
            " · ".join(filter(None, [about(job).sku, _("Job %(id)s") % {"id": job.pk}])),
        )

    @display(description=gettext_lazy("what"))
    def what(self, job: MarketplaceJob) -> str:
        return two_lines(work_name(job.action, job.marketplace), job.account_name)

    @display(description=gettext_lazy("status"), label=COLOURS)
    def state(self, job: MarketplaceJob) -> tuple[str, str]:
        return shown_status(job)

    @display(description=gettext_lazy("situation"))
    def explanation(self, job: MarketplaceJob) -> str:
        text = Truncator(situation(job, standstill=standstill_about(job))).chars(160)
        ended = ""
        if job.completed_at is not None:
            ended = format_html(_("ended {when}"), when=moment(job.completed_at))
        shown = format_html("{}<small>{}</small>", text, ended) if ended else text
        return format_html('<span class="row-text">{}</span>', shown) if shown else ""

    @display(description=gettext_lazy("live on"))
    def live_listing(self, job: MarketplaceJob) -> str:
        return outside_link(about(job).listing_url, marketplace_name(job.marketplace))

    @display(description=gettext_lazy("batch"))
    def batch_link(self, job: MarketplaceJob) -> str:
        if job.batch is None:
            return ""
        page = reverse("admin:tasks_batchjob_change", args=[job.batch.pk])
        name = Truncator(str(job.batch)).chars(26)
        link = '<a class="list-link" href="{}" title="{}">{}</a>'
        return format_html(link, page, job.batch, name)

    @display(description=gettext_lazy("asked for"))
    def asked(self, job: MarketplaceJob) -> str:
        by = _("by %(name)s") % {"name": translated(job.requested_by)} if job.requested_by else ""
        batch = self.batch_link(job)
        small = format_html("{}<br>{}", by, batch) if by and batch else by or batch
        return two_lines(moment(job.created_at), small)


def shown_status(job: MarketplaceJob) -> tuple[str, str]:
    """The look and the words; as the job's page says, what has begun waits while nobody is at it."""
    if job.status in UNFINISHED_JOB and job.lease_token is None:
        paused = _("Paused") if job.paused_at is not None else None
        return JobStatus.PENDING.value, paused or status_name(JobStatus.PENDING)
    return job.status, status_name(job.status)


def _dress(jobs: Sequence[MarketplaceJob], *, with_photos: bool) -> None:
    subjects = subjects_of(jobs, with_photos=with_photos)
    standstill = standstill_of(jobs)
    for job in jobs:
        job.standstill = standstill  # type: ignore[attr-defined]
        job.subject = subjects.get(job.pk, Subject())  # type: ignore[attr-defined]


def about(job: Any) -> Subject:
    """What the list's page has found out about the job's product; nothing on other pages."""
    return getattr(job, "subject", Subject())


def standstill_about(job: Any) -> Standstill | None:
    """What the list's page has found out about the workers; nothing on other pages."""
    return getattr(job, "standstill", None)
