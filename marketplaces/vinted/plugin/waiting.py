"""Waiting for the end of a command: woken by NOTIFY, decided by the row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from marketplaces.models import PluginCommand
from marketplaces.vinted.plugin import commands, wakeups

LOOK_SECONDS = 1.0
"""How often the row is read when nothing wakes us."""


def wait_for_end(command: PluginCommand) -> PluginCommand:
    """The command once it has ended, as it must: what is overdue is given up here, too."""
    _listen("LISTEN")
    try:
        while True:
            commands.give_up_overdue(command.account_id)
            now = PluginCommand.objects.defer("file").get(pk=command.pk)
            if now.status not in commands.OPEN:
                return now
            _wait_for_wakeup()
    finally:
        _listen("UNLISTEN")


def _listen(word: str) -> None:
    with _driver() as driver:
        driver.execute(f"{word} {wakeups.RESULTS}")


def _wait_for_wakeup() -> None:
    with _driver() as driver:
        for _wakeup in driver.notifies(timeout=LOOK_SECONDS, stop_after=1):
            pass


@contextmanager
def _driver() -> Iterator[Any]:
    """psycopg's own connection, below Django's; its errors are raised as Django's."""
    connection.ensure_connection()
    with connection.wrap_database_errors:
        yield connection.connection
