"""The circuit breaker of a lane: an outage of the marketplace is waited out by the whole account.

Several different jobs in a row that meet an outage open the circuit: nobody works on the lane until
a harmless read (`BaseJobHandler.probe`) is answered. The probe alone decides. While it fails, the
pauses grow, and the jobs that met the outage get their attempts back. When it is answered, they
stand: a product that fails by itself uses its attempts up and blocks nobody.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from tasks.deadlines import deadline
from tasks.dispatch.turns import Turn
from tasks.dispatch.untried import make_wait
from tasks.errors import NotTriedError, OutageError, OutcomeUnknownError
from tasks.handlers import BaseJobHandler, first_of
from tasks.sentences import sentence
from tasks.tenancy import current_schema
from tasks.wording import marketplace_name

logger = logging.getLogger(__name__)

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=10)

_MET = """
UPDATE public.lanes
SET outage_jobs = CASE WHEN %(answered)s THEN ARRAY[%(job)s::bigint]
                       WHEN %(job)s::bigint = ANY(outage_jobs) THEN outage_jobs
                       ELSE outage_jobs || %(job)s::bigint END
WHERE schema_name = %(schema)s AND account_id = %(account)s
RETURNING cardinality(outage_jobs), outage_since IS NOT NULL, marketplace
"""

_OPEN = """
UPDATE public.lanes
SET outage_since = COALESCE(outage_since, clock_timestamp()), outage_pauses = outage_pauses + 1,
    blocked_until = GREATEST(blocked_until,
        clock_timestamp() + LEAST(%(first)s * power(2, LEAST(outage_pauses, 20)), %(longest)s)
                            * interval '1 second'),
    block_reason = %(reason)s
WHERE schema_name = %(schema)s AND account_id = %(account)s
"""

_OVER = """
UPDATE public.lanes
SET outage_since = NULL, outage_pauses = 0, outage_jobs = '{}', answered_at = clock_timestamp()
WHERE id = %(lane)s AND outage_since IS NOT NULL
"""

# Jobs that another worker holds or moves right now are passed over: they fare on their own.
_FORGIVE = """
UPDATE marketplace_jobs SET attempt_count = 0, run_after = LEAST(run_after, clock_timestamp())
WHERE id IN (
    SELECT j.id FROM marketplace_jobs j, public.lanes
    WHERE lanes.id = %(lane)s AND j.id = ANY(lanes.outage_jobs) AND j.status = 'RUNNING'
      AND j.lease_token IS NULL AND j.wait_reason IN ('RETRY', 'OUTAGE')
    ORDER BY j.id FOR NO KEY UPDATE OF j SKIP LOCKED
)
"""

_ANSWERED_SINCE = """
SELECT lanes.answered_at > (SELECT max(ended_at) FROM task_attempts WHERE job_id = %(job)s)
FROM public.lanes
WHERE schema_name = %(schema)s AND account_id = %(account)s
"""


def met_by(account_id: int, job_id: int, *, answered: bool, certain: bool = False) -> None:
    """A job met what may be an outage; last in its transaction, since the lane's row is written.

    `answered`: the marketplace answered this worker in the same turn, before it did not.
    `certain`: open the circuit whatever other jobs met.
    """
    account: dict[str, Any] = {"schema": current_schema(), "account": account_id}
    with connection.cursor() as cursor:
        cursor.execute(_MET, {**account, "job": job_id, "answered": answered})
        row = cursor.fetchone()
        if row is None:
            return
        jobs, is_open, marketplace = row
        if not is_open and (certain or jobs >= settings.DISPATCH["outage_jobs"]):
            _open(cursor, account, marketplace)


def answered_since(account_id: int, job_id: int) -> bool:
    """Whether the marketplace has answered anybody on the account since the job's former try."""
    wanted: dict[str, Any] = {"schema": current_schema(), "account": account_id, "job": job_id}
    with connection.cursor() as cursor:
        cursor.execute(_ANSWERED_SINCE, wanted)
        row = cursor.fetchone()
    return row is not None and bool(row[0])


def is_over(turn: Turn) -> bool:
    """Ask the marketplace whether it answers again; no transaction may be open.

    Runs before the first job of a turn whose circuit is open and whose pause has passed.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT marketplace FROM public.lanes WHERE id = %s", [turn.lane_id])
        (marketplace,) = cursor.fetchone()
    try:
        answers = _answers(first_of(marketplace), turn)
    except NotTriedError as error:
        make_wait(turn.account_id, error)
        return False
    if not answers:
        _go_on_waiting(turn, marketplace)
        return False
    with connection.cursor() as cursor:
        cursor.execute(_OVER, {"lane": turn.lane_id})
    logger.info("outage.over lane=%s schema=%s", turn.lane_id, turn.schema_name)
    return True


def _answers(handler: type[BaseJobHandler] | None, turn: Turn) -> bool:
    if handler is None:
        return True
    try:
        with deadline(settings.DISPATCH["lease_seconds"]):
            handler.probe(turn.account_id)
    except (OutageError, OutcomeUnknownError) as error:
        logger.warning("outage.goes_on lane=%s: %s", turn.lane_id, error)
        return False
    except NotTriedError:
        raise
    except Exception:
        # A limit, a revoked consent, a fault of ours: it answers, and the next job meets the same.
        logger.exception("outage.probe_refused lane=%s", turn.lane_id)
    return True


def _go_on_waiting(turn: Turn, marketplace: str) -> None:
    account = {"schema": turn.schema_name, "account": turn.account_id}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_FORGIVE, {"lane": turn.lane_id})
        _open(cursor, account, marketplace)


def _open(cursor: Any, account: dict[str, Any], marketplace: str) -> None:
    reason = sentence(
        "{marketplace} does not answer. StoFlow asks it again at this time and goes on by itself.",
        marketplace=marketplace_name(marketplace),
    )
    pauses = {"first": FIRST_PAUSE.total_seconds(), "longest": LONGEST_PAUSE.total_seconds()}
    cursor.execute(_OPEN, {**account, **pauses, "reason": reason})
    logger.warning("outage.waits schema=%(schema)s account=%(account)s", account)
