"""The question of an UNKNOWN: what a person is asked, with the evidence, and what follows."""

from __future__ import annotations

from dataclasses import dataclass

from tasks import evidence, handlers
from tasks.handlers import Choice
from tasks.models import MarketplaceJob, MarketplaceTask, Outcome, TaskAttempt
from tasks.sentences import sentence
from tasks.states import RETRYABLE_JOB, TaskStatus
from tasks.superseding import superseded_by


@dataclass(frozen=True, slots=True)
class Question:
    """Did this task take effect at the marketplace?"""

    task: MarketplaceTask
    attempt: TaskAttempt | None
    """The newest try that left it open, with the request and what came back."""
    following: list[str]
    """The steps that go on once it is answered."""
    is_obsolete: bool
    """The plan no longer wants it: “it does not exist” settles it without acting."""
    choice: Choice | None = None
    """Of a deciding step: the two answers; None: did it take effect or not?"""
    id_hint: str = ""
    """What an id at the marketplace looks like."""


def open_question(job: MarketplaceJob) -> Question | None:
    """The question of a job that has ended with one; while a job runs, StoFlow looks by itself.

    None when a newer job has settled it: an answer would be refused.
    """
    if job.status not in RETRYABLE_JOB:
        return None
    tasks = MarketplaceTask.objects.filter(job_id=job.pk).defer("payload").order_by("position")
    task = tasks.filter(status=TaskStatus.UNKNOWN).first()
    step = None if task is None else handlers.step_of(job.marketplace, job.action, task.step)
    if task is None or step is None or superseded_by(job) is not None:
        return None
    following = tasks.filter(position__gt=task.position).exclude(status=TaskStatus.COMPLETED)
    attempts = TaskAttempt.objects.filter(task_id=task.pk, outcome=Outcome.UNKNOWN)
    return Question(
        task=task,
        attempt=attempts.defer("traceback").order_by("-pk").first(),
        following=list(following.values_list("name", flat=True)[:20]),
        is_obsolete=evidence.is_obsolete(task),
        choice=step.choice,
        id_hint="" if step.id_form is None else step.id_form.hint,
    )


def consequences(question: Question, *, exists: bool, external_id: str) -> list[str]:
    """What an answer would do, as sentences; the steps in `following` come after it."""
    task, choice = question.task, question.choice
    if choice is not None:
        return [choice.yes_means if exists else choice.no_means]
    if exists:
        return [
            sentence("“{task}” is not sent again.", task=task.name),
            sentence("StoFlow takes “{id}” as its own and goes on with it.", id=external_id),
            sentence("If it is another listing's id, later changes go to that listing."),
        ]
    if question.is_obsolete:
        return [sentence("This step is no longer wanted: nothing is sent, and the job goes on.")]
    return [
        sentence("“{task}” is sent once more, without looking first.", task=task.name),
        sentence("If it does exist after all, there will be two."),
    ]
