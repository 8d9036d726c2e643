"""What marketplaces tell, as the columns of our tables take it.

What a person only reads is cut or left out. What a decision rests on fits, or the caller is told.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from tasks import storable

LARGEST_AMOUNT = Decimal("9999999999.99")
LONGEST_ID = LONGEST_SKU = 100
LONGEST_TITLE = LONGEST_URL = 500
LARGEST_COUNT = 2**31 - 1
_YEARS = range(1995, 2200)


def identity(name: str, value: str) -> str:
    """ValueError, which names the field, for one that is too long to be kept."""
    if len(value) > LONGEST_ID:
        raise ValueError(name)
    return storable.text(value)


def count(name: str, value: int) -> int:
    """ValueError, which names the field, for what is below 0 or beyond an integer of PostgreSQL."""
    if not 0 <= value <= LARGEST_COUNT:
        raise ValueError(name)
    return value


def known_count(value: int | None) -> int | None:
    """None for what `count` refuses."""
    return value if value is not None and 0 <= value <= LARGEST_COUNT else None


def moment(name: str, value: datetime) -> datetime:
    """One that names no zone is UTC. ValueError, which names the field, when nothing was sold online."""
    if value.year not in _YEARS:
        raise ValueError(name)
    return value if value.tzinfo is not None else value.replace(tzinfo=UTC)


def known_moment(value: datetime | None) -> datetime | None:
    """None for what `moment` refuses."""
    return None if value is None or value.year not in _YEARS else moment("", value)


def amount(value: Decimal | None) -> Decimal | None:
    """None for what is no amount of money."""
    return (
        value if value is not None and value.is_finite() and abs(value) <= LARGEST_AMOUNT else None
    )


def decimal(text: str) -> Decimal | None:
    """None for what is no number."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def currency(code: str) -> str:
    """Its three letters, or ""."""
    return code if len(code) == 3 and code.isascii() and code.isalpha() else ""


def title(text: str) -> str:
    return storable.text(text[:LONGEST_TITLE])


def url(text: str) -> str:
    """An address that is cut leads elsewhere: "" for one that is too long."""
    return storable.text(text) if len(text) <= LONGEST_URL else ""


def sku(text: str) -> str:
    """One that is cut may be another product's: "" for one that is too long."""
    return storable.text(text) if len(text) <= LONGEST_SKU else ""
