"""`manage.py update_listings --schema S`: bring what is live up to date, as one batch."""

from __future__ import annotations

from marketplaces.management.product_command import ListingCommand
from marketplaces.models import ListingStatus


class Command(ListingCommand):
    help = (
        "Queue the update of a seller's live listings as one batch; what has not changed is only "
        "looked at. Exit code: 0 queued, 2 nothing was queued."
    )
    action = "update"
    statuses = (ListingStatus.LIVE,)
