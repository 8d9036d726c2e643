"""Which jobs are meant: the filters of the list as a querystring, checked by the list itself."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.admin import ModelAdmin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import IGNORED_PARAMS, SEARCH_VAR, ChangeList
from django.core.exceptions import SuspiciousOperation
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tasks.models import MarketplaceJob, MarketplaceTask
from tasks.states import TaskStatus

IDS = "id__in"
CAUSE = "cause"
STEP = "step"
_NO_FILTERS = {"do", "p", *IGNORED_PARAMS} - {SEARCH_VAR}
_LARGEST_ID = 2**63 - 1
MOST_CHOSEN = 1000


class WrongFilterError(Exception):
    """The querystring means no jobs."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Jobs that are meant, and how a person would say which."""

    jobs: QuerySet[MarketplaceJob]
    words: str
    query: str
    """What leads here again, in a fixed order."""
    ids: tuple[int, ...] = ()

    def as_of(self, *, upto: int, until: datetime | None, kind: str) -> QuerySet[MarketplaceJob]:
        """Without the jobs that came to match after the preview, be it by failing again."""
        jobs = self.jobs.filter(pk__lte=upto)
        if kind == "retry" and until is not None and not self.ids:
            jobs = jobs.filter(completed_at__lte=until)
        return jobs


def choose(page: ModelAdmin[MarketplaceJob], request: HttpRequest, query: str) -> Chosen:
    """The jobs that `query` means on the list `page`; WrongFilterError when it means nothing."""
    asked = QueryDict(query, mutable=True)
    for name in _NO_FILTERS:
        asked.pop(name, None)
    given = asked.copy()
    ids = _ids(_last(asked, IDS))
    cause, step = _last(asked, CAUSE), _last(asked, STEP)
    listing = _listing(page, request, asked)
    jobs = listing.queryset.select_related(None)
    if ids:
        jobs = jobs.filter(pk__in=ids)
    if step:
        jobs = jobs.filter(Exists(_failed_at(step)))
    if cause:
        jobs = jobs.filter(pk__in=_jobs_of_cause(cause).values("pk"))
    said = [*_words(listing, asked), *([_("step: %(step)s") % {"step": step}] if step else [])]
    if cause:
        said.append(_("one cause of failure"))
    return Chosen(jobs, _scope(ids, said), given.urlencode(), ids)


def _listing(
    page: ModelAdmin[MarketplaceJob], request: HttpRequest, asked: QueryDict
) -> ChangeList:
    shown = copy(request)
    shown.GET = asked  # type: ignore[assignment]
    try:
        return page.get_changelist_instance(shown)
    except (IncorrectLookupParameters, SuspiciousOperation) as error:
        raise WrongFilterError(_("The list knows no such filter.")) from error


def _last(asked: QueryDict, name: str) -> str:
    """Empty when it is not given; given and empty would silently mean more than was meant."""
    if name not in asked:
        return ""
    value = str(asked.pop(name)[-1]).strip()
    if not value:
        raise WrongFilterError(_("The filter is incomplete."))
    return value


def _ids(text: str) -> tuple[int, ...]:
    words = text.split(",") if text else []
    if not all(word.isascii() and word.isdecimal() and int(word) <= _LARGEST_ID for word in words):
        raise WrongFilterError(_("These are not the numbers of jobs."))
    if len(words) > MOST_CHOSEN:
        raise WrongFilterError(_("Choose fewer jobs, or all that match a filter."))
    return tuple(sorted({int(word) for word in words}))


def _failed_at(step: str) -> QuerySet[MarketplaceTask]:
    ended = [TaskStatus.FAILED.value, TaskStatus.UNKNOWN.value]
    return MarketplaceTask.objects.filter(job=OuterRef("pk"), step=step, status__in=ended)


def _jobs_of_cause(cause: str) -> QuerySet[MarketplaceJob]:
    from tasks import causes  # noqa: PLC0415

    found: QuerySet[MarketplaceJob] = causes.jobs_of(cause)
    return found


def _words(listing: Any, asked: QueryDict) -> list[str]:
    """Each filter as the list names it."""
    said, told = [], set()
    for spec in listing.filter_specs:
        told |= set(spec.expected_parameters())
        choices = list(spec.choices(listing))
        said += [f"{spec.title}: {one['display']}" for one in choices[1:] if one.get("selected")]
    for name, value in asked.items():
        if name == SEARCH_VAR and value:
            said.append(_("search: “%(text)s”") % {"text": value})
        elif name not in told and name != SEARCH_VAR:
            said.append(f"{name.split('__')[0].replace('_', ' ')}: {value}")
    return said


def _scope(ids: tuple[int, ...], said: list[str]) -> str:
    if ids:
        one = ngettext("%(n)d chosen job", "%(n)d chosen jobs", len(ids)) % {"n": len(ids)}
        if len(ids) == 1:
            one = _("job %(id)d") % {"id": ids[0]}
        return "; ".join([one, *said])
    return "; ".join(said) or _("all jobs")
