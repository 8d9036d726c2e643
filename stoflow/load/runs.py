"""How the jobs ran: tasks, attempts that failed, statistics."""

from __future__ import annotations

from stoflow.load.rows import insert
from stoflow.load.shapes import (
    EVIDENCE,
    STARTED_JOBS,
    STEPS,
    THESE,
    TRACEBACK,
)
from stoflow.load.size import TASKS_PER_JOB
from tasks.models import MarketplaceJobStats, MarketplaceTask, TaskAttempt


def tasks(bounds: dict[str, int]) -> int:
    return insert(
        MarketplaceTask,
        {
            "id": f"(j.id - 1) * {TASKS_PER_JOB} + step.position",
            "job_id": "j.id",
            "name": "step.title",
            "position": "step.position",
            "status": """CASE
                WHEN step.position < stopped.at THEN 'COMPLETED'
                WHEN j.status = 'CANCELLED' THEN 'CANCELLED'
                WHEN j.status = 'FAILED' AND step.position = stopped.at
                THEN CASE WHEN j.needs_person THEN 'UNKNOWN' ELSE 'FAILED' END
                ELSE 'PENDING' END""",
            "step": "step.name",
            "payload": """CASE WHEN step.name = 'upload_image' THEN jsonb_build_object(
                'position', step.position - 2,
                'checksum', encode(sha256((j.product_id || '-' || step.position - 2)::bytea), 'hex'))
                ELSE jsonb_build_object('sku', 'load' || j.product_id, 'content', md5(j.id::text)) END""",
            "result": """CASE WHEN step.position >= stopped.at THEN NULL
                WHEN step.name = 'upload_image' THEN jsonb_build_object(
                    'image_id', md5(j.id || '-' || step.position),
                    'url', 'https://i.ebayimg.com/images/g/' || md5(j.id || '-' || step.position)
                           || '/s-l1600.jpg',
                    'expires_at', '2026-12-24T10:00:00Z')
                WHEN step.name = 'create_offer' THEN jsonb_build_object(
                    'offer_id', (9000000000 + j.id)::text, 'content', md5(j.id::text))
                WHEN step.position >= 9 THEN jsonb_build_object(
                    'listing_id', (110550000000 + j.id)::text)
                WHEN step.name = 'validate' THEN '{}'::jsonb
                ELSE jsonb_build_object('sku', 'load' || j.product_id, 'warnings', '[]'::jsonb) END""",
            "error_message": "CASE WHEN step.position = stopped.at AND j.status = 'FAILED' "
            "THEN j.error_message ELSE '' END",
            "attempt_count": "CASE WHEN step.position < stopped.at THEN 1 "
            "WHEN step.position = stopped.at THEN COALESCE(cause.attempts, 1) ELSE 0 END",
            "created_at": "j.created_at",
            "started_at": "CASE WHEN step.position < stopped.at "
            "OR (step.position = stopped.at AND j.status = 'FAILED') "
            "THEN j.started_at + step.position * interval '800 ms' END",
            "completed_at": "CASE WHEN step.position < stopped.at "
            "THEN j.started_at + step.position * interval '800 ms' + interval '600 ms' END",
        },
        f"{STARTED_JOBS} CROSS JOIN {STEPS} WHERE {THESE}",
        **bounds,
    )


def attempts(bounds: dict[str, int]) -> None:
    """Of the failed jobs, and of each twentieth that a second try completed."""
    insert(
        TaskAttempt,
        {
            "job_id": "j.id",
            "task_id": f"(j.id - 1) * {TASKS_PER_JOB} + COALESCE(cause.position, 6)",
            "number": "tried.number",
            "worker": "'worker-' || j.id %% 8 || ':4711'",
            "started_at": "j.started_at + tried.number * interval '5 seconds'",
            "ended_at": "j.started_at + tried.number * interval '5 seconds' + interval '400 ms'",
            "outcome": "COALESCE(cause.outcome, 'TRANSIENT')",
            "error_class": "COALESCE(cause.error_class, 'TransientError')",
            "message": "COALESCE(NULLIF(j.error_message, ''), "
            "'api.ebay.com could not be reached: nothing was sent.')",
            "advice": "COALESCE(cause.advice, 'Nothing to do: StoFlow tries again by itself.')",
            "traceback": f"COALESCE({TRACEBACK}, '')",
            "evidence": EVIDENCE,
        },
        f"""{STARTED_JOBS}
        CROSS JOIN LATERAL generate_series(1, COALESCE(cause.attempts, 1)) AS tried (number)
        WHERE {THESE} AND (j.status = 'FAILED' OR (j.status = 'COMPLETED' AND j.id %% 20 = 0))""",
        **bounds,
    )


def statistics(bounds: dict[str, int]) -> None:
    insert(
        MarketplaceJobStats,
        {
            "marketplace": "j.marketplace",
            "action": "j.action",
            "outcome": "j.status",
            "error_class": "j.error_class",
            "task_count": str(TASKS_PER_JOB),
            "failed_task_count": "CASE WHEN j.status = 'FAILED' THEN 1 ELSE 0 END",
            "attempt_count": "COALESCE(cause.attempts, 0)",
            "duration_ms": "extract(epoch FROM j.completed_at - j.started_at) * 1000",
            "step_ms": """'{"validate": 4.1, "map_product": 6.3, "upload_image": 1812.4,
                "save_inventory_item": 640.2, "create_offer": 590.9, "publish_offer": 911.0}'::jsonb""",
            "created_at": "j.completed_at",
        },
        f"{STARTED_JOBS} WHERE {THESE} AND j.completed_at IS NOT NULL",
        **bounds,
    )
