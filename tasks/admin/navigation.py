"""The links at the side of every page: the models of the place, and the pages that are no model."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from tasks.models import MarketplaceJob


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """UNFOLD's SIDEBAR navigation."""
    groups = []
    for app in admin.site.get_app_list(request):
        items = [_item(request, model["name"], model["admin_url"]) for model in app["models"]]
        if any(model["model"] is MarketplaceJob for model in app["models"]):
            items.insert(0, _item(request, _("What fails"), reverse("admin:tasks_causes")))
        groups.append({"title": app["name"], "items": _with_one_active(items)})
    return groups


def _item(request: HttpRequest, title: str, link: str) -> dict[str, Any]:
    return {"title": title, "link": link, "active": request.path.startswith(link)}


def _with_one_active(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A page below another one's address is that page, not the other one too."""
    active = [item["link"] for item in items if item["active"]]
    return [{**item, "active": item["link"] == max(active, key=len, default="")} for item in items]
