"""The jobs of one cause, for the list of jobs."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks import causes

MOST_SHOWN = 200
"""Of a cause's message: a preview, the audit and the list name a cause by it."""


class CauseFilter(admin.SimpleListFilter):
    """Shown only while it is on: one comes to it from a group of failures."""

    title = gettext_lazy("cause of the failure")
    parameter_name = "cause"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        key = request.GET.get("cause", "")
        if not key:
            return []
        pattern = causes.pattern_of_cause(key) or _("No job fails for this cause any more")
        return [(key, Truncator(pattern).chars(MOST_SHOWN))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        key = self.value()
        return queryset.filter(pk__in=causes.jobs_of(key).values("pk")) if key else queryset
