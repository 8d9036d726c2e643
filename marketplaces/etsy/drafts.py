"""Which of a shop's listings is ours: Etsy makes a new one with each request, and gives no key.

A draft carries our key in a mark below its description until it goes live, and as its SKU from the
second call on. So a listing is ours by either. One that has neither, but looks like what we sent
while an answer was missing, may be ours: a person has to tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from marketplaces.etsy.answers import DRAFT, STATES, EtsyListing, skus
from marketplaces.etsy.client import EtsyClient
from tasks.handlers import CannotTell
from tasks.sentences import sentence

CLOCK_SECONDS = 600
"""How far Etsy's clock and ours may be apart."""
_MARK = "(StoFlow {key})"
_ANY_MARK = _MARK.partition("{")[0]
_MARKED = re.compile(re.escape(_MARK).replace(r"\{key\}", "([a-z0-9]+)") + r"\s*$")


def mark(key: str) -> str:
    """What stands below the description of a draft; the bracket keeps “…p1” from “…p17”."""
    return _MARK.format(key=key)


@dataclass(frozen=True, slots=True)
class Sought:
    """What our listing is known by."""

    key: str
    title: str
    begun_at: float | None
    """Unix seconds of the first request whose answer may be missing; None when none left."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What a look at the whole shop has shown."""

    ours: tuple[EtsyListing, ...]
    doubt: CannotTell | None = field(default=None)
    """Why nothing follows from it when `ours` is empty."""
    others: tuple[EtsyListing, ...] = ()
    """What is in the shop instead when `ours` is empty."""


def look_for(client: EtsyClient, sought: Sought) -> Sight:
    """All of the shop's listings, in every state."""
    found: dict[str, EtsyListing] = {}
    incomplete: list[str] = []
    for state in STATES:
        pages = client.listings(state)
        found |= {each.listing_id: each for each in pages.listings}
        if not pages.is_complete:
            incomplete.append(state)
    ours = tuple(each for each in found.values() if is_ours(each, sought.key))
    if ours:
        return Sight(ours)
    if alike := [each for each in found.values() if _is_alike(each, sought)]:
        return Sight((), several(alike))
    if incomplete:
        return Sight(
            (),
            CannotTell(
                sentence("Etsy's list of the shop's listings has gaps."),
                {"states": incomplete},
            ),
        )
    return Sight((), others=tuple(found.values()))


def is_ours(listing: EtsyListing, key: str) -> bool:
    return key in listing.skus or mark(key) in listing.description


def of_this_shop(client: EtsyClient, listing_id: str) -> EtsyListing | None:
    """The listing of this number, with its SKUs; None when this shop has no such listing."""
    shown = client.get_listing(listing_id) if listing_id.isdecimal() else None
    if shown is None or shown.shop_id != client.shop_id:
        return None
    return replace(shown, skus=skus(client.get_inventory(listing_id)))


def key_of(listing: EtsyListing) -> str:
    """The only SKU, else the key in the mark; empty for none, and for one of several variations."""
    if listing.skus:
        return next(iter(listing.skus)) if len(listing.skus) == 1 else ""
    found = _MARKED.search(listing.description)
    return found[1] if found else ""


def several(found: Iterable[EtsyListing]) -> CannotTell:
    """More than one listing may be the one, or one that is not surely the one."""
    named = sorted(found, key=lambda each: int(each.listing_id))
    evidence: list[dict[str, Any]] = [
        {"listing_id": each.listing_id, "state": each.state, "title": each.title} for each in named
    ]
    return CannotTell(
        sentence(
            "Etsy has listings that may be this product: {ids}.",
            ids=", ".join(each.listing_id for each in named),
        ),
        {"listings": evidence},
    )


def _is_alike(listing: EtsyListing, sought: Sought) -> bool:
    return (
        sought.begun_at is not None
        and listing.state == DRAFT
        and not listing.skus
        and _ANY_MARK not in listing.description
        and listing.title == sought.title
        and listing.created_at >= sought.begun_at - CLOCK_SECONDS
    )
