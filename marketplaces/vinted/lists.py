"""What Vinted itself tells of colours, brands and sizes: kept in the account's settings as `lists`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from marketplaces.models import Account
from marketplaces.vinted.account_settings import VintedSettings
from marketplaces.vinted.answers import Named
from marketplaces.vinted.client import VintedClient

GOOD_FOR = timedelta(days=30)


def are_due(settings: VintedSettings) -> bool:
    """Whether Vinted was not asked for a long time, or not about a category that is chosen."""
    read_at = settings.lists.get("read_at")
    if not read_at or timezone.now() - datetime.fromisoformat(read_at) > GOOD_FOR:
        return True
    return any(settings.told_sizes(each) is None for each in settings.chosen_categories)


def save(account: Account, lists: dict[str, Any]) -> None:
    """In place of what was told before; runs in the caller's transaction."""
    row = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    row.settings = {**row.settings, "lists": lists}
    row.save(update_fields=["settings"])


def look_up(client: VintedClient, categories: Iterable[str]) -> dict[str, Any]:
    """`VintedSettings.lists` for these categories: one read, and two for each of them.

    Runs in a step, where a pause between two calls is no failure (`PluginLink.for_step`).
    """
    brands: dict[str, str] = {}
    sizes: dict[str, dict[str, str]] = {}
    colors = _by_name(client.colors())
    for category in categories:
        brands |= _by_name(client.brands(category))
        sizes[category] = _by_name(client.sizes(category))
    read_at = timezone.now().isoformat()
    return {"colors": colors, "brands": brands, "sizes": sizes, "read_at": read_at}


def _by_name(found: Iterable[Named]) -> dict[str, str]:
    """Numbers by what Vinted calls it, and by its code where it has one."""
    names: dict[str, str] = {}
    for each in found:
        for name in (each.title, each.code):
            if name:
                names.setdefault(name, each.number)
    return names
