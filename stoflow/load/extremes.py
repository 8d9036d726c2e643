"""What is rare and large: a job with thousands of tasks, and what staff have done over the years."""

from __future__ import annotations

from django.db import connection

from stoflow.load.rows import insert
from tasks.models import MarketplaceTask, StaffAction, StaffActionOutcome, TaskAttempt

LONGEST_JOB = 2_000
"""Tasks of the job that has the most."""
TASKS_PER_ACTION = 200
"""One action of staff for so many tasks."""
OUTCOMES_PER_ACTION = 20
MOST_OUTCOMES = 10_000


def lengthen_a_job(tasks_per_job: int) -> None:
    """Let the newest job that was completed be a sweep of LONGEST_JOB tasks, some of them retried."""
    newest = (
        "(SELECT id, started_at FROM marketplace_jobs WHERE status = 'COMPLETED' "
        "ORDER BY id DESC LIMIT 1) AS j"
    )
    begins = "j.started_at + task.position * interval '800 ms'"
    insert(
        MarketplaceTask,
        {
            "id": "last.id + task.position",
            "job_id": "j.id",
            "name": "'Look at page ' || task.position",
            "position": "task.position",
            "status": "'COMPLETED'",
            "step": "'save_result'",
            "result": """jsonb_build_object('seen', task.position)""",
            "attempt_count": "1",
            "created_at": begins,
            "started_at": begins,
            "completed_at": f"{begins} + interval '600 ms'",
        },
        f"{newest}, (SELECT max(id) AS id FROM marketplace_tasks) AS last, "
        "generate_series(%(first)s::int, %(last)s::int) AS task (position)",
        first=tasks_per_job + 1,
        last=LONGEST_JOB,
    )
    insert(
        TaskAttempt,
        {
            "job_id": "j.id",
            "task_id": "t.id",
            "number": "1",
            "worker": "'worker-1:4711'",
            "started_at": "t.started_at",
            "ended_at": "t.started_at + interval '200 ms'",
            "outcome": "'TRANSIENT'",
            "error_class": "'TransientError'",
            "message": "'api.ebay.com could not be reached: nothing was sent.'",
            "advice": "'Nothing to do: StoFlow tries again by itself.'",
        },
        f"{newest} JOIN marketplace_tasks t ON t.job_id = j.id WHERE t.position %% 20 = 0",
    )


def staff_actions(tasks: int, jobs: int) -> None:
    """Actions on some jobs each, on an account, and the newest on as many jobs as there may be."""
    count = max(tasks // TASKS_PER_ACTION, 3)
    insert(
        StaffAction,
        {
            "id": "n",
            "key": "md5('staff action ' || n)::uuid",
            "kind": "CASE WHEN n %% 50 = 1 THEN 'pause_account' "
            "ELSE (ARRAY['retry', 'retry', 'cancel', 'pause', 'resume'])[1 + n %% 5] END",
            "by": "(ARRAY['mia', 'sam', 'ana'])[1 + n %% 3]",
            "reason": "(ARRAY['', 'The seller has added photos', 'The category was wrong'])[1 + n %% 3]",
            "at": "now() - (%(count)s::int - n) * (interval '180 days' / %(count_again)s::int)",
            "scope_words": "'status: Failed'",
            "expected_count": str(OUTCOMES_PER_ACTION),
            "state": "'FINISHED'",
            "finished_at": "now()",
        },
        "generate_series(1, %(up_to)s::int) n",
        count=count,
        count_again=count,
        up_to=count,
    )
    subject = "'eBay: publish ' || j.product_name"
    done = "(hashint8(a.id * 7919 + j.id) & 7) <> 0"
    insert(
        StaffActionOutcome,
        {
            "action_id": "a.id",
            "job_id": "j.id",
            "batch_id": "j.batch_job_id",
            "account_id": "j.account_id",
            "product_id": "j.product_id",
            "subject": subject,
            "done": done,
            "sentence": f"CASE WHEN {done} THEN 'It runs again.' "
            "ELSE 'It is completed: only failed, cancelled or expired jobs can be retried.' END",
        },
        """staff_actions a
        CROSS JOIN LATERAL (SELECT 1 + (a.id * 977) %% %(jobs)s::int AS first) AS chosen
        JOIN marketplace_jobs j ON j.id >= chosen.first AND j.id < chosen.first + CASE
            WHEN a.id = %(newest)s::int THEN %(most)s::int ELSE %(usual)s::int END
        WHERE a.kind <> 'pause_account'""",
        jobs=jobs,
        newest=count,
        most=min(MOST_OUTCOMES, max(tasks // 100, OUTCOMES_PER_ACTION)),
        usual=OUTCOMES_PER_ACTION,
    )
    insert(
        StaffActionOutcome,
        {
            "action_id": "a.id",
            "account_id": "1 + a.id %% 2",
            "subject": "'Main shop (eBay)'",
            "done": "true",
            "sentence": "'Its work is paused.'",
        },
        "staff_actions a WHERE a.kind = 'pause_account'",
    )
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE staff_actions a
            SET done_count = o.done, refused_count = o.refused, expected_count = o.done + o.refused,
                cursor = o.last
            FROM (SELECT action_id, count(*) FILTER (WHERE done) AS done,
                         count(*) FILTER (WHERE NOT done) AS refused,
                         COALESCE(max(job_id), 0) AS last
                  FROM staff_action_outcomes GROUP BY action_id) o
            WHERE o.action_id = a.id
            """
        )
