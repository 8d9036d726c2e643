"""What a listing consists of at eBay, in the parts that are sent apart from one another.

Listing.details["sent_parts"] has the hash of each part that eBay has confirmed. It loses a part
before that part is sent, so that a change which was cut off is never taken for what it replaced.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from marketplaces.ebay.mapping import Json
from marketplaces.listings import content_hash

Part = Literal["item", "offer", "price"]
SENT = "sent_parts"

_PRICE = frozenset({"availableQuantity", "pricingSummary"})


def parts_of(mapped: Json) -> dict[Part, str]:
    """The hash of what buyers read and see, of the offer's terms, and of price with stock."""
    item, offer = mapped["item"], mapped["offer"]
    content = {name: value for name, value in item.items() if name != "availability"}
    terms = {name: value for name, value in offer.items() if name not in _PRICE}
    price = {name: offer[name] for name in sorted(_PRICE)}
    return {
        "item": content_hash({"item": content, "images": mapped["images"]}),
        "offer": content_hash(terms),
        "price": content_hash(price | {"availability": item["availability"]}),
    }


def sent_parts(details: Mapping[str, Any]) -> dict[Part, str]:
    return dict(details.get(SENT) or {})


def changed_parts(details: Mapping[str, Any], wanted: Json) -> list[Part]:
    """The parts of `wanted` that eBay has not confirmed as they are now."""
    sent = sent_parts(details)
    return [part for part, content in parts_of(wanted).items() if sent.get(part) != content]
