"""One action for one product, or one sweep, on one account."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import F, Q, Value
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tasks import handlers
from tasks.models.batches import BatchJob
from tasks.sentences import translated
from tasks.states import FINAL_JOB, UNFINISHED_JOB, JobStatus, in_order
from tasks.wording import subject_of

if TYPE_CHECKING:
    from django.db.models.deletion import Collector


class Priority(models.IntegerChoices):
    CRITICAL = 1, _("Critical")
    HIGH = 2, _("High")
    NORMAL = 3, _("Normal")
    LOW = 4, _("Low")


class WaitReason(StrEnum):
    """Why a started job is not being worked on; shown to staff as a sentence."""

    NONE = ""
    RETRY = "RETRY"
    LOOK = "LOOK"
    TURN = "TURN"
    SHUTDOWN = "SHUTDOWN"
    PAUSED = "PAUSED"
    LIMIT = "LIMIT"
    REST = "REST"
    OFFLINE = "OFFLINE"
    OUTAGE = "OUTAGE"
    APPLICATION = "APPLICATION"
    CONSENT = "CONSENT"
    INTERRUPTED = "INTERRUPTED"
    RECEIPTS = "RECEIPTS"
    CANCEL = "CANCEL"


WAIT_SENTENCES: dict[WaitReason, str | Promise] = {
    WaitReason.NONE: "",
    WaitReason.RETRY: _("waits to try the failed task again"),
    WaitReason.LOOK: _("waits to look whether the last request took effect"),
    WaitReason.TURN: _("waits for its next turn"),
    WaitReason.SHUTDOWN: _("waits for a worker: the last one was shut down"),
    WaitReason.PAUSED: _("is paused"),
    WaitReason.LIMIT: _("waits for the marketplace's limit to pass"),
    WaitReason.REST: _("pauses between two calls"),
    WaitReason.OFFLINE: _("waits until the seller's side is there again"),
    WaitReason.OUTAGE: _("waits until the marketplace answers again"),
    WaitReason.APPLICATION: _("waits: the marketplace does not accept StoFlow's own credentials"),
    WaitReason.CONSENT: _("waits for the seller: the account's page tells what for"),
    WaitReason.INTERRUPTED: _("waits for a worker: the last one died"),
    WaitReason.RECEIPTS: _("repeats tasks whose results have expired"),
    WaitReason.CANCEL: _("will be cancelled once it is known what its last request did"),
}


def keep_history(
    collector: Collector, field: Any, sub_objs: models.QuerySet[MarketplaceJob], using: str
) -> None:
    """on_delete: SET NULL for finished jobs, refuse while one is unfinished.

    An unfinished job whose product vanished could neither go on nor say what it was about.
    """
    unfinished = [job for job in sub_objs if job.status in UNFINISHED_JOB]
    if unfinished:
        raise models.ProtectedError(
            gettext("There are unfinished jobs: cancel them first, or wait until they have ended."),
            set(unfinished),
        )
    models.SET_NULL(collector, field, sub_objs, using)


class MarketplaceJob(models.Model):
    """Moves only through `tasks.progress`, `tasks.failures`, `tasks.requests`, `tasks.actions`
    and `tasks.dispatch.claims`, each time guarded by the former status and the lease."""

    batch = models.ForeignKey(
        BatchJob,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="jobs",
        db_column="batch_job_id",
        db_index=False,
    )
    marketplace = models.CharField(max_length=20)
    action = models.CharField(max_length=40)
    account = models.ForeignKey(
        "marketplaces.Account",
        on_delete=keep_history,
        null=True,
        related_name="+",
        db_index=False,
    )
    account_name = models.CharField(max_length=200, blank=True)
    product = models.ForeignKey(
        "marketplaces.Product",
        on_delete=keep_history,
        null=True,
        blank=True,
        related_name="+",
    )
    product_name = models.CharField(max_length=500, blank=True)
    status = models.CharField(
        max_length=20,
        choices=[(status.value, status.value.capitalize()) for status in JobStatus],
        default=JobStatus.PENDING.value,
    )
    priority = models.SmallIntegerField(choices=Priority, default=Priority.NORMAL)
    payload = models.JSONField(default=dict, blank=True)
    result = models.JSONField(null=True, blank=True)
    handler_version = models.IntegerField(default=0)
    """The version of the handler that made the stored plan; 0 = not planned yet."""
    plan_again = models.BooleanField(default=False)
    """A person retried: the next run plans afresh and keeps what is done and still wanted."""

    error_class = models.CharField(max_length=100, blank=True)
    error_message = models.TextField(blank=True)
    error_advice = models.TextField(blank=True)
    needs_person = models.BooleanField(default=False)
    cause_key = models.CharField(max_length=32, blank=True, default="", db_default="")
    """Of a FAILED job: the same as that of every job that failed for the same cause."""

    attempt_count = models.IntegerField(default=0)
    attempt_limit = models.IntegerField(default=5)
    interruption_count = models.IntegerField(default=0)
    interruption_limit = models.IntegerField(default=10)
    look_count = models.IntegerField(default=0)
    """Looks since the last completed task that were answered and could not tell."""
    unanswered_look_count = models.IntegerField(default=0, db_default=0)
    """Looks that reached nobody; counted apart, for an outage needs more patience."""

    run_after = models.DateTimeField()
    wait_reason = models.CharField(
        max_length=20,
        blank=True,
        choices=[(reason.value, WAIT_SENTENCES[reason]) for reason in WaitReason if reason],
    )
    expires_at = models.DateTimeField(null=True, blank=True)

    lease_token = models.UUIDField(null=True, blank=True)
    leased_by = models.CharField(max_length=100, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)

    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    cancel_requested_by = models.CharField(max_length=150, blank=True)
    cancel_reason = models.TextField(blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_by = models.CharField(max_length=150, blank=True)
    pause_reason = models.TextField(blank=True)
    pauses = models.JSONField(default=list, db_default=Value([], models.JSONField()), blank=True)
    """Those that are over: {"from", "to", "by", "reason"} each."""

    requested_by = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    run_started_at = models.DateTimeField(null=True, blank=True)
    """When the present run began: a retry begins a new one."""
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "marketplace_jobs"
        ordering = ["-pk"]
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "product", "action"],
                condition=Q(status=JobStatus.PENDING.value),
                nulls_distinct=False,
                name="one_waiting_job_per_action",
            ),
            models.UniqueConstraint(
                fields=["account", "product"],
                condition=Q(status=JobStatus.RUNNING.value),
                nulls_distinct=False,
                name="one_started_job_per_product",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[status.value for status in JobStatus]),
                name="job_status_is_known",
            ),
            models.CheckConstraint(condition=Q(priority__range=(1, 4)), name="job_priority_1_to_4"),
            models.CheckConstraint(
                condition=Q(lease_token__isnull=True, leased_until__isnull=True)
                | Q(
                    lease_token__isnull=False,
                    leased_until__isnull=False,
                    status=JobStatus.RUNNING.value,
                ),
                name="only_running_jobs_are_leased",
            ),
            models.CheckConstraint(
                condition=Q(status__in=in_order(FINAL_JOB), completed_at__isnull=False)
                | (~Q(status__in=in_order(FINAL_JOB)) & Q(completed_at__isnull=True)),
                name="final_jobs_have_an_end",
            ),
        ]
        indexes = [
            # dispatch.claims: the next job of a lane, and when it is next due
            models.Index(
                F("account"),
                F("priority"),
                F("run_after"),
                F("id"),
                name="ix_jobs_claimable",
                condition=Q(
                    status__in=in_order(UNFINISHED_JOB),
                    lease_token__isnull=True,
                    paused_at__isnull=True,
                ),
            ),
            models.Index(
                fields=["account", "run_after"],
                name="ix_jobs_due",
                condition=Q(
                    status__in=in_order(UNFINISHED_JOB),
                    lease_token__isnull=True,
                    paused_at__isnull=True,
                ),
            ),
            # dispatch.claims: leases of a lane. Without leased_until, which every move renews: a
            # renewal that touches no index is a heap-only update.
            models.Index(
                fields=["account"],
                name="ix_jobs_leased",
                condition=Q(lease_token__isnull=False),
            ),
            # dispatch.expiry: jobs that may expire before they ever start
            models.Index(
                fields=["account", "expires_at"],
                name="ix_jobs_expiring",
                condition=Q(status=JobStatus.PENDING.value, expires_at__isnull=False),
            ),
            # dispatch.health: what has failed on an account, newest first. By an expression, or
            # the planner would rather walk the primary key, past all that succeeded since.
            models.Index(
                F("account"),
                F("id") * -1,
                name="ix_jobs_failed",
                condition=Q(status=JobStatus.FAILED.value),
            ),
            # history of a listing: superseded retries, earlier starts of a creating step
            models.Index(fields=["account", "product", "id"], name="ix_jobs_history"),
            models.Index(fields=["batch", "status"], name="ix_jobs_batch"),
            models.Index(fields=["status", "-id"], name="ix_jobs_status"),
            models.Index(fields=["completed_at"], name="ix_jobs_completed"),
            # the list of jobs: asked for in the last hour, day …
            models.Index(fields=["created_at"], name="ix_jobs_created"),
            # tasks.causes: the failures of a tenant, grouped without reading their rows
            models.Index(
                fields=["cause_key", "completed_at"],
                name="ix_jobs_causes",
                include=["marketplace", "action", "account", "batch", "id"],
                condition=Q(status=JobStatus.FAILED.value),
            ),
        ]

    def __str__(self) -> str:
        return translated(subject_of(self.marketplace, self.action, self.product_name))

    @property
    def wait_sentence(self) -> str:
        reason = WaitReason(self.wait_reason)
        if reason is WaitReason.CONSENT and handlers.goes_on_by_hand(self.marketplace):
            return gettext("waits until somebody lets the account's work go on")
        return str(WAIT_SENTENCES[reason])
