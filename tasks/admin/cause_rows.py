"""Groups of failures with what a page needs of each: words, links, and the button."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tasks import causes
from tasks.admin.filters import FailedSinceFilter
from tasks.admin.job_actions import may_act
from tasks.admin.preview_links import preview_url
from tasks.cause_keys import GAP, LONGEST_PATTERN
from tasks.causes import CauseGroup, Causes, FailuresOf
from tasks.sentences import translated
from tasks.wording import number, work_name

MOST_ON_START_PAGE = 5


@dataclass(frozen=True, slots=True)
class CauseRow:
    """A cause as it is shown."""

    cause: CauseGroup
    text: str
    """What all jobs say, with “…” for what differs between them."""
    example: str
    """What one of them says, where the text has gaps; else ""."""
    count: str
    where: str
    """“Publish on eBay”."""
    jobs_url: str
    example_url: str
    retry_url: str
    """"" when this person may not, or when there is nowhere to go."""
    retry_words: str


def cause_rows(
    request: HttpRequest, found: Causes, *, batch_id: int | None = None, since: str = ""
) -> list[CauseRow]:
    """The groups of one page, each with the links that this person may follow.

    These lead to the jobs that were counted: in a batch all that failed, else those that are
    still open; `since`: a choice of the list's filter by the time of the failure.
    """
    counted: dict[str, int | str] = (
        {"open": 1} if batch_id is None else {"batch__id__exact": batch_id}
    )
    if since:
        counted[str(FailedSinceFilter.parameter_name)] = since
    return [_row(request, cause, counted) for cause in found.groups]


def top_causes(request: HttpRequest) -> dict[str, Any]:
    """The context of `admin/tasks/top_causes.html`, for the tenant's start page."""
    found = causes.causes_of(FailuresOf(), most=MOST_ON_START_PAGE)
    return {
        "cause_rows": cause_rows(request, found),
        "causes": found,
        "causes_url": reverse("admin:tasks_causes"),
    }


def _row(request: HttpRequest, cause: CauseGroup, counted: Mapping[str, int | str]) -> CauseRow:
    chosen = {**counted, "cause": cause.key}
    jobs = reverse("admin:tasks_marketplacejob_changelist")
    may_retry = bool(cause.key) and may_act(request)
    has_gaps = GAP in cause.pattern and not cause.says_the_same
    message = Truncator(translated(cause.example.message)).chars(LONGEST_PATTERN)
    return CauseRow(
        cause=cause,
        text=_pattern_words(cause.pattern) if has_gaps else message,
        example=message if has_gaps else "",
        count=number(cause.jobs),
        where=work_name(cause.action, cause.marketplace),
        jobs_url=f"{jobs}?{urlencode(chosen)}",
        example_url=reverse("admin:tasks_marketplacejob_change", args=[cause.example.job_id]),
        retry_url=preview_url("retry", **chosen) if may_retry else "",
        retry_words=_retry_words(cause),
    )


def _retry_words(cause: CauseGroup) -> str:
    words = {"jobs": number(cause.jobs)}
    if cause.needs_person:
        return _("Look again (%(jobs)s)") % words
    return ngettext("Retry this job", "Retry these %(jobs)s", cause.jobs) % words


def _pattern_words(pattern: str) -> str:
    """In the reader's language: the sentences that it was made of end with a full stop."""
    sentence = f"{pattern}."
    words = translated(sentence)
    return translated(pattern) if words == sentence else words.removesuffix(".")
