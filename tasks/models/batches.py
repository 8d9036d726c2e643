"""What a person asked for, over many products."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from tasks.sentences import translated
from tasks.states import BatchStatus, JobCounts


class BatchJob(models.Model):
    """Counters and status follow from the jobs, in the transaction that moves a job."""

    name = models.CharField(max_length=255)
    marketplace = models.CharField(max_length=20)
    action = models.CharField(max_length=40)
    status = models.CharField(
        max_length=20,
        choices=[(status.value, status.value.capitalize()) for status in BatchStatus],
        default=BatchStatus.PENDING.value,
    )
    priority = models.SmallIntegerField(default=3)
    total_count = models.IntegerField(default=0)
    completed_count = models.IntegerField(default=0)
    failed_count = models.IntegerField(default=0)
    cancelled_count = models.IntegerField(default=0)
    expired_count = models.IntegerField(default=0)
    requested_by = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "batch_jobs"
        ordering = ["-pk"]
        verbose_name = _("batch")
        verbose_name_plural = _("batches")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=[status.value for status in BatchStatus]),
                name="batch_status_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    total_count__gte=models.F("completed_count")
                    + models.F("failed_count")
                    + models.F("cancelled_count")
                    + models.F("expired_count"),
                    completed_count__gte=0,
                    failed_count__gte=0,
                    cancelled_count__gte=0,
                    expired_count__gte=0,
                ),
                name="batch_counters_add_up",
            ),
        ]
        indexes = [models.Index(fields=["status", "-id"], name="ix_batch_jobs_status")]

    def __str__(self) -> str:
        return translated(self.name)

    @property
    def counts(self) -> JobCounts:
        return JobCounts(
            total=self.total_count,
            completed=self.completed_count,
            failed=self.failed_count,
            cancelled=self.cancelled_count,
            expired=self.expired_count,
            started=self.started_at is not None,
        )
