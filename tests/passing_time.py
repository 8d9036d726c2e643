"""Time that passes in the database without anybody waiting for it."""

from django.db import connection

AGED = {
    "marketplace_tasks": ("started_at", "completed_at"),
    "task_attempts": ("started_at", "ended_at"),
    "listings": ("published_at", "created_at"),
}


def let_time_pass() -> None:
    """Every waiting job of this schema is due, every limit and rest is over, and all that happened is old.

    The jobs are due at one moment: else their order would be that of their rows on the disk, which
    depends on what other tests have left there.
    """
    with connection.cursor() as cursor:
        cursor.execute("UPDATE marketplace_jobs SET run_after = statement_timestamp()")
        cursor.execute("UPDATE public.lanes SET blocked_until = NULL")
        cursor.execute(
            "UPDATE public.lanes SET rests_until = clock_timestamp() WHERE rests_until IS NOT NULL"
        )
        for table, columns in AGED.items():
            moved = ", ".join(f"{column} = {column} - interval '1 hour'" for column in columns)
            cursor.execute(f"UPDATE {table} SET {moved}")  # noqa: S608 - names of our own
