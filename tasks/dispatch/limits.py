"""What a marketplace allows an application or an account per time, shared by all workers.

The state of each limit is one row of a public table, so every worker on every machine spends from
the same allowance. The arithmetic is pyrate-limiter's GCRA: two numbers a limit, however many
calls there are.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from pyrate_limiter import GCRA, Rate

from tasks.errors import RateLimitedError
from tasks.sentences import sentence

SHORT_WAIT_SECONDS = 1.0
"""A pause up to here is slept in the worker; for a longer one the whole account waits."""
REOPENING_CALLS = 100
"""An allowance that is used up opens again once so many calls are free.

With one at a time, a step of two calls would never get beyond its first: it begins anew each time.
"""
_BURST_SHARE = 5
_ALGORITHM = GCRA()


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `amount` calls in any `seconds`, wherever that window begins.

    A fifth of them may come at once; the rest is spread evenly, since GCRA lets through a burst and
    a window's worth of its rate on top of it.
    """

    name: str
    """For staff, e.g. “Etsy's daily limit”."""
    amount: int
    """2 or more."""
    seconds: float

    @property
    def rate(self) -> Rate:
        burst = max(1, self.amount // _BURST_SHARE)
        return Rate(self.amount - burst, round(self.seconds * 1000), burst=burst)

    @property
    def reopening_seconds(self) -> float:
        """How much longer than for one call it takes until many are free."""
        further = min(self.rate.burst, REOPENING_CALLS) - 1
        return further * self.seconds / self.rate.limit


@dataclass(frozen=True, slots=True)
class _Refusal:
    name: str
    until: datetime
    wait_seconds: float


def spend(key: str, limits: Sequence[Limit]) -> None:
    """Take one call out of the allowance that `key` names, before the call is made.

    Sleeps for up to SHORT_WAIT_SECONDS; RateLimitedError with the time when it takes longer, which
    is then the same for everybody. Must be called outside a transaction, or the others would wait
    for it.
    """
    ends_at = time.monotonic() + SHORT_WAIT_SECONDS
    while (refusal := _spend(key, limits)) is not None:
        if time.monotonic() + refusal.wait_seconds > ends_at:
            raise RateLimitedError(
                sentence("StoFlow waits for {limit}.", limit=refusal.name), until=refusal.until
            )
        time.sleep(refusal.wait_seconds)


def block(key: str, *, until: datetime, reason: str) -> None:
    """Nobody spends from `key` before `until`: it is used up, or the marketplace itself said no.

    `reason`: the limit in words that stand after “waits for”.
    """
    with connection.cursor() as cursor:
        cursor.execute(_BLOCK, {"key": key, "until": until, "reason": reason})


def forget(prefix: str) -> None:
    """Whose calls these allowances are for is gone."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM public.rate_limits WHERE starts_with(key, %s)", [prefix])


_LOCK = """
INSERT INTO public.rate_limits AS held (key, state, block_reason, used_at)
VALUES (%s, '[]'::jsonb, '', clock_timestamp())
ON CONFLICT (key) DO UPDATE SET used_at = clock_timestamp()
RETURNING held.state, held.blocked_until, held.block_reason, clock_timestamp()
"""

_BLOCK = """
INSERT INTO public.rate_limits AS held (key, state, blocked_until, block_reason, used_at)
VALUES (%(key)s, '[]'::jsonb, %(until)s, %(reason)s, clock_timestamp())
ON CONFLICT (key) DO UPDATE
SET block_reason = CASE WHEN held.blocked_until >= EXCLUDED.blocked_until
                        THEN held.block_reason ELSE EXCLUDED.block_reason END,
    blocked_until = GREATEST(held.blocked_until, EXCLUDED.blocked_until)
"""


def _spend(key: str, limits: Sequence[Limit]) -> _Refusal | None:
    rates = [limit.rate for limit in limits]
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(_LOCK, [key])
        stored, blocked_until, reason, now = cursor.fetchone()
        if blocked_until is not None and blocked_until > now:
            return _Refusal(reason, blocked_until, (blocked_until - now).total_seconds())
        before = tuple(json.loads(stored) if isinstance(stored, str) else stored)
        if len(before) != len(rates):
            # The limits were set anew: their past is no guide.
            before = tuple(_ALGORITHM.initial(rates))
        state, decision = _ALGORITHM.step(rates, before, _milliseconds(now), 1)
        if decision.failing_rate is None:
            cursor.execute(
                "UPDATE public.rate_limits SET state = %s::jsonb WHERE key = %s",
                [json.dumps(state), key],
            )
            return None
        limit = limits[rates.index(decision.failing_rate)]
        wait = (decision.retry_after_ms or 0) / 1000
        if wait > SHORT_WAIT_SECONDS:
            wait += limit.reopening_seconds
            block(key, until=now + timedelta(seconds=wait), reason=limit.name)
    return _Refusal(limit.name, now + timedelta(seconds=wait), wait)


def _milliseconds(at: datetime) -> int:
    return int((at - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1))
