"""Which failed jobs have the same cause, stored with the job; those that have failed get theirs."""

from typing import Any, ClassVar

from django.db import migrations, models

from tasks.cause_keys import key_of

PAGE = 2_000

FAILED = """
SELECT j.id, j.marketplace, j.action, j.error_class, j.error_message,
       COALESCE((SELECT t.step FROM marketplace_tasks t
                 WHERE t.job_id = j.id AND t.status IN ('FAILED', 'UNKNOWN')
                 ORDER BY t.position LIMIT 1), '')
FROM marketplace_jobs j
WHERE j.status = 'FAILED' AND j.id > %s
ORDER BY j.id LIMIT %s
"""
STORE = """
UPDATE marketplace_jobs j SET cause_key = known.key
FROM unnest(%s::bigint[], %s::text[]) AS known (id, key) WHERE j.id = known.id
"""


def store_causes(_apps: Any, schema_editor: Any) -> None:
    last = 0
    with schema_editor.connection.cursor() as cursor:
        while True:
            cursor.execute(FAILED, [last, PAGE])
            page = cursor.fetchall()
            if not page:
                return
            keys = [
                key_of(marketplace, action, step, error_class, message)
                for _, marketplace, action, error_class, message, step in page
            ]
            cursor.execute(STORE, [[row[0] for row in page], keys])
            last = page[-1][0]


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("marketplaces", "0001_initial"),
        ("tasks", "0004_staff_actions"),
    ]

    operations: ClassVar = [
        migrations.AddField(
            model_name="marketplacejob",
            name="cause_key",
            field=models.CharField(blank=True, db_default="", default="", max_length=32),
        ),
        migrations.RunPython(store_causes, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="marketplacejob",
            index=models.Index(
                condition=models.Q(("status", "FAILED")),
                fields=["cause_key", "completed_at"],
                include=("marketplace", "action", "account", "batch", "id"),
                name="ix_jobs_causes",
            ),
        ),
    ]
