"""The sidebar (UNFOLD's SIDEBAR): what staff use every day first, technical things below.

It shows what the person may see in the place where they are; a page that is not installed is left
out, so that the order can name pages of every app.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy


class Entry(NamedTuple):
    """One link: to the list of a model, or to a page that those who may see the model may open."""

    model: str
    icon: str
    title: str | Promise
    page: str = ""


WORK: list[Entry] = [
    Entry("tasks.BatchJob", "stacks", gettext_lazy("Batches")),
    Entry("tasks.MarketplaceJob", "task_alt", gettext_lazy("Jobs")),
    Entry("tasks.MarketplaceJob", "error", gettext_lazy("What fails"), "admin:tasks_causes"),
]
BUSINESS: list[Entry] = [
    Entry("marketplaces.Product", "sell", gettext_lazy("Products")),
    Entry("marketplaces.Listing", "storefront", gettext_lazy("Listings")),
    Entry("marketplaces.UnmatchedListing", "link_off", gettext_lazy("Unmatched listings")),
    Entry("marketplaces.Order", "receipt_long", gettext_lazy("Orders")),
    Entry("marketplaces.Sale", "point_of_sale", gettext_lazy("Sales")),
    Entry("marketplaces.Account", "key", gettext_lazy("Accounts")),
]
HISTORY: list[Entry] = [
    Entry("tasks.StaffAction", "history", gettext_lazy("Staff actions")),
    Entry("tasks.MarketplaceJobStats", "query_stats", gettext_lazy("Finished runs")),
]
SELLERS: list[Entry] = [
    Entry("tenants.Tenant", "store", gettext_lazy("Sellers")),
    Entry("dispatch.Lane", "key", gettext_lazy("Accounts' work")),
]
PEOPLE: list[Entry] = [
    Entry("auth.User", "person", gettext_lazy("Users")),
    Entry("tenants.Membership", "badge", gettext_lazy("Memberships")),
    Entry("auth.Group", "group", gettext_lazy("Roles")),
]
MACHINERY: list[Entry] = [
    Entry("django_q.OrmQ", "mail", gettext_lazy("Messages to workers")),
    Entry("django_q.Failure", "error", gettext_lazy("Messages that failed")),
    Entry("django_q.Schedule", "schedule", gettext_lazy("Schedule")),
]
GROUPS: list[tuple[str | Promise, list[Entry]]] = [
    (gettext_lazy("Work"), WORK),
    (gettext_lazy("Catalogue"), BUSINESS),
    (gettext_lazy("History"), HISTORY),
    (gettext_lazy("Sellers"), SELLERS),
    (gettext_lazy("People"), PEOPLE),
    (gettext_lazy("Technical"), MACHINERY),
]


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups with at least one page that this person may open here."""
    groups = [(title, list(_items(request, entries))) for title, entries in GROUPS]
    links = [item["link"] for _title, items in groups for item in items]
    # A page below another one's address is that page, not the other one too.
    active = max(filter(request.path.startswith, links), key=len, default="")
    for _title, items in groups:
        for item in items:
            item["active"] = item["link"] == active
    return [{"title": title, "items": items} for title, items in groups if items]


def _items(request: HttpRequest, entries: list[Entry]) -> Iterator[dict[str, Any]]:
    for entry in entries:
        model = _model(entry.model)
        page = admin.site._registry.get(model) if model else None  # noqa: SLF001
        if page is None or not page.has_module_permission(request):
            continue
        if page.has_view_permission(request):
            meta = model._meta
            name = entry.page or f"admin:{meta.app_label}_{meta.model_name}_changelist"
            yield {"title": entry.title, "icon": entry.icon, "link": reverse(name)}


def _model(label: str) -> Any:
    app, name = label.split(".")
    return apps.all_models.get(app, {}).get(name.lower())
