"""What eBay's answers say, read strictly: a missing id is an unreadable answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marketplaces.http import Response
from tasks.errors import OutcomeUnknownError, TransientError
from tasks.sentences import sentence

PUBLISHED = "PUBLISHED"
OVER = frozenset({"ENDED", "EBAY_ENDED", "INACTIVE", "NOT_LISTED"})
"""Statuses of a listing that nobody can buy from and that will not come back by itself."""


@dataclass(frozen=True, slots=True)
class Image:
    """A picture at eBay Picture Services; it expires unless a live listing uses it."""

    image_id: str
    url: str
    expires_at: str
    """ISO 8601; empty when eBay did not say."""


@dataclass(frozen=True, slots=True)
class Offer:
    offer_id: str
    sku: str
    marketplace_id: str
    format: str
    status: str
    listing_id: str
    listing_status: str

    @property
    def is_live(self) -> bool:
        """Published, and its listing has not ended since."""
        return self.status == PUBLISHED and self.listing_status not in OVER


@dataclass(frozen=True, slots=True)
class Policy:
    policy_id: str
    name: str


def required_text(response: Response, name: str) -> str:
    """A field of the answer without which it tells nothing.

    OutcomeUnknownError when it is missing from the answer to a write, else TransientError.
    """
    return _text(response, response.json_object(), name)


def image(response: Response, image_id: str) -> Image:
    """From the answer of a read, or of an upload that carries the picture's URL."""
    return Image(
        image_id=image_id,
        url=required_text(response, "imageUrl"),
        expires_at=str(response.json_object().get("expirationDate") or ""),
    )


def offer(response: Response, document: Mapping[str, Any]) -> Offer:
    listing = document.get("listing")
    listing = listing if isinstance(listing, dict) else {}
    return Offer(
        offer_id=_text(response, document, "offerId"),
        sku=_text(response, document, "sku"),
        marketplace_id=_text(response, document, "marketplaceId"),
        format=str(document.get("format") or ""),
        status=_text(response, document, "status"),
        listing_id=str(listing.get("listingId") or ""),
        listing_status=str(listing.get("listingStatus") or ""),
    )


def offers(response: Response) -> list[Offer]:
    return [offer(response, each) for each in _objects(response, "offers")]


def policies(response: Response, kind: str) -> list[Policy]:
    """`kind`: fulfillment, payment or return."""
    return [
        Policy(_text(response, each, f"{kind}PolicyId"), str(each.get("name") or ""))
        for each in _objects(response, f"{kind}Policies")
    ]


def locations(response: Response) -> list[tuple[str, str]]:
    """Keys and names of the locations that are enabled."""
    return [
        (key := _text(response, each, "merchantLocationKey"), str(each.get("name") or key))
        for each in _objects(response, "locations")
        if each.get("merchantLocationStatus") != "DISABLED"
    ]


def _objects(response: Response, name: str) -> list[dict[str, Any]]:
    found = response.json_object().get(name)
    if isinstance(found, list) and all(isinstance(each, dict) for each in found):
        return found
    raise _unreadable(response, name)


def _text(response: Response, document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    if isinstance(value, str) and value:
        return value
    raise _unreadable(response, name)


def _unreadable(response: Response, name: str) -> OutcomeUnknownError | TransientError:
    error = OutcomeUnknownError if response.request.is_write else TransientError
    return error(
        sentence(
            "eBay answered {status} without a usable “{name}”.", status=response.status, name=name
        ),
        evidence=response.evidence,
    )
