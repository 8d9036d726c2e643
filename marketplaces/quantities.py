"""What is kept of a listing that was told how many pieces are left, and nothing else (ADR 0037)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.utils import timezone

from marketplaces import listings, told
from marketplaces.models import Listing, ListingStatus
from marketplaces.sync import differences
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
    marketplace was sent: with the pieces that were left out, as an update does. A number that was
    only seen there is not taken for one that was sent, unless an earlier try may have sent it.
    `meant` and `sold` of the receipt are as in `told.Told`.
    """
    listing = Listing.objects.select_for_update().get(pk=listing.pk)
    if not receipt or listing.status != ListingStatus.LIVE:
        return
    quantity, now = int(receipt["quantity"]), timezone.now()
    shown = differences.with_quantity(listing, quantity, now)
    begun = told.last(listing)
    if begun is None or begun.quantity is not None:
        listing.details = {**listing.details, **shown}
        listing.save(update_fields=["details", "updated_at"])
        return
    meant = int(receipt.get("meant", quantity))
    sold = int(receipt.get("sold", begun.sold))
    listings.save_quantity(
        listing,
        mapped(listing.mapped, meant) if listing.mapped else {},
        now,
        **sent(listing, meant),
        told=replace(begun, quantity=quantity, sold=sold, meant=meant).as_json(),
        **shown,
    )
