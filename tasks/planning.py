"""From what a handler lists to what is still to be done: first plans, and plans made again.

Pure but for `replace_plan`, which stores the result.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection, transaction

from tasks.evidence import APPENDED, OBSOLETE
from tasks.handlers import PlannedTask, Step, StepKind
from tasks.models import MarketplaceJob, MarketplaceTask
from tasks.progress import TASK_COLUMNS, as_json, lease_lost, task_from_row
from tasks.states import TaskStatus, check_task_move

# An UNKNOWN task is kept whatever the new plan says: what it did must be found out first.
KEPT = frozenset({TaskStatus.COMPLETED.value, TaskStatus.UNKNOWN.value})


@dataclass(frozen=True, slots=True)
class Revision:
    """How a stored plan becomes the new one."""

    order: tuple[MarketplaceTask | PlannedTask, ...]
    """The new plan: stored tasks that are kept or run again, and tasks to be stored."""
    run_again: tuple[MarketplaceTask, ...]
    dropped: tuple[MarketplaceTask, ...]
    obsolete: tuple[MarketplaceTask, ...] = ()
    """Not wanted any more, but UNKNOWN: looked at where they stand, and never acted on."""


def load_tasks(job: MarketplaceJob) -> list[MarketplaceTask]:
    """Every task of the job in order of position."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {TASK_COLUMNS} FROM marketplace_tasks WHERE job_id = %s ORDER BY position, id",
            [job.pk],
        )
        return [task_from_row(row) for row in cursor.fetchall()]


def revise(
    stored: Sequence[MarketplaceTask],
    planned: Iterable[PlannedTask],
    steps: Mapping[str, Step],
) -> Revision:
    """Match the new plan with the stored one by (step, payload).

    Completed outside tasks that the new plan still wants are kept, and what they appended is
    wanted too; steps on our own tables run again; the rest is dropped.
    """
    waiting: dict[tuple[str, str], list[MarketplaceTask]] = defaultdict(list)
    for task in stored:
        waiting[task.step, as_json(task.payload)].append(task)
    order: list[MarketplaceTask | PlannedTask] = []
    for wanted in planned:
        matches = waiting.get((wanted.step, as_json(wanted.payload)))
        order.append(_renamed(matches.pop(0), wanted) if matches else wanted)
    unmatched = [task for tasks in waiting.values() for task in tasks]
    appended = _appended(order, unmatched, steps)
    order += appended
    unmatched = [task for task in unmatched if task not in appended]
    unknown = [task for task in unmatched if task.status == TaskStatus.UNKNOWN]
    dropped = [task for task in unmatched if task.status not in KEPT]
    placed = tuple(order)
    for task in unknown:
        placed = _inserted(placed, task)
    again = [
        task
        for task in order
        if isinstance(task, MarketplaceTask) and _runs_again(task, steps.get(task.step))
    ]
    return Revision(placed, tuple(again), tuple(dropped), tuple(unknown))


def replace_plan(job: MarketplaceJob, revision: Revision, *, version: int) -> list[MarketplaceTask]:
    """Store a revised plan; what was dropped stays visible behind it, CANCELLED."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE marketplace_jobs SET plan_again = false, handler_version = %s "
            "WHERE id = %s AND lease_token = %s AND status = 'RUNNING'",
            [version, job.pk, job.lease_token],
        )
        if cursor.rowcount != 1:
            raise lease_lost(job)
        _reset(revision.run_again)
        _drop(revision.dropped)
        _mark_obsolete(revision.obsolete)
        _renumber(job, revision)
    job.plan_again = False
    return load_tasks(job)


def _inserted(
    order: tuple[MarketplaceTask | PlannedTask, ...], unknown: MarketplaceTask
) -> tuple[MarketplaceTask | PlannedTask, ...]:
    """Behind the kept tasks that stood before it: a look needs their receipts."""
    behind = [
        place
        for place, task in enumerate(order, start=1)
        if isinstance(task, MarketplaceTask)
        and task.status == TaskStatus.COMPLETED
        and task.position < unknown.position
    ]
    place = max(behind, default=0)
    return (*order[:place], unknown, *order[place:])


def _appended(
    order: Sequence[MarketplaceTask | PlannedTask],
    unmatched: Sequence[MarketplaceTask],
    steps: Mapping[str, Step],
) -> list[MarketplaceTask]:
    """What the kept tasks appended when they ran, and what that appended in turn, in its order."""
    others = {task.pk: task for task in unmatched}
    appended: list[MarketplaceTask] = []
    kept = [task for task in order if isinstance(task, MarketplaceTask)]
    while kept:
        task = kept.pop()
        if not _runs_again(task, steps.get(task.step)):
            ids = (task.result or {}).get(APPENDED, [])
            found = [others.pop(pk) for pk in ids if pk in others]
            appended += found
            kept += found
    return sorted(appended, key=lambda task: task.position)


def _renamed(task: MarketplaceTask, wanted: PlannedTask) -> MarketplaceTask:
    """A kept task reads as the new plan says: "Upload image 1/3" may have become "1/4"."""
    task.name = wanted.name[:255]
    return task


def _runs_again(task: MarketplaceTask, step: Step | None) -> bool:
    if task.status == TaskStatus.UNKNOWN:
        return False
    own_tables = step is not None and step.kind is StepKind.ATOMIC
    return task.status != TaskStatus.COMPLETED or own_tables


def _reset(tasks: Sequence[MarketplaceTask]) -> None:
    for task in tasks:
        if task.status != TaskStatus.PENDING:
            check_task_move(task.status, TaskStatus.PENDING)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE marketplace_tasks SET status = 'PENDING', error_message = '', result = NULL, "
            "attempt_count = 0, started_at = NULL, completed_at = NULL WHERE id = ANY(%s)",
            [[task.pk for task in tasks]],
        )


def _drop(tasks: Sequence[MarketplaceTask]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE marketplace_tasks SET status = 'CANCELLED' "
            "WHERE id = ANY(%s) AND status IN ('PENDING', 'FAILED')",
            [[task.pk for task in tasks]],
        )


def _mark_obsolete(tasks: Sequence[MarketplaceTask]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE marketplace_tasks "
            "SET result = COALESCE(result, '{}'::jsonb) || jsonb_build_object(%s::text, true) "
            "WHERE id = ANY(%s) AND status = 'UNKNOWN'",
            [OBSOLETE, [task.pk for task in tasks]],
        )


_RENUMBER = """
UPDATE marketplace_tasks t SET position = wanted.position, name = wanted.name
FROM unnest(%s::bigint[], %s::int[], %s::text[]) AS wanted (id, position, name)
WHERE t.id = wanted.id
"""

_INSERT = """
INSERT INTO marketplace_tasks (job_id, name, position, status, step, payload, error_message,
                               attempt_count, created_at)
SELECT %s, wanted.name, wanted.position, 'PENDING', wanted.step, wanted.payload::jsonb, '', 0,
       clock_timestamp()
FROM unnest(%s::text[], %s::int[], %s::text[], %s::text[])
     AS wanted (name, position, step, payload)
"""


def _renumber(job: MarketplaceJob, revision: Revision) -> None:
    kept = {id(task) for task in revision.order}
    places = list(enumerate(revision.order, start=1))
    old = [
        (task.pk, place, task.name) for place, task in places if isinstance(task, MarketplaceTask)
    ]
    new = [(place, task) for place, task in places if isinstance(task, PlannedTask)]
    behind = [task for task in load_tasks(job) if task.pk not in {pk for pk, _, _ in old}]
    old += [(task.pk, len(kept) + place, task.name) for place, task in enumerate(behind, start=1)]
    with connection.cursor() as cursor:
        cursor.execute(_RENUMBER, [list(column) for column in zip(*old, strict=True)] or [[]] * 3)
        cursor.execute(
            _INSERT,
            [
                job.pk,
                [task.name[:255] for _, task in new],
                [place for place, _ in new],
                [task.step for _, task in new],
                [as_json(task.payload) for _, task in new],
            ],
        )
