"""The two front pages: all of a person's sellers, and one seller's accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from stoflow.tenants import sellers
from stoflow.tenants.first_steps import first_steps
from stoflow.tenants.middleware import PREFIX
from stoflow.tenants.models import Tenant
from stoflow.tenants.roles import role_name
from tasks.admin.account_health import AccountHealth, account_health
from tasks.admin.cause_rows import top_causes
from tasks.admin.looks import standstill_of_lanes
from tasks.standstill import Standstill

MOST_SEARCHED = 100


@dataclass(frozen=True, slots=True)
class SellerHealth:
    """A seller's name, the way in, and the health of each account."""

    key: int
    name: str
    url: str
    role: str
    accounts: list[AccountHealth]


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """unfold's DASHBOARD_CALLBACK: what `admin/index.html` shows in either place."""
    shown = {**context, **_context(request)}
    may_see = not _is_home(request) and request.user.has_perm("tasks.view_marketplacejob")
    return {**shown, **top_causes(request)} if may_see else shown


def health(request: HttpRequest) -> HttpResponse:
    """The piece of the page that refreshes itself, or that the search box fills."""
    piece = "admin/sellers.html" if _is_home(request) else "admin/accounts.html"
    response = TemplateResponse(request, piece, _context(request))
    if request.headers.get("HX-Trigger-Name") == "q":
        # Typed into the search box: the address of the whole page follows.
        query = urlencode({"q": request.GET.get("q", "")})
        response["HX-Replace-Url"] = f"{reverse('admin:index')}?{query}"
    return response


def _context(request: HttpRequest) -> dict[str, Any]:
    now = timezone.now()
    return _home(request, now) if _is_home(request) else _seller(request, now)


def _is_home(request: HttpRequest) -> bool:
    return getattr(request, "tenant", None) is None


def _home(request: HttpRequest, now: datetime) -> dict[str, Any]:
    search = request.GET.get("q", "").strip()[:MOST_SEARCHED].replace("\0", "")
    page = sellers.page_of_sellers(
        request.user, search=search, number=request.GET.get("page"), now=now
    )
    lanes = sellers.lanes_by_schema([tenant.schema_name for tenant in page], now)
    standstill = standstill_of_lanes(chain.from_iterable(lanes.values()))
    shown = [
        _health(tenant, lanes[tenant.schema_name], now, standstill=standstill) for tenant in page
    ]
    query = urlencode([("q", search), ("page", page.number)])
    return {
        "title": _("Sellers"),
        "sellers": shown,
        "page": page,
        "search": search,
        "refresh_url": f"{reverse('health')}?{query}",
        "now": now,
    }


def _seller(request: HttpRequest, now: datetime) -> dict[str, Any]:
    tenant: Tenant = request.tenant  # type: ignore[attr-defined]
    lanes = sellers.lanes_by_schema([tenant.schema_name], now)[tenant.schema_name]
    standstill = standstill_of_lanes(lanes)
    return {
        "title": tenant.name,
        "accounts": [account_health(lane, now, standstill=standstill) for lane in lanes],
        "first_steps": first_steps(request),
        "refresh_url": reverse("health"),
        "now": now,
    }


def _health(
    tenant: Tenant, lanes: list[Any], now: datetime, *, standstill: Standstill | None
) -> SellerHealth:
    prefix = f"{PREFIX}{tenant.schema_name}"
    return SellerHealth(
        key=tenant.pk,
        name=tenant.name,
        url=prefix + reverse("admin:index"),
        role=role_name(getattr(tenant, "role", "")),
        accounts=[
            account_health(lane, now, prefix=prefix, standstill=standstill) for lane in lanes
        ],
    )
