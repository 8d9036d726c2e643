"""Prices as people and shops write them: 42.99, 1,234.50, 42,99 €, CHF 1'234.50."""

from __future__ import annotations

import re
from decimal import Decimal

from marketplaces.catalogue_import.errors import RowError
from marketplaces.catalogue_import.wording import quoted
from tasks.sentences import sentence

LARGEST_PRICE = Decimal("9999999999.99")
CURRENCY_CODE = re.compile(r"[A-Z]{3}")
SYMBOLS = {
    "€": {"EUR"},
    "£": {"GBP"},
    "$": {"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN"},
    "¥": {"JPY", "CNY"},
    "zł": {"PLN"},
    "kr": {"SEK", "NOK", "DKK"},
    "Kč": {"CZK"},
}
AROUND = re.compile(r"([^0-9.,+-]*)([+-]?)([0-9][0-9.,'\u2019]*)([^0-9]*)")
SPACES_AND_APOSTROPHES = re.compile(r"(?<=[0-9])[\s'\u2019](?=[0-9]{3}(?![0-9]))")
GROUPED = re.compile(r"[0-9]{1,3}(?:[.,][0-9]{3})+")


def price(text: str, currency: str) -> Decimal | None:
    """The amount; None where the cell is empty. Raises RowError rather than guess."""
    if not text:
        return None
    match = AROUND.fullmatch(SPACES_AND_APOSTROPHES.sub("", text)) if len(text) <= 40 else None
    if match is None:
        raise RowError(
            sentence("The price {text} is no number. Write it as 42.99.", text=quoted(text))
        )
    before, sign, digits, after = match.groups()
    for mark in (before.strip(), after.strip()):
        _check_currency(text, mark, currency)
    amount = Decimal(_plain(text, digits))
    if sign == "-" and amount:
        raise RowError(sentence("The price {text} is negative.", text=quoted(text)))
    return _rounded(text, amount)


def _check_currency(text: str, mark: str, currency: str) -> None:
    """A price in another currency than the import's must not become the same number in it."""
    if not mark or mark.upper() == currency or currency in SYMBOLS.get(mark, set()):
        return
    if mark in SYMBOLS or CURRENCY_CODE.fullmatch(mark.upper()):
        raise RowError(
            sentence(
                "The price {text} is not in {currency}. Import with the option --currency, or "
                "convert the price.",
                text=quoted(text),
                currency=currency,
            )
        )
    raise RowError(sentence("The price {text} is no number. Write it as 42.99.", text=quoted(text)))


def _plain(text: str, digits: str) -> str:
    """The digits with a point before the decimals and nothing between the thousands."""
    points, commas = digits.count("."), digits.count(",")
    if not points and not commas:
        return _digits_only(text, digits)
    if points and commas:
        decimal_mark = max(".,", key=digits.rfind)
        whole, _, decimals = digits.rpartition(decimal_mark)
        if decimal_mark in whole:
            raise RowError(
                sentence("The price {text} is no number. Write it as 1234.50.", text=quoted(text))
            )
        return f"{_ungrouped(text, whole)}.{decimals or '0'}"
    if points + commas > 1:
        return _ungrouped(text, digits)
    return _single_mark(text, digits)


def _single_mark(text: str, digits: str) -> str:
    """One point or comma: decimals follow, unless it might as well be thousands."""
    whole, _, decimals = digits.replace(",", ".").partition(".")
    if GROUPED.fullmatch(digits) and not whole.startswith("0"):
        raise RowError(
            sentence(
                "The price {text} can mean {whole}{decimals}.00 or {whole}.{cents}. Write "
                "it with two decimals.",
                text=quoted(text),
                whole=whole,
                decimals=decimals,
                cents=decimals[:2],
            )
        )
    return f"{_digits_only(text, whole)}.{_digits_only(text, decimals or '0')}"


def _ungrouped(text: str, digits: str) -> str:
    if not GROUPED.fullmatch(digits) or ("." in digits and "," in digits):
        raise RowError(
            sentence("The price {text} is no number. Write it as 1234.50.", text=quoted(text))
        )
    return digits.replace(".", "").replace(",", "")


def _digits_only(text: str, digits: str) -> str:
    if not digits.isdecimal():
        raise RowError(
            sentence("The price {text} is no number. Write it as 42.99.", text=quoted(text))
        )
    return digits


def _rounded(text: str, amount: Decimal) -> Decimal:
    if amount > LARGEST_PRICE:
        raise RowError(sentence("The price {text} is too large.", text=quoted(text)))
    cents = amount.quantize(Decimal("0.01"))
    if cents != amount:
        raise RowError(sentence("The price {text} has more than two decimals.", text=quoted(text)))
    return cents
