"""NOTIFY between the workers and the plugin server: wake-ups only, the truth is in the tables."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models.signals import post_delete
from django.dispatch import receiver

from tasks.tenancy import TenantLike, current_schema

COMMANDS = "stoflow_plugin_commands"
"""Something has changed for the plugin of `schema/account`, or for all of `schema/*`."""
EVERY_ACCOUNT = "*"
RESULTS = "stoflow_plugin_results"
"""The command with this id has moved on."""


def wake_plugin(account_id: int) -> None:
    """Heard once the caller's transaction is committed."""
    _notify(COMMANDS, f"{current_schema()}/{account_id}")


@receiver(post_delete, sender=settings.TENANT_MODEL)
def wake_plugins_of(instance: TenantLike, **_: Any) -> None:
    """The seller is removed: whoever wakes up finds out, and its connection ends."""
    _notify(COMMANDS, f"{instance.schema_name}/{EVERY_ACCOUNT}")


def wake_worker(command_id: UUID) -> None:
    _notify(RESULTS, str(command_id))


def _notify(channel: str, payload: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [channel, payload])
