"""What Etsy has of price and pieces by our records, and what of it is to be sent."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from marketplaces import told
from marketplaces.etsy.mapping import Json
from marketplaces.models import Listing
from marketplaces.sales import due
from tasks.errors import TransientError
from tasks.sentences import sentence


def unsent(listing: Listing, wanted: Json) -> Json:
    """What of `wanted` Etsy does not have by our records.

    Of the pieces that it was sent, it has those that it has not sold since.
    """
    sent = dict(listing.details.get("sent", {}))
    left = due(listing)
    if "quantity" in sent and left is not None:
        sent["quantity"] = left
    return {name: value for name, value in wanted.items() if sent.get(name) != value}


def as_left(stock: Json, left: int | None) -> Json:
    """`stock` with no more pieces than are left; without a number when that is none.

    Etsy takes no live listing without a piece: it is withdrawn.
    """
    if left:
        return {**stock, "quantity": min(stock["quantity"], left)}
    return stock if left is None else {name: stock[name] for name in stock if name != "quantity"}


def left_out(missing: int, wanted: int | None, offered: int) -> Json:
    """For the receipt: how many of the `wanted` pieces are not offered because they are missing."""
    pieces = min(missing, (wanted or 0) - offered)
    if pieces <= 0:
        return {}
    said = sentence(
        "{number}, because they are missing at Etsy: they may have been bought there, which the "
        "orders will tell.",
        number=pieces,
    )
    return {"pieces_left_out": said}


def wait_for_our_number(listing: Listing, there: int, asked_at: datetime) -> None:
    """TransientError when a read of that time may show another number than we had just sent."""
    last = told.last(listing)
    if last is None or last.at is None or not last.quantity or last.quantity == there:
        return
    if (asked_at - last.at).total_seconds() < settings.ETSY["settle_seconds"]:
        raise not_shown_yet()


def not_shown_yet() -> TransientError:
    return TransientError(
        sentence("Etsy does not show the last change of the listing yet."),
        retry_after=settings.ETSY["settle_seconds"],
    )
