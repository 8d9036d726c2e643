"""What the templates of the staff's pages share."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.utils import timezone

from tasks import moments, sentences, wording
from tasks.workloads import Calls

register = template.Library()
register.filter("moment", moments.moment)
register.filter("translated", sentences.translated)
register.filter("scope_words", wording.scope_words)
register.filter("grouped", wording.number)
register.filter("exact_moment", moments.exact)


@register.filter
def task_kind(task_name: str) -> str:
    """What tasks of a kind have in common, in the reader's language."""
    return wording.without_number(sentences.translated(task_name))


@register.filter
def number_of_calls(calls: Calls, is_exact: bool) -> str:  # noqa: FBT001 - filters take no names
    """How many calls to the marketplace there are, or may be."""
    return wording.number_of_calls(calls.total, calls.most, about=not is_exact)


@register.filter
def exact_clock(at: datetime | None) -> str:
    """The time of the day to the second."""
    return "" if at is None else f"{timezone.localtime(at):%H:%M:%S}"


@register.filter
def unlocalised(number: int) -> str:
    """A number that is a name: no separators."""
    return str(number)
