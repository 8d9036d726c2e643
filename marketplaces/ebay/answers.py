"""What eBay's answers say, read strictly: a missing id is an unreadable answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from marketplaces.http import Response
from tasks.errors import OutcomeUnknownError, TransientError
from tasks.sentences import sentence

PUBLISHED = "PUBLISHED"
OVER = frozenset({"ENDED", "EBAY_ENDED", "INACTIVE", "NOT_LISTED"})
"""Statuses of a listing that nobody can buy from and that will not come back by itself."""
OUT_OF_STOCK = "OUT_OF_STOCK"
"""Kept alive by eBay and hidden, for sellers who chose so."""


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
    sold_quantity: int = 0
    available_quantity: int | None = None
    price: str = ""
    currency: str = ""

    @property
    def is_live(self) -> bool:
        """Published, and its listing has not ended since."""
        return self.status == PUBLISHED and self.listing_status not in OVER

    def is_sold_out(self, offered: int) -> bool:
        """Whether nobody can buy because the last of `offered` pieces was bought.

        An end without sales, or after the sale of a few, is no evidence of that.
        """
        is_over = not self.is_live or self.listing_status == OUT_OF_STOCK
        all_sold = self.available_quantity == 0 or self.sold_quantity >= max(offered, 1)
        return is_over and self.sold_quantity > 0 and all_sold


@dataclass(frozen=True, slots=True)
class PartAnswer:
    """What became of one part of a call that changes several things at once."""

    sku: str
    offer_id: str
    """Empty for the item's own part."""
    response: Response
    """As if the part had been a call of its own."""


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
        sold_quantity=_count(listing.get("soldQuantity")) or 0,
        available_quantity=_count(document.get("availableQuantity")),
        price=str(_price(document).get("value") or ""),
        currency=str(_price(document).get("currency") or ""),
    )


def offers(response: Response) -> list[Offer]:
    return [offer(response, each) for each in _objects(response, "offers")]


def parts(response: Response) -> list[PartAnswer]:
    """Of a 200 or 207; each part must have a status of its own."""
    return [
        PartAnswer(
            sku=str(each.get("sku") or ""),
            offer_id=str(each.get("offerId") or ""),
            response=replace(
                response, status=_status(response, each), body=json.dumps(each).encode()
            ),
        )
        for each in _objects(response, "responses")
    ]


def objects(
    response: Response, name: str, *, absent_is_empty: bool = False
) -> list[dict[str, Any]]:
    """A list of the answer. `absent_is_empty`: eBay leaves the list out of a page with nothing."""
    if absent_is_empty and name not in response.json_object() and number(response, "total") == 0:
        return []
    return _objects(response, name)


def text(response: Response, document: Mapping[str, Any], name: str) -> str:
    """A field of one element, without which it tells nothing."""
    return _text(response, document, name)


def number(response: Response, name: str) -> int:
    """A whole number of the answer, without which it tells nothing."""
    value = _count(response.json_object().get(name))
    if value is None:
        raise unreadable(response, name)
    return value


def policies(response: Response, kind: str) -> list[Policy]:
    """`kind`: fulfillment, payment or return."""
    return [
        Policy(_text(response, each, f"{kind}PolicyId"), str(each.get("name") or ""))
        for each in _objects(response, f"{kind}Policies")
    ]


def _objects(response: Response, name: str) -> list[dict[str, Any]]:
    found = response.json_object().get(name)
    if isinstance(found, list) and all(isinstance(each, dict) for each in found):
        return found
    raise unreadable(response, name)


def _text(response: Response, document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    if isinstance(value, str) and value:
        return value
    raise unreadable(response, name)


def _status(response: Response, part: Mapping[str, Any]) -> int:
    status = _count(part.get("statusCode"))
    if status is None:
        raise unreadable(response, "statusCode")
    return status


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _price(document: Mapping[str, Any]) -> Mapping[str, Any]:
    summary = document.get("pricingSummary")
    price = summary.get("price") if isinstance(summary, dict) else None
    return price if isinstance(price, dict) else {}


def unreadable(response: Response, name: str) -> OutcomeUnknownError | TransientError:
    error = OutcomeUnknownError if response.request.is_write else TransientError
    return error(
        sentence(
            "eBay answered {status} without a usable “{name}”.", status=response.status, name=name
        ),
        evidence=response.evidence,
    )
