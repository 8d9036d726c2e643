"""How a retry would run: what is kept, what runs again here, what goes to the marketplace again.

A retry plans again when a worker takes it; this plans in the same way, and stores nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from django.db import connection

from tasks import evidence, handlers, planning
from tasks.handlers import PlannedTask, Step, StepKind
from tasks.models import MarketplaceJob, MarketplaceTask
from tasks.planning import Revision
from tasks.progress import TASK_COLUMNS, task_from_row
from tasks.sentences import sentence
from tasks.states import TaskStatus
from tasks.wording import subject_of


class Caution(Enum):
    """How a call to the marketplace is made safe."""

    NONE = ""
    LOOKS_FIRST = sentence("looks first, then acts only if it is not there")
    ONLY_LOOKS = sentence("only looks what became of it; it is no longer wanted")
    TAKES_WORD = sentence("takes the id that a person gave")

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True, slots=True)
class Call:
    """One step at the marketplace."""

    name: str
    caution: Caution = Caution.NONE


@dataclass(slots=True)
class Replan:
    """How the retry of one job would run."""

    job_id: int
    subject: str
    kept: list[str] = field(default_factory=list)
    """Done, and not done again."""
    own: list[str] = field(default_factory=list)
    """Run again on our own tables only."""
    calls: list[Call] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    """No longer wanted, so never done."""
    fault: str = ""
    """Why planning would fail, and the job with it."""


@dataclass(frozen=True, slots=True)
class Sums:
    """The same in numbers, of several jobs."""

    jobs: int
    kept: int
    own: int
    calls: int
    looks: int
    """Calls among them that look before they act."""
    never_planned: int
    """Jobs that have no plan yet: all their steps will run."""


def replan(jobs: Sequence[MarketplaceJob]) -> list[Replan]:
    """One for each job, which has to be retryable."""
    stored = _tasks_of(jobs)
    return [_replan(job, stored[job.pk]) for job in jobs]


def sums(plans: Sequence[Replan]) -> Sums:
    """Of plans that were made afresh."""
    calls = [call for plan in plans for call in plan.calls]
    return Sums(
        jobs=len(plans),
        kept=sum(len(plan.kept) for plan in plans),
        own=sum(len(plan.own) for plan in plans),
        calls=len(calls),
        looks=sum(call.caution in {Caution.LOOKS_FIRST, Caution.ONLY_LOOKS} for call in calls),
        never_planned=0,
    )


def _replan(job: MarketplaceJob, stored: list[MarketplaceTask]) -> Replan:
    result = Replan(job.pk, subject_of(job.marketplace, job.action, job.product_name))
    try:
        handler = handlers.handler_for(job.marketplace, job.action)(job)
        planned = list(handler.create_tasks(job))
        revision = planning.revise(stored, planned, handler.steps)
    except Exception as error:  # noqa: BLE001 - whatever planning raises is the job's failure
        result.fault = str(error) or type(error).__name__
        return result
    _sort(result, job, revision, handler.steps)
    return result


def _sort(
    result: Replan, job: MarketplaceJob, revision: Revision, steps: Mapping[str, Step]
) -> None:
    again = {task.pk for task in revision.run_again}
    obsolete = {task.pk for task in revision.obsolete}
    for task in revision.order:
        step = steps.get(task.step)
        if isinstance(task, MarketplaceTask) and _is_kept(task, again):
            result.kept.append(task.name)
        elif step is not None and step.kind is StepKind.ATOMIC:
            result.own.append(task.name)
        elif isinstance(task, MarketplaceTask) and task.pk in obsolete:
            result.calls.append(Call(task.name, Caution.ONLY_LOOKS))
        else:
            result.calls.append(Call(task.name, _caution(job, task, step)))
    result.dropped = [task.name for task in revision.dropped]


def _is_kept(task: MarketplaceTask, again: set[int]) -> bool:
    return task.status == TaskStatus.COMPLETED and task.pk not in again


def _caution(
    job: MarketplaceJob, task: MarketplaceTask | PlannedTask, step: Step | None
) -> Caution:
    """As the orchestrator decides when the step's turn comes."""
    if step is None or step.kind is not StepKind.CREATING:
        return Caution.NONE
    if isinstance(task, PlannedTask):
        task = MarketplaceTask(pk=0, step=task.step)
    unknown = task.status == TaskStatus.UNKNOWN
    if unknown and (answer := evidence.answer_of(task)) is not None:
        return Caution.TAKES_WORD if answer.exists else Caution.NONE
    doubtful = unknown or evidence.seconds_since_last_start(job, task) is not None
    return Caution.LOOKS_FIRST if doubtful or step.looks_first else Caution.NONE


def _tasks_of(jobs: Sequence[MarketplaceJob]) -> dict[int, list[MarketplaceTask]]:
    tasks: dict[int, list[MarketplaceTask]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {TASK_COLUMNS} FROM marketplace_tasks WHERE job_id = ANY(%s) "
            "ORDER BY job_id, position, id",
            [[job.pk for job in jobs]],
        )
        for row in cursor.fetchall():
            task = task_from_row(row)
            tasks[task.job_id].append(task)
    return tasks


_SUMS = """
SELECT count(DISTINCT j.id),
       count(t.id) FILTER (WHERE t.status = 'COMPLETED' AND own.step IS NULL),
       count(t.id) FILTER (WHERE own.step IS NOT NULL),
       count(t.id) FILTER (WHERE t.status <> 'COMPLETED' AND own.step IS NULL),
       count(t.id) FILTER (WHERE t.status = 'UNKNOWN'),
       count(DISTINCT j.id) FILTER (WHERE t.id IS NULL)
FROM marketplace_jobs j
LEFT JOIN marketplace_tasks t ON t.job_id = j.id
LEFT JOIN unnest(%(markets)s::text[], %(actions)s::text[], %(steps)s::text[])
          AS own (marketplace, action, step)
       ON (own.marketplace, own.action, own.step) = (j.marketplace, j.action, t.step)
WHERE j.id = ANY(%(ids)s)
"""


def stored_sums(job_ids: Sequence[int]) -> Sums:
    """What the stored plans say; a product that was changed since may change them."""
    own = [
        (marketplace, action, step.name)
        for marketplace, action in handlers.registered()
        for step in handlers.handler_for(marketplace, action).steps.values()
        if step.kind is StepKind.ATOMIC
    ]
    markets, actions, steps = map(list, zip(*own, strict=True)) if own else ([], [], [])
    with connection.cursor() as cursor:
        cursor.execute(
            _SUMS,
            {"ids": list(job_ids), "markets": markets, "actions": actions, "steps": steps},
        )
        return Sums(*cursor.fetchone())
