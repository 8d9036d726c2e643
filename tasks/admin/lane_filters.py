"""Accounts by what holds up the work on them: for the list of lanes, and for that of accounts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import Q
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from tasks.admin.filters import OneOf
from tasks.attention import BLOCKED, CONSENT_NEEDED, OFFLINE, PAUSED
from tasks.dispatch.models import Lane
from tasks.tenancy import current_schema


class HeldUpFilter(OneOf):
    """Of lanes. One may be held up by several of these, and is listed under each."""

    title = gettext_lazy("work on it")
    parameter_name = "work"
    causes: ClassVar[Mapping[str, tuple[Promise, Q]]] = {
        "paused": (gettext_lazy("is paused"), PAUSED),
        "person": (gettext_lazy("waits for a person"), CONSENT_NEEDED),
        "offline": (gettext_lazy("waits for the seller's side"), OFFLINE),
        "blocked": (gettext_lazy("waits for the marketplace"), BLOCKED),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(cause, str(words)) for cause, (words, _lanes) in self.causes.items()]

    def matching(self, value: str) -> Q:
        return self.causes[value][1]


class AccountHeldUpFilter(HeldUpFilter):
    """Of whatever model has lanes: its primary key is a lane's `account_id`."""

    def matching(self, value: str) -> Q:
        lanes = Lane.objects.filter(super().matching(value), schema_name=current_schema())
        return Q(pk__in=lanes.values("account_id"))
