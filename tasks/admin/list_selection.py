"""Which rows of a list are meant: its filters as a querystring, checked by the list itself."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.contrib.admin import ModelAdmin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import IGNORED_PARAMS, SEARCH_VAR, ChangeList
from django.core.exceptions import SuspiciousOperation
from django.db.models import Model, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks.admin.filters import OneOf
from tasks.wording import statuses_in_words

IDS = "id__in"
MOST_CHOSEN = 1000
_NO_FILTERS = {"do", "p", *IGNORED_PARAMS} - {SEARCH_VAR}
_LARGEST_ID = 2**63 - 1

Row = TypeVar("Row", bound=Model)


class WrongFilterError(Exception):
    """The querystring means no rows."""


@dataclass(frozen=True, slots=True)
class Listed(Generic[Row]):
    """Rows that are meant, and how a person would say which."""

    rows: QuerySet[Row]
    said: list[str]
    """Each filter as the list names it."""
    query: str
    """What leads here again."""
    ids: tuple[int, ...]
    """Rows that were ticked one by one."""
    extra: dict[str, str]
    """Parameters that the list does not know and the caller does."""


def listed(
    page: ModelAdmin[Row], request: HttpRequest, query: str, extra: tuple[str, ...] = ()
) -> Listed[Row]:
    """What `query` means on the list `page`; WrongFilterError when it means nothing."""
    asked = QueryDict(query, mutable=True)
    for name in _NO_FILTERS:
        asked.pop(name, None)
    if any(not value for name, value in asked.items() if name != SEARCH_VAR):
        # Given and empty, a filter would silently mean more than was meant.
        raise WrongFilterError(gettext_lazy("The filter is incomplete."))
    given = asked.urlencode()
    ids = _ids(_last(asked, IDS))
    others = {name: _last(asked, name) for name in extra}
    shown = _listing(page, request, asked)
    rows: QuerySet[Row] = shown.queryset.select_related(None)
    if ids:
        rows = rows.filter(pk__in=ids)
    return Listed(rows, _words(shown, asked), given, ids, others)


def ids_of(rows: QuerySet[Any]) -> str:
    """The ticked rows as the value of IDS."""
    return ",".join(str(pk) for pk in rows.order_by("pk").values_list("pk", flat=True))


def filters_of(request: HttpRequest, rows: QuerySet[Any]) -> dict[str, str]:
    """What was chosen on a list: all that match its filters, or the ticked rows."""
    if request.POST.get("select_across") == "1":
        return {str(name): str(value) for name, value in request.GET.items() if value}
    return {IDS: ids_of(rows)}


def _listing(page: ModelAdmin[Any], request: HttpRequest, asked: QueryDict) -> ChangeList:
    shown = copy(request)
    shown.GET = asked  # type: ignore[assignment]
    try:
        return page.get_changelist_instance(shown)
    except (IncorrectLookupParameters, SuspiciousOperation) as error:
        raise WrongFilterError(gettext_lazy("The list knows no such filter.")) from error


def _last(asked: QueryDict, name: str) -> str:
    return str(asked.pop(name)[-1]).strip() if name in asked else ""


def _ids(text: str) -> tuple[int, ...]:
    words = text.split(",") if text else []
    if not all(word.isascii() and word.isdecimal() and int(word) <= _LARGEST_ID for word in words):
        raise WrongFilterError(gettext_lazy("These are not the numbers of rows."))
    if len(words) > MOST_CHOSEN:
        raise WrongFilterError(gettext_lazy("Choose fewer rows, or all that match a filter."))
    return tuple(sorted({int(word) for word in words}))


def _words(listing: Any, asked: QueryDict) -> list[str]:
    said, told = [], set()
    for spec in listing.filter_specs:
        told |= set(spec.expected_parameters())
        said += _chosen(spec, listing)
    for name, value in asked.items():
        if name == SEARCH_VAR and value:
            said.append(_("search: “%(text)s”") % {"text": value})
        elif name == "status__in":
            said.append(f"status: {statuses_in_words(str(value).split(','))}")
        elif name not in told and name != SEARCH_VAR:
            said.append(f"{str(name).split('__')[0].replace('_', ' ')}: {value}")
    return said


def _chosen(spec: Any, listing: Any) -> list[str]:
    if isinstance(spec, OneOf) and spec.value() in spec.in_words:
        return [spec.in_words[str(spec.value())]]
    choices = list(spec.choices(listing))[1:]
    return [f"{spec.title}: {one['display']}" for one in choices if one.get("selected")]
