"""A creating step looks before it acts: a person's answer first, else the marketplace's."""

from __future__ import annotations

from collections.abc import Callable

from tasks import evidence
from tasks.errors import LookFailedError, NeedsPersonError, OutcomeUnknownError, PermanentError
from tasks.handlers import Absent, CannotTell, Found, Receipt, Step, TaskRun
from tasks.job_run import JobRun
from tasks.models import MarketplaceTask
from tasks.sentences import sentence


def look(run: JobRun, task: MarketplaceTask, step: Step) -> Receipt | None:
    """The receipt of what is there already; None when there is nothing, so that the step may act.

    Looks only if there is a doubt, or the step always does. OutcomeUnknownError when it cannot be
    told, NeedsPersonError when a person's answer does not hold.
    """
    answer = evidence.answer_of(task)
    if answer is not None:
        if not answer.exists:
            return None
        return _adopt(run, task, step, answer.external_id)
    start = evidence.last_start(run.job, task)
    since = start.seconds_ago
    run.doubtful = run.doubtful or since is not None
    if not (run.doubtful or step.looks_first) or start.is_absent(run.known):
        return None
    match getattr(run.handler, step.find_effect)(run.task_run(task)):
        case Found(receipt):
            return receipt
        case Absent() if since is not None and since < step.settle:
            raise LookFailedError(
                sentence(
                    "The last request for this listing is too recent for the marketplace to show."
                )
            )
        case Absent():
            run.known = {evidence.ABSENT_AT: start.now}
            return None
        case CannotTell(reason, proof):
            run.doubtful = True
            raise OutcomeUnknownError(reason, evidence=proof)
        case other:
            raise TypeError(f"{step.find_effect} returned {other!r}, which is no Look.")


def _adopt(run: JobRun, task: MarketplaceTask, step: Step, external_id: str) -> Receipt:
    """Take a person's word for it; when that does not hold, ask again at once."""
    adopt: Callable[[TaskRun, str], Receipt] = getattr(run.handler, step.adopt)
    try:
        return adopt(run.task_run(task), external_id)
    except PermanentError as error:
        raise NeedsPersonError(error.message, evidence=error.evidence) from error
