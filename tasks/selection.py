"""Which ended jobs an operator means, and retrying them page by page in constant memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from tasks import actions, courses, staff_actions
from tasks.actions import Retried
from tasks.errors import MoveRefusedError
from tasks.models import MarketplaceJob, MarketplaceTask, StaffAction
from tasks.sentences import sentence
from tasks.states import JobStatus, TaskStatus

PAGE = 200


@dataclass(frozen=True, slots=True)
class Selection:
    """Filters that all have to match; jobs named by id are taken whatever their status."""

    statuses: tuple[str, ...] = (JobStatus.FAILED.value,)
    marketplace: str = ""
    action: str = ""
    batch_id: int | None = None
    job_ids: tuple[int, ...] = ()
    error: str = ""
    """A class of errors, or a part of the message, in any letters."""
    since: datetime | None = None
    """Ended then or later."""

    def as_scope(self) -> dict[str, Any]:
        """The filters that were set, for the record."""
        given = {name: value for name, value in asdict(self).items() if value}
        return {**given, "since": self.since.isoformat()} if self.since else given

    def jobs(self) -> QuerySet[MarketplaceJob]:
        """The jobs of the current schema, without their large columns."""
        exact = {"marketplace": self.marketplace, "action": self.action, "batch_id": self.batch_id}
        jobs = MarketplaceJob.objects.filter(**{name: v for name, v in exact.items() if v})
        if self.error:
            jobs = jobs.filter(
                Q(error_class__iexact=self.error) | Q(error_message__icontains=self.error)
            )
        if self.since is not None:
            jobs = jobs.filter(completed_at__gte=self.since)
        if self.job_ids:
            jobs = jobs.filter(pk__in=self.job_ids)
        else:
            jobs = jobs.filter(status__in=self.statuses)
        return jobs.defer("payload", "result")

    def pages(self, size: int = PAGE) -> Iterator[list[MarketplaceJob]]:
        """By id, and no further than the newest job of this moment: what fails again meanwhile
        is not taken twice."""
        newest = self.jobs().order_by("-pk").values_list("pk", flat=True).first()
        last = 0
        while newest is not None:
            page = list(self.jobs().filter(pk__gt=last, pk__lte=newest).order_by("pk")[:size])
            if not page:
                return
            yield page
            last = page[-1].pk


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one chosen job, or would."""

    job: MarketplaceJob
    retried: bool
    reason: str = ""
    """Why it was skipped."""
    looks_first: bool = False
    """Nobody knows what its last request did: the retry looks, and acts only on what it sees."""


def retry_page(
    selection: Selection, page: list[MarketplaceJob], *, action: StaffAction | None
) -> list[Answer]:
    """Retry the jobs of a page as part of `action`; None: a dry run, which takes each back."""
    unknown = _with_unknown_outcome(page)
    answers = [_retry(job, selection, action, looks_first=job.pk in unknown) for job in page]
    if action is not None:
        staff_actions.measure(page)
    return answers


def _retry(
    job: MarketplaceJob, selection: Selection, action: StaffAction | None, *, looks_first: bool
) -> Answer:
    refusal = ""
    if job.status not in selection.statuses:
        refusal = courses.not_chosen(job.status)
    if action is None:
        retried = _would_retry(job, refusal)
        return Answer(job, retried.retried, retried.reason, looks_first)
    outcome = staff_actions.apply(action, job, cursor=action.cursor, refusal=refusal)
    if outcome is None:
        raise MoveRefusedError(sentence("Somebody else goes on with this action."))
    action.cursor = job.pk
    return Answer(job, outcome.done, "" if outcome.done else outcome.sentence, looks_first)


def _would_retry(job: MarketplaceJob, refusal: str) -> Retried:
    if refusal:
        return Retried(job.pk, retried=False, reason=refusal)
    with transaction.atomic():
        retried = actions.retry(job)
        transaction.set_rollback(True)
    return retried


def _with_unknown_outcome(page: list[MarketplaceJob]) -> set[int]:
    unknown = MarketplaceTask.objects.filter(
        job_id__in=[job.pk for job in page], status=TaskStatus.UNKNOWN
    )
    return set(unknown.values_list("job_id", flat=True))
