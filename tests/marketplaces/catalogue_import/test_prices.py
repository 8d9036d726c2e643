from __future__ import annotations

from decimal import Decimal

import pytest

from marketplaces.catalogue_import.errors import RowError
from marketplaces.catalogue_import.prices import price


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("42.99", "42.99"),
        ("42,99", "42.99"),
        ("42.9", "42.90"),
        ("42", "42"),
        ("42.", "42"),
        ("0", "0"),
        ("-0.00", "0"),
        ("+5", "5"),
        ("42.9900", "42.99"),
        ("1,234.50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("1 234,50", "1234.50"),
        ("1\u202f234,50 €", "1234.50"),
        ("1'234.50", "1234.50"),
        ("1,234,567", "1234567"),
        ("1.234.567,89", "1234567.89"),
        ("€ 42.99", "42.99"),
        ("42,99 €", "42.99"),
        ("EUR 42.99", "42.99"),
        ("42.99 eur", "42.99"),
        ("9999999999.99", "9999999999.99"),
    ],
)
def test_a_price_is_read_however_it_is_written(text: str, amount: str) -> None:
    assert price(text, "EUR") == Decimal(amount)


def test_an_empty_price_is_unknown() -> None:
    assert price("", "EUR") is None


@pytest.mark.parametrize("text", ["1,234", "1.234", "12.345", "42.990"])
def test_a_price_that_may_mean_thousands_or_decimals_is_refused_with_both_readings(
    text: str,
) -> None:
    with pytest.raises(RowError, match=r"can mean .*\.00 or .*two decimals"):
        price(text, "EUR")


@pytest.mark.parametrize(
    "text",
    [
        "free",
        "n/a",
        "1e3",
        "NaN",
        "Infinity",
        "1..5",
        "1,2,3",
        "12,34.50",
        "1.2.3,4",
        "42.99/kg",
        "٤٢",
        "--5",
        "1.5 2.5",
        "1,234.56,78",
        "5" * 41,
        "'",
        ".",
        "1'23",
        "1.234,567.8",
    ],
)
def test_what_is_no_price_is_refused(text: str) -> None:
    with pytest.raises(RowError, match="price"):
        price(text, "EUR")


@pytest.mark.parametrize("text", ["1999.999", "0.123", "1,234.567"])
def test_more_than_two_decimals_are_refused(text: str) -> None:
    with pytest.raises(RowError, match="more than two decimals"):
        price(text, "EUR")


def test_a_negative_price_is_refused() -> None:
    with pytest.raises(RowError, match="negative"):
        price("-5.00", "EUR")


def test_a_price_beyond_the_column_is_refused() -> None:
    with pytest.raises(RowError, match="too large"):
        price("10000000000", "EUR")


@pytest.mark.parametrize("text", ["$42.99", "42.99 USD", "£5"])
def test_a_price_in_another_currency_is_refused_and_the_option_named(text: str) -> None:
    with pytest.raises(RowError, match=r"not in EUR.*--currency"):
        price(text, "EUR")


@pytest.mark.parametrize("text", ["$42.99", "42.99 USD"])
def test_a_price_in_the_currency_of_the_import_is_read(text: str) -> None:
    assert price(text, "USD") == Decimal("42.99")
