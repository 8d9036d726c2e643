"""What a listing consists of at eBay, in the parts that are sent apart from one another.

Listing.details["sent_parts"] has the hash of each part that eBay has confirmed. It loses a part
before that part is sent, so that a change which was cut off is never taken for what it replaced.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from marketplaces.ebay.mapping import Json
from marketplaces.listings import content_hash

Part = Literal["item", "offer", "price", "quantity"]
SENT = "sent_parts"
PRICE_AND_QUANTITY: tuple[Part, Part] = ("price", "quantity")
"""An update sends them with one call, a sale sends the quantity alone."""

_OF_OFFER = frozenset({"availableQuantity", "pricingSummary"})


def parts_of(mapped: Json) -> dict[Part, str]:
    """The hash of what buyers read and see, of the offer's terms, of price, and of quantity."""
    item, offer = mapped["item"], mapped["offer"]
    content = {name: value for name, value in item.items() if name != "availability"}
    terms = {name: value for name, value in offer.items() if name not in _OF_OFFER}
    return {
        "item": content_hash({"item": content, "images": mapped["images"]}),
        "offer": content_hash(terms),
        "price": content_hash(offer["pricingSummary"]),
        "quantity": of_quantity(offer["availableQuantity"]),
    }


def of_quantity(pieces: int) -> str:
    """The hash of the part that says how many there are, in the item and in its offer."""
    return content_hash({"quantity": pieces})


def sent_parts(details: Mapping[str, Any]) -> dict[Part, str]:
    return dict(details.get(SENT) or {})


def changed_parts(
    details: Mapping[str, Any], wanted: Json, *, due: int | None = None
) -> list[Part]:
    """The parts of `wanted` that eBay has not confirmed as they are now, with what goes along.

    `due`: the pieces that are left of the confirmed quantity, where that is known.
    """
    sent, now = sent_parts(details), parts_of(wanted)
    if due is not None and "quantity" in sent:
        sent["quantity"] = of_quantity(due)
    changed = {part for part, content in now.items() if sent.get(part) != content}
    if changed.intersection(PRICE_AND_QUANTITY):
        changed |= set(PRICE_AND_QUANTITY)
    return [part for part in now if part in changed]
