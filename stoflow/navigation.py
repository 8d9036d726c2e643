"""The sidebar (UNFOLD's SIDEBAR): what staff use every day first, technical things below.

It shows what the person may see in the place where they are; a page that is not installed is left
out, so that the order can name pages of every app.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

Entry = tuple[str, str, str | Promise]
"""A model's label, the sign before it, and its name in the sidebar."""

WORK: list[Entry] = [
    ("tasks.BatchJob", "stacks", gettext_lazy("Batches")),
    ("tasks.MarketplaceJob", "task_alt", gettext_lazy("Jobs")),
]
BUSINESS: list[Entry] = [
    ("marketplaces.Product", "sell", gettext_lazy("Products")),
    ("marketplaces.Listing", "storefront", gettext_lazy("Listings")),
    ("marketplaces.Account", "key", gettext_lazy("Accounts")),
]
HISTORY: list[Entry] = [
    ("tasks.StaffAction", "history", gettext_lazy("Staff actions")),
    ("tasks.MarketplaceJobStats", "query_stats", gettext_lazy("Finished runs")),
]
SELLERS: list[Entry] = [
    ("tenants.Tenant", "store", gettext_lazy("Sellers")),
    ("dispatch.Lane", "key", gettext_lazy("Accounts' work")),
]
PEOPLE: list[Entry] = [
    ("auth.User", "person", gettext_lazy("Users")),
    ("tenants.Membership", "badge", gettext_lazy("Memberships")),
    ("auth.Group", "group", gettext_lazy("Roles")),
]
MACHINERY: list[Entry] = [
    ("django_q.OrmQ", "mail", gettext_lazy("Wake-ups waiting")),
    ("django_q.Failure", "error", gettext_lazy("Wake-ups that failed")),
    ("django_q.Schedule", "schedule", gettext_lazy("Schedule")),
]
GROUPS: list[tuple[str | Promise, list[Entry]]] = [
    (gettext_lazy("Work"), WORK),
    (gettext_lazy("Catalogue"), BUSINESS),
    (gettext_lazy("History"), HISTORY),
    (gettext_lazy("Sellers"), SELLERS),
    (gettext_lazy("People"), PEOPLE),
    (gettext_lazy("Machinery"), MACHINERY),
]


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups with at least one page that this person may open here."""
    groups = ((title, [*_items(request, entries)]) for title, entries in GROUPS)
    return [{"title": title, "items": items} for title, items in groups if items]


def _items(request: HttpRequest, entries: list[Entry]) -> Any:
    for label, icon, title in entries:
        model = _model(label)
        page = admin.site._registry.get(model) if model else None  # noqa: SLF001
        if page is None or not page.has_module_permission(request):
            continue
        if page.has_view_permission(request):
            name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
            yield {"title": title, "icon": icon, "link": reverse(name)}


def _model(label: str) -> Any:
    app, name = label.split(".")
    return apps.all_models.get(app, {}).get(name.lower())
