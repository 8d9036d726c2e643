"""One functional step of one job: one row, one commit."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tasks.models.jobs import MarketplaceJob
from tasks.states import TaskStatus


class MarketplaceTask(models.Model):
    """A row, not a function: `step` names the function.

    The foreign key cascades in the database (see the first migration), where its two indexes
    `ix_marketplace_tasks_job_position` and `ix_marketplace_tasks_job_status` are made too: their
    names are longer than Django allows.
    """

    job = models.ForeignKey(
        MarketplaceJob,
        on_delete=models.DO_NOTHING,
        related_name="tasks",
        db_index=False,
        db_constraint=False,
    )
    name = models.CharField(max_length=255)
    position = models.IntegerField()
    status = models.CharField(
        max_length=20,
        choices=[(status.value, status.value.capitalize()) for status in TaskStatus],
        default=TaskStatus.PENDING.value,
    )
    step = models.CharField(max_length=100)
    payload = models.JSONField(default=dict, blank=True)
    result = models.JSONField(null=True, blank=True)
    error_message = models.TextField(blank=True, default="")
    attempt_count = models.IntegerField(default=0)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "marketplace_tasks"
        ordering = ["job", "position"]
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=[status.value for status in TaskStatus]),
                name="task_status_is_known",
            ),
            models.CheckConstraint(condition=Q(position__gte=1), name="task_positions_start_at_1"),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.name}"
