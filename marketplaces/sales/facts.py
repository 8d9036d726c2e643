"""What a marketplace tells of its orders and of what its listings have sold; nothing of buyers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from marketplaces import columns
from marketplaces.models import Listing
from tasks import storable
from tasks.errors import TransientError
from tasks.sentences import sentence
from tasks.wording import marketplace_name


class UnreadableOrderError(TransientError):
    """An order is shown without what is needed of it, or in a form that is not known."""

    def __init__(self, marketplace: str, number: object, why: Exception) -> None:
        self.number = storable.text(str(number or "?")[: columns.LONGEST_ID])
        message = sentence(
            "{marketplace} shows order {number} in a form that StoFlow cannot read.",
            marketplace=marketplace_name(marketplace),
            number=self.number,
        )
        super().__init__(message, evidence={"field": str(why)})


@dataclass(frozen=True, slots=True)
class LineFacts:
    """One line of an order."""

    external_id: str
    listing_id: str
    """The marketplace's id of the listing; "" when the line names none."""
    sku: str
    """As the marketplace has it; "" when it has none."""
    title: str
    quantity: int
    """Pieces that are still wanted: 0 for a cancelled line."""
    price: Decimal | None
    """Of one piece."""

    def fit(self) -> LineFacts:
        """As `OrderFacts.fit`."""
        return replace(
            self,
            external_id=columns.identity("line", self.external_id),
            listing_id=columns.identity("listing", self.listing_id),
            sku=columns.sku(self.sku),
            title=columns.title(self.title),
            quantity=columns.count("quantity", self.quantity),
            price=columns.amount(self.price),
        )


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """An order with all its lines: a line that is missing counts as cancelled."""

    external_id: str
    status: str
    """An OrderStatus: what is the same on every marketplace."""
    placed_at: datetime
    changed_at: datetime
    total: Decimal | None
    currency: str
    url: str
    is_cancelled: bool
    lines: tuple[LineFacts, ...]
    cancelled_at: datetime | None = None
    """Where the marketplace tells it: what changes after that moves `changed_at` alone."""

    def fit(self) -> OrderFacts:
        """As the tables take it; ValueError, which names the field, when what is needed does not fit."""
        return replace(
            self,
            external_id=columns.identity("number", self.external_id),
            placed_at=columns.moment("placed", self.placed_at),
            changed_at=columns.moment("changed", self.changed_at),
            cancelled_at=columns.known_moment(self.cancelled_at),
            total=columns.amount(self.total),
            currency=columns.currency(self.currency),
            url=columns.url(self.url),
            lines=tuple(line.fit() for line in self.lines),
        )


@dataclass(frozen=True, slots=True)
class SoldReport:
    """What a read shows of one listing."""

    listing: Listing
    sold_in_all: int | None
    """Cumulative, as eBay's soldQuantity. None: the marketplace does not tell a number."""
    is_sold_out: bool = False
    """The last piece was bought."""


@dataclass(frozen=True, slots=True)
class OnSaleReport:
    """What a sync saw of a listing that is on sale, though nothing is left of its product."""

    listing: Listing
    quantity: int
    read_at: datetime
    """What was sold or changed later may not have been seen."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came of recording orders or reports; all are counts."""

    new: int = 0
    """Orders."""
    changed: int = 0
    """Orders."""
    sold: int = 0
    """Pieces that stock was lowered for, those oversold with them."""
    oversold: int = 0
    """Pieces."""
    withdrawn: int = 0
    """Withdrawals asked for; one that was waiting already counts too."""
