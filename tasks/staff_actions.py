"""What staff do, recorded: the deed, its line in the audit and the place reached are one commit.

Pages and commands act through this module, never through `tasks.actions` itself, so that nobody
forgets to record. An action on many jobs goes on page by page; a page that is asked for twice, a
closed tab or a killed process neither repeats a job nor leaves one out, because each job moves the
action's cursor from the job before it to itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, Model, OuterRef, QuerySet
from django.utils import timezone

from tasks import actions, handlers
from tasks.courses import Course
from tasks.dispatch import turns
from tasks.errors import MoveRefusedError
from tasks.models import ActionState, MarketplaceJob, MarketplaceTask, StaffAction
from tasks.models import StaffActionOutcome as Outcome
from tasks.sentences import sentence
from tasks.wording import subject_of


@dataclass(frozen=True, slots=True)
class Wish:
    """Who wants what, and why."""

    kind: str
    by: str
    reason: str = ""
    scope_words: str = ""
    scope: Mapping[str, Any] = field(default_factory=dict)
    expected: int | None = None
    key: UUID = field(default_factory=uuid4)
    """From the preview; a second wish with the same key is the first one."""


Deed = Callable[[MarketplaceJob, StaffAction], str]
"""Does it to a job and says what, or raises MoveRefusedError."""


def _retry(job: MarketplaceJob, action: StaffAction) -> str:
    retried = actions.retry(job)
    if not retried.retried:
        raise MoveRefusedError(retried.reason)
    return str(Course.RUNS_AGAIN)


def _cancel(job: MarketplaceJob, action: StaffAction) -> str:
    return actions.cancel(job, requested_by=action.by, reason=action.reason)


def _pause(job: MarketplaceJob, action: StaffAction) -> str:
    actions.pause(job, requested_by=action.by, reason=action.reason)
    return str(Course.PAUSED)


def _resume(job: MarketplaceJob, _action: StaffAction) -> str:
    actions.resume(job)
    return str(Course.RESUMED)


DEEDS: Mapping[str, Deed] = {
    "retry": _retry,
    "cancel": _cancel,
    "pause": _pause,
    "resume": _resume,
}
"""What can be done to any number of jobs."""


def begin(wish: Wish) -> tuple[StaffAction, bool]:
    """The recorded action, and whether it is new: False when this wish was sent before."""
    return StaffAction.objects.get_or_create(
        key=wish.key,
        defaults={
            "kind": wish.kind,
            "by": wish.by[:150],
            "reason": wish.reason,
            "scope_words": wish.scope_words,
            "scope": dict(wish.scope),
            "expected_count": wish.expected,
        },
    )


def go_on(action: StaffAction, jobs: QuerySet[MarketplaceJob], *, cursor: int) -> bool:
    """Deal with the next page of `jobs` behind `cursor`, one transaction for each.

    False when somebody else has gone on from `cursor` meanwhile, or it is finished: then nothing
    is done twice, and the caller looks again how far it is.
    """
    size = settings.STAFF["action_jobs"]
    page = list(jobs.filter(pk__gt=cursor).order_by("pk").defer("payload", "result")[:size])
    reached = _deal_with(action, page, cursor)
    measure(page)
    if reached is None:
        return False
    is_rest_left = bool(page) and reached < page[-1].pk
    return is_rest_left or len(page) == size or finish(action, cursor=reached)


def _deal_with(action: StaffAction, page: Iterable[MarketplaceJob], cursor: int) -> int | None:
    """The cursor that was reached; None when it was elsewhere."""
    # A request has to end, however long the single jobs take.
    ends_at = time.monotonic() + settings.STAFF["action_ms"] / 1000
    for job in page:
        if apply(action, job, cursor=cursor) is None:
            return None
        cursor = job.pk
        if time.monotonic() > ends_at:
            break
    return cursor


def measure(jobs: Iterable[MarketplaceJob]) -> None:
    """Make the numbers of the jobs' accounts right at once, even while no worker serves them."""
    for account_id in sorted({job.account_id for job in jobs if job.account_id is not None}):
        turns.measure(account_id)


def apply(
    action: StaffAction, job: MarketplaceJob, *, cursor: int, refusal: str = ""
) -> Outcome | None:
    """Do it to one job and record what came of it; None when the cursor is elsewhere.

    With `refusal` it is only recorded that the caller refuses it, and why.
    """
    with transaction.atomic():
        # Locks are taken in the order staff action, job, batch, lane.
        if not _held(action, cursor):
            return None
        outcome = (
            _about(job, action, done=False, said=refusal) if refusal else _attempt(action, job)
        )
        outcome.save(force_insert=True)
        StaffAction.objects.filter(pk=action.pk).update(
            cursor=job.pk,
            done_count=F("done_count") + int(outcome.done),
            refused_count=F("refused_count") + int(not outcome.done),
        )
    return outcome


def finish(action: StaffAction, *, cursor: int | None = None) -> bool:
    """Nothing is left to do; False when it was finished before, or the cursor is elsewhere."""
    unfinished = StaffAction.objects.filter(pk=action.pk, state=ActionState.RUNNING.value)
    if cursor is not None:
        unfinished = unfinished.filter(cursor=cursor)
    ended = {"state": ActionState.FINISHED.value, "finished_at": timezone.now()}
    return unfinished.update(**ended) == 1


def record(
    action: StaffAction, outcomes: Iterable[Outcome], *, besides: Iterable[Outcome] = ()
) -> None:
    """Finish an action whose outcomes came all at once, in the caller's transaction.

    `besides`: what became of other jobs by it; they are not counted.
    """
    lines, others = list(outcomes), list(besides)
    for line in (*lines, *others):
        line.action = action
    Outcome.objects.bulk_create([*lines, *others], batch_size=1000)
    done = sum(line.done for line in lines)
    record_numbers(action, done=done, refused=len(lines) - done)


def record_so_far(key: UUID, *, done: int, refused: int = 0, scope_words: str) -> None:
    """How far an action is whose outcomes are kept elsewhere; in the transaction of its deed."""
    under_way = StaffAction.objects.filter(key=key, state=ActionState.RUNNING.value)
    under_way.update(done_count=done, refused_count=refused, scope_words=scope_words)


def finish_all(keys: Iterable[UUID]) -> None:
    """Nothing more will come of these, be it that all is done or that nobody goes on."""
    for action in StaffAction.objects.filter(key__in=list(keys)).order_by("pk"):
        finish(action)


def record_numbers(action: StaffAction, *, done: int, refused: int) -> None:
    """Finish an action of which each single outcome is kept elsewhere, or not at all."""
    StaffAction.objects.filter(pk=action.pk).update(done_count=done, refused_count=refused)
    finish(action)


def answer(
    wish: Wish, task: MarketplaceTask, *, exists: bool, external_id: str = ""
) -> StaffAction:
    """Record what a person saw at the marketplace, and let the job go on with it.

    Raises MoveRefusedError, recorded, when the question is no longer open or lacks the id.
    """
    job = MarketplaceJob.objects.defer("payload", "result").get(pk=task.job_id)
    refusal: MoveRefusedError | None = None
    with transaction.atomic():
        action, is_new = begin(wish)
        if not is_new:
            return action
        try:
            with transaction.atomic():
                actions.answer(task, exists=exists, external_id=external_id, requested_by=action.by)
            said = answer_words(task, exists=exists, external_id=external_id.strip())
        except MoveRefusedError as error:
            refusal, said = error, str(error)
        record(action, [_about(job, action, done=refusal is None, said=said)])
    if refusal is not None:
        raise refusal
    measure([job])
    return action


ABOUT = {
    "marketplacejob": "job_id",
    "batchjob": "batch_id",
    "account": "account_id",
    "product": "product_id",
}
MOST_ABOUT = 20


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of what staff did to an object."""

    action: StaffAction
    sentence: str = ""
    """What it meant for this object; empty where it was done to many below it."""
    refused: bool = False


def about(subject: Model) -> list[Entry]:
    """The newest that staff did to a job, to jobs of a batch, to an account or to a product."""
    number = {ABOUT[str(subject._meta.model_name)]: subject.pk}
    if "batch_id" in number:
        touched = Outcome.objects.filter(action=OuterRef("pk"), **number)
        found = StaffAction.objects.filter(Exists(touched)).order_by("-pk")[:MOST_ABOUT]
        return [Entry(action) for action in found]
    if "account_id" in number:
        number["job_id"] = number["product_id"] = None
    lines = Outcome.objects.filter(**number).select_related("action").order_by("-action_id", "-pk")
    return [Entry(one.action, one.sentence, not one.done) for one in lines[:MOST_ABOUT]]


def _held(action: StaffAction, cursor: int) -> bool:
    """Lock the action where the caller believes it to be."""
    unfinished = StaffAction.objects.select_for_update().filter(
        pk=action.pk, cursor=cursor, state=ActionState.RUNNING.value
    )
    return unfinished.first() is not None


def _attempt(action: StaffAction, job: MarketplaceJob) -> Outcome:
    try:
        with transaction.atomic():
            said = DEEDS[action.kind](job, action)
    except MoveRefusedError as refusal:
        return _about(job, action, done=False, said=str(refusal))
    except MarketplaceJob.DoesNotExist:
        return _about(job, action, done=False, said=str(Course.GONE))
    return _about(job, action, done=True, said=said)


def _about(job: MarketplaceJob, action: StaffAction, *, done: bool, said: str) -> Outcome:
    return Outcome(
        action=action,
        job_id=job.pk,
        batch_id=job.batch_id,
        account_id=job.account_id,
        product_id=job.product_id,
        subject=subject_of(job.marketplace, job.action, job.product_name),
        done=done,
        sentence=said,
    )


def answer_words(task: MarketplaceTask, *, exists: bool, external_id: str) -> str:
    """What a person says about an UNKNOWN task."""
    step = handlers.step_of(task.job.marketplace, task.job.action, task.step)
    if step is not None and step.choice is not None:
        decided = step.choice.yes if exists else step.choice.no
        return sentence("“{task}”: {decided}.", task=task.name, decided=decided)
    if exists:
        return sentence("“{task}”: it exists, as {id}.", task=task.name, id=external_id)
    return sentence("“{task}”: it does not exist.", task=task.name)
