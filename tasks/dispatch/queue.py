"""The only module that knows django-q2: a message says "serve a lane", and nothing else."""

from __future__ import annotations

from django.conf import settings
from django.db import connection, transaction
from django_q.models import Schedule
from django_q.tasks import async_task

from tasks.dispatch import turns

SERVE = "tasks.dispatch.worker.serve"
SCHEDULES = {
    "StoFlow: wake due lanes": ("tasks.dispatch.timer.tick", Schedule.MINUTES),
    "StoFlow: recompute due times": ("tasks.dispatch.timer.reconcile", Schedule.HOURLY),
}


def wake_workers() -> int:
    """Send as many wake-ups as there are due lanes and workers; how many were sent.

    Messages that wait already count, so there are never more than workers can take. A lost one
    is sent again by the timer; one too many finds nothing to do.
    """
    workers = int(settings.Q_CLUSTER["workers"])
    wanted = turns.due_lanes(workers) - waiting_messages()
    for _ in range(wanted):
        # The transaction keeps django-q2 from closing the caller's connection.
        with transaction.atomic():
            async_task(SERVE, q_options={"task_name": "serve a lane"})
            _mark_as_waiting()
    return max(wanted, 0)


# django-q2 writes and reads `lock` by the clock of each machine. A moment that is past on all of
# them says "waiting" wherever the clocks stand; a cluster that takes the message overwrites it.
_WAITING = "to_timestamp(0)"


def waiting_messages() -> int:
    """Wake-ups that no cluster has taken yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM public.django_q_ormq WHERE key = %s AND lock = {_WAITING}",
            [settings.Q_CLUSTER["name"]],
        )
        return int(cursor.fetchone()[0])


def _mark_as_waiting() -> None:
    """The message that this session has just sent."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE public.django_q_ormq SET lock = {_WAITING} "
            "WHERE id = currval(pg_get_serial_sequence('public.django_q_ormq', 'id'))"
        )


def ensure_schedules() -> None:
    """The schedules that keep a plain `manage.py qcluster` going without `run_workers`."""
    for name, (function, schedule_type) in SCHEDULES.items():
        Schedule.objects.update_or_create(
            name=name,
            defaults={
                "func": function,
                "schedule_type": schedule_type,
                "minutes": 1,
                "repeats": -1,
            },
        )
