"""The control port's view of Etsy: listings in every state, images, fees, and what went wrong."""

from collections import Counter
from typing import Any

from marketplaces.sandbox.etsy import images, listings, sellers
from marketplaces.sandbox.etsy.kinds import IMAGES, LISTINGS
from marketplaces.sandbox.etsy.money import DIVISOR
from marketplaces.sandbox.marketplace import Shelf
from marketplaces.sandbox.reports import ImageReport, ListingReport, PhotoReport
from marketplaces.sandbox.state import State

Json = dict[str, Any]

STATUSES = {"active": "ACTIVE", "draft": "DRAFT"}
"""The sandbox's common words; all others have ended, as far as a buyer can see."""


def shelf(state: State) -> Shelf:
    kept = [listing for _, listing in state.documents.everywhere(LISTINGS)]
    owned = state.documents.everywhere(IMAGES)
    checksums = {image["listing_image_id"]: image["checksum"] for _, image in owned}
    reports = [_listing(state, listing, checksums) for listing in kept]
    return Shelf(
        listings=reports,
        images=_images(owned),
        violations=[*_twice(reports), *_wrongly_placed(kept, checksums)],
        fees=sum(listing["fees"] for listing in kept),
    )


def _listing(state: State, listing: Json, checksums: dict[int, str]) -> ListingReport:
    seller, fields = sellers.known(state, listing["seller"]), listing["fields"]
    price = min((each["price"] for each in listings.offerings(listing)), default=listing["price"])
    return ListingReport(
        listing_id=str(listing["listing_id"]),
        seller=listing["seller"],
        sku=" ".join(listings.skus(listing)),
        offer_id="",
        marketplace_id="ETSY",
        status=STATUSES.get(listing["state"], "ENDED"),
        title=fields["title"],
        description=fields["description"],
        price=f"{price // DIVISOR}.{price % DIVISOR:02}",
        currency=seller["currency"],
        quantity=listings.quantity(listing),
        photos=[
            PhotoReport(checksum=checksums[each], url=images.url(each, "fullxfull"))
            for each in listing["image_ids"]
        ],
        revisions=listing["modifications"],
        state=listing["state"],
        fees=listing["fees"],
    )


def _images(owned: list[tuple[str, Json]]) -> list[ImageReport]:
    uploads = Counter((seller, image["checksum"]) for seller, image in owned)
    return [
        ImageReport(
            image_id=str(image["listing_image_id"]),
            seller=seller,
            checksum=image["checksum"],
            url=images.url(image["listing_image_id"], "fullxfull"),
            uploads=uploads[seller, image["checksum"]],
            source="file",
            width=image["width"],
            height=image["height"],
            size=image["size"],
        )
        for seller, image in owned
    ]


def _twice(reports: list[ListingReport]) -> list[str]:
    """Drafts with a photo twice; the common verdict looks at what is on sale."""
    found = []
    for each in reports:
        checksums = [photo["checksum"] for photo in each["photos"]]
        if each["status"] == "DRAFT" and len(set(checksums)) < len(checksums):
            found.append(f"a photo is twice on draft {each['listing_id']}")
    return found


def _wrongly_placed(kept: list[Json], checksums: dict[int, str]) -> list[str]:
    """One image on two listings: Etsy would take it, and no client of ours means it."""
    places = Counter(number for listing in kept for number in listing["image_ids"])
    return [
        f"image {number} ({checksums[number][:12]}…) is on {count} listings"
        for number, count in places.items()
        if count > 1
    ]
