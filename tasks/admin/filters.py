"""Filters whose choices come from the installed handlers, not from reading the whole table."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from tasks import handlers


class _OneOf(admin.SimpleListFilter):
    path: ClassVar[str] = ""
    """The lookup to the filtered column; the parameter's name when empty."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value, path = self.value(), self.path or str(self.parameter_name)
        return queryset.filter(**{path: value}) if value else queryset


class MarketplaceFilter(_OneOf):
    title = "marketplace"
    parameter_name = "marketplace"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        names = sorted({marketplace for marketplace, _ in handlers.registered()})
        return [(name, name) for name in names]


class AccountMarketplaceFilter(MarketplaceFilter):
    path = "account__marketplace"


class ActionFilter(_OneOf):
    title = "action"
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        names = sorted({action for _, action in handlers.registered()})
        return [(name, name) for name in names]
