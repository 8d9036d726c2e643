"""Files that Excel opens right in the reader's language, and that run nothing."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.utils import timezone, translation

from tasks.spreadsheets import Cell, rows_as_csv


def written(cell: Cell) -> str:
    [[text]] = csv.reader(rows_as_csv([[cell]]).splitlines(keepends=True))
    return text


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_a_text_that_begins_like_a_formula_is_only_text(sign: str) -> None:
    assert written(f'{sign}HYPERLINK("https://evil.example")').startswith(f"'{sign}")


@pytest.mark.parametrize("before", [" ", "   "])
def test_spaces_before_a_formula_do_not_hide_it(before: str) -> None:
    assert written(f"{before}=1+1") == f"'{before}=1+1"


@pytest.mark.parametrize("text", ["a=b", "T-shirt", "Robe d'été", "100 %", ""])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert written(text) == text


def test_separators_quotes_and_lines_inside_a_text_survive() -> None:
    assert written('a,b;c "d"\ne') == 'a,b;c "d"\ne'


def test_numbers_are_numbers_even_below_zero() -> None:
    assert (written(-5), written(Decimal("-12.50"))) == ("-5", "-12.50")


@pytest.mark.parametrize(("language", "line"), [("en", "Mug,12.50\r\n"), ("fr", "Mug;12,50\r\n")])
def test_columns_and_decimals_are_separated_as_the_reader_s_language_does(
    language: str, line: str
) -> None:
    with translation.override(language):
        assert rows_as_csv([["Mug", Decimal("12.50")]]) == line


def test_a_time_names_its_zone() -> None:
    noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
    with timezone.override("Europe/Paris"):
        assert written(noon) == "2026-07-01 14:00:00+02:00"


def test_nothing_is_an_empty_cell_and_a_nul_byte_is_dropped() -> None:
    assert (written(None), written("a\0b")) == ("", "ab")
