"""What eBay shows of an account's listings, in the terms of `marketplaces.sync`.

An inventory item says nothing of a listing: its offers do, which eBay gives for one SKU a call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings

from marketplaces.ebay.account_settings import EbaySettings
from marketplaces.ebay.answers import OUT_OF_STOCK, Offer
from marketplaces.ebay.client import EbayClient
from marketplaces.ebay.parts import SENT, sent_parts
from marketplaces.ebay.shop_reads import ShopReads
from marketplaces.models import Account, Listing, ListingStatus
from marketplaces.sync import Page, Seen
from marketplaces.sync.differences import Difference

EVERYTHING = "items"


class EbayShop:
    """One account on one of eBay's marketplaces."""

    first: dict[str, Any] = {"page": 0}

    def __init__(self, account: Account, client: EbayClient, reads: ShopReads) -> None:
        self.client = client
        self.reads = reads
        self._address = (
            settings.EBAY["listing_url"] or EbaySettings.read(account.settings).listing_url
        )

    def page(self, position: Mapping[str, Any]) -> Page:
        number: int = position["page"]
        page = self.reads.items(number)
        return Page(
            group=EVERYTHING,
            total=page.total,
            names=page.titles,
            following={"page": number + 1} if page.has_next else None,
        )

    def listings(self, names: Mapping[str, str]) -> list[Seen]:
        """An item without an offer on this account's marketplace is left out."""
        return [
            self._seen(offer, title)
            for sku, title in names.items()
            for offer in self.client.find_offers(sku)
        ]

    def look(self, listing: Listing) -> Seen | None:
        """By its offer's id, and where that is gone, by its SKU."""
        offer_id = listing.details.get("offer_id")
        offer = self.client.get_offer(offer_id) if offer_id else None
        found = [offer] if offer is not None else self.client.find_offers(listing.key)
        return self._seen(found[0], "") if found else None

    def unsent(self, details: dict[str, Any], found: Sequence[Difference]) -> dict[str, Any]:
        """What differs is called as the part of the listing that it is."""
        sent, again = sent_parts(details), {each.field for each in found}
        return {**details, SENT: {part: sent[part] for part in sent if part not in again}}

    def _seen(self, offer: Offer, title: str) -> Seen:
        return Seen(
            external_id=offer.listing_id,
            sku=offer.sku,
            status=str(status_of(offer)),
            said=" ".join(filter(None, (offer.status, offer.listing_status))),
            title=title,
            url=f"{self._address}{offer.listing_id}" if offer.listing_id else "",
            price=offer.price,
            currency=offer.currency,
            quantity=offer.available_quantity,
            sold=offer.sold_quantity if offer.listing_id else None,
            details={"offer_id": offer.offer_id},
        )


def status_of(offer: Offer) -> ListingStatus:
    """What an offer says of its listing. Sold is only what has sold and is over or empty."""
    has_sold = offer.sold_quantity > 0
    if offer.listing_status == OUT_OF_STOCK and has_sold:
        return ListingStatus.SOLD
    if offer.is_live:
        return ListingStatus.LIVE
    if offer.listing_id and has_sold and offer.available_quantity == 0:
        return ListingStatus.SOLD
    # Without a listing the offer stays and can be published again: it was withdrawn.
    return ListingStatus.ENDED if offer.listing_id else ListingStatus.WITHDRAWN
