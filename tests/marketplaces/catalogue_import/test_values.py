from __future__ import annotations

import pytest

from marketplaces.catalogue_import import facts, groups, photo_cells, photos, values
from marketplaces.catalogue_import.errors import RowError
from marketplaces.catalogue_import.wording import listed, quoted
from marketplaces.models import Product, ProductImage


@pytest.mark.parametrize(
    ("text", "pieces"), [("3", 3), ("0", 0), ("-2", -2), ("3.0", 3), ("", None)]
)
def test_a_quantity_is_read_and_an_empty_one_is_unknown(text: str, pieces: int | None) -> None:
    assert values.quantity(text) == pieces


@pytest.mark.parametrize("text", ["many", "1.5", "1,000", "99999999999", "9" * 5000, "²", "0x1"])
def test_what_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(RowError, match="quantity"):
        values.quantity(text)


def test_a_description_keeps_paragraphs_lists_and_emphasis() -> None:
    html = "<p>Soft <strong>wool</strong></p><ul><li>12&quot;</li></ul>"
    assert values.safe_html(html) == '<p>Soft <strong>wool</strong></p><ul><li>12"</li></ul>'


@pytest.mark.parametrize(
    ("html", "clean"),
    [
        ("a<script>alert(1)</script>b", "ab"),
        ("a<style>p{}</style>b", "ab"),
        ("<p onclick=x style=y class=z>a</p>", "<p>a</p>"),
        ('<a href="javascript:x">a</a>', "a"),
        ("<img src=x onerror=y>a", "a"),
        ("<!-- secret -->a", "a"),
        ("<iframe>x</iframe>a", "a"),
        ("<b>open", "<b>open</b>"),
        ("5 < 6 & 7", "5 &lt; 6 &amp; 7"),
        ("a\r\nb", "a\nb"),
        ("a\x01b", "ab"),
    ],
)
def test_a_description_loses_what_could_harm(html: str, clean: str) -> None:
    assert values.safe_html(html) == clean


def test_cleaning_twice_changes_nothing() -> None:
    once = values.safe_html("<div>a &amp; <b>b<p>c</b> &nbsp; <td>d")
    assert values.safe_html(once) == once


def test_tags_are_split_trimmed_and_listed_once() -> None:
    assert values.tags("Gold, silver ,gold,, Old  shop") == ["Gold", "silver", "Old shop"]


def test_an_apostrophe_that_kept_a_code_as_text_is_dropped() -> None:
    assert values.code("'0123") == "0123"


def test_line_breaks_and_control_characters_leave_a_single_line() -> None:
    assert values.single_line(" a\n b\t\x07c\x85 ") == "a b c"


def test_a_quote_cannot_command_a_terminal_and_is_short() -> None:
    assert quoted("\x1b[31mred") == "“?[31mred”"
    assert len(quoted("x" * 10_000)) < 70
    assert listed(["a", "b", "c"], most=2) == "“a”, “b” and 1 more"


def test_the_limits_are_those_of_the_catalogue() -> None:
    product = {field.name: field.max_length for field in Product._meta.fields}
    image = {field.name: field.max_length for field in ProductImage._meta.fields}
    assert {name: product[name] for name in facts.LIMITS} == facts.LIMITS
    assert product["handle"] == groups.LONGEST_HANDLE
    assert image["alt_text"] == photo_cells.LONGEST_ALT_TEXT
    assert image["url"] == photos.LONGEST_LINK
