"""Where workers say in the database that they are there, and where others read it.

Staff look at web pages, perhaps on another machine: they cannot see the workers' pulse files.
All times are the database's.
"""

from __future__ import annotations

import os
import socket
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache

from django.conf import settings
from django.db import connection

from tasks.dispatch import machine_clock, pulse
from tasks.dispatch.machine_clock import MachineClock
from tasks.standstill import Standstill

SUPERVISOR_SECONDS = 5.0
PLAIN_CLUSTER_SECONDS = 10.0
SUPERVISED_SILENCE = timedelta(seconds=40)
"""Longer than a supervisor needs to start its cluster anew."""
PLAIN_CLUSTER_SILENCE = timedelta(minutes=3)
"""Longer than the minute, and django-q2's own half, that a plain qcluster may keep silent."""

_SEEN = """
INSERT INTO public.worker_presences
    (host, pid, workers, started_at, seen_at, silent_seconds, clock_ahead_seconds)
VALUES (%(host)s, %(pid)s, %(workers)s, clock_timestamp(), clock_timestamp(), %(silent)s,
        %(wrong_by)s)
ON CONFLICT (host, pid) DO UPDATE
SET workers = EXCLUDED.workers, seen_at = EXCLUDED.seen_at,
    silent_seconds = EXCLUDED.silent_seconds, clock_ahead_seconds = EXCLUDED.clock_ahead_seconds,
    started_at = CASE WHEN worker_presences.seen_at
                           < EXCLUDED.seen_at - EXCLUDED.silent_seconds * interval '1 second'
                      THEN EXCLUDED.started_at ELSE worker_presences.started_at END
"""


@dataclass(slots=True)
class Presence:
    """One cluster of workers, told of at most every `every_seconds` however often it is asked to."""

    pid: int
    workers: int
    every_seconds: float
    silence: timedelta = PLAIN_CLUSTER_SILENCE
    """How long it may say nothing before nobody believes any more that it is there."""
    host: str = field(default_factory=socket.gethostname)
    _told_at: float | None = None

    def tell(self, clock: MachineClock = machine_clock.OF_THIS_PROCESS) -> bool:
        """Say that the cluster is there, and whether its machine's clock keeps it from working.

        Whether it was written; DatabaseError when it cannot be.
        """
        now = time.monotonic()
        if self._told_at is not None and now - self._told_at < self.every_seconds:
            return False
        wrong_by = clock.wrong_by()
        with connection.cursor() as cursor:
            cursor.execute(
                _SEEN,
                {
                    "host": self.host[:255],
                    "pid": self.pid,
                    "workers": self.workers,
                    "silent": int(self.silence.total_seconds()),
                    "wrong_by": wrong_by,
                },
            )
        self._told_at = now
        return True

    def withdraw(self) -> None:
        """The cluster has ended on purpose."""
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM public.worker_presences WHERE host = %s AND pid = %s",
                [self.host[:255], self.pid],
            )
        self._told_at = None


def supervised(workers: int) -> Presence:
    """The cluster of the supervisor that this process is."""
    return Presence(os.getpid(), workers, SUPERVISOR_SECONDS, SUPERVISED_SILENCE)


def tell_for_plain_cluster(clock: MachineClock = machine_clock.OF_THIS_PROCESS) -> bool:
    """A worker of a plain `manage.py qcluster` speaks for its cluster; others have a supervisor."""
    return pulse.SUPERVISOR not in os.environ and _plain_cluster(os.getpid()).tell(clock)


@cache
def _plain_cluster(_pid: int) -> Presence:
    """By process: a fork must not believe that it has told what its parent told."""
    workers = int(settings.Q_CLUSTER["workers"])
    return Presence(os.getpgrp(), workers, PLAIN_CLUSTER_SECONDS, PLAIN_CLUSTER_SILENCE)


def forget_old() -> int:
    """Remove clusters that have not been seen for a day: they were killed; how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM public.worker_presences "
            "WHERE seen_at < clock_timestamp() - interval '1 day'"
        )
        return int(cursor.rowcount)


@dataclass(frozen=True, slots=True)
class WrongClock:
    """A machine whose workers are there and take no work."""

    host: str
    ahead: float
    """Of the database's clock, in seconds; negative: behind."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the public tables say of all workers together."""

    at: datetime
    """The database's present time."""
    last_seen_at: datetime | None
    """When workers last said that they are there; None = never."""
    believed_until: datetime | None
    """Until when that may be taken for true; None = never."""
    waiting_since: datetime | None
    """Since when work has been due that no worker takes; None = nothing is due."""
    works_until: datetime | None
    """As `believed_until`, of the workers whose machine's clock is right."""
    wrong_clocks: tuple[WrongClock, ...]
    """By host."""

    @property
    def nobody(self) -> bool:
        return self.believed_until is None or self.believed_until <= self.at

    @property
    def stopped_by_clocks(self) -> bool:
        """Workers are there, and every one is on a machine whose clock is wrong."""
        return self.standstill is Standstill.CLOCKS

    @property
    def standstill(self) -> Standstill | None:
        """None when work is taken, or should be."""
        if self.nobody:
            return Standstill.NO_WORKERS
        is_right_one_there = self.works_until is not None and self.works_until > self.at
        return None if is_right_one_there else Standstill.CLOCKS

    @property
    def stuck(self) -> bool:
        """Workers are there, but none has taken a lane for longer than any of them can be busy."""
        if self.standstill is not None or self.waiting_since is None:
            return False
        return self.at - self.waiting_since >= stuck_after()


def stuck_after() -> timedelta:
    """A message with its last step, and time for the watchdog to notice and to start anew."""
    times = settings.DISPATCH
    return timedelta(
        seconds=times["message_seconds"]
        + times["longest_step_seconds"]
        + 2 * times["stuck_seconds"]
    )


# A lane may have been due for long because others were served before it. Only when none was
# served either does work wait for nobody. Clusters of one machine share its clock.
_LOOK = """
WITH clusters AS (
    SELECT host, seen_at, clock_ahead_seconds,
           seen_at + silent_seconds * interval '1 second' AS believed_until
    FROM public.worker_presences
), wrong AS (
    SELECT DISTINCT ON (host) host, clock_ahead_seconds FROM clusters
    WHERE clock_ahead_seconds IS NOT NULL AND believed_until > clock_timestamp()
    ORDER BY host, seen_at DESC
)
SELECT clock_timestamp(),
       (SELECT max(seen_at) FROM clusters),
       (SELECT max(believed_until) FROM clusters),
       (SELECT CASE WHEN due.first IS NOT NULL
                    THEN GREATEST(due.first, (SELECT max(served_at) FROM public.lanes)) END
        FROM (SELECT min(due_at) AS first FROM public.lanes
              WHERE due_at <= (SELECT clock_timestamp())) AS due),
       (SELECT max(believed_until) FROM clusters WHERE clock_ahead_seconds IS NULL),
       (SELECT array_agg(host::text ORDER BY host) FROM wrong),
       (SELECT array_agg(clock_ahead_seconds ORDER BY host) FROM wrong)
"""


def look() -> Seen:
    """One query of the public tables."""
    with connection.cursor() as cursor:
        cursor.execute(_LOOK)
        at, last_seen, believed, waiting, works, hosts, differences = cursor.fetchone()
    clocks = tuple(map(WrongClock, hosts or (), differences or ()))
    return Seen(at, last_seen, believed, waiting, works, clocks)
