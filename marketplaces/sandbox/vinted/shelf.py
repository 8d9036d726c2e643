"""The control port's view of Vinted: items in every state, photos, and what went wrong."""

import re
from collections import Counter
from typing import Any

from marketplaces.sandbox.marketplace import Shelf
from marketplaces.sandbox.reports import ImageReport, ListingReport, PhotoReport
from marketplaces.sandbox.state import State
from marketplaces.sandbox.vinted import items, photos
from marketplaces.sandbox.vinted.kinds import ITEMS, PHOTOS

Json = dict[str, Any]

STATUSES = {"active": "ACTIVE", "reserved": "ACTIVE", "draft": "DRAFT"}
"""The sandbox's common words; all others have ended, as far as a buyer can see."""

ENDED_BY = {"sold": "sale", "closed": "closing", "deleted": "deletion", "hidden": "withdrawal"}

KEY = re.compile(r"\[([^\[\]\s]+)\]\s*$")


def shelf(state: State) -> Shelf:
    owned = state.documents.everywhere(PHOTOS)
    checksums = {photo["id"]: photo["checksum"] for _, photo in owned}
    reports = [_listing(item, checksums) for _, item in state.documents.everywhere(ITEMS)]
    return Shelf(listings=reports, images=_images(owned), violations=_twice(reports))


def key_in(title: str) -> str:
    """What stands in brackets at a title's end, where Vinted has no field for a SKU."""
    found = KEY.search(title)
    return found[1].lower() if found else ""


def _listing(item: Json, checksums: dict[int, str]) -> ListingReport:
    word = items.word(item) if not item["is_deleted"] else "deleted"
    return ListingReport(
        listing_id=str(item["id"]),
        seller=item["seller"],
        sku=key_in(item["title"]),
        offer_id="",
        marketplace_id="VINTED_FR",
        status=STATUSES.get(word, "ENDED"),
        title=item["title"],
        description=item["description"],
        price=f"{float(item['price']):.2f}",
        currency=item["currency"],
        quantity=0 if item["is_closed"] else 1,
        photos=[
            PhotoReport(checksum=checksums[each], url=photos.url(each))
            for each in item["photo_ids"]
        ],
        revisions=item["revisions"],
        state=word,
        ended_by=ENDED_BY.get(word, ""),
    )


def _images(owned: list[tuple[str, Json]]) -> list[ImageReport]:
    uploads = Counter((seller, photo["checksum"]) for seller, photo in owned)
    return [
        ImageReport(
            image_id=str(photo["id"]),
            seller=seller,
            checksum=photo["checksum"],
            url=photos.url(photo["id"]),
            uploads=uploads[seller, photo["checksum"]],
            source="file",
            width=photo["width"],
            height=photo["height"],
            size=photo["size"],
        )
        for seller, photo in owned
    ]


def _twice(reports: list[ListingReport]) -> list[str]:
    """Drafts with a photo twice; the common verdict looks at what is on sale."""
    found = []
    for each in reports:
        checksums = [photo["checksum"] for photo in each["photos"]]
        if each["status"] == "DRAFT" and len(set(checksums)) < len(checksums):
            found.append(f"a photo is twice on draft {each['listing_id']}")
    return found
