"""`manage.py delete_listings --schema S --sku X`: remove listings for good, as one batch."""

from __future__ import annotations

from marketplaces.management.product_command import ListingCommand


class Command(ListingCommand):
    help = (
        "Queue the deletion of a seller's listings as one batch: at the marketplace first, then "
        "our record. The products stay in the catalogue. Exit code: 0 queued, 2 nothing was "
        "queued."
    )
    action = "delete"
    must_choose = True
