"""Writing a lane: created with its account, woken by work, stopped by its causes.

Every write of a lane comes last in its transaction, and several lanes are written in id order.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import connection, transaction

from tasks.tenancy import current_schema

_ENSURE = """
INSERT INTO public.lanes (schema_name, account_id, marketplace, account_name, concurrency,
                          paused_by, pause_reason, consent_reason, block_reason)
VALUES (%(schema)s, %(account)s, %(marketplace)s, %(name)s, %(concurrency)s, '', '', '', '')
ON CONFLICT (schema_name, account_id) DO NOTHING
"""

_WAKE = """
UPDATE public.lanes
SET due_at = LEAST(due_at, COALESCE(%(at)s::timestamptz, clock_timestamp()))
WHERE schema_name = %(schema)s AND account_id = %(account)s
"""

_BLOCK = """
UPDATE public.lanes
SET blocked_until = GREATEST(blocked_until, %(until)s), block_reason = %(reason)s
WHERE schema_name = %(schema)s AND account_id = %(account)s
"""

# Never longer than a limit, so that a wrong moment of ours cannot stop an account for ever.
_REST = """
UPDATE public.lanes
SET rests_until = GREATEST(rests_until, LEAST(%(until)s, clock_timestamp() + interval '1 day'))
WHERE schema_name = %(schema)s AND account_id = %(account)s
"""

_LOCK = """
SELECT 1 FROM public.lanes WHERE schema_name = %(schema)s AND account_id = %(account)s
FOR NO KEY UPDATE
"""

_OFFLINE = """
UPDATE public.lanes
SET offline_since = COALESCE(offline_since, LEAST(%(since)s::timestamptz, clock_timestamp())),
    offline_reason = %(reason)s
WHERE schema_name = %(schema)s AND account_id = %(account)s
"""

_STILL_OFFLINE = """
UPDATE public.lanes
SET offline_reason = %(reason)s
WHERE schema_name = %(schema)s AND account_id = %(account)s AND offline_since IS NOT NULL
  AND offline_reason <> %(reason)s
"""

_ONLINE = """
UPDATE public.lanes
SET offline_since = NULL, offline_reason = '', due_at = LEAST(due_at, clock_timestamp())
WHERE schema_name = %(schema)s AND account_id = %(account)s AND offline_since IS NOT NULL
"""

_STOP_FOR_CONSENT = """
UPDATE public.lanes
SET consent_needed_at = COALESCE(consent_needed_at, clock_timestamp()), consent_reason = %(reason)s
WHERE schema_name = %(schema)s AND account_id = %(account)s
"""

_CONSENT_GIVEN = """
UPDATE public.lanes
SET consent_needed_at = NULL, consent_reason = '', due_at = LEAST(due_at, clock_timestamp())
WHERE schema_name = %(schema)s AND account_id = %(account)s AND consent_needed_at IS NOT NULL
"""

_PAUSE = """
UPDATE public.lanes
SET paused_at = clock_timestamp(), paused_by = %(by)s, pause_reason = %(reason)s
WHERE schema_name = %(schema)s AND account_id = %(account)s AND paused_at IS NULL
"""

_RESUME = """
UPDATE public.lanes
SET paused_at = NULL, paused_by = '', pause_reason = '', due_at = LEAST(due_at, clock_timestamp())
WHERE schema_name = %(schema)s AND account_id = %(account)s AND paused_at IS NOT NULL
"""


def ensure(account_id: int, *, marketplace: str, name: str, concurrency: int = 1) -> None:
    """Make sure that the account of the current schema has a lane."""
    _write(_ENSURE, account_id, marketplace=marketplace, name=name[:200], concurrency=concurrency)


def hold(account_id: int) -> None:
    """No job of the account is claimed before the caller's transaction has ended."""
    _write(_LOCK, account_id)


def wake(account_id: int, at: datetime | None = None) -> bool:
    """The lane needs attention at `at` (None: now) or earlier; False when there is no lane."""
    return _write(_WAKE, account_id, at=at) > 0


def block(account_id: int, *, until: datetime, reason: str) -> None:
    """Nobody works on the lane before `until`: a limit or an outage of the marketplace."""
    _write(_BLOCK, account_id, until=until, reason=reason)


def rest(account_id: int, *, until: datetime) -> None:
    """Our own pause between two calls; a block by the marketplace is another thing and stays."""
    _write(_REST, account_id, until=until)


def offline(
    account_id: int,
    *,
    reason: str,
    since: datetime | None = None,
    still: Callable[[], str] | None = None,
) -> bool:
    """Nobody works on the lane until `online`: the seller's side is not there.

    `since`: when it was last there; the first one told is kept. `still` is asked once the lane's
    row is locked. Its answer is the reason then, and "" says that the seller's side is there by
    now: nothing is written. It must read what the caller of `online` has committed, or commits
    with that call.
    """
    with transaction.atomic():
        _write(_LOCK, account_id)
        if still is not None:
            reason = still()
            if not reason:
                return False
        return _write(_OFFLINE, account_id, reason=reason, since=since) > 0


def still_offline(account_id: int, *, reason: str) -> None:
    """What is missing by now, of an account that somebody has missed; nothing to any other."""
    _write(_STILL_OFFLINE, account_id, reason=reason)


def online(account_id: int) -> bool:
    """The seller's side is there; False when nobody had missed it. Wake the workers afterwards.

    Locks the lane even when nothing is to be lifted. So whoever is about to write `offline` either
    does so before, and it is lifted here, or asks `still` after this transaction has ended.
    """
    with transaction.atomic():
        _write(_LOCK, account_id)
        return _write(_ONLINE, account_id) > 0


def stop_for_consent(account_id: int, *, reason: str) -> None:
    """Nobody works on the lane until the seller has connected the account again."""
    _write(_STOP_FOR_CONSENT, account_id, reason=reason)


def consent_given(account_id: int) -> bool:
    """The seller has connected the account again; False when that was not needed."""
    return _write(_CONSENT_GIVEN, account_id) > 0


def pause(account_id: int, *, by: str, reason: str) -> bool:
    """Staff stop the lane; a task that runs is finished first. False when it was paused already."""
    return _write(_PAUSE, account_id, by=by, reason=reason) > 0


def resume(account_id: int) -> bool:
    """Staff lift their own pause; other causes to stop stay. False when it was not paused."""
    return _write(_RESUME, account_id) > 0


def remove_of(schema_name: str) -> None:
    """The seller is removed: nobody will ever need these lanes again.

    Locked in id order before they go, like all lanes that are written together.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        lanes = "FROM public.lanes WHERE schema_name = %s"
        cursor.execute(f"SELECT 1 {lanes} ORDER BY id FOR UPDATE", [schema_name])
        cursor.execute(f"DELETE {lanes}", [schema_name])


def _write(sql: str, account_id: int, **parameters: datetime | str | int | None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"schema": current_schema(), "account": account_id, **parameters})
        return int(cursor.rowcount)
