"""The control port's view of eBay: listings, offers, images, and what went wrong with photos."""

from collections import Counter
from typing import Any

from marketplaces.sandbox.ebay.kinds import IMAGES, LISTINGS, OFFERS
from marketplaces.sandbox.marketplace import Shelf
from marketplaces.sandbox.reports import ImageReport, ListingReport, OfferReport, PhotoReport
from marketplaces.sandbox.state import State

Json = dict[str, Any]


def shelf(state: State) -> Shelf:
    shown = state.documents.everywhere(LISTINGS)
    return Shelf(
        listings=[_listing(seller, listing) for seller, listing in shown],
        offers=[_offer(*pair) for pair in state.documents.everywhere(OFFERS)],
        images=_images(state),
        violations=[text for pair in shown for text in _strangers(*pair)],
    )


def _listing(seller: str, listing: Json) -> ListingReport:
    photos = [PhotoReport(checksum=each["checksum"], url=each["url"]) for each in listing["photos"]]
    return ListingReport(
        listing_id=listing["listing_id"],
        seller=seller,
        sku=listing["sku"],
        offer_id=listing["offer_id"],
        marketplace_id=listing["marketplace_id"],
        status=listing["status"],
        title=listing["title"],
        description=listing["description"],
        price=listing["price"],
        currency=listing["currency"],
        quantity=listing["quantity"],
        photos=photos,
        revisions=listing["revisions"],
        ended_by=listing["ended_by"],
    )


def _offer(seller: str, offer: Json) -> OfferReport:
    fields = offer["fields"]
    return OfferReport(
        offer_id=offer["offer_id"],
        seller=seller,
        sku=offer["sku"],
        marketplace_id=fields["marketplaceId"],
        format=fields["format"],
        status=offer["status"],
        listing_id=offer["listing_id"],
    )


def _images(state: State) -> list[ImageReport]:
    owned = state.documents.everywhere(IMAGES)
    uploads = Counter((seller, image["checksum"]) for seller, image in owned)
    return [
        ImageReport(
            image_id=image["image_id"],
            seller=seller,
            checksum=image["checksum"],
            url=image["url"],
            uploads=uploads[seller, image["checksum"]],
            source=image["source"],
            width=image["width"],
            height=image["height"],
            size=image["size"],
        )
        for seller, image in owned
    ]


def _strangers(seller: str, listing: Json) -> list[str]:
    """Photos that another seller uploaded: eBay would take them, a verdict must not."""
    return [
        f"listing {listing['listing_id']} of {seller} shows a photo of {photo['owner']}"
        for photo in listing["photos"]
        if photo["owner"] not in {"", seller}
    ]
