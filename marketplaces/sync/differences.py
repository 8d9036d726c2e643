"""What a marketplace shows of price and stock, beside what the product says here. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from marketplaces.models import Listing, Product


@dataclass(frozen=True, slots=True)
class Shown:
    """Kept as `shown` in Listing.details."""

    price: str
    currency: str
    quantity: int | None
    at: str
    """ISO 8601: when it was read."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that is another there than here."""

    field: str
    """`price` or `quantity`."""
    there: str
    here: str


def between(shown: Shown, product: Product) -> list[Difference]:
    """Empty when they agree; what one side does not say is no difference."""
    found = []
    if shown.price and product.price is not None:
        there, here = (shown.price, shown.currency), (str(product.price), product.currency)
        if Decimal(shown.price) != product.price or shown.currency != product.currency:
            found.append(Difference("price", " ".join(there), " ".join(here)))
    if shown.quantity is not None and product.stock is not None and shown.quantity != product.stock:
        found.append(Difference("quantity", str(shown.quantity), str(product.stock)))
    return found


def of(listing: Listing) -> list[Difference]:
    """What the last sync saw, unless something was sent since; `product` is read."""
    shown = _shown(listing)
    return between(shown, listing.product) if shown else []


def with_quantity(listing: Listing, quantity: int, at: datetime) -> dict[str, Any]:
    """For the details: of what the last sync saw, the quantity alone is another since `at`."""
    shown = _shown(listing)
    if shown is None:
        return {}
    return {"shown": replace(shown, quantity=quantity, at=at.isoformat()).as_json()}


def _shown(listing: Listing) -> Shown | None:
    """None as well when something was sent since."""
    stored: Mapping[str, Any] = listing.details.get("shown") or {}
    if not stored:
        return None
    shown = Shown(**stored)
    if listing.sent_at is not None and listing.sent_at > datetime.fromisoformat(shown.at):
        return None
    return shown
