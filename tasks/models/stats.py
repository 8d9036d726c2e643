"""One row per finished run of a job; outlives the job itself."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from tasks.wording import status_name, titled, work_name


class MarketplaceJobStats(models.Model):
    """Facts for `job_stats`; written in the transaction that ends the run."""

    marketplace = models.CharField(max_length=20)
    action = models.CharField(max_length=40)
    outcome = models.CharField(max_length=20)
    """The job's final status."""
    error_class = models.CharField(max_length=100, blank=True)
    task_count = models.IntegerField()
    failed_task_count = models.IntegerField()
    attempt_count = models.IntegerField()
    """Tries of this job's tasks that did not succeed."""
    duration_ms = models.BigIntegerField()
    """From the start of the run to its end, waiting included."""
    step_ms = models.JSONField(default=dict)
    """Milliseconds per step name, summed over the completed tasks of this run."""
    created_at = models.DateTimeField()

    class Meta:
        db_table = "marketplace_job_stats"
        ordering = ["-pk"]
        verbose_name = _("finished run")
        indexes = [
            models.Index(fields=["marketplace", "created_at"], name="ix_job_stats_marketplace")
        ]

    def __str__(self) -> str:
        return titled(work_name(self.action, self.marketplace), status_name(self.outcome))
