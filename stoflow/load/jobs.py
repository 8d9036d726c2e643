"""Batches and their jobs, and what the engine would have counted and stored with them."""

from __future__ import annotations

from django.db import connection

from stoflow.load.rows import insert
from stoflow.load.shapes import CAUSE_OF_JOB, CAUSES, CHANCE
from stoflow.load.size import JOBS_PER_BATCH, Size
from tasks.cause_keys import key_of
from tasks.models import BatchJob, MarketplaceJob


def batches(size: Size) -> None:
    insert(
        BatchJob,
        {
            "id": "n",
            "name": "'Publish ' || n || ' products on eBay'",
            "marketplace": "'ebay'",
            "action": "'publish'",
            "requested_by": "(ARRAY['mia', 'sam', 'ana'])[1 + n %% 3]",
            "created_at": "now()",
        },
        "generate_series(1, %(batches)s::int) n",
        batches=size.batches,
    )


def jobs(size: Size, bounds: dict[str, int]) -> None:
    insert(
        MarketplaceJob,
        {
            "id": "j.id",
            "batch_job_id": f"CASE WHEN j.id <= %(in_batches)s::int "
            f"THEN 1 + (j.id - 1) / {JOBS_PER_BATCH} ELSE %(batches)s::int END",
            "marketplace": "'ebay'",
            "action": "'publish'",
            "account_id": "1 + j.product_id %% 2",
            "account_name": "(ARRAY['Main shop', 'Outlet'])[(1 + j.product_id %% 2)::int]",
            "product_id": "j.product_id",
            "product_name": "product.title",
            "status": "j.status",
            "priority": "1 + j.chance %% 4",
            "result": "CASE WHEN j.status = 'COMPLETED' "
            "THEN jsonb_build_object('listing_id', (110550000000 + j.id)::text) END",
            "handler_version": "CASE WHEN j.started THEN 1 ELSE 0 END",
            "error_class": "COALESCE(cause.error_class, '')",
            "error_message": "COALESCE(replace(cause.message, '@', (81 + j.chance %% 60)::text), '')",
            "error_advice": "COALESCE(cause.advice, '')",
            "needs_person": "COALESCE(cause.needs_person, false)",
            "run_after": "j.created_at",
            "wait_reason": "CASE WHEN j.status = 'RUNNING' THEN "
            "(ARRAY['RETRY', 'TURN', 'LIMIT', 'LOOK', 'CONSENT'])[1 + j.chance %% 5] ELSE '' END",
            "requested_by": "(ARRAY['mia', 'sam', 'ana'])[1 + j.chance %% 3]",
            "created_at": "j.created_at",
            "started_at": "CASE WHEN j.started THEN j.created_at + interval '4 seconds' END",
            "run_started_at": "CASE WHEN j.started THEN j.created_at + interval '4 seconds' END",
            "completed_at": "CASE WHEN j.status NOT IN ('PENDING', 'RUNNING') "
            "THEN j.created_at + (10 + j.chance %% 60) * interval '1 second' END",
        },
        f"""(
            SELECT shaped.*, shaped.id <= %(started)s::int AS started, CASE
                WHEN shaped.id > %(started)s::int AND shaped.chance %% 4 = 0 THEN 'EXPIRED'
                WHEN shaped.id > %(started)s::int THEN 'PENDING'
                WHEN shaped.id > %(started)s::int - %(running)s::int THEN 'RUNNING'
                WHEN shaped.chance %% 1000 < 930 THEN 'COMPLETED'
                WHEN shaped.chance %% 1000 < 980 THEN 'FAILED'
                ELSE 'CANCELLED' END AS status
            FROM (
                SELECT id, {CHANCE.format("id")} AS chance, 1 + (id - 1) %% %(products)s::int AS product_id,
                       now() - (%(jobs)s::int - id) * (interval '180 days' / %(jobs)s::int) AS created_at
                FROM generate_series(%(first)s::bigint, %(last)s::bigint) id
            ) AS shaped
        ) AS j
        JOIN products product ON product.id = j.product_id
        LEFT JOIN {CAUSES} ON j.status = 'FAILED' AND cause.number = {CAUSE_OF_JOB}""",
        **bounds,
        started=size.started,
        running=size.running,
        products=size.products,
        jobs=size.jobs,
        in_batches=size.in_batches,
        batches=size.batches,
    )


def name_causes() -> None:
    """What groups the failures, as the engine stores it with each."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT j.marketplace, j.action, t.step, j.error_class, j.error_message
            FROM marketplace_jobs j JOIN marketplace_tasks t ON t.job_id = j.id
            WHERE j.status = 'FAILED' AND t.status IN ('FAILED', 'UNKNOWN')
            """
        )
        causes = cursor.fetchall()
        cursor.execute(
            """
            UPDATE marketplace_jobs j SET cause_key = known.key
            FROM unnest(%s::text[], %s::text[], %s::text[]) AS known (error_class, message, key)
            WHERE j.status = 'FAILED' AND j.error_class = known.error_class
              AND j.error_message = known.message
            """,
            [
                [cause[3] for cause in causes],
                [cause[4] for cause in causes],
                [key_of(*cause) for cause in causes],
            ],
        )


def count_batches() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE batch_jobs b
            SET total_count = c.total, completed_count = c.completed, failed_count = c.failed,
                cancelled_count = c.cancelled, expired_count = c.expired,
                created_at = c.created_at, started_at = c.started_at,
                completed_at = CASE WHEN c.unfinished = 0 THEN c.completed_at END,
                status = CASE WHEN c.unfinished = c.total THEN 'PENDING'
                              WHEN c.unfinished > 0 THEN 'RUNNING'
                              WHEN c.completed = c.total THEN 'COMPLETED'
                              WHEN c.failed + c.expired = 0 THEN 'CANCELLED'
                              WHEN c.completed > 0 THEN 'PARTIALLY_FAILED' ELSE 'FAILED' END
            FROM (
                SELECT batch_job_id, count(*) AS total,
                       count(*) FILTER (WHERE status = 'COMPLETED') AS completed,
                       count(*) FILTER (WHERE status = 'FAILED') AS failed,
                       count(*) FILTER (WHERE status = 'CANCELLED') AS cancelled,
                       count(*) FILTER (WHERE status = 'EXPIRED') AS expired,
                       count(*) FILTER (WHERE completed_at IS NULL) AS unfinished,
                       min(created_at) AS created_at, min(started_at) AS started_at,
                       max(completed_at) AS completed_at
                FROM marketplace_jobs GROUP BY batch_job_id
            ) c
            WHERE b.id = c.batch_job_id
            """
        )
