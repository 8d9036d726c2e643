"""What every list of the staff's pages has beyond Django's: filters that are said, rows made ready."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst

if TYPE_CHECKING:
    from django.contrib.admin.views.main import ChangeList
else:
    from unfold.views import ChangeList


@dataclass(frozen=True)
class ActiveFilter:
    """A filter that narrows the list now, and the address of the list without it."""

    title: str
    value: str
    without: str


class StaffChangeList(ChangeList):
    """A list that names its filters and lets its page add to the rows shown, all rows at once."""

    def __init__(self, request: HttpRequest, *arguments: Any, **options: Any) -> None:
        # PostgreSQL takes no NUL: it would be an error of the database, far from its cause.
        if any("\0" in text for name, texts in request.GET.lists() for text in (name, *texts)):
            raise IncorrectLookupParameters("a NUL byte")
        super().__init__(request, *arguments, **options)
        self.title = capfirst(str(self.opts.verbose_name_plural))

    def get_queryset(self, request: HttpRequest, *arguments: Any) -> QuerySet[Any]:
        rows = super().get_queryset(request, *arguments)
        return rows.defer(*self.model_admin.list_defer)  # type: ignore[attr-defined]

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows = list(self.result_list)
        self.model_admin.dress(rows)  # type: ignore[attr-defined]
        self.result_list = rows
        # Else unfold writes "(Show all)" beside every title, whether or not there is more.
        self.full_result_count = self.result_count

    @property
    def active_filters(self) -> list[ActiveFilter]:
        found = []
        for spec in self.filter_specs:
            _all, *choices = spec.choices(self)
            for choice in choices:
                if choice["selected"]:
                    names = [name for name in spec.expected_parameters() if name]
                    without = self.get_query_string(remove=names)
                    found.append(ActiveFilter(str(spec.title), str(choice["display"]), without))
        return found

    @property
    def is_narrowed(self) -> bool:
        """Whether something was searched or filtered, so that there may be more rows than these."""
        return bool(self.query or self.get_filters_params())
