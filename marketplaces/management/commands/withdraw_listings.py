"""`manage.py withdraw_listings --schema S --sku X`: take products off sale, as one batch."""

from __future__ import annotations

from marketplaces.management.product_command import ListingCommand
from marketplaces.models import ListingStatus


class Command(ListingCommand):
    help = (
        "Queue the withdrawal of a seller's listings as one batch. They can be published again. "
        "Exit code: 0 queued, 2 nothing was queued."
    )
    action = "unpublish"
    must_choose = True
    statuses = (ListingStatus.LIVE, ListingStatus.DRAFT)
