"""What staff did: who, when, why, to what, and what came of it. It outlives the jobs."""

from __future__ import annotations

import uuid
from enum import StrEnum

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tasks.sentences import translated
from tasks.wording import ACTIONS, done_words, kind_word, scope_words, titled


class ActionState(StrEnum):
    RUNNING = "RUNNING"
    FINISHED = "FINISHED"


class StaffAction(models.Model):
    """One thing that a person did, be it to one job or to thousands, page by page."""

    key = models.UUIDField(unique=True, default=uuid.uuid4)
    """Made with the preview: the same form sent twice is one action."""
    kind = models.CharField(_("what"), max_length=40)
    by = models.CharField(_("who"), max_length=150)
    reason = models.TextField(_("reason"), blank=True)
    at = models.DateTimeField(_("when"), auto_now_add=True)
    scope_words = models.TextField(_("to what"), blank=True)
    """In English, as every sentence that is stored."""
    scope = models.JSONField(default=dict, blank=True)
    """{"filter": querystring of the list, "upto": id, "until": moment} or {"jobs": [id, …]} …"""
    expected_count = models.IntegerField(null=True, blank=True)
    """How many objects the preview named; None when there were more than it counts."""
    done_count = models.IntegerField(default=0)
    refused_count = models.IntegerField(default=0)
    state = models.CharField(
        max_length=10,
        choices=[
            (ActionState.RUNNING.value, _("Under way")),
            (ActionState.FINISHED.value, _("Finished")),
        ],
        default=ActionState.RUNNING.value,
    )
    cursor = models.BigIntegerField(default=0)
    """The last job that was dealt with: whoever goes on, begins behind it."""
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "staff_actions"
        ordering = ["-pk"]
        verbose_name = _("staff action")
        verbose_name_plural = _("staff actions")
        indexes = [
            models.Index(fields=["kind", "-id"], name="ix_staff_actions_kind"),
            models.Index(fields=["by", "-id"], name="ix_staff_actions_by"),
            models.Index(fields=["at"], name="ix_staff_actions_at"),
        ]

    def __str__(self) -> str:
        return titled(self.what, self.to_what)

    @property
    def what(self) -> str:
        return kind_word(self.kind)

    @property
    def to_what(self) -> str:
        """The scope in the reader's language."""
        return scope_words(self.scope_words)

    @property
    def done_words(self) -> str:
        """“24 jobs queued”, “3 done”."""
        return done_words(self.kind, self.done_count)

    @property
    def asks_for_work(self) -> bool:
        """It queued jobs, which take their time."""
        return self.kind in ACTIONS

    @property
    def is_finished(self) -> bool:
        return self.state == ActionState.FINISHED


class StaffActionOutcome(models.Model):
    """What was done to one object, or why it was refused.

    The numbers are not foreign keys: what was done stays known when the object is gone. The key to
    the action cascades in the database.
    """

    action = models.ForeignKey(
        StaffAction,
        on_delete=models.DO_NOTHING,
        related_name="outcomes",
        db_index=False,
        db_constraint=False,
    )
    job_id = models.BigIntegerField(null=True, blank=True)
    batch_id = models.BigIntegerField(null=True, blank=True)
    account_id = models.BigIntegerField(null=True, blank=True)
    product_id = models.BigIntegerField(null=True, blank=True)
    subject = models.CharField(max_length=600)
    """What the object was called then."""
    done = models.BooleanField()
    sentence = models.TextField()
    """What was done, or why it was refused."""

    class Meta:
        db_table = "staff_action_outcomes"
        ordering = ["pk"]
        verbose_name = _("outcome")
        constraints = [
            models.UniqueConstraint(
                fields=["action", "job_id"],
                name="each_job_once_per_staff_action",
                condition=Q(job_id__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["action", "id"], name="ix_outcomes_action"),
            *(
                models.Index(
                    fields=[f"{about}_id", "action"],
                    name=f"ix_outcomes_{about}",
                    condition=Q(**{f"{about}_id__isnull": False}),
                )
                for about in ("job", "batch", "product")
            ),
            # What was done to the account itself, not to its jobs, which would be most of the lines.
            models.Index(
                fields=["account_id", "action"],
                name="ix_outcomes_account",
                condition=Q(account_id__isnull=False, job_id__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return titled(translated(self.subject), translated(self.sentence))
