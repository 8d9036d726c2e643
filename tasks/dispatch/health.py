"""How an account fares, in numbers that are kept on its lane and read without its tenant's tables."""

from __future__ import annotations

from typing import Final

COUNTED_TO: Final = 500
"""Where counts stop: a turn costs the same however much waits or has failed."""

# Each part is written so that one index answers it and nothing else can: the statuses are literals
# (partial indexes), what is counted has the order of its index, and a scalar sub-query is never
# turned into a join with the whole history.
#
# A failed job is void once a newer one was asked for: for its product, or, for a sweep, of its
# action. Nothing can be done for one whose product was deleted. Only the newest failures are looked
# at, so that ten thousand old ones cost no more than COUNTED_TO.
#
# Of the successes only those since the last measurement are looked for, with a minute to spare for
# what was committed while it went on.
_VOID = """
(SELECT true FROM marketplace_jobs newer
 WHERE newer.account_id = %(account)s AND newer.id > failed.id
   AND newer.status NOT IN ('CANCELLED', 'EXPIRED') AND {same} LIMIT 1)
"""
SETTLE = f"""
WITH working AS (
    SELECT count(*) AS number FROM marketplace_jobs
    WHERE account_id = %(account)s AND lease_token IS NOT NULL
      AND leased_until > clock_timestamp()
), waiting AS (
    SELECT count(*) AS number FROM (
        (SELECT 1 FROM marketplace_jobs
         WHERE account_id = %(account)s AND status = 'PENDING'
         ORDER BY product_id, action LIMIT {COUNTED_TO})
        UNION ALL
        (SELECT 1 FROM marketplace_jobs
         WHERE account_id = %(account)s AND status = 'RUNNING' AND lease_token IS NULL
         ORDER BY product_id LIMIT {COUNTED_TO})
        LIMIT {COUNTED_TO}
    ) AS unfinished
), failed AS (
    SELECT id, product_id, action, needs_person FROM marketplace_jobs
    WHERE account_id = %(account)s AND status = 'FAILED'
      AND (product_id IS NOT NULL OR product_name = '')
    ORDER BY id * -1 LIMIT {COUNTED_TO}
), failing AS (
    SELECT count(*) AS number, count(*) FILTER (WHERE needs_person) AS questions FROM failed
    WHERE CASE WHEN product_id IS NOT NULL
               THEN {_VOID.format(same="newer.product_id = failed.product_id")}
               ELSE {_VOID.format(same="newer.product_id IS NULL AND newer.action = failed.action")}
          END IS NULL
)
UPDATE public.lanes
SET due_at = %(due_at)s, next_run_at = %(next_run_at)s,
    wait_reason = COALESCE(%(wait_reason)s, ''),
    working_count = working.number, waiting_count = waiting.number,
    failed_count = failing.number, question_count = failing.questions,
    last_success_at = COALESCE((
        SELECT completed_at FROM marketplace_jobs
        WHERE account_id = %(account)s AND status = 'COMPLETED'
          AND completed_at > COALESCE(lanes.measured_at - interval '1 minute', '-infinity')
        ORDER BY completed_at DESC LIMIT 1
    ), lanes.last_success_at),
    measured_at = clock_timestamp()
FROM working, waiting, failing
WHERE lanes.id = %(lane)s
"""
