"""Deleting finished jobs that are old, in batches of one commit each; statistics stay.

What is kept, however old, because it decides what happens later:

* unfinished jobs, and every job of a batch that has not ended;
* a job with an UNKNOWN task: a person may still answer it;
* a job that ended without success after a creating step of it took effect, or may have: its
  history makes a later job look before it acts (see `tasks.evidence`). A job of the same action
  on the same listing that COMPLETED later has settled the matter, and so has the removal of its
  account or product: nothing can be published there again.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from tasks import handlers
from tasks.handlers import StepKind
from tasks.states import FINAL_JOB, BatchStatus, in_order

KEPT_RUNNING_BATCH = "its batch has not ended"
KEPT_UNKNOWN = "it is unknown what a task did"
KEPT_EVIDENCE = "a later job must look before it acts"

_Place = tuple[datetime, int]


@dataclass
class Cleaned:
    """What came of one batch of deletions."""

    jobs: int = 0
    tasks: int = 0
    attempts: int = 0
    batches: int = 0
    kept: dict[str, int] = field(default_factory=dict)
    """Old jobs that had to stay, by reason."""

    def add(self, other: Cleaned) -> None:
        self.jobs += other.jobs
        self.tasks += other.tasks
        self.attempts += other.attempts
        self.batches += other.batches
        for reason, number in other.kept.items():
            self.kept[reason] = self.kept.get(reason, 0) + number


def delete_jobs(
    before: datetime, *, batch_size: int, dry_run: bool = False
) -> Generator[Cleaned, None, None]:
    """Delete the jobs of the current schema that ended before `before`, oldest first.

    One commit for each result; jobs that another transaction works on are passed over.
    """
    place: _Place | None = None
    while True:
        with transaction.atomic():
            page = _page(before, place, batch_size, lock=not dry_run)
            if not page:
                return
            cleaned = _clean([job_id for _, job_id in page], dry_run=dry_run)
        place = page[-1]
        yield cleaned


_PAGE = """
SELECT completed_at, id FROM marketplace_jobs
WHERE completed_at < %(before)s AND status = ANY(%(final)s)
  AND (%(at)s::timestamptz IS NULL OR (completed_at, id) > (%(at)s, %(id)s))
ORDER BY completed_at, id LIMIT %(size)s
"""
_LOCKED = " FOR UPDATE SKIP LOCKED"


def _page(before: datetime, place: _Place | None, size: int, *, lock: bool) -> list[_Place]:
    at, job_id = place or (None, None)
    parameters = {
        "before": before,
        "final": in_order(FINAL_JOB),
        "at": at,
        "id": job_id,
        "size": size,
    }
    return _fetch(_PAGE + _LOCKED * lock, parameters)


# A retry moves the job, then its batch. Jobs are locked by now; so that no sibling reopens the
# batch meanwhile, batches are locked too, in the same order as everywhere: after the jobs.
_HOLD_BATCHES = """
SELECT b.id FROM batch_jobs b
WHERE b.id IN (SELECT batch_job_id FROM marketplace_jobs WHERE id = ANY(%(ids)s))
ORDER BY b.id FOR SHARE
"""

# Once for the jobs of a product and once for sweeps, because only an equality can use the index.
_SETTLED = """
SELECT 1 FROM marketplace_jobs later
WHERE later.account_id = j.account_id AND {same}
  AND later.action = j.action AND later.status = 'COMPLETED'
  AND later.completed_at > j.completed_at
"""

# Why an old job stays; the first reason that applies.
_JUDGE = f"""
SELECT j.id, CASE
    WHEN EXISTS (
        SELECT 1 FROM batch_jobs b WHERE b.id = j.batch_job_id AND b.status = ANY(%(open)s)
    ) THEN %(running_batch)s
    WHEN EXISTS (
        SELECT 1 FROM marketplace_tasks t WHERE t.job_id = j.id AND t.status = 'UNKNOWN'
    ) THEN %(unknown)s
    WHEN j.status <> 'COMPLETED' AND j.account_id IS NOT NULL
     AND (j.product_id IS NOT NULL OR j.product_name = '') AND EXISTS (
        SELECT 1 FROM marketplace_tasks t
        WHERE t.job_id = j.id
          AND NOT EXISTS (
              SELECT 1 FROM unnest(%(markets)s::text[], %(actions)s::text[], %(steps)s::text[])
                            AS harmless (marketplace, action, step)
              WHERE (harmless.marketplace, harmless.action, harmless.step)
                    = (j.marketplace, j.action, t.step))
          AND (t.status IN ('RUNNING', 'COMPLETED') OR EXISTS (
              SELECT 1 FROM task_attempts a
              WHERE a.task_id = t.id AND a.outcome IN ('UNKNOWN', 'INTERRUPTED')))
    ) AND NOT EXISTS ({_SETTLED.format(same="later.product_id = j.product_id")})
      AND NOT EXISTS ({_SETTLED.format(same="later.product_id IS NULL AND j.product_id IS NULL")})
    THEN %(evidence)s
    END
FROM marketplace_jobs j WHERE j.id = ANY(%(ids)s)
"""

_COUNT_BELOW = """
SELECT (SELECT count(*) FROM marketplace_tasks WHERE job_id = ANY(%(ids)s)),
       (SELECT count(*) FROM task_attempts WHERE job_id = ANY(%(ids)s))
"""


def _clean(job_ids: list[int], *, dry_run: bool) -> Cleaned:
    """Delete those of the locked jobs that nothing speaks for; tasks and attempts go with them."""
    if not dry_run:
        _fetch(_HOLD_BATCHES, {"ids": job_ids})
    cleaned, doomed = Cleaned(), []
    for job_id, reason in _fetch(_JUDGE, {"ids": job_ids, **_rules()}):
        if reason is None:
            doomed.append(job_id)
        else:
            cleaned.kept[reason] = cleaned.kept.get(reason, 0) + 1
    [(cleaned.tasks, cleaned.attempts)] = _fetch(_COUNT_BELOW, {"ids": doomed})
    cleaned.jobs = len(doomed)
    if not dry_run:
        _execute("DELETE FROM marketplace_jobs WHERE id = ANY(%(ids)s)", {"ids": doomed})
    return cleaned


def _rules() -> dict[str, Any]:
    """Steps that are known not to create anything; one whose code is gone may have."""
    harmless = [
        (marketplace, action, step.name)
        for marketplace, action in handlers.registered()
        for step in handlers.handler_for(marketplace, action).steps.values()
        if step.kind is not StepKind.CREATING
    ]
    markets, actions, steps = zip(*harmless, strict=True) if harmless else ((), (), ())
    return {
        "open": [BatchStatus.PENDING.value, BatchStatus.RUNNING.value],
        "running_batch": KEPT_RUNNING_BATCH,
        "unknown": KEPT_UNKNOWN,
        "evidence": KEPT_EVIDENCE,
        "markets": list(markets),
        "actions": list(actions),
        "steps": list(steps),
    }


_EMPTY_BATCHES = """
SELECT b.id FROM batch_jobs b
WHERE b.completed_at < %(before)s AND b.status <> ALL(%(open)s) AND b.id > %(after)s
  AND NOT EXISTS (SELECT 1 FROM marketplace_jobs j WHERE j.batch_job_id = b.id)
ORDER BY b.id LIMIT %(size)s
"""


def delete_batches(
    before: datetime, *, batch_size: int, dry_run: bool = False
) -> Iterator[Cleaned]:
    """Delete the ended batches of the current schema that have no job left. A dry run counts
    those that are empty now, not those that deleting jobs would empty."""
    last = 0
    while True:
        with transaction.atomic():
            parameters = {
                "before": before,
                "open": [BatchStatus.PENDING.value, BatchStatus.RUNNING.value],
                "after": last,
                "size": batch_size,
            }
            ids = [row[0] for row in _fetch(_EMPTY_BATCHES + _LOCKED * (not dry_run), parameters)]
            if not ids:
                return
            if not dry_run:
                _execute("DELETE FROM batch_jobs WHERE id = ANY(%(ids)s)", {"ids": ids})
        last = ids[-1]
        yield Cleaned(batches=len(ids))


Leftovers = Callable[[bool], int]
"""Deletes rows of the current schema that nobody needs any more, or counts them (True: a dry run)."""

_leftovers: dict[str, Leftovers] = {}


def also_delete(what: str, delete: Leftovers) -> None:
    """An app that this one does not know has something to clean up too; `what` names it."""
    _leftovers[what] = delete


def delete_leftovers(*, dry_run: bool = False) -> Iterator[tuple[str, int]]:
    """What apps have asked for, by its name: how many rows went."""
    for what, delete in _leftovers.items():
        yield what, delete(dry_run)


_OLD_FAILURES = """
SELECT id FROM public.django_q_task WHERE NOT success AND stopped < %(before)s
ORDER BY id LIMIT %(size)s FOR UPDATE SKIP LOCKED
"""


def delete_wake_up_failures(
    before: datetime, *, batch_size: int, dry_run: bool = False
) -> Iterator[int]:
    """Delete django-q2's records of wake-ups that failed; they are all tenants' and no tenant's."""
    if dry_run:
        sql = "SELECT count(*) FROM public.django_q_task WHERE NOT success AND stopped < %(before)s"
        yield int(_fetch(sql, {"before": before})[0][0])
        return
    while True:
        with transaction.atomic():
            rows = _fetch(_OLD_FAILURES, {"before": before, "size": batch_size})
            ids = [row[0] for row in rows]
            if not ids:
                return
            _execute("DELETE FROM public.django_q_task WHERE id = ANY(%(ids)s)", {"ids": ids})
        yield len(ids)


def _fetch(sql: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def _execute(sql: str, parameters: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
