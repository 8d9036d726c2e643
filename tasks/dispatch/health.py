"""How an account fares, in numbers that are kept on its lane and read without its tenant's tables."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import IntEnum

from django.conf import settings
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

from tasks.dispatch.models import Lane

# Each part is written so that one index answers it and nothing else can: the statuses are literals
# (partial indexes), what is counted has the order of its index, and a scalar sub-query is never
# turned into a join with the whole history.
#
# A failed job is void once a newer one was asked for its product; a sweep, once a newer one of its
# action has ended, since the next one always waits. Nothing can be done for one whose product was deleted. Only the newest failures are looked
# at, so that ten thousand old ones cost no more than a few hundred.
#
# A sweep that is not due yet is no work that anybody waits for (`tasks.waiting_jobs`).
#
# Of the successes only those since the last measurement are looked for, with a minute to spare for
# what was committed while it went on.
_VOID = """
(SELECT true FROM marketplace_jobs newer
 WHERE newer.account_id = %(account)s AND newer.id > failed.id
   AND newer.status NOT IN ('CANCELLED', 'EXPIRED') AND {same} LIMIT 1)
"""
_SETTLE = """
WITH working AS (
    SELECT count(*) AS number FROM marketplace_jobs
    WHERE account_id = %(account)s AND lease_token IS NOT NULL
      AND leased_until > clock_timestamp()
), waiting AS (
    SELECT count(*) AS number, count(paused_at) AS paused FROM (
        (SELECT paused_at FROM marketplace_jobs
         WHERE account_id = %(account)s AND status = 'PENDING'
           AND NOT (product_id IS NULL AND run_after > clock_timestamp())
         ORDER BY product_id, action LIMIT {most})
        UNION ALL
        (SELECT paused_at FROM marketplace_jobs
         WHERE account_id = %(account)s AND status = 'RUNNING' AND lease_token IS NULL
         ORDER BY product_id LIMIT {most})
        LIMIT {most}
    ) AS unfinished
), failed AS (
    SELECT id, product_id, action, needs_person FROM marketplace_jobs
    WHERE account_id = %(account)s AND status = 'FAILED'
      AND (product_id IS NOT NULL OR product_name = '')
    ORDER BY id * -1 LIMIT {most}
), failing AS (
    SELECT count(*) AS number, count(*) FILTER (WHERE needs_person) AS questions FROM failed
    WHERE CASE WHEN product_id IS NOT NULL
               THEN {void_for_product}
               ELSE {void_for_sweep}
          END IS NULL
)
UPDATE public.lanes
SET due_at = %(due_at)s, next_run_at = %(next_run_at)s,
    wait_reason = COALESCE(%(wait_reason)s, ''),
    working_count = working.number, waiting_count = waiting.number,
    paused_count = waiting.paused,
    failed_count = failing.number, question_count = failing.questions,
    last_success_at = COALESCE((
        SELECT completed_at FROM marketplace_jobs
        WHERE account_id = %(account)s AND status = 'COMPLETED'
          AND completed_at > COALESCE(lanes.measured_at - interval '1 minute', '-infinity')
        ORDER BY completed_at DESC LIMIT 1
    ), lanes.last_success_at),
    answered_at = CASE WHEN %(answered)s THEN clock_timestamp() ELSE lanes.answered_at END,
    outage_jobs = CASE WHEN %(answered)s AND lanes.outage_since IS NULL THEN '{{}}'
                       ELSE lanes.outage_jobs END,
    measured_at = clock_timestamp()
FROM working, waiting, failing
WHERE lanes.id = %(lane)s
"""


def settle_sql() -> str:
    """Measures a lane; its counts stop where a turn would cost more for what waits or has failed."""
    return _SETTLE.format(
        most=settings.STAFF["lane_counted"],
        void_for_product=_VOID.format(same="newer.product_id = failed.product_id"),
        void_for_sweep=_VOID.format(
            same="newer.product_id IS NULL AND newer.action = failed.action "
            "AND newer.status NOT IN ('PENDING', 'RUNNING')"
        ),
    )


class Sign(IntEnum):
    """What can be said of an account, several at once; the larger, the worse."""

    IDLE = 0
    WORKING = 1
    QUEUED = 2
    """Jobs wait for a worker; how many is not known of what was just asked for."""
    RESTING = 3
    """It is worked on, with pauses between the calls; this is one."""
    HELD = 4
    """Jobs wait, and none has a time at which it goes on by itself."""
    LATER = 5
    """Jobs wait for their time: a retry, a look."""
    BLOCKED = 6
    OFFLINE = 7
    """Jobs wait until the seller's side is there; nothing has failed."""
    PAUSED = 8
    FAILED = 9
    QUESTION = 10
    CONSENT = 11


def signs(lane: Lane, now: datetime) -> list[Sign]:
    """All that can be said of the lane's account, the worst first."""
    said = {
        Sign.CONSENT: lane.consent_needed_at is not None,
        Sign.QUESTION: lane.question_count > 0,
        Sign.FAILED: lane.failed_count > lane.question_count,
        Sign.PAUSED: lane.paused_at is not None,
        Sign.OFFLINE: lane.offline_since is not None,
        Sign.BLOCKED: lane.blocked_until is not None and lane.blocked_until > now,
        Sign.WORKING: is_served(lane, now) or lane.working_count > 0,
    }
    if lane.waiting_count:
        said[_waiting(lane, now)] = True
        said[Sign.RESTING] = _is_resting(lane, now) and not said[Sign.OFFLINE]
    if not any(said.values()):
        return [Sign.QUEUED if _is_due(lane, now) else Sign.IDLE]
    return sorted((sign for sign, true in said.items() if true), reverse=True)


def _waiting(lane: Lane, now: datetime) -> Sign:
    if lane.next_run_at is None or lane.paused_count >= lane.waiting_count:
        return Sign.HELD
    return Sign.LATER if lane.next_run_at > now else Sign.QUEUED


def has_work(lane: Lane, now: datetime) -> bool:
    """Whether anything waits or is worked on: what was just asked for is due and not counted yet."""
    is_due = _is_due(lane, now)
    return bool(lane.waiting_count or lane.working_count or is_due or is_served(lane, now))


def _is_due(lane: Lane, now: datetime) -> bool:
    return lane.due_at is not None and lane.due_at <= now


def is_stopped(lane: Lane) -> bool:
    """Whether nothing of the lane goes on now; a rest between two calls is no stop."""
    is_blocked = lane.blocked_until is not None and lane.blocked_until > timezone.now()
    return bool(lane.paused_at or lane.consent_needed_at or lane.offline_since or is_blocked)


def _is_resting(lane: Lane, now: datetime) -> bool:
    """Whether this is a pause of ours between two calls."""
    return lane.rests_until is not None and lane.rests_until > now


def is_served(lane: Lane, now: datetime) -> bool:
    """Whether a worker is in a turn of this lane: it has begun one and not measured since."""
    if lane.served_at is None or lane.served_at < now - _longest_turn():
        return False
    return lane.measured_at is None or lane.served_at > lane.measured_at


def _longest_turn() -> timedelta:
    return timedelta(seconds=settings.Q_CLUSTER["timeout"])


def worst_sign(now: datetime) -> Case:
    """The first of `signs`, for sorting lanes in the database."""
    served = Q(served_at__gte=now - _longest_turn()) & (
        Q(measured_at=None) | Q(served_at__gt=F("measured_at"))
    )
    waiting = Q(waiting_count__gt=0)
    conditions = {
        Sign.CONSENT: Q(consent_needed_at__isnull=False),
        Sign.QUESTION: Q(question_count__gt=0),
        Sign.FAILED: Q(failed_count__gt=0),
        Sign.PAUSED: Q(paused_at__isnull=False),
        Sign.OFFLINE: Q(offline_since__isnull=False),
        Sign.BLOCKED: Q(blocked_until__gt=now),
        Sign.LATER: waiting & Q(next_run_at__gt=now) & Q(paused_count__lt=F("waiting_count")),
        Sign.HELD: waiting & (Q(next_run_at=None) | Q(paused_count__gte=F("waiting_count"))),
        Sign.RESTING: waiting & Q(rests_until__gt=now),
        Sign.QUEUED: waiting,
        Sign.WORKING: served | Q(working_count__gt=0),
    }
    return Case(
        *(When(condition, then=Value(int(sign))) for sign, condition in conditions.items()),
        default=Value(int(Sign.IDLE)),
    )
