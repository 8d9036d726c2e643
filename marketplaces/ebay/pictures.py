"""The photos of one product on their way to eBay Picture Services."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from marketplaces.ebay.client import EbayClient
from marketplaces.models import Product
from marketplaces.photo_files import file_of, photo_of
from tasks.errors import PermanentError
from tasks.sentences import sentence

Receipt = dict[str, Any]
Uploads = Mapping[int, Receipt]
"""Receipts of `upload`, each under a number that the caller knows it by."""

_MARGIN = timedelta(hours=1)
"""A picture that expires sooner is uploaded again rather than raced against."""


def upload(client: EbayClient, product: Product, checksum: str) -> Receipt:
    """Bring the photo with this checksum to eBay."""
    photo = photo_of(product, checksum)
    uploaded = (
        client.upload_image_link(photo.url)
        if photo.url
        else client.upload_image_file(*file_of(photo))
    )
    return {
        "image_id": uploaded.image_id,
        "url": uploaded.url,
        "expires_at": uploaded.expires_at,
        "checksum": checksum,
    }


def kept(details: Mapping[str, Any], checksum: str) -> Receipt | None:
    """The receipt of an earlier upload that has not expired, from Listing.details."""
    receipt: Receipt | None = (details.get("photos") or {}).get(checksum)
    return None if receipt is None or expired({0: receipt}) else receipt


def to_keep(uploads: Uploads) -> dict[str, Receipt]:
    """What `kept` reads: by checksum."""
    return {receipt["checksum"]: dict(receipt) for receipt in uploads.values()}


def without(details: Mapping[str, Any], checksums: Collection[str]) -> dict[str, Receipt]:
    """Of what is kept, all but these."""
    photos: dict[str, Receipt] = details.get("photos") or {}
    return {name: receipt for name, receipt in photos.items() if name not in checksums}


def urls_of(uploads: Uploads, checksums: Sequence[str]) -> list[str]:
    """The addresses at eBay in the order of the product's photos."""
    urls = {receipt["checksum"]: receipt["url"] for receipt in uploads.values()}
    if any(checksum not in urls for checksum in checksums):
        raise PermanentError(
            sentence("The product's photos were changed while it was being published."),
            advice=sentence("Retry the job: it sends the photos that the product has now."),
        )
    return [urls[checksum] for checksum in checksums]


def expired(uploads: Uploads) -> tuple[int, ...]:
    """Those whose time is up by our own clock; no call."""
    soon = datetime.now(UTC) + _MARGIN
    return tuple(
        number for number, receipt in uploads.items() if _moment(receipt["expires_at"], soon) < soon
    )


def gone(client: EbayClient, uploads: Uploads) -> tuple[int, ...]:
    """Those that eBay no longer has; one read for each."""
    return tuple(
        number
        for number, receipt in uploads.items()
        if receipt["image_id"] and client.get_image(receipt["image_id"]) is None
    )


def _moment(text: str, default: datetime) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return default
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
