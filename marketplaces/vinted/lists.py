"""What Vinted itself tells of colours, brands and sizes: kept in the account's settings as `lists`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from marketplaces.vinted.answers import Named
from marketplaces.vinted.client import VintedClient


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
    return {"colors": colors, "brands": brands, "sizes": sizes}


def _by_name(found: Iterable[Named]) -> dict[str, str]:
    """Numbers by what Vinted calls it, and by its code where it has one."""
    names: dict[str, str] = {}
    for each in found:
        for name in (each.title, each.code):
            if name:
                names.setdefault(name, each.number)
    return names
