"""NOTIFY between the workers and the plugin server: wake-ups only, the truth is in the tables."""

from __future__ import annotations

from uuid import UUID

from django.db import connection

from tasks.tenancy import current_schema

COMMANDS = "stoflow_plugin_commands"
"""Something has changed for the plugin of `schema/account`."""
RESULTS = "stoflow_plugin_results"
"""The command with this id has moved on."""


def wake_plugin(account_id: int) -> None:
    """Heard once the caller's transaction is committed."""
    _notify(COMMANDS, f"{current_schema()}/{account_id}")


def wake_worker(command_id: UUID) -> None:
    _notify(RESULTS, str(command_id))


def _notify(channel: str, payload: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [channel, payload])
