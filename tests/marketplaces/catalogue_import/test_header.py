from __future__ import annotations

import pytest

from marketplaces.catalogue_import.errors import CatalogueFileError
from marketplaces.catalogue_import.header import Column, Header, read_header
from marketplaces.catalogue_import.records import physical_lines


def header(text: str) -> Header:
    return read_header(physical_lines(text))[0]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_found_out(delimiter: str) -> None:
    found = header(delimiter.join(["Handle", "Title", "Variant Price"]) + "\n")
    assert found.layout.delimiter == delimiter
    assert found.positions[Column.PRICE] == 2


def test_a_comma_inside_a_quoted_name_does_not_mislead() -> None:
    assert header('"Notes, a, b, c";Handle;Title\n').layout.delimiter == ";"


def test_case_and_spaces_do_not_matter() -> None:
    assert Column.BODY in header("HANDLE, title ,body  (html)\n")


def test_the_newer_names_of_the_columns_are_known() -> None:
    found = header("Title,URL handle,Description,SKU,Price,Inventory quantity,Product image URL\n")
    assert {Column.HANDLE, Column.BODY, Column.SKU, Column.QUANTITY, Column.IMAGE} <= set(
        found.positions
    )


def test_blank_lines_and_a_spreadsheets_hint_come_before_the_header() -> None:
    assert header("\nsep=;\nHandle;Title\n").line == 3


def test_a_missing_column_is_named_with_what_was_found_and_what_may_be_meant() -> None:
    with pytest.raises(CatalogueFileError) as caught:
        header("Handles,Title,Price\n")
    assert str(caught.value) == (
        "The header (line 1) lacks the column “Handle”. It has: “Handles”, “Title”, “Price”."
    )
    assert caught.value.advice == "Is “Handles” meant to be “Handle”? Then rename it."


def test_both_missing_columns_are_named() -> None:
    with pytest.raises(CatalogueFileError, match="columns “Handle”, “Title”"):
        header("name,cost\nshirt,5\n")


def test_a_column_that_comes_twice_is_refused() -> None:
    with pytest.raises(CatalogueFileError, match="more than once: “Variant Price”"):
        header("Handle,Title,Variant Price,Price\n")


def test_columns_that_nobody_reads_may_come_twice() -> None:
    assert header("Handle,Title,Note,Note\n").layout.width == 4


def test_a_header_with_an_open_quote_is_no_traceback() -> None:
    with pytest.raises(CatalogueFileError):
        header('"Handle,Title\n')
