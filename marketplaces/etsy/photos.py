"""The photos of one listing at Etsy, each at its rank once.

Listing.details has, under `photos`, the photo that Etsy has confirmed at each rank, and under
`own_images` every image of ours that it may still have. An upload takes the place of what is at
its rank, so that one whose answer was lost can be sent again; `arrange` sees to the rest.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings

from marketplaces import listings
from marketplaces.etsy.client import EtsyClient
from marketplaces.etsy.validation import PICTURES
from marketplaces.http import FilePart
from marketplaces.models import Listing, ListingStatus, Product
from marketplaces.photo_files import photo_file
from tasks.errors import ReceiptGoneError, TransientError
from tasks.sentences import sentence

Receipt = dict[str, Any]
Photo = Sequence[str]
"""Checksum and alternative text."""


def is_there(listing: Listing, photo: Receipt) -> bool:
    """Whether Etsy has confirmed `photo` (rank, checksum, alt_text) at its rank."""
    entry = _known(listing, photo["rank"])
    return _is(entry, (photo["checksum"], photo["alt_text"]))


def differ(listing: Listing, photos: Sequence[Photo]) -> bool:
    """Whether Etsy is to show other photos, by our own records."""
    shown = listing.details.get("photos", {})
    return len(shown) != len(photos) or any(
        not _is(_known(listing, rank), photo) for rank, photo in enumerate(photos, start=1)
    )


def upload(
    client: EtsyClient, listing: Listing, listing_id: str, product: Product, rank: int
) -> Receipt:
    """Bring the photo that is to be at `rank`; no call when Etsy has it there."""
    photo = listing.mapped["photos"][rank - 1]
    there = _known(listing, rank)
    if there is not None and _is(there, photo):
        return {"rank": rank, "image_id": there["image_id"]}
    content, filename, content_type = photo_file(
        product, photo[0], PICTURES, timeout=settings.ETSY["deadline_seconds"] / 2
    )
    part = FilePart("image", filename, content_type, content)
    image = client.upload_image(listing_id, part, rank=rank, alt_text=photo[1])
    entry = {"checksum": photo[0], "alt_text": photo[1], "image_id": image.image_id}
    listings.note(
        listing,
        photos={**listing.details.get("photos", {}), str(rank): entry},
        own_images=[*listing.details.get("own_images", []), image.image_id],
        photos_sent_at=time.time(),
    )
    return {"rank": rank, "image_id": image.image_id}


def arrange(
    client: EtsyClient, listing: Listing, listing_id: str, uploaded_by: Mapping[int, int]
) -> Receipt:
    """Hold what Etsy shows against what was sent; remove what is ours and should not be there.

    `uploaded_by`: the number of the receipt of each rank. ReceiptGoneError for photos that Etsy
    lost; TransientError while it may not show the latest ones yet.
    """
    wanted = listing.details.get("photos", {})
    ranks = range(1, len(listing.mapped["photos"]) + 1)
    asked_at = time.time()
    shown = [image.image_id for image in client.images(listing_id)]
    missing = [rank for rank in ranks if wanted.get(str(rank), {}).get("image_id") not in shown]
    if missing:
        _send_again(listing, missing, uploaded_by, asked_at)
    order = [wanted[str(rank)]["image_id"] for rank in ranks]
    superfluous = _superfluous(listing, shown, order)
    for image_id in superfluous:
        client.delete_image(listing_id, image_id)
    left = [image_id for image_id in shown if image_id not in superfluous]
    others = [image_id for image_id in left if image_id not in order]
    if left != [*order, *others]:
        ids = [int(image_id) for image_id in (*order, *others)]
        client.update_listing(listing_id, {"image_ids": ids})
    listings.note(
        listing, photos={str(rank): wanted[str(rank)] for rank in ranks}, own_images=order
    )
    return {"images": order, "removed": superfluous}


def _superfluous(listing: Listing, shown: Sequence[str], order: Sequence[str]) -> list[str]:
    """Ours that are not wanted any more. What the seller has added to a live listing stays.

    A listing that was never live has no photos but ours: one that we do not know is an upload
    whose answer was lost.
    """
    ours = set(listing.details.get("own_images", []))
    is_new = listing.status == ListingStatus.DRAFT
    return [each for each in shown if each not in order and (is_new or each in ours)]


def _send_again(
    listing: Listing, ranks: Sequence[int], uploaded_by: Mapping[int, int], asked_at: float
) -> None:
    settle = settings.ETSY["settle_seconds"]
    if asked_at - listing.details.get("photos_sent_at", 0) < settle:
        raise TransientError(sentence("Etsy does not show all photos yet."), retry_after=settle)
    lost = {str(rank) for rank in ranks}
    kept = {
        rank: entry for rank, entry in listing.details.get("photos", {}).items() if rank not in lost
    }
    listings.note(listing, photos=kept)
    raise ReceiptGoneError(
        sentence("Photos are missing at Etsy."),
        task_ids=[uploaded_by[rank] for rank in ranks if rank in uploaded_by],
    )


def _known(listing: Listing, rank: int) -> Receipt | None:
    found: Receipt | None = listing.details.get("photos", {}).get(str(rank))
    return found


def _is(entry: Receipt | None, photo: Photo) -> bool:
    return entry is not None and [entry["checksum"], entry["alt_text"]] == list(photo)
