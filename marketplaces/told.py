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

    def as_json(self) -> Json:
        return {"quantity": self.quantity, "at": self.at.isoformat() if self.at else None}


def last(listing: Listing) -> Told | None:
    """None: StoFlow has never told it, or its marketplace knows no quantity."""
    stored = listing.details.get("told")
    if not stored:
        return None
    at = stored["at"]
    return Told(stored["quantity"], datetime.fromisoformat(at) if at else None)
