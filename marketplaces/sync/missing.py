"""Pieces that a listing should offer and does not: bought, perhaps, by orders still to be fetched.

Whoever reads how many there are takes note of what is missing. More than was known asks for the
account's orders at once, because the other marketplaces offer these pieces until an order tells of
them (docs/adr/0047). What stays missing although the orders were fetched is asked for no more: the
seller may offer fewer by choice.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from marketplaces import listings
from marketplaces.models import Listing
from marketplaces.sales import due, sold_of
from marketplaces.sync import schedule
from tasks.sentences import sentence
from tasks.wording import marketplace_name

Json = dict[str, Any]
EXPLAINED_BY = "orders"


@dataclass(frozen=True, slots=True)
class Missing:
    """Kept as `missing` in Listing.details."""

    pieces: int
    sold: int
    """Pieces of the listing's id that were known then to be sold."""
    told_from: str
    """ISO 8601: orders that are read from then on tell of them, if they were bought."""

    def as_json(self) -> Json:
        return asdict(self)

    def left(self, sold: int) -> int:
        """Those that nobody has told of since, now that so many are known to be sold.

        Rather too few, when what was told of are other pieces: orders fetched once too often change
        nothing.
        """
        return max(0, self.pieces - max(0, sold - self.sold))


def last(listing: Listing) -> Missing | None:
    """None: nobody has ever missed any of it."""
    stored = listing.details.get("missing")
    return Missing(**stored) if stored else None


def unexplained(listing: Listing) -> int:
    """Pieces that were missing at the last look and that no order has told of since."""
    noted = last(listing)
    return noted.left(sold_of(listing)) if noted else 0


def is_awaited(listing: Listing) -> bool:
    """Whether the orders that may tell of them have not all been fetched yet."""
    noted, fetched_at = last(listing), listing.account.last_orders_at
    if noted is None:
        return False
    return fetched_at is None or fetched_at < datetime.fromisoformat(noted.told_from)


def are_back(listing: Listing, there: int | None) -> bool:
    """Whether it offers again what it should, `there` pieces as a sync has seen."""
    wanted = due(listing) if last(listing) and there is not None else None
    return wanted is not None and there is not None and there >= wanted


def look(listing: Listing, there: int, *, sold: int, asked_at: datetime, settle: float) -> int:
    """Pieces that are missing where `there` are offered; call it before anything is sent.

    Once a number is on its way, nobody knows what should be there, until it has arrived. `sold`: of
    its id, as known before the read; `asked_at`: when the read began; `settle`: seconds that a read
    of the orders may lag behind.
    """
    wanted = due(listing)
    if wanted is None:
        return 0
    pieces, noted = max(0, wanted - there), last(listing)
    if pieces > (noted.left(sold) if noted else 0):
        # A transaction of its own, with no row held that another one may wait for while it holds
        # the lane. The note comes after it: what was interrupted in between asks once more.
        told_from = asked_at + timedelta(seconds=settle)
        _ask(listing, told_from)
        _note(listing, Missing(pieces, sold, told_from.isoformat()))
    elif noted is not None and (pieces, sold) != (noted.pieces, noted.sold):
        _note(listing, Missing(pieces, sold, noted.told_from))
    return pieces


def _ask(listing: Listing, told_from: datetime) -> None:
    marketplace = marketplace_name(listing.account.marketplace)
    why = sentence("pieces that are missing at {marketplace}", marketplace=marketplace)
    schedule.request_at(listing.account, EXPLAINED_BY, told_from, because=why)


def _note(listing: Listing, missing: Missing) -> None:
    listings.note(listing, missing=missing.as_json())
