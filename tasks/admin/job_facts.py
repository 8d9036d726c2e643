"""What is known about a job beside its timeline: its subject, its settings, its listing's history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from tasks.admin.task_details import indented
from tasks.models import MarketplaceJob, Priority
from tasks.requests import BROUGHT_FORWARD_BY
from tasks.sentences import translated
from tasks.wording import status_name, titled, work_name

MOST_OTHERS = 20


@dataclass(frozen=True, slots=True)
class Links:
    """The pages of what the job is about; empty texts: not there."""

    product: str = ""
    batch: str = ""
    account: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    name: str
    text: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OtherJob:
    id: int
    work: str
    status: str
    requested_by: str
    created_at: datetime
    url: str


@dataclass(frozen=True, slots=True)
class Facts:
    facts: list[Fact]
    payload: str
    result: str
    others: list[OtherJob]


def links_of(job: MarketplaceJob) -> Links:
    """Where its objects are shown."""
    return Links(
        product=_page("marketplaces_product", job.product_id),
        batch=_page("tasks_batchjob", job.batch_id),
        account=_page("marketplaces_account", job.account_id),
    )


def others_of(job: MarketplaceJob) -> QuerySet[MarketplaceJob]:
    """The other jobs on the same product and account."""
    jobs = MarketplaceJob.objects.exclude(pk=job.pk).filter(
        Q(account_id=job.account_id) if job.account_id else Q(account__isnull=True),
        Q(product_id=job.product_id) if job.product_id else Q(product__isnull=True),
    )
    return jobs.order_by("-id")


def facts_of(job: MarketplaceJob) -> Facts:
    """Everything about the job that is no part of its timeline."""
    shown = ("id", "action", "marketplace", "status", "requested_by", "created_at")
    return Facts(
        [fact for fact in _facts(job) if fact.text or fact.at],
        indented(job.payload),
        indented(job.result),
        [_other(other) for other in others_of(job).only(*shown)[:MOST_OTHERS]],
    )


def _tries(job: MarketplaceJob) -> str:
    """Without the limit once it is passed: an outage does not end every job."""
    if job.attempt_count > job.attempt_limit:
        return str(job.attempt_count)
    tries = {"number": job.attempt_count, "limit": job.attempt_limit}
    return _("%(number)s of %(limit)s") % tries


def _facts(job: MarketplaceJob) -> list[Fact]:
    deaths = {"number": job.interruption_count, "limit": job.interruption_limit}
    return [
        Fact(_("Job"), str(job.pk)),
        Fact(_("Priority"), str(Priority(job.priority).label)),
        Fact(_("Asked by"), translated(job.requested_by)),
        Fact(_("Asked"), at=job.created_at),
        Fact(_("Brought forward by"), _brought_forward_by(job)),
        Fact(_("First started"), at=job.started_at),
        Fact(_("This run started"), at=job.run_started_at),
        Fact(_("Ended"), at=job.completed_at),
        Fact(_("Not before"), at=job.run_after),
        Fact(_("Expires, if it has not started"), at=job.expires_at),
        Fact(_("Worked on until, at the latest"), at=job.leased_until),
        Fact(_("Attempts in a row"), _tries(job)),
        Fact(_("Workers lost in a row"), _("%(number)s of %(limit)s") % deaths),
        Fact(_("Looks that could not tell"), str(job.look_count or "")),
        Fact(_("Looks that reached nobody"), str(job.unanswered_look_count or "")),
        Fact(_("Kind of error"), job.error_class),
        Fact(_("Paused"), _by(job.paused_by, job.pause_reason), job.paused_at),
        Fact(
            _("Cancel asked for"),
            _by(job.cancel_requested_by, job.cancel_reason),
            job.cancel_requested_at,
        ),
        Fact(_("Product's number"), str(job.product_id or "")),
    ]


def _brought_forward_by(job: MarketplaceJob) -> str:
    """Empty when it was asked for by them in the first place."""
    by = str(job.payload.get(BROUGHT_FORWARD_BY, ""))
    return "" if by == job.requested_by else translated(by)


def _by(person: str, reason: str) -> str:
    return titled(translated(person), translated(reason))


def _other(job: MarketplaceJob) -> OtherJob:
    return OtherJob(
        job.pk,
        work_name(job.action, job.marketplace),
        status_name(job.status),
        job.requested_by,
        job.created_at,
        _page("tasks_marketplacejob", job.pk),
    )


def _page(model: str, key: int | None) -> str:
    return "" if key is None else reverse(f"admin:{model}_change", args=[key])
