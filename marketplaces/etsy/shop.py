"""What Etsy shows of a shop's listings, in the terms of `marketplaces.sync`.

Etsy lists one state at a time; a page shows all that is to be known of its listings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings

from marketplaces.etsy import answers, drafts
from marketplaces.etsy.answers import STATES, EtsyListing
from marketplaces.etsy.client import EtsyClient
from marketplaces.etsy.service import STATUSES, id_of
from marketplaces.models import Listing, ListingStatus
from marketplaces.sync import Page, Seen
from marketplaces.sync.differences import Difference


class EtsyShop:
    """One account's shop.

    The states are read in the order in which a listing moves through them: one that moves on
    meanwhile is seen twice rather than not at all.
    """

    first: dict[str, Any] = {"state": STATES[0], "offset": 0}

    def __init__(self, client: EtsyClient) -> None:
        self.client = client

    def page(self, position: Mapping[str, Any]) -> Page:
        state, offset = position["state"], position["offset"]
        total, shown = self.client.listings_page(state, offset)
        return Page(
            group=state,
            total=total,
            names={each.listing_id: "" for each in shown},
            following=_following(state, offset + self.client.page_size, total if shown else 0),
            seen=[_seen(each) for each in shown],
        )

    def listings(self, names: Mapping[str, str]) -> list[Seen]:
        """Nothing: the pages have shown it."""
        return []

    def look(self, listing: Listing) -> Seen | None:
        shown = self.client.get_listing(id_of(listing))
        return None if shown is None else _seen(shown)

    def unsent(self, details: dict[str, Any], found: Sequence[Difference]) -> dict[str, Any]:
        """Fewer pieces there may be a sale that no order has told of yet: those stay gone."""
        again = {
            each.field
            for each in found
            if each.field != "quantity" or int(each.there) > int(each.here)
        }
        sent = details.get("sent", {})
        return {**details, "sent": {name: sent[name] for name in sent if name not in again}}


def _following(state: str, offset: int, total: int) -> dict[str, Any] | None:
    """The page that begins at `offset` of this state, or the next state's first."""
    if offset < total:
        return {"state": state, "offset": offset}
    later = STATES[STATES.index(state) + 1 :]
    return {"state": later[0], "offset": 0} if later else None


def _seen(listing: EtsyListing) -> Seen:
    """A draft was never put up; a state that is not in Etsy's document proves nothing."""
    is_draft = listing.state == answers.DRAFT
    status = ListingStatus.DRAFT if is_draft else STATUSES.get(listing.state, "")
    return Seen(
        external_id="" if is_draft else listing.listing_id,
        sku=drafts.key_of(listing),
        status=str(status),
        said=listing.state,
        title=listing.title,
        url="" if is_draft else f"{settings.ETSY['listing_url']}{listing.listing_id}",
        price=listing.price,
        currency=listing.currency,
        quantity=listing.quantity,
        details={"listing_id": listing.listing_id},
    )
