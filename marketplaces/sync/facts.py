"""What a marketplace shows of its listings, as the sync of any marketplace sees it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from marketplaces import columns
from marketplaces.models import Listing, ListingStatus
from marketplaces.sync.differences import Difference

Details = dict[str, Any]
Position = dict[str, Any]
"""Which page: a payload that the marketplace's own Shop understands."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One listing as its marketplace shows it; small, since receipts keep it."""

    external_id: str
    """Empty: it was never put up, or only its offer is left."""
    sku: str
    status: str
    """A ListingStatus; empty for words that are not known, which prove nothing."""
    said: str
    """The marketplace's own words for it, kept as the evidence."""
    title: str = ""
    url: str = ""
    price: str = ""
    """Of one piece: a decimal number."""
    currency: str = ""
    quantity: int | None = None
    """Pieces that can be bought; None: not shown."""
    sold: int | None = None
    """Pieces sold of this listing in all; None: not shown, not even when it is sold out."""
    details: dict[str, Any] = field(default_factory=dict)
    """Ids that the record of the listing is to keep."""

    def fit(self) -> Seen:
        """As the tables take it; ValueError when its number does not fit."""
        price = columns.decimal(self.price)
        return replace(
            self,
            external_id=columns.identity("listing", self.external_id),
            sku=columns.sku(self.sku),
            said=columns.title(self.said)[: columns.LONGEST_ID],
            title=columns.title(self.title),
            url=columns.url(self.url),
            price="" if columns.amount(price) is None else self.price,
            currency=columns.currency(self.currency),
            quantity=columns.known_count(self.quantity),
            sold=columns.known_count(self.sold),
        )

    @property
    def is_live(self) -> bool:
        return self.status == ListingStatus.LIVE

    @property
    def told(self) -> tuple[str, str, str]:
        """Equal when two pages tell the same of the same listing."""
        return self.external_id, self.sku, self.said

    def as_receipt(self) -> dict[str, Any]:
        """Without what is empty."""
        return {name: value for name, value in asdict(self).items() if value not in ("", None, {})}

    @classmethod
    def from_receipt(cls, stored: Mapping[str, Any]) -> Seen:
        return cls(**{"external_id": "", "sku": "", "status": "", **stored})


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a shop's listings."""

    group: str
    """Pages that one total counts: all of them, or those of one state."""
    total: int
    """How many the marketplace says are in the group."""
    names: Mapping[str, str]
    """What tells the entries apart (a SKU, a listing id), and, if they are asked for, titles."""
    following: Position | None
    """The next page, of this group or of the next one; None: this was the last."""
    seen: Sequence[Seen] = ()
    """The entries, where a page shows all that is to be known of them."""


class Shop(Protocol):
    """One account at its marketplace. Every method asks the marketplace."""

    first: Position
    """The page to begin with."""

    def page(self, position: Position) -> Page: ...

    def listings(self, names: Mapping[str, str]) -> list[Seen]:
        """What the pages did not show of these entries; not asked when they show it all."""

    def look(self, listing: Listing) -> Seen | None:
        """One listing of ours by a read of its own; None: the marketplace does not have it."""

    def unsent(self, details: Details, found: Sequence[Difference]) -> Details:
        """A record's details such that an update sends again what is different there."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one task has read, and when it began to."""

    seen: tuple[Seen, ...]
    read_at: datetime
    gone: tuple[int, ...] = ()
    """Listings of ours (their row ids) that the marketplace says it does not have."""

    def without_repeats(self, receipts: Iterable[Mapping[str, Any]]) -> Batch:
        """What earlier pages, of these receipts, have not shown in the same state."""
        shown = {
            Seen.from_receipt(each).told for receipt in receipts for each in receipt.get("seen", ())
        }
        fresh = (each for each in self.seen if each.told not in shown)
        return replace(self, seen=tuple(fresh))

    @classmethod
    def from_receipt(cls, receipt: Mapping[str, Any]) -> Batch:
        return cls(
            seen=tuple(Seen.from_receipt(each) for each in receipt.get("seen", ())),
            read_at=datetime.fromisoformat(receipt["at"]),
            gone=tuple(receipt.get("gone", ())),
        )

    def as_receipt(self) -> dict[str, Any]:
        return {
            "seen": [each.as_receipt() for each in self.seen],
            "gone": list(self.gone),
            "at": self.read_at.isoformat(),
        }
