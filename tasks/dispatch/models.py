"""The public tables of dispatch: the queue of each account, and the workers that are there."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Lane(models.Model):
    """How many jobs of an account may run at once, whether it is stopped, when it is next due.

    `due_at` is the earliest moment at which the lane needs attention: a job to claim, a lease or
    a job that expires. Enqueuing lowers it; only a worker that has locked the row raises it.
    The reasons to stop are separate fields, each lifted only by its own cause.
    """

    schema_name = models.CharField(max_length=40)
    account_id = models.BigIntegerField()
    marketplace = models.CharField(max_length=20)
    account_name = models.CharField(max_length=200, blank=True)
    concurrency = models.PositiveSmallIntegerField(_("jobs at once"), default=1)
    due_at = models.DateTimeField(null=True, blank=True)
    served_at = models.DateTimeField(null=True, blank=True)

    paused_at = models.DateTimeField(null=True, blank=True)
    paused_by = models.CharField(max_length=150, blank=True)
    pause_reason = models.TextField(blank=True)
    consent_needed_at = models.DateTimeField(null=True, blank=True)
    consent_reason = models.TextField(blank=True)
    blocked_until = models.DateTimeField(null=True, blank=True)
    block_reason = models.TextField(blank=True)
    rests_until = models.DateTimeField(null=True, blank=True)
    """Our own pause between two calls; None on a lane that never makes any."""
    offline_since = models.DateTimeField(null=True, blank=True)
    """The seller's side, without which nothing can be sent, is not there (docs/adr/0033)."""
    offline_reason = models.TextField(blank=True, default="", db_default="")

    outage_since = models.DateTimeField(null=True, blank=True)
    """The marketplace does not answer; see `tasks.dispatch.outages`."""
    outage_pauses = models.PositiveSmallIntegerField(default=0, db_default=0)
    outage_jobs = ArrayField(models.BigIntegerField(), default=list, db_default=[])
    """Different jobs in a row that met what may be an outage."""
    answered_at = models.DateTimeField(null=True, blank=True)
    """When the marketplace last answered somebody, as the end of a turn left it."""

    # The account's health as the last turn left it (see `tasks.dispatch.health`), so that a page
    # over all sellers reads this table and no tenant's. Counts stop at STAFF["lane_counted"].
    working_count = models.PositiveIntegerField(default=0, db_default=0)
    waiting_count = models.PositiveIntegerField(default=0, db_default=0)
    paused_count = models.PositiveIntegerField(default=0, db_default=0)
    """Those of the waiting ones that staff have paused."""
    failed_count = models.PositiveIntegerField(default=0, db_default=0)
    """Failed jobs that nothing newer for the same product has made void."""
    question_count = models.PositiveIntegerField(default=0, db_default=0)
    """Those of the failed ones that wait for a person's answer."""
    next_run_at = models.DateTimeField(null=True, blank=True)
    wait_reason = models.CharField(max_length=20, blank=True, default="", db_default="")
    """Why the job that runs next has to wait until `next_run_at`."""
    last_success_at = models.DateTimeField(null=True, blank=True)
    measured_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "lanes"
        verbose_name = _("account's work")
        verbose_name_plural = _("accounts' work")
        constraints = [
            models.UniqueConstraint(
                fields=["schema_name", "account_id"], name="one_lane_per_account"
            ),
            models.CheckConstraint(condition=Q(concurrency__gte=1), name="lane_concurrency_min_1"),
        ]
        indexes = [
            # the timer's one query, and the next lane for a worker
            models.Index(fields=["due_at"], name="ix_lanes_due", condition=Q(due_at__isnull=False))
        ]

    def __str__(self) -> str:
        return f"{self.schema_name}: {self.account_name or self.account_id}"


class WorkerPresence(models.Model):
    """A cluster of workers on some machine, as it last said itself (`tasks.dispatch.presence`)."""

    host = models.CharField(max_length=255)
    pid = models.IntegerField()
    """The supervisor's; of a plain qcluster its process group."""
    workers = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    silent_seconds = models.PositiveSmallIntegerField(db_default=180)
    """How long it may say nothing and still be there: a supervisor speaks more often."""
    clock_ahead_seconds = models.FloatField(null=True, blank=True)
    """By how much its machine's clock is ahead of the database's (negative: behind) while that keeps
    its workers from taking work; None while it does not."""

    class Meta:
        db_table = "worker_presences"
        constraints = [
            models.UniqueConstraint(fields=["host", "pid"], name="one_presence_per_cluster")
        ]

    def __str__(self) -> str:
        return f"{self.workers} workers on {self.host} ({self.pid})"


class RateLimit(models.Model):
    """What is left of one application's or account's limits (`tasks.dispatch.limits`)."""

    key = models.CharField(max_length=200, primary_key=True)
    state = models.JSONField(default=list)
    """pyrate-limiter's, a number for each limit."""
    blocked_until = models.DateTimeField(null=True, blank=True)
    """Nobody calls before: it is used up, or the marketplace itself refused."""
    block_reason = models.TextField(blank=True)
    used_at = models.DateTimeField()

    class Meta:
        db_table = "rate_limits"

    def __str__(self) -> str:
        return self.key
