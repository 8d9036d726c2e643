from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest

from marketplaces.models import Product
from tests.marketplaces.catalogue_import.builders import csv_text, good, row
from tests.marketplaces.catalogue_import.conftest import Import


def product(sku: str) -> Product:
    return Product.objects.get(sku=sku)


def test_a_row_becomes_a_product_with_all_its_facts(run: Import) -> None:
    report = run(
        row(
            "varsity-top",
            title="Varsity Top",
            body="<p>Soft</p><script>x</script>",
            vendor="Harbour",
            type="Tops",
            tags="red, wool",
            option="Size",
            value="Medium",
            sku="VT-M",
            qty=3,
            price="42,99 €",
            barcode="'0123",
            condition="used",
        )
    )
    assert (report.created, report.warnings, report.exit_code) == (1, [], 0)
    found = product("VT-M")
    assert found.title == "Varsity Top - Medium"
    assert found.description == "<p>Soft</p>"
    assert (found.brand, found.product_type, found.tags) == ("Harbour", "Tops", ["red", "wool"])
    assert (found.options, found.handle) == ({"Size": "Medium"}, "varsity-top")
    assert (found.stock, found.price, found.currency) == (3, Decimal("42.99"), "EUR")
    assert (found.barcode, found.condition) == ("0123", "used")


def test_each_variant_is_a_product_named_by_its_options(run: Import) -> None:
    run(
        good("top", title="Top", option="Size", value="M", option2="Colour", value2="Red"),
        row("top", value="L", value2="Blue", price="12.00"),
    )
    titles = list(Product.objects.values_list("title", "options", "price"))
    assert titles == [
        ("Top - M / Red", {"Size": "M", "Colour": "Red"}, Decimal("10.00")),
        ("Top - L / Blue", {"Size": "L", "Colour": "Blue"}, Decimal("12.00")),
    ]


def test_default_title_adds_nothing(run: Import) -> None:
    run(good("top", title="Top", option="Title", value="Default Title"))
    assert (product("top").title, product("top").options) == ("Top", {})


def test_options_without_a_name_or_with_the_same_name_are_kept(run: Import) -> None:
    run(good("top", value="M", option2="Cut", value2="Slim"))
    run(good("bag", option="A", value="1", option2="A", value2="2"))
    assert product("top/m/slim").options == {"Option 1": "M", "Cut": "Slim"}
    assert product("bag/1/2").options == {"A": "1", "A 2": "2"}


def test_a_title_row_without_variant_cells_is_a_product_only_if_alone(run: Import) -> None:
    run(
        row("top", title="Top", image="https://images.example.com/a.jpg"),
        row("top", value="M", price=5),
        row("bag", title="Bag"),
    )
    assert list(Product.objects.values_list("sku", flat=True)) == ["top/m", "bag"]


def test_a_missing_quantity_is_unknown_and_not_none(run: Import) -> None:
    run(good("a", qty=""), good("b", qty=0))
    assert (product("a").stock, product("b").stock) == (None, 0)


def test_oversold_stock_is_none_left_and_a_warning(run: Import) -> None:
    report = run(good("a", qty=-3))
    assert product("a").stock == 0
    assert [str(note) for note in report.warnings] == [
        "line 2: The quantity -3 (oversold) is imported as 0."
    ]


def test_a_missing_price_is_unknown_and_a_warning(run: Import) -> None:
    report = run(good("a", price=""))
    assert product("a").price is None
    assert [note.line for note in report.warnings] == [2]
    assert report.exit_code == 0


def test_a_barcode_that_a_spreadsheet_rounded_is_left_out(run: Import) -> None:
    report = run(good("a", barcode="4.00638E+12"))
    assert product("a").barcode == ""
    assert "rounded" in report.warnings[0].text


def test_the_condition_of_a_variant_comes_before_that_of_the_title_row(run: Import) -> None:
    run(
        good("a", option="S", value="1", condition="new"),
        row("a", value="2", price=1, condition="used"),
        row("a", value="3", price=1),
    )
    assert [product(f"a/{n}").condition for n in "123"] == ["new", "used", "new"]


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"price": "free"}, "price"),
        ({"qty": "many"}, "quantity"),
        ({"sku": "x" * 101}, "Variant SKU has 101 characters; 100"),
        ({"barcode": "1" * 51}, "Variant Barcode has 51"),
        ({"title": "t" * 501}, "501 characters; 500 are the most"),
        ({"vendor": "v" * 201}, "Vendor has 201"),
        ({"type": "v" * 201}, "Type has 201"),
        ({"condition": "v" * 51}, "Condition has 51"),
        ({"value": "v" * 256}, "Option1 Value has 256"),
        ({"title": "\x01"}, "no visible characters"),
        ({"price": "$5"}, "not in EUR"),
    ],
)
def test_a_bad_value_costs_its_row_and_no_other(
    run: Import, cells: dict[str, str], message: str
) -> None:
    report = run(good("a"), row("b", **{"title": "B", "price": "1", **cells}), good("c"))
    assert [note.line for note in report.rejections] == [3]
    assert message in report.rejections[0].text
    assert (report.created, report.exit_code) == (2, 1)


def test_a_first_row_with_a_bad_price_still_names_its_other_variants(run: Import) -> None:
    report = run(
        good("top", title="Top", option="Size", value="S", price="free"),
        row("top", value="M", price=5),
    )
    assert [note.line for note in report.rejections] == [2]
    assert product("top/m").title == "Top - M"
    assert product("top/m").options == {"Size": "M"}


def test_variants_whose_title_row_cannot_be_read_are_rejected_with_its_line(run: Import) -> None:
    text = csv_text(good("other"), row("top", value="M", price=5), row("top", value="L", price=5))
    lines = text.splitlines(keepends=True)
    lines.insert(2, "top,Top,too few\n")
    report = run("".join(lines))
    assert [note.line for note in report.rejections] == [3, 4, 5]
    assert "“top” has a Title. It may be on line 3" in report.rejections[1].text
    assert list(Product.objects.values_list("handle", flat=True)) == ["other"]


def test_variants_whose_title_is_too_long_are_rejected_with_its_line(run: Import) -> None:
    report = run(
        good("top", title="t" * 501, option="Size", value="S"), row("top", value="M", price=5)
    )
    assert [note.line for note in report.rejections] == [2, 3]
    assert "line 2 describes the same product" in report.rejections[1].text
    assert report.exit_code == 2


def test_variants_without_any_title_say_that_the_first_row_needs_one(run: Import) -> None:
    report = run(row("top", value="M", price=5), good("a"))
    assert "first row of a product must have one" in report.rejections[0].text


def test_a_row_without_a_handle_is_rejected(run: Import) -> None:
    report = run(good("a"), good("", title="Lost"), good("x" * 256))
    assert [note.line for note in report.rejections] == [3, 4]


def test_a_second_title_is_not_used_and_said(run: Import) -> None:
    report = run(
        good("a", title="First", option="S", value="1"),
        row("a", title="Second", value="2", price=1),
    )
    assert product("a/2").title == "First - 2"
    assert "“Second” is not used: line 2" in report.warnings[0].text


def test_a_row_with_only_a_handle_is_rejected(run: Import) -> None:
    report = run(good("a"), row("a"))
    assert "neither a variant nor a photo" in report.rejections[0].text
    assert report.exit_code == 1


def test_rows_of_a_handle_belong_together_wherever_they_stand(run: Import) -> None:
    run(good("a", option="S", value="1"), good("b"), row("a", value="2", price=1))
    assert product("a/2").title == "A - 2"


def test_another_currency_can_be_named(run: Import) -> None:
    run(good("a", price="$ 5"), currency="usd")
    assert product("a").currency == "USD"


def test_lines_in_messages_are_those_of_an_editor(run: Import) -> None:
    body = "<ul>\n<li>x</li>\n</ul>"
    report = run(
        good("a", body=body), good("b", price="x"), good("c", body=body), good("d", qty="x")
    )
    assert [note.line for note in report.rejections] == [5, 9]
    assert all(before < after for before, after in pairwise(report.rejections))
