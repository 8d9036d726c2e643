"""One row for each try of a task that did not succeed."""

from __future__ import annotations

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tasks.models.jobs import MarketplaceJob
from tasks.models.tasks import MarketplaceTask


class Outcome(StrEnum):
    TRANSIENT = "TRANSIENT"
    PERMANENT = "PERMANENT"
    UNKNOWN = "UNKNOWN"
    INTERRUPTED = "INTERRUPTED"


class TaskAttempt(models.Model):
    """Why a try failed. Secrets are removed from the evidence before it is stored."""

    job = models.ForeignKey(
        MarketplaceJob,
        on_delete=models.DO_NOTHING,
        related_name="attempts",
        db_index=False,
        db_constraint=False,
    )
    task = models.ForeignKey(
        MarketplaceTask,
        on_delete=models.DO_NOTHING,
        related_name="attempts",
        null=True,
        blank=True,
        db_constraint=False,
    )
    """None when planning failed."""
    number = models.IntegerField()
    worker = models.CharField(max_length=100, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    outcome = models.CharField(
        max_length=20, choices=[(outcome.value, outcome.value.capitalize()) for outcome in Outcome]
    )
    error_class = models.CharField(max_length=100)
    message = models.TextField()
    advice = models.TextField(blank=True)
    traceback = models.TextField(blank=True)
    evidence = models.JSONField(default=dict, blank=True)

    class Meta:
        db_table = "task_attempts"
        ordering = ["pk"]
        verbose_name = _("attempt")
        indexes = [
            models.Index(fields=["job", "id"], name="ix_attempts_job"),
            models.Index(fields=["error_class", "-id"], name="ix_attempts_error"),
        ]

    def __str__(self) -> str:
        return gettext("attempt %(number)s (%(error)s)") % {
            "number": self.number,
            "error": self.error_class,
        }
