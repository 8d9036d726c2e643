"""Which jobs are meant, also by the step at which they failed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.admin import ModelAdmin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import override

from tasks.admin.list_selection import listed
from tasks.models import MarketplaceJob, MarketplaceTask
from tasks.sentences import sentence
from tasks.states import TaskStatus

STEP = "step"


@dataclass(frozen=True, slots=True)
class Chosen:
    """Jobs that are meant, and how a person would say which."""

    jobs: QuerySet[MarketplaceJob]
    words: str
    """In English, to be stored."""
    query: str
    """What leads here again."""
    ids: tuple[int, ...] = ()
    """Jobs that were ticked one by one."""

    def as_of(self, *, upto: int, until: datetime, kind: str) -> QuerySet[MarketplaceJob]:
        """Without the jobs that came to match after the preview, be it by failing again."""
        jobs = self.jobs.filter(pk__lte=upto)
        if kind == "retry" and not self.ids:
            jobs = jobs.filter(completed_at__lte=until)
        return jobs


def choose(page: ModelAdmin[MarketplaceJob], request: HttpRequest, query: str) -> Chosen:
    """The jobs that `query` means on the list `page`; WrongFilterError when it means nothing."""
    with override("en"):
        found = listed(page, request, query, (STEP,))
    jobs, said = found.rows, list(found.said)
    if step := found.extra[STEP]:
        jobs = jobs.filter(Exists(_failed_at(step)))
        said.append(f"step: {step}")
    return Chosen(jobs, _scope(found.ids, said), found.query, found.ids)


def _failed_at(step: str) -> QuerySet[MarketplaceTask]:
    ended = [TaskStatus.FAILED.value, TaskStatus.UNKNOWN.value]
    return MarketplaceTask.objects.filter(job=OuterRef("pk"), step=step, status__in=ended)


def _scope(ids: tuple[int, ...], said: list[str]) -> str:
    if len(ids) == 1:
        said = [sentence("job number {id}", id=ids[0]), *said]
    elif ids:
        said = [
            sentence("{n} chosen jobs", n=len(ids)),
            *said,
        ]
    return "; ".join(said) or sentence("all jobs")
