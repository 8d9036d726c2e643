"""The worker's end: hands a request to the seller's browser and waits for what came of it.

A command is a row before anybody is told of it, and its answer is a row before anybody uses it. So
a step of several calls that has to rest, or whose worker dies, goes on with the answers it has.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Now

from marketplaces import http
from marketplaces.models import Account, CommandStatus, PluginCommand
from marketplaces.vinted.errors import slow_down
from marketplaces.vinted.plugin import absence, commands, protocol, wakeups
from marketplaces.vinted.plugin.exchange import Request, request_hash, sent_as
from marketplaces.vinted.plugin.protocol import BadMessageError
from marketplaces.vinted.plugin.reasons import REASONS
from marketplaces.vinted.plugin.waiting import wait_for_end
from marketplaces.vinted.sites import site_of
from tasks import deadlines
from tasks.errors import (
    OfflineError,
    OutageError,
    OutcomeUnknownError,
    PermanentError,
    RestError,
    TransientError,
)
from tasks.progress import as_json
from tasks.sentences import sentence

SHORT_REST_SECONDS = 1.0
"""A rest up to here is slept in the worker; for a longer one the whole account waits."""
GOOD_FOR_MINUTES, GOOD_FOR_HOURS = 15, 6
"""How long answers may be used by a later run of the same step: the newest of them, and any."""
BUSY_SECONDS = 15.0
"""How long a browser is left alone that was at work on something else."""
_PASSING = frozenset({"no_tab", "signed_out", "wrong_user"})
ACT, LOOK, CHECK = "act", "look", "check"
WHO_AM_I = "/api/v2/users/current"
"""The one call that may be made whoever is signed in."""


class Fate(Enum):
    """What is known of a write."""

    NOTHING = "nothing"
    """None was made, or certainly none took effect."""
    ANSWERED = "answered"
    UNDER_WAY = "under way"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class LastWrite:
    """The last write of a task, and Vinted's answer if there is one."""

    fate: Fate
    answer: http.Response | None = None
    ended_at: datetime | None = None
    """When it was answered or given up, by the database's clock: it had left by then."""

    def answer_from(self, path: str) -> http.Response | None:
        """The answer, if the write was to `path`."""
        if self.answer is None or urlsplit(self.answer.request.url).path != path:
            return None
        return self.answer


@dataclass(slots=True)
class PluginLink:
    """One account's browser. No transaction may be open when it is asked."""

    account: Account
    task_id: int | None = None
    part: str = CHECK
    lease: UUID | None = None
    """This worker's, of the job; None outside of jobs."""
    _number: int = field(default=0, repr=False)

    @contextmanager
    def for_step(self, task_id: int, part: str) -> Iterator[None]:
        """Everything that is sent inside belongs to this part of the task.

        Answers are kept for the next run of it when this one has to wait, and for nobody else.
        """
        self.task_id, self.part, self._number = task_id, part, 0
        try:
            yield
        except (RestError, OfflineError):
            raise
        except Exception:
            self._close()
            raise
        else:
            self._close()

    def send(self, request: Request, doing: str) -> http.Response:
        """Vinted's answer, whatever its status. `doing`: what it is for, as “make the draft”.

        OfflineError, RestError, TransientError and AuthorizationError say that nothing was sent;
        OutcomeUnknownError that nobody knows.
        """
        if connection.in_atomic_block:
            raise http.OutsideCallInTransactionError(
                "A browser was asked inside a database transaction."
            )
        self._number += 1
        described = request.described()
        known = self._known(request_hash(described))
        if known is None:
            self._require_ready()
            known = self._queue(request, described)
        command = wait_for_end(known)
        return self._outcome(command, doing)

    def asked_at(self) -> datetime:
        """When what the next answers show was asked for, at the earliest: now, but for a run that
        goes on with the answers of an interrupted one. By the database's clock."""
        with connection.cursor() as cursor:
            cursor.execute(_ASKED_AT, [self.account.pk, self.task_id, self.part])
            asked_at: datetime = cursor.fetchone()[0]
        return asked_at

    def wait_since_answer(self, seconds: float) -> None:
        """RestError unless so many seconds have passed since the last answer of this part.

        A run that goes on counts from the answer that was the last when it was interrupted here.
        """
        with connection.cursor() as cursor:
            cursor.execute(
                _ANSWERED_AT,
                [seconds, self.account.pk, self.task_id, self.part, self._number],
            )
            until, left = cursor.fetchone()
        if until is None or left <= 0:
            return
        if left > SHORT_REST_SECONDS:
            raise RestError(sentence("Vinted does not show its last changes yet."), until=until)
        time.sleep(left)

    def last_write(self, task_id: int) -> LastWrite:
        """What became of the task's last write; a look asks this before it asks Vinted."""
        commands.give_up_overdue(self.account.pk)
        row = (
            PluginCommand.objects.filter(task_id=task_id, part=ACT, writes=True)
            .order_by("-created_at")
            .first()
        )
        if row is None or row.status in {CommandStatus.UNSENT, CommandStatus.VOID}:
            return LastWrite(Fate.NOTHING)
        if row.status == CommandStatus.ANSWERED:
            return LastWrite(Fate.ANSWERED, self._answer(row), row.ended_at)
        fate = Fate.UNDER_WAY if row.status in commands.OPEN else Fate.LOST
        return LastWrite(fate, ended_at=row.ended_at)

    # -- before

    def _known(self, wanted: str) -> PluginCommand | None:
        """This call of an earlier run: its answer, or the one that is still under way."""
        if self.task_id is None:
            return None
        part = PluginCommand.objects.filter(
            account=self.account, task_id=self.task_id, part=self.part, is_closed=False
        )
        same_call = part.filter(number=self._number, request_hash=wanted)
        # As long as the part gets on: one of many calls with rests in between takes its time.
        if not part.filter(_lately()).exists():
            same_call = same_call.filter(status__in=commands.OPEN)
        return same_call.filter(_usable()).defer("file").order_by("-created_at").first()

    def _require_ready(self) -> None:
        absence.require_ready(self.account.pk)
        rest, until = self._rest()
        if rest <= 0:
            return
        if rest > SHORT_REST_SECONDS:
            raise RestError(sentence("A pause between two calls to Vinted."), until=until)
        time.sleep(rest)

    def _rest(self) -> tuple[float, datetime]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT COALESCE(extract(epoch FROM rests_until - clock_timestamp()), 0), "
                "COALESCE(rests_until, clock_timestamp()) "
                "FROM plugin_connections WHERE account_id = %s",
                [self.account.pk],
            )
            seconds, until = cursor.fetchone()
        return float(seconds), until

    def _queue(self, request: Request, described: dict[str, Any]) -> PluginCommand:
        remaining = deadlines.remaining_seconds()
        if remaining is not None and remaining < commands.longest_call(settings.VINTED):
            raise RestError(sentence("The step goes on in a moment."), until=_now())
        command = PluginCommand(
            account=self.account,
            task_id=self.task_id,
            part=self.part,
            number=self._number,
            request=described,
            request_hash=request_hash(described),
            file=None if request.file is None else request.file.content,
            writes=request.writes,
            as_user="" if request.path == WHO_AM_I else self.account.shop_id,
            answer_seconds=settings.VINTED["answer_seconds"],
        )
        _check(command)
        with transaction.atomic(durable=True):
            _insert(command, settings.VINTED["open_seconds"])
            wakeups.wake_plugin(self.account.pk)
        return command

    # -- afterwards

    def _outcome(self, command: PluginCommand, doing: str) -> http.Response:
        match command.status:
            case CommandStatus.ANSWERED:
                return self._answer(command)
            case CommandStatus.LOST:
                raise OutcomeUnknownError(
                    sentence(
                        "The seller's browser gave no answer when asked to {doing}.", doing=doing
                    ),
                    evidence=self._evidence(command),
                )
            case CommandStatus.UNSENT:
                raise self._unsent(command)
            case _:
                raise self._given_up()

    def _unsent(self, command: PluginCommand) -> Exception:
        """The plugin said why it sent nothing; what it shows by now is told with more words."""
        if command.reason == protocol.CHALLENGE:
            return absence.challenged()
        if command.http_status == 429:
            return slow_down(command.headers, self._evidence(command))
        absence.require_ready(self.account.pk)
        why = REASONS.get(command.reason, command.reason)
        if command.reason in _PASSING:
            # The browser says that it is ready, and will be asked again at its next heartbeat.
            return OfflineError(why)
        if command.reason == "busy":
            return RestError(why, until=_now() + timedelta(seconds=BUSY_SECONDS))
        evidence = self._evidence(command)
        if command.reason == "vinted":
            wait = http.seconds_to_wait(command.headers.get("retry-after"))
            return OutageError(why, retry_after=wait, evidence=evidence)
        return TransientError(why, evidence=evidence)

    def _given_up(self) -> Exception:
        absence.require_ready(self.account.pk)
        return TransientError(
            sentence("The seller's browser did not take the request in time."),
            advice=sentence(
                "StoFlow tries again by itself. If it happens again and again, ask the seller to "
                "close the browser that has StoFlow's plugin, and to open it again."
            ),
        )

    def _answer(self, command: PluginCommand) -> http.Response:
        return http.Response(
            sent_as(command.request, site_of(self.account)),
            command.http_status or 0,
            command.headers,
            bytes(command.body or b""),
        )

    def _evidence(self, command: PluginCommand) -> dict[str, Any]:
        said = f"{command.reason} {command.detail}".strip()
        return {**self._answer(command).evidence, "answer": {"plugin": said or "no answer"}}

    def _close(self) -> None:
        """No later run uses these answers; what was read is not kept, as it may be long.

        They stay as they are when another worker has the job meanwhile: it goes on with them.
        """
        mine = {"task": self.task_id, "part": self.part, "lease": self.lease}
        with connection.cursor() as cursor:
            cursor.execute(_CLOSE, mine)


def _usable() -> Q:
    """Under way, or answered definitely and not long ago.

    A refusal counts, too: a step that goes on after a 404 would begin with it again at each pause.
    """
    since = Now() - timedelta(hours=GOOD_FOR_HOURS)
    answered = Q(status=CommandStatus.ANSWERED, http_status__lt=500, ended_at__gt=since)
    return Q(status__in=commands.OPEN) | (answered & ~Q(http_status=429))


def _lately() -> Q:
    return Q(ended_at__gt=Now() - timedelta(minutes=GOOD_FOR_MINUTES))


_ASKED_AT = """
SELECT LEAST(clock_timestamp(), min(created_at)) FROM plugin_commands
WHERE account_id = %s AND task_id = %s AND part = %s AND NOT is_closed
"""

_ANSWERED_AT = """
SELECT until, extract(epoch FROM until - clock_timestamp())::float8
FROM (
    SELECT max(ended_at) + %s * interval '1 second' AS until FROM plugin_commands
    WHERE account_id = %s AND task_id = %s AND part = %s AND NOT is_closed AND number <= %s
) last
"""

_CLOSE = """
UPDATE plugin_commands SET is_closed = true, body = CASE WHEN writes THEN body END
WHERE task_id = %(task)s AND part = %(part)s AND NOT is_closed AND (
    %(lease)s::uuid IS NULL OR EXISTS (
        SELECT 1 FROM marketplace_tasks t JOIN marketplace_jobs j ON j.id = t.job_id
        WHERE t.id = %(task)s AND j.lease_token = %(lease)s::uuid
    )
)
"""

_INSERT = """
INSERT INTO plugin_commands
    (id, account_id, task_id, part, number, is_closed, request, request_hash, file, writes, as_user,
     status, answer_seconds, created_at, open_until, headers, reason, detail)
VALUES (%(id)s, %(account)s, %(task)s, %(part)s, %(number)s, false, %(request)s::jsonb, %(hash)s,
        %(file)s, %(writes)s, %(as_user)s, 'QUEUED', %(answer)s, clock_timestamp(),
        clock_timestamp() + %(open)s * interval '1 second', '{}'::jsonb, '', '')
"""


def _check(command: PluginCommand) -> None:
    """PermanentError for what no plugin takes: it would stand in the way of all that follows."""
    try:
        protocol.written(commands.as_message(command))
    except BadMessageError as error:
        request = command.request
        raise PermanentError(
            sentence(
                "StoFlow's plugin takes no such request: {method} {path}.",
                method=request["method"],
                path=request["path"],
            ),
            advice=sentence(
                "Look for what is odd in the product's texts and photos. If nothing is, tell those "
                "who run StoFlow."
            ),
            evidence={"request": request, "fault": str(error)},
        ) from error


def _insert(command: PluginCommand, open_seconds: float) -> None:
    """The database's clock decides until when it may be granted."""
    values: dict[str, Any] = {
        "id": command.pk,
        "account": command.account_id,
        "task": command.task_id,
        "part": command.part,
        "number": command.number,
        "request": as_json(command.request),
        "hash": command.request_hash,
        "file": command.file,
        "writes": command.writes,
        "as_user": command.as_user,
        "answer": command.answer_seconds,
        "open": open_seconds,
    }
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, values)


def _now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now
