"""Runs the tasks of one claimed job, in order, one commit each.

Invariants: nothing is written without the lease; no transaction is open while a step talks to the
outside; a creating step looks before it acts whenever it may have acted before.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import nullcontext

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from tasks import evidence, failures, looking, planning, progress, untried
from tasks.attempts import Failure
from tasks.deadlines import clock, deadline, remaining_seconds
from tasks.endings import end_job
from tasks.errors import (
    DecisionNeededError,
    LeaseLostError,
    NotTriedError,
    PermanentError,
    RateLimitedError,
    TransientError,
)
from tasks.handlers import (
    Appended,
    BaseJobHandler,
    Receipt,
    Step,
    StepKind,
    TaskRun,
    handler_for,
)
from tasks.holding import holding
from tasks.job_run import FINISHED, JobRun, Move, RunEnd, TaskResult
from tasks.models import MarketplaceJob, MarketplaceTask, Outcome, WaitReason
from tasks.outcomes import as_definite, as_unknown, may_be_outage, may_have_acted, outcome_of
from tasks.sentences import sentence
from tasks.states import JobStatus, TaskStatus

logger = logging.getLogger(__name__)


def _never() -> WaitReason:
    return WaitReason.NONE


class TaskOrchestrator:
    """Plans and runs claimed jobs for one worker.

    `should_stop` is asked between two tasks and answers why to let go of the job, if at all.
    """

    def __init__(self, should_stop: Callable[[], WaitReason] = _never) -> None:
        self._should_stop = should_stop
        self.answered = False
        """The marketplace answered the last call of this worker."""
        self.refused = False
        """A limit let no call of this worker through."""

    def create_tasks(self, job: MarketplaceJob, handler: BaseJobHandler) -> JobRun:
        """Store the job's plan in one insert and begin its first task."""
        planned = list(handler.create_tasks(job))
        if not planned:
            return JobRun(job, handler, [])
        first = handler.steps[planned[0].step]
        leased_at = clock()
        tasks, flags = progress.store_plan(
            job, planned, version=handler.version, lease_seconds=first.lease_seconds
        )
        return JobRun(job, handler, tasks, flags, leased_at=leased_at)

    def should_skip_task(self, task: MarketplaceTask) -> bool:
        """Whether there is nothing to do: it has completed, or the plan no longer wants it."""
        return task.status in FINISHED

    def execute_job_with_tasks(self, job: MarketplaceJob) -> RunEnd:
        """Run a claimed job until it ends, waits, or has to be let go."""
        try:
            run = self._open(job)
            return self._run(run) if run is not None else RunEnd.WAITS
        except LeaseLostError as error:
            logger.warning("job.lost job=%s %s", job.pk, error)
            return RunEnd.LOST

    def execute_task(self, task: MarketplaceTask, run: JobRun) -> TaskResult:
        """Run the task's step and commit what came of it.

        A failure is recorded and returned; only a lost lease and what is no Exception (a time-out
        signal, a shutdown) is raised.
        """
        if self.should_skip_task(task):
            return TaskResult(success=True, result=task.result)
        run.acting, run.doubtful = False, task.status == TaskStatus.UNKNOWN
        try:
            step = run.step(task)
            receipt = self._perform(run, task, step)
        except LeaseLostError:
            raise
        except NotTriedError as error:
            untried.put_back(run.job, task, error, known=run.known)
            return TaskResult(success=False, error=error)
        except BaseException as error:
            if isinstance(error, DatabaseError) and not connection.in_atomic_block:
                connection.close_if_unusable_or_obsolete()
            self._fail(run, task, error)
            if not isinstance(error, Exception):
                raise
            return TaskResult(success=False, error=error)
        return TaskResult(success=True, result=receipt)

    # -- opening a run

    def _open(self, job: MarketplaceJob) -> JobRun | None:
        try:
            handler = handler_for(job.marketplace, job.action)(job)
            if job.handler_version == 0:
                return self.create_tasks(job, handler)
            return self._resume(job, handler)
        except LeaseLostError:
            raise
        except NotTriedError as error:
            untried.put_back(job, None, error)
            return None
        except Exception as error:  # noqa: BLE001 - whatever planning raises is the job's failure
            failures.record(Failure(job, error, outcome_of(error)))
            return None

    def _resume(self, job: MarketplaceJob, handler: BaseJobHandler) -> JobRun:
        tasks = planning.load_tasks(job)
        if job.plan_again or job.handler_version != handler.version:
            revision = planning.revise(tasks, handler.create_tasks(job), handler.steps)
            tasks = planning.replace_plan(job, revision, version=handler.version)
        run = JobRun(job, handler, tasks)
        task = run.current
        if task is None:
            return run
        lease = _lease_seconds(handler, task)
        if task.status == TaskStatus.UNKNOWN:
            progress.renew(job, lease)
            return run
        run.known = evidence.of_look(task)
        run.flags = progress.begin(
            job,
            task,
            former=[TaskStatus.PENDING, TaskStatus.FAILED],
            lease_seconds=lease,
            heed=not run.past_no_return(),
        )
        if not run.flags or run.past_no_return():
            _begun(task)
        return run

    # -- the loop

    def _run(self, run: JobRun) -> RunEnd:
        while (task := run.current) is not None:
            if task.status not in {TaskStatus.RUNNING, TaskStatus.UNKNOWN}:
                return self._leave(run)
            if not self.execute_task(task, run).success:
                return RunEnd.WAITS
        if run.job.status == JobStatus.RUNNING:
            # Nothing was left to do: an empty plan, or every task had completed before.
            _end(run.job, JobStatus.COMPLETED)
        return RunEnd.ENDED

    def _leave(self, run: JobRun) -> RunEnd:
        """The next task was not begun: a person wants it so, or this worker has to stop."""
        if run.flags.cancel and not run.past_no_return():
            _end(run.job, JobStatus.CANCELLED)
            logger.info("job.cancelled job=%s", run.job.pk)
            return RunEnd.ENDED
        progress.let_go(run.job, WaitReason.PAUSED if run.flags.pause else run.stop)
        return RunEnd.WAITS

    # -- one task

    def _perform(self, run: JobRun, task: MarketplaceTask, step: Step) -> Receipt:
        if step.kind is StepKind.ATOMIC:
            run.acting = True
            with transaction.atomic():
                move = self._complete(run, task, self._call(run, task, step.name))
        else:
            with deadline(step.deadline, since=run.leased_at):
                outcome = self._outside(run, task, step)
            self.answered = True
            if outcome is None:
                return {}
            with transaction.atomic() if isinstance(outcome, Appended) else nullcontext():
                move = self._complete(run, task, outcome)
        self._moved(run, task, move)
        return move.receipt

    def _outside(self, run: JobRun, task: MarketplaceTask, step: Step) -> Receipt | Appended | None:
        """Look if that is due, then act; None when the look made a flag's stop possible."""
        _check_time()
        if step.kind is StepKind.CREATING:
            with holding(run.job):
                found = looking.look(run, task, step)
            if found is not None:
                return found
        if task.status == TaskStatus.UNKNOWN and not self._begin_after_look(run, task, step):
            return None
        _check_time()
        run.doubtful, run.acting = False, True
        return self._call(run, task, step.name)

    def _begin_after_look(self, run: JobRun, task: MarketplaceTask, step: Step) -> bool:
        if evidence.is_obsolete(task):
            progress.drop(run.job, task)
            task.status, run.stop = TaskStatus.CANCELLED.value, WaitReason.TURN
            return False
        if evidence.answer_of(task) is not None:
            run.known = dict(task.result or {})
        run.leased_at = clock()
        run.flags = progress.begin(
            run.job, task, former=[TaskStatus.UNKNOWN], lease_seconds=step.lease_seconds
        )
        if run.flags:
            progress.found_absent(run.job, task)
            task.status = TaskStatus.PENDING.value
            return False
        _begun(task)
        if run.job.attempt_count > run.job.attempt_limit:
            run.doubtful = False
            raise PermanentError(
                sentence(
                    "It was tried {times} times without an answer, and each time the marketplace "
                    "shows that it did not take effect.",
                    times=run.job.attempt_limit,
                ),
                advice=sentence(
                    "Look at the attempts below; retry the job once the marketplace is well."
                ),
            )
        return True

    def _call(self, run: JobRun, task: MarketplaceTask, method: str) -> Receipt | Appended:
        call: Callable[[TaskRun], Receipt | Appended] = getattr(run.handler, method)
        with holding(run.job):
            return call(run.task_run(task))

    # -- committing

    def _complete(self, run: JobRun, task: MarketplaceTask, outcome: Receipt | Appended) -> Move:
        receipt = self._append(run, outcome) if isinstance(outcome, Appended) else outcome
        following = run.after(task)
        if following is None:
            _end(run.job, JobStatus.COMPLETED, task, receipt)
            return Move(receipt)
        heed = not run.past_no_return()
        stop = self._should_stop() if heed else WaitReason.NONE
        run.leased_at = clock()
        flags = progress.advance(
            run.job,
            task,
            following,
            receipt=receipt,
            lease_seconds=_lease_seconds(run.handler, following),
            start=not stop and following.status != TaskStatus.UNKNOWN,
            heed=heed,
        )
        return Move(receipt, following, flags if heed else progress.Flags(), stop)

    def _append(self, run: JobRun, outcome: Appended) -> Receipt:
        """Store the tasks that this one found out about; its receipt remembers which."""
        added, _ = progress.store_plan(
            run.job,
            outcome.tasks,
            version=run.handler.version,
            lease_seconds=_lease_seconds(run.handler, run.tasks[-1]),
            offset=max(task.position for task in run.tasks),
            start=False,
        )
        run.tasks.extend(added)
        return {**outcome.receipt, evidence.APPENDED: [task.pk for task in added]}

    def _moved(self, run: JobRun, task: MarketplaceTask, move: Move) -> None:
        """What was committed is now what this worker knows."""
        task.status, task.result = TaskStatus.COMPLETED.value, move.receipt
        run.job.attempt_count, run.job.interruption_count = 1, 0
        run.job.look_count, run.job.unanswered_look_count = 0, 0
        run.known = {}
        run.flags, run.stop = move.flags, move.stop
        if move.following is None:
            run.job.status = JobStatus.COMPLETED.value
        elif move.begun:
            _begun(move.following)

    # -- failing

    def _fail(self, run: JobRun, task: MarketplaceTask, error: BaseException) -> None:
        former = TaskStatus(task.status)
        step = run.handler.steps.get(task.step)
        creating = step is not None and step.kind is StepKind.CREATING
        unknown = (
            run.doubtful
            or isinstance(error, DecisionNeededError)
            or (creating and run.acting and may_have_acted(error))
        )
        looked = run.doubtful and not run.acting
        reason = as_unknown(error, looked=looked) if unknown else as_definite(error)
        failures.record(
            Failure(
                run.job,
                reason,
                Outcome.UNKNOWN if unknown else outcome_of(reason),
                task_id=task.pk,
                task_status=TaskStatus.UNKNOWN if unknown else TaskStatus.FAILED,
                former=former,
                seconds=clock() - run.leased_at,
                looked=looked,
                task_attempts=task.attempt_count,
                may_be_outage=may_be_outage(error, looked=looked),
                answered=self.answered,
                settle=step.settle if step is not None else 0.0,
            )
        )
        self.refused = isinstance(error, RateLimitedError) and not self.answered
        self.answered = self.answered and not may_be_outage(error, looked=looked)
        logger.warning(
            "task.failed job=%s task=%s step=%s error=%s: %s",
            run.job.pk, task.pk, task.step, type(error).__name__, error,
        )  # fmt: skip


def _end(
    job: MarketplaceJob,
    status: JobStatus,
    last_task: MarketplaceTask | None = None,
    receipt: Receipt | None = None,
) -> None:
    ended = end_job(job.pk, status, token=job.lease_token, last_task=last_task, receipt=receipt)
    if not ended:
        raise progress.lease_lost(job)


def _check_time() -> None:
    """A worker that was frozen must not act on a lease that may have passed to another one."""
    remaining = remaining_seconds()
    if remaining is not None and remaining <= 0:
        raise TransientError(
            sentence(
                "This worker was held up until its time for the task was over, so it sent nothing."
            )
        )


def _begun(task: MarketplaceTask) -> None:
    task.status, task.result = TaskStatus.RUNNING.value, None
    task.attempt_count += 1


def _lease_seconds(handler: BaseJobHandler, task: MarketplaceTask) -> float:
    step = handler.steps.get(task.step)
    return settings.DISPATCH["lease_seconds"] if step is None else step.lease_seconds
