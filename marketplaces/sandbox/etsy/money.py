"""Amounts: kept in cents, shown as Etsy's Money."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

DIVISOR = 100


def cents_of(amount: Decimal) -> int:
    return int((amount * DIVISOR).to_integral_value(ROUND_HALF_UP))


def money(cents: int, currency: str) -> dict[str, Any]:
    return {"amount": cents, "divisor": DIVISOR, "currency_code": currency}
