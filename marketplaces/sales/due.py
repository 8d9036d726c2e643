"""What a listing should offer now: what it was told, less what was sold of it since.

A marketplace counts down by itself what it sells. So the number that was sent last is not the one
that is there, and a restock to just that number is a change (docs/adr/0044).
"""

from __future__ import annotations

from typing import NamedTuple

from django.db import transaction

from marketplaces import told
from marketplaces.models import Listing
from marketplaces.sales.ledger import ListingSold
from marketplaces.sales.stock import pieces_left


class Standing(NamedTuple):
    """A product's stock and what was sold of one of its listings, at one moment."""

    left: int | None
    """None: not known."""
    sold: int


def due(listing: Listing) -> int | None:
    """Pieces that it should offer; None: nobody knows.

    Where it offers fewer, the missing ones may have been bought by an order that is still to be
    fetched.
    """
    last = told.last(listing)
    if last is None or last.meant is None:
        return None
    return max(0, last.meant - max(0, sold_of(listing) - last.sold))


def sold_of(listing: Listing) -> int:
    """Pieces of its present id that somebody has told of, those of cancelled orders too."""
    if not listing.external_id:
        return 0
    return ListingSold(listing.account, listing.external_id, listing.product).known()


def standing(listing: Listing) -> Standing:
    """Both as they are when every sale that is being recorded has been."""
    with transaction.atomic():
        return Standing(pieces_left(listing.product), sold_of(listing))
