"""Prices as a person reads them."""

from __future__ import annotations

from decimal import Decimal

from django.utils.formats import number_format


def money(amount: Decimal | None, currency: str) -> str:
    """The amount with its currency; "" where no price is known."""
    return "" if amount is None else f"{number_format(amount, 2)} {currency}"
