"""Whether the pages that were read are the whole shop. Pure.

Pages repeat entries, and shift while they are read. Only as many different entries as the
marketplace counts are a complete read; anything else proves nothing about what was not seen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marketplaces.sync.facts import Page, Seen

Receipt = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """All pages of a run, as their receipts have them."""

    names: Mapping[str, str]
    """Every entry once, in the order in which it was first seen."""
    missing: Mapping[str, int]
    """By group: how many entries the pages did not show, or (below 0) showed too many."""

    @property
    def is_complete(self) -> bool:
        return not any(self.missing.values())


def receipt_of(page: Page) -> dict[str, Any]:
    return {"group": page.group, "total": page.total, "names": dict(page.names)}


def reading_of(receipts: Iterable[Receipt]) -> Reading:
    """From the receipts of the pages in their order; the newest total of a group counts."""
    names: dict[str, str] = {}
    totals: dict[str, int] = {}
    groups: defaultdict[str, set[str]] = defaultdict(set)
    for receipt in receipts:
        group = receipt["group"]
        totals[group] = receipt["total"]
        groups[group] |= set(receipt["names"])
        for name, title in receipt["names"].items():
            names.setdefault(name, title)
    missing = {group: total - len(groups[group]) for group, total in totals.items()}
    return Reading(names, missing)


def shared_skus(seen: Iterable[Seen]) -> list[str]:
    """SKUs that more than one live listing has: which is meant, nobody can tell."""
    listings: defaultdict[str, set[str]] = defaultdict(set)
    for each in seen:
        if each.is_live and each.sku:
            listings[each.sku].add(each.external_id)
    return sorted(sku for sku, ids in listings.items() if len(ids) > 1)


def chunks(names: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [names[start : start + size] for start in range(0, len(names), size)]
