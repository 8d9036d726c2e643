"""Whose turn it is: which lane a worker serves next, and when a lane is next due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from tasks.dispatch.health import settle_sql
from tasks.tenancy import current_schema


@dataclass(frozen=True, slots=True)
class Turn:
    """The right look of one worker at one lane; holds nothing."""

    lane_id: int
    schema_name: str
    account_id: int
    probe_first: bool = False
    """The marketplace did not answer, and the pause for that has passed."""
    served_before: datetime | None = None
    """The lane's place in the order of turns: when its former turn began."""


OPEN = """
paused_at IS NULL AND consent_needed_at IS NULL AND offline_since IS NULL
AND COALESCE(GREATEST(blocked_until, rests_until) <= clock_timestamp(), true)
"""
"""Of a lane: nothing stops it."""

_TAKE = f"""
UPDATE public.lanes SET served_at = clock_timestamp()
FROM (
    SELECT id AS number, served_at AS before FROM public.lanes
    WHERE due_at <= (SELECT clock_timestamp())
    ORDER BY served_at NULLS FIRST, id
    LIMIT 1
    FOR NO KEY UPDATE SKIP LOCKED
) AS next
WHERE lanes.id = next.number
RETURNING lanes.id, schema_name, account_id, outage_since IS NOT NULL AND {OPEN}, next.before
"""


def take() -> Turn | None:
    """The due lane that was served longest ago; None when no lane is due."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE)
        row = cursor.fetchone()
    return None if row is None else Turn(*row)


_DUE_LANES = """
SELECT count(*) FROM (
    SELECT 1 FROM public.lanes WHERE due_at <= (SELECT clock_timestamp()) LIMIT %s
) AS due
"""


def due_lanes(at_most: int) -> int:
    """How many lanes are due, counted no further than `at_most`."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE_LANES, [at_most])
        return int(cursor.fetchone()[0])


# A job that may be claimed: it waits, and no started job holds its product. Used by the claim and
# by the lane's due time alike: if they differed, a lane would be due for ever or never.
CLAIMABLE = """
j.account_id = %(account)s AND j.lease_token IS NULL AND j.paused_at IS NULL
AND j.status IN ('PENDING', 'RUNNING')
AND (j.status = 'RUNNING' OR NOT EXISTS (
    SELECT 1 FROM marketplace_jobs r
    WHERE r.account_id = j.account_id AND r.status = 'RUNNING'
      AND (r.product_id = j.product_id OR (r.product_id IS NULL AND j.product_id IS NULL))))
"""

# LEAST skips NULLs: what does not wait does not make the lane due.
_DUE_AT = f"""
WITH lane AS (
    SELECT concurrency,
           num_nonnulls(paused_at, consent_needed_at, offline_since) > 0 AS stopped,
           CASE WHEN GREATEST(blocked_until, rests_until) > clock_timestamp()
                THEN GREATEST(blocked_until, rests_until) END AS blocked
    FROM public.lanes WHERE id = %(lane)s
), leased AS (
    SELECT count(*) FILTER (WHERE leased_until > clock_timestamp()) AS live,
           min(leased_until) AS first_end
    FROM marketplace_jobs WHERE account_id = %(account)s AND lease_token IS NOT NULL
), expiring AS (
    SELECT min(expires_at) AS first_end FROM marketplace_jobs
    WHERE account_id = %(account)s AND status = 'PENDING' AND started_at IS NULL
      AND expires_at IS NOT NULL
), claimable AS (
    SELECT j.run_after, j.wait_reason FROM marketplace_jobs j
    WHERE {CLAIMABLE} ORDER BY j.run_after LIMIT 1
)
SELECT LEAST(
    leased.first_end,
    expiring.first_end,
    CASE WHEN NOT lane.stopped AND leased.live < lane.concurrency
         THEN GREATEST((SELECT run_after FROM claimable), lane.blocked) END
), (SELECT run_after FROM claimable), (SELECT wait_reason FROM claimable)
FROM lane, leased, expiring
"""


_KEEP_PLACE = "UPDATE public.lanes SET served_at = %s WHERE id = %s"


def settle(turn: Turn, *, answered: bool = False, refused: bool = False) -> None:
    """Set when the lane is next due and how it fares, from its jobs once its row is locked.

    `answered`: the marketplace answered the last call of this turn.
    `refused`: a limit let no call of this turn through, so the lane keeps its place. Else who has
    used up what all accounts share would be the first again when more of it is free.

    The lock comes first and the jobs are read in later statements: in one statement the snapshot
    would be older than the lock, and a job enqueued meanwhile would be forgotten.
    """
    parameters: dict[str, Any] = {
        "lane": turn.lane_id,
        "account": turn.account_id,
        "answered": answered,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM public.lanes WHERE id = %s FOR NO KEY UPDATE", [turn.lane_id])
        if cursor.fetchone() is None:
            return
        cursor.execute(_DUE_AT, parameters)
        due_at, next_run_at, wait_reason = cursor.fetchone()
        parameters |= {"due_at": due_at, "next_run_at": next_run_at, "wait_reason": wait_reason}
        cursor.execute(settle_sql(), parameters)
        if refused:
            cursor.execute(_KEEP_PLACE, [turn.served_before, turn.lane_id])


def measure(account_id: int) -> None:
    """Settle the lane of an account of the current schema: its numbers are right without a turn.

    For who changes many jobs at once, at the end: no worker may be there to take the turn.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM public.lanes WHERE schema_name = %s AND account_id = %s",
            [current_schema(), account_id],
        )
        row = cursor.fetchone()
    if row is not None:
        settle(Turn(row[0], current_schema(), account_id))
