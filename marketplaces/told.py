"""How many pieces a listing was last told to offer, and when; under `told` in Listing.details.

Telling a listing that is on sale overwrites what its marketplace has counted itself: a piece that
was bought before that, and was not known here yet, is back on sale there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marketplaces.models import Listing

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """What a listing was told."""

    quantity: int | None
    """None: telling it has begun, and nobody knows yet what it shows."""
    at: datetime | None
    """Just before the call; None: it has offered that since it went live under its present id."""
    sold: int = 0
    """Pieces of its present id that were known then to be sold."""
    meant: int | None = None
    """The quantity, and the pieces that were left out of it because they were missing there.

    None: nobody knows.
    """

    def as_json(self) -> Json:
        at = self.at.isoformat() if self.at else None
        return {"quantity": self.quantity, "at": at, "sold": self.sold, "meant": self.meant}


def last(listing: Listing) -> Told | None:
    """None: StoFlow has never told it, or its marketplace knows no quantity."""
    stored = listing.details.get("told")
    if not stored:
        return None
    at, quantity = stored["at"], stored["quantity"]
    return Told(
        quantity,
        datetime.fromisoformat(at) if at else None,
        stored.get("sold", 0),
        stored.get("meant", quantity),
    )
