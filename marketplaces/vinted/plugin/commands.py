"""The durable commands, as the plugin's side moves them: sent, granted, answered.

Every move is guarded by the former status and, until it is granted, by the connection.
"""

from __future__ import annotations

import base64
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Now

from marketplaces.models import CommandStatus, PluginCommand
from marketplaces.vinted.plugin import wakeups
from marketplaces.vinted.plugin.protocol import PIECE, Message
from tasks.progress import as_json

OPEN = frozenset({CommandStatus.QUEUED, CommandStatus.SENT, CommandStatus.GRANTED})
KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Result:
    """What a plugin says came of a command."""

    message: Message
    body: bytes = b""


_NEXT = """
UPDATE plugin_commands SET status = 'SENT', holder = %(holder)s
WHERE id = (
    SELECT id FROM plugin_commands
    WHERE account_id = %(account)s AND status = 'QUEUED' AND open_until > clock_timestamp()
    ORDER BY created_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
  AND NOT EXISTS (SELECT 1 FROM plugin_commands
                  WHERE account_id = %(account)s AND status IN ('SENT', 'GRANTED'))
  AND EXISTS (SELECT 1 FROM plugin_connections WHERE account_id = %(account)s AND holder = %(holder)s)
RETURNING id
"""

_AGAIN = """
UPDATE plugin_commands c SET holder = %(holder)s
FROM plugin_connections place
WHERE c.account_id = %(account)s AND place.account_id = %(account)s AND place.holder = %(holder)s
  AND (c.status = 'SENT' OR (c.status = 'GRANTED' AND c.installation = place.installation))
RETURNING c.id
"""


def next_command(account_id: int, holder: UUID) -> Message | None:
    """The next one that this connection is to be told of; None while one is under way."""
    give_up_overdue(account_id)
    return _told(_NEXT, account_id, holder)


def unfinished(account_id: int, holder: UUID) -> Message | None:
    """The one that an earlier connection was told of, to be told again.

    One that was granted only to the browser that has the leave: another one cannot know whether it
    was begun.
    """
    give_up_overdue(account_id)
    return _told(_AGAIN, account_id, holder)


def _told(sql: str, account_id: int, holder: UUID) -> Message | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"account": account_id, "holder": holder})
        row = cursor.fetchone()
    return (
        None
        if row is None
        else as_message(PluginCommand.objects.defer("file", "body").get(pk=row[0]))
    )


def as_message(command: PluginCommand) -> Message:
    """As a plugin is told of it."""
    return {
        "type": "command",
        "id": str(command.pk),
        "request": command.request,
        "writes": command.writes,
        "as_user": command.as_user or None,
        "answer_seconds": command.answer_seconds,
    }


def chunk(command_id: UUID, holder: UUID, offset: int) -> Message | None:
    """A piece of the command's file; None when the command is not this connection's."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT substring(file from %s::int for %s::int) FROM plugin_commands "
            "WHERE id = %s AND holder = %s AND status IN ('SENT', 'GRANTED') AND file IS NOT NULL",
            [offset + 1, PIECE, command_id, holder],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    data = base64.b64encode(bytes(row[0])).decode()
    return {"type": "chunk", "id": str(command_id), "offset": offset, "data": data}


_GRANT = """
UPDATE plugin_commands
SET status = 'GRANTED', granted_at = clock_timestamp(), granted_to = %(holder)s,
    installation = %(installation)s
WHERE id = %(id)s AND holder = %(holder)s AND open_until > clock_timestamp()
  AND (status = 'SENT' OR (status = 'GRANTED' AND granted_to = %(holder)s))
"""


def grant(command_id: UUID, holder: UUID) -> bool:
    """Whether the plugin may go: the command is wanted, and this connection has the account's place.

    Again for one that was granted on this connection and not begun in time: what counts is the last
    leave. On another connection it may have been begun, and the browser may have lost its notes.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT installation FROM plugin_connections WHERE holder = %s FOR NO KEY UPDATE",
            [holder],
        )
        place = cursor.fetchone()
        if place is None:
            return False
        cursor.execute(_GRANT, {"id": command_id, "holder": holder, "installation": place[0]})
        return bool(cursor.rowcount)


_STORE = """
UPDATE plugin_commands
SET status = %(status)s, ended_at = clock_timestamp(), http_status = %(http_status)s,
    headers = %(headers)s::jsonb, body = %(body)s, reason = %(reason)s, detail = %(detail)s,
    file = NULL
WHERE id = %(id)s AND account_id = %(account)s AND status = ANY(%(former)s)
  -- That a leave was not used is known on the connection that has it. After a loss the browser may
  -- have forgotten what it made; its time then ends as that of any command without an answer.
  AND (%(status)s <> 'UNSENT' OR status = 'SENT' OR granted_to = %(holder)s)
RETURNING writes
"""

_FORMER = {
    # An answer that comes after we gave up is still the truth about what happened.
    "ANSWERED": ["SENT", "GRANTED", "LOST"],
    "UNSENT": ["SENT", "GRANTED", "LOST"],
    "LOST": ["SENT", "GRANTED"],
}
_FOLLOW_A_QUESTION = frozenset({"vinted", "signed_out", "wrong_user"})
"""Why nothing was sent, where the plugin asked Vinted who is signed in: a call like any other."""
_STATUS_OF = {"answered": "ANSWERED", "unsent": "UNSENT", "unknown": "LOST"}


def store(account_id: int, holder: UUID, result: Result) -> None:
    """Keep what this connection says came of a command; nothing changes when it is known already,
    or when it cannot be known there."""
    message = result.message
    status = _STATUS_OF[message["outcome"]]
    if status == "ANSWERED" and not message["kept"]:
        # The plugin has forgotten the body: it was received before, or is lost for ever.
        status = "LOST"
    answered = status == "ANSWERED"
    parameters: dict[str, Any] = {
        "id": UUID(message["id"]),
        "account": account_id,
        "holder": holder,
        "status": status,
        "former": _FORMER[status],
        "http_status": message.get("status"),
        "headers": as_json(_headers(message)),
        "body": result.body if answered else None,
        "reason": message.get("reason", ""),
        "detail": message.get("detail", ""),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        # Locks in one order, here as when leave is given: the place, then the command.
        cursor.execute(
            "SELECT FROM plugin_connections WHERE account_id = %s FOR NO KEY UPDATE", [account_id]
        )
        cursor.execute(_STORE, parameters)
        row = cursor.fetchone()
        if row is None:
            return
        if status != "UNSENT" or message["reason"] in _FOLLOW_A_QUESTION:
            _rest(account_id, writes=row[0] and status != "UNSENT")
        wakeups.wake_worker(parameters["id"])


def _headers(message: Mapping[str, Any]) -> Mapping[str, str]:
    """Those of Vinted's answer; of a command that was not sent, to who is signed in."""
    if "retry_after" in message:
        return {"retry-after": message["retry_after"]}
    headers: Mapping[str, str] = message.get("headers", {})
    return headers


def longest_call(times: Mapping[str, Any]) -> float:
    """Seconds from a command's row to the last moment at which its answer may arrive.

    `times`: as settings.VINTED.
    """
    within = ("open_seconds", "begin_seconds", "answer_seconds", "margin_seconds")
    return sum(float(times[name]) for name in within)


_OVERDUE = """
UPDATE plugin_commands
SET status = CASE WHEN status = 'GRANTED' THEN 'LOST' ELSE 'VOID' END,
    ended_at = clock_timestamp(), file = NULL
WHERE account_id = %(account)s
  AND ((status IN ('QUEUED', 'SENT') AND open_until <= clock_timestamp())
    OR (status = 'GRANTED' AND granted_at
            + (answer_seconds + %(around)s) * interval '1 second' <= clock_timestamp()))
RETURNING id
"""


def give_up_overdue(account_id: int) -> None:
    """What was not granted in time can have no effect any more; what was, may have had it."""
    with transaction.atomic(), connection.cursor() as cursor:
        times = settings.VINTED
        around = times["begin_seconds"] + times["margin_seconds"]
        cursor.execute(_OVERDUE, {"account": account_id, "around": around})
        for (command_id,) in cursor.fetchall():
            wakeups.wake_worker(command_id)


_REST = """
UPDATE plugin_connections
SET answer_count = answer_count + 1,
    rests_until = clock_timestamp() + CASE
        WHEN %(every)s::int > 0 AND (answer_count + 1) %% %(every)s::int = 0 THEN %(long)s::float8
        ELSE %(short)s::float8 END * interval '1 second'
WHERE account_id = %(account)s
"""


def _rest(account_id: int, *, writes: bool) -> None:
    """The account's next command waits a while, as a person's next click would."""
    pause = settings.VINTED["write_pause" if writes else "read_pause"]
    with connection.cursor() as cursor:
        cursor.execute(
            _REST,
            {
                "account": account_id,
                "every": settings.VINTED["long_pause_every"],
                "long": _between(settings.VINTED["long_pause"]),
                "short": _between(pause),
            },
        )


def _between(bounds: list[float]) -> float:
    return random.uniform(*bounds)  # noqa: S311 - spreads calls, guards nothing


def forget_old(*, dry_run: bool = False) -> int:
    """Delete the ended commands that nobody needs as evidence any more; how many."""
    old = PluginCommand.objects.filter(created_at__lt=Now() - KEPT).exclude(status__in=OPEN)
    return old.count() if dry_run else old.delete()[0]
