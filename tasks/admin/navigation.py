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
        items = [_item(model["name"], model["admin_url"]) for model in app["models"]]
        if any(model["model"] is MarketplaceJob for model in app["models"]):
            items.insert(0, _item(_("What fails"), reverse("admin:tasks_causes")))
        groups.append({"title": app["name"], "items": items})
    return groups


def _item(title: str, link: str) -> dict[str, Any]:
    return {"title": title, "link": link}
