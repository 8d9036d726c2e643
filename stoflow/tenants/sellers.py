"""The sellers that a person may enter, the worst first, from public tables alone."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any, Final

from django.core.paginator import Page, Paginator
from django.db.models import F, Max, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from stoflow.tenants.access import Visitor
from stoflow.tenants.models import Tenant
from tasks.dispatch.health import worst_sign
from tasks.dispatch.models import Lane
from tasks.tenancy import PUBLIC

SELLERS_PER_PAGE: Final = 50
# More than all failures of one seller's accounts: the worst sign comes first.
_ONE_SIGN: Final = 1_000_000


def sellers_of(user: Visitor) -> QuerySet[Tenant]:
    """All sellers for a superuser, and a member's own, with `role` for the latter."""
    sellers: QuerySet[Tenant] = Tenant.objects.exclude(schema_name=PUBLIC)
    if user.is_superuser:
        return sellers
    mine: QuerySet[Tenant] = sellers.filter(memberships__user_id=user.pk).annotate(
        role=F("memberships__role__name")
    )
    return mine


def worst_first(sellers: QuerySet[Tenant], now: datetime) -> QuerySet[Tenant]:
    """By the worst sign of any of the seller's accounts, then by how much has failed, then by name."""
    lanes = Lane.objects.filter(schema_name=OuterRef("schema_name")).order_by()
    badness = lanes.values("schema_name").annotate(
        badness=Max(worst_sign(now)) * _ONE_SIGN + Sum("failed_count")
    )
    by_badness = Coalesce(Subquery(badness.values("badness")), Value(-1))
    return sellers.order_by(by_badness.desc(), "name", "pk")


def page_of_sellers(user: Visitor, *, search: str, number: Any, now: datetime) -> Page[Tenant]:
    """One page of the sellers whose name or schema contains `search`."""
    sellers = sellers_of(user)
    if search:
        sellers = sellers.filter(Q(name__icontains=search) | Q(schema_name__icontains=search))
    return Paginator(worst_first(sellers, now), SELLERS_PER_PAGE).get_page(number)


def lanes_by_schema(schemas: list[str], now: datetime) -> dict[str, list[Lane]]:
    """The lanes of these sellers in one query, of each the worst first."""
    found: dict[str, list[Lane]] = defaultdict(list)
    lanes = Lane.objects.filter(schema_name__in=schemas)
    for lane in lanes.order_by(worst_sign(now).desc(), "account_name", "pk"):
        found[lane.schema_name].append(lane)
    return found
