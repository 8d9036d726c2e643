"""How a retry would run: what is kept, what runs again here, what goes to the marketplace again.

A retry plans again when a worker takes it; this plans in the same way, and stores nothing.
"""

from __future__ import annotations

import math
import time
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from django.db import connection
from django.db.models import Exists, OuterRef

from tasks import evidence, handlers, planning
from tasks.handlers import NO_CALL, ONE_CALL, BaseJobHandler, CallRange, PlannedTask, Step, StepKind
from tasks.models import MarketplaceJob, MarketplaceTask
from tasks.planning import Revision
from tasks.progress import TASK_COLUMNS, as_json, task_from_row
from tasks.sentences import sentence
from tasks.states import TaskStatus
from tasks.wording import subject_of
from tasks.workloads import Calls, StepCalls, Workload, calls_of

_BEGUN = [TaskStatus.COMPLETED.value, TaskStatus.UNKNOWN.value]


class Caution(Enum):
    """How a call to the marketplace is made safe."""

    NONE = ""
    READS = sentence("only looks")
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
    range: CallRange = ONE_CALL

    @property
    def acts(self) -> bool:
        """Whether something is sent, unless a look finds that it is there."""
        return self.caution in {Caution.NONE, Caution.LOOKS_FIRST}

    @property
    def looks(self) -> bool:
        return self.caution in {Caution.READS, Caution.LOOKS_FIRST, Caution.ONLY_LOOKS}

    @property
    def counted(self) -> StepCalls:
        return _counted(
            self.name,
            self.range,
            acts=int(self.acts),
            reads=int(self.caution is Caution.READS),
            looks=int(self.looks and self.caution is not Caution.READS),
        )


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
    """Steps at the marketplace, in order."""
    dropped: list[str] = field(default_factory=list)
    """No longer wanted, so never done."""
    fault: str = ""
    """Why the job would fail at once; nothing else is planned then."""
    is_open: bool = False
    """More may follow, which only the marketplace's answers tell."""

    @property
    def counted(self) -> Calls:
        is_open = self.is_open or any(call.range.most is None for call in self.calls)
        return calls_of((call.counted for call in self.calls), is_open=is_open)


def replan(jobs: Iterable[MarketplaceJob], *, seconds: float = math.inf) -> list[Replan]:
    """One for each job, which has to be retryable; fewer, but one, when the time is over."""
    chosen = list(jobs)
    stored = _tasks_of(chosen)
    return _in_time((_replan(job, stored[job.pk]) for job in chosen), seconds)


def first_plans(jobs: Iterable[MarketplaceJob], *, seconds: float = math.inf) -> list[Replan]:
    """The same for jobs that nobody has asked for yet, and that are stored nowhere."""
    return _in_time((_replan(job, []) for job in jobs), seconds)


def workload(plans: Sequence[Replan]) -> Workload:
    """Of plans that were made afresh."""
    return Workload(
        kept=sum(len(plan.kept) for plan in plans),
        own=sum(len(plan.own) for plan in plans),
        calls=sum((plan.counted for plan in plans), Calls()),
        planned=len(plans),
        unfit=sum(bool(plan.fault) for plan in plans),
    )


def _in_time(plans: Iterator[Replan], seconds: float) -> list[Replan]:
    ends_at = time.monotonic() + seconds
    made = []
    for plan in plans:
        made.append(plan)
        if time.monotonic() > ends_at:
            break
    return made


def _replan(job: MarketplaceJob, stored: list[MarketplaceTask]) -> Replan:
    result = Replan(job.pk, subject_of(job.marketplace, job.action, job.product_name))
    try:
        handler = handlers.handler_for(job.marketplace, job.action)(job)
        # What has begun has passed the check already, and does not come to it again.
        if not any(task.status in _BEGUN for task in stored):
            result.fault = "; ".join(handler.faults())
        if result.fault:
            return result
        planned = list(handler.create_tasks(job))
        revision = planning.revise(stored, planned, handler.steps)
        _sort(result, handler, revision, {_key(task): task.calls for task in planned})
    except Exception as error:  # noqa: BLE001 - whatever planning raises is the job's failure
        return Replan(job.pk, result.subject, fault=str(error) or type(error).__name__)
    return result


def _sort(
    result: Replan,
    handler: BaseJobHandler,
    revision: Revision,
    ranges: Mapping[tuple[str, str], CallRange | None],
) -> None:
    """`ranges`: the calls of planned tasks, which those that are stored do not tell."""
    again = {task.pk for task in revision.run_again}
    obsolete = {task.pk for task in revision.obsolete}
    order = deque(revision.order)
    while order:
        task = order.popleft()
        step = handler.steps.get(task.step)
        if isinstance(task, MarketplaceTask) and _is_kept(task, again):
            result.kept.append(task.name)
            continue
        if isinstance(task, MarketplaceTask) and task.pk in obsolete:
            result.calls.append(Call(task.name, Caution.ONLY_LOOKS))
            continue
        if step is not None and step.appends:
            foreseen = handler.foresee(task.step)
            order += foreseen.tasks
            result.is_open |= not foreseen.is_all
        known = task.calls if isinstance(task, PlannedTask) else ranges.get(_key(task))
        expected = known or (step.calls if step is not None else ONE_CALL)
        if expected == NO_CALL or (step is not None and step.kind is StepKind.ATOMIC):
            result.own.append(task.name)
        else:
            result.calls.append(Call(task.name, _caution(handler.job, task, step), expected))
    result.dropped = [task.name for task in revision.dropped]


def _key(task: MarketplaceTask | PlannedTask) -> tuple[str, str]:
    """By what a stored task is matched with a planned one."""
    return task.step, as_json(task.payload)


def _counted(name: str, expected: CallRange, *, acts: int, reads: int, looks: int) -> StepCalls:
    """Of so many tasks that act, that only read, and that look before they act or instead."""
    spare = 0 if expected.most is None else expected.most - expected.least
    return StepCalls(
        name,
        acts=acts * expected.least,
        looks=looks + reads * expected.least,
        spare=(acts + reads) * spare,
    )


def _is_kept(task: MarketplaceTask, again: set[int]) -> bool:
    return task.status == TaskStatus.COMPLETED and task.pk not in again


def _caution(
    job: MarketplaceJob, task: MarketplaceTask | PlannedTask, step: Step | None
) -> Caution:
    """As the orchestrator decides when the step's turn comes."""
    if step is not None and step.only_reads:
        return Caution.READS
    if step is None or step.kind is not StepKind.CREATING:
        return Caution.NONE
    if isinstance(task, PlannedTask):
        task = MarketplaceTask(pk=0, step=task.step)
    unknown = task.status == TaskStatus.UNKNOWN
    if unknown and (answer := evidence.answer_of(task)) is not None:
        return Caution.TAKES_WORD if answer.exists else Caution.NONE
    looks = step.looks_first or unknown or evidence.last_start(job, task).at is not None
    return Caution.LOOKS_FIRST if looks else Caution.NONE


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


# By the rules of `revise` and of `_caution`. What an earlier revision dropped is not counted; in a
# cancelled job everything that was left is CANCELLED too.
_STORED = f"""
SELECT min(t.name),
       count(*) FILTER (WHERE t.status = 'COMPLETED' AND NOT known.own),
       count(*) FILTER (WHERE known.own),
       count(*) FILTER (WHERE NOT known.own AND NOT known.reads AND (
           t.status NOT IN ('COMPLETED', 'UNKNOWN')
           OR t.status = 'UNKNOWN' AND NOT known.obsolete AND COALESCE(known.answer, 'false') = 'false')),
       count(*) FILTER (WHERE known.reads AND t.status NOT IN ('COMPLETED', 'UNKNOWN')),
       count(*) FILTER (WHERE t.status = 'UNKNOWN' AND known.answer IS NULL
           OR t.status NOT IN ('COMPLETED', 'UNKNOWN') AND step.kind = 'creating' AND (
               step.looks_first OR CASE
               WHEN j.product_id IS NULL THEN EXISTS (SELECT 1 {evidence.starts("IS NULL")})
               ELSE EXISTS (SELECT 1 {evidence.starts("= j.product_id")}) END)),
       count(*) FILTER (WHERE t.status <> 'COMPLETED'), j.marketplace, j.action, t.step
FROM marketplace_jobs j
JOIN marketplace_tasks t ON t.job_id = j.id
LEFT JOIN unnest(%(markets)s::text[], %(actions)s::text[], %(steps)s::text[], %(kinds)s::text[],
                 %(looks_first)s::boolean[], %(only_reads)s::boolean[])
          AS step (marketplace, action, step, kind, looks_first, only_reads)
       ON (step.marketplace, step.action, step.step) = (j.marketplace, j.action, t.step)
CROSS JOIN LATERAL (
    SELECT COALESCE(step.kind = 'atomic', false) AS own,
           COALESCE(step.only_reads, false) AS reads,
           t.result -> 'answer' ->> 'exists' AS answer,
           COALESCE((t.result ->> '{evidence.OBSOLETE}')::boolean, false) AS obsolete) AS known
WHERE j.id = ANY(%(ids)s::bigint[]) AND (t.status <> 'CANCELLED' OR j.status = 'CANCELLED')
GROUP BY j.marketplace, j.action, t.step
ORDER BY j.marketplace, j.action, min(t.position)
"""


def not_begun(job_ids: Sequence[int]) -> list[int]:
    """Those of the jobs that have done nothing yet: only planning tells whether they can."""
    jobs = MarketplaceJob.objects.filter(pk__in=job_ids).order_by("pk")
    begun = MarketplaceTask.objects.filter(job=OuterRef("pk"), status__in=_BEGUN)
    return list(jobs.filter(~Exists(begun)).values_list("pk", flat=True)) if job_ids else []


def stored_workload(job_ids: Sequence[int]) -> Workload:
    """What the stored plans of these jobs say, each of which has one."""
    known = [
        (marketplace, action, step.name, step.kind.value, step.looks_first, step.only_reads)
        for marketplace, action in handlers.registered()
        for step in handlers.handler_for(marketplace, action).steps.values()
    ]
    names = ("markets", "actions", "steps", "kinds", "looks_first", "only_reads")
    columns = map(list, zip(*known, strict=True)) if known else ([] for _ in names)
    with connection.cursor() as cursor:
        cursor.execute(_STORED, {"ids": list(job_ids), **dict(zip(names, columns, strict=True))})
        rows = cursor.fetchall()
    return Workload(
        kept=sum(row[1] for row in rows),
        own=sum(row[2] for row in rows),
        calls=sum((_stored_calls(*row) for row in rows), Calls()),
        stored=len(job_ids),
    )


def _stored_calls(
    name: str,
    _kept: int,
    _own: int,
    acts: int,
    reads: int,
    looks: int,
    undone: int,
    *step_of: str,
) -> Calls:
    """Of the tasks of one step; what one that is not done will append is stored nowhere yet."""
    step = handlers.step_of(*step_of)
    expected = ONE_CALL if step is None else step.calls
    is_open = step is not None and undone and (step.appends or expected.most is None)
    counted = _counted(name, expected, acts=acts, reads=reads, looks=looks)
    return calls_of([counted], is_open=bool(is_open))
