"""How often a live listing was changed today: eBay allows 250 revisions a calendar day.

The count is on the listing's row (Listing.details["revisions"]), where all workers see it, and is
raised before the call: a call that was cut off counts too, so the count is never too low.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from marketplaces.ebay.days import day_of, next_day
from marketplaces.ebay.parts import SENT, Part, sent_parts
from marketplaces.models import Listing, ListingStatus
from marketplaces.sales import sold_of
from marketplaces.told import Told
from tasks.errors import PostponedError
from tasks.holding import require_hold
from tasks.sentences import sentence

MOST_A_DAY = 250
"""The Inventory API's document, at each of its operations that revise a listing."""


def begin(listing: Listing, *parts: Part) -> None:
    """One call is about to send `parts`: from now on nobody knows what eBay has of them.

    In a transaction of its own. PostponedError when the listing has no revision left today,
    LeaseLostError when the step is another worker's by now.
    """
    known = sent_parts(listing.details)
    if listing.status != ListingStatus.LIVE and not known.keys() & set(parts):
        return
    with transaction.atomic():
        require_hold()
        row = Listing.objects.select_for_update().get(pk=listing.pk)
        sent = sent_parts(row.details)
        left = {name: value for name, value in sent.items() if name not in parts}
        counted: dict[str, Any] = {}
        if row.status == ListingStatus.LIVE:
            # Every part carries the stock along.
            counted = {
                **_one_more(row, timezone.now()),
                "told": Told(None, timezone.now(), sold_of(row)).as_json(),
            }
        row.details = {**row.details, **counted, SENT: left}
        row.save(update_fields=["details", "updated_at"])
    listing.details = row.details


def _one_more(listing: Listing, now: datetime) -> dict[str, Any]:
    """The count belongs to one listing at eBay and one day; another of either starts anew."""
    own = {"listing": listing.external_id, "day": day_of(now).isoformat()}
    known = listing.details.get("revisions") or {}
    count = int(known.get("count", 0)) if own.items() <= known.items() else 0
    if count >= MOST_A_DAY:
        raise PostponedError(
            sentence(
                "eBay allows {limit} changes of a listing a day, and “{product}” has had them: "
                "the next one waits until tomorrow.",
                limit=MOST_A_DAY,
                product=listing.product,
            ),
            until=next_day(now),
        )
    return {"revisions": {**own, "count": count + 1}}
