"""A seller's browser plugin: what it signs in with, whether it is there, and what it was told."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from marketplaces.models.accounts import Account


class PluginToken(models.Model):
    """What a plugin proves with that it is an account's; only a digest of it is kept."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="plugin_tokens")
    digest = models.CharField(max_length=64, unique=True)
    """sha256 of the token, which has 256 random bits."""
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "plugin_tokens"
        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                name="one_plugin_token_per_account",
                condition=Q(revoked_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.account_id}"


class PluginConnection(models.Model):
    """The one place at which an account's plugin can be, and what it last said of its browser."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="plugin")
    holder = models.UUIDField(null=True, blank=True)
    """The connection that has the place; None when no plugin is there."""
    installation = models.UUIDField(null=True, blank=True)
    """The browser that holds it, or held it last."""
    version = models.CharField(max_length=20, blank=True)
    state = models.CharField(max_length=20, blank=True)
    """As in the protocol: ready, no_tab, signed_out, challenge."""
    site = models.CharField(max_length=200, blank=True)
    user_id = models.CharField(max_length=20, blank=True)
    login = models.CharField(max_length=200, blank=True)
    connected_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    gone_at = models.DateTimeField(null=True, blank=True)
    """When it was last there, once it has gone."""
    rests_until = models.DateTimeField(null=True, blank=True)
    """No command is sent before."""
    answer_count = models.PositiveIntegerField(default=0, db_default=0)
    """Answers so far: every so many of them a longer pause follows."""

    class Meta:
        db_table = "plugin_connections"

    def __str__(self) -> str:
        return f"{self.account_id}: {self.state}"


class CommandStatus(models.TextChoices):
    """How far a command has come; drawn in docs/plugin-protocol.md."""

    QUEUED = "QUEUED"
    SENT = "SENT"
    GRANTED = "GRANTED"
    ANSWERED = "ANSWERED"
    UNSENT = "UNSENT"
    LOST = "LOST"
    VOID = "VOID"


class PluginCommand(models.Model):
    """One request that a plugin is to make, and what came of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="plugin_commands")
    task_id = models.BigIntegerField(null=True, blank=True)
    """The task that it is for; a number only, since jobs are none of the marketplaces' tables."""
    part = models.CharField(max_length=10, blank=True)
    number = models.PositiveSmallIntegerField(default=1)
    """Which of the commands of this part of the task."""
    is_closed = models.BooleanField(default=False)
    """Whether that part has ended, so that no later run of it may use the answer."""
    request = models.JSONField()
    """As in the protocol."""
    request_hash = models.CharField(max_length=64)
    file = models.BinaryField(null=True, blank=True)
    writes = models.BooleanField()
    as_user = models.CharField(max_length=20, blank=True)
    status = models.CharField(max_length=10, choices=CommandStatus, default=CommandStatus.QUEUED)
    holder = models.UUIDField(null=True, blank=True)
    """The connection that it was last sent over."""
    installation = models.UUIDField(null=True, blank=True)
    """The browser that was granted it: only that one may know what came of it."""
    granted_to = models.UUIDField(null=True, blank=True)
    """The connection that has the leave; after a loss, a browser may have forgotten that it began."""
    answer_seconds = models.FloatField()
    created_at = models.DateTimeField()
    open_until = models.DateTimeField()
    """It is granted before, or never."""
    granted_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    headers = models.JSONField(default=dict, blank=True)
    body = models.BinaryField(null=True, blank=True)
    reason = models.CharField(max_length=20, blank=True)
    detail = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "plugin_commands"
        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                name="one_plugin_command_at_a_time",
                condition=Q(status__in=["SENT", "GRANTED"]),
            )
        ]
        indexes = [
            models.Index(fields=["task_id", "part", "number"], name="ix_plugin_commands_task"),
            models.Index(
                fields=["account", "created_at"],
                name="ix_plugin_commands_queued",
                condition=Q(status="QUEUED"),
            ),
            models.Index(fields=["created_at"], name="ix_plugin_commands_created"),
        ]

    def __str__(self) -> str:
        return f"{self.id}: {self.request.get('method')} {self.request.get('path')}"
