"""What is kept of a listing that was told how many pieces are left, and nothing else (ADR 0037)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from marketplaces import listings, told
from marketplaces.models import Listing, ListingStatus
from marketplaces.sync import differences
from marketplaces.told import Told
from tasks.handlers import Receipt

Json = dict[str, Any]


def save(
    listing: Listing,
    receipt: Receipt,
    *,
    mapped: Callable[[Json, int], Json],
    sent: Callable[[Listing, int], Json],
) -> None:
    """Runs in the caller's transaction; does nothing for what was not on sale.

    `mapped` puts the quantity into what was mapped last, `sent` into the details of what this
    marketplace was sent.
    """
    listing = Listing.objects.select_for_update().get(pk=listing.pk)
    if not receipt or listing.status != ListingStatus.LIVE:
        return
    quantity, now = int(receipt["quantity"]), timezone.now()
    before = told.last(listing)
    begun = Told(quantity, before.at if before else None)
    listings.save_quantity(
        listing,
        mapped(listing.mapped, quantity) if listing.mapped else {},
        now,
        **sent(listing, quantity),
        **({"told": begun.as_json()} if receipt["changed"] else {}),
        **differences.with_quantity(listing, quantity, now),
    )
