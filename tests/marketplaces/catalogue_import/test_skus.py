from __future__ import annotations

from marketplaces.models import Product
from tests.marketplaces.catalogue_import.builders import good, row
from tests.marketplaces.catalogue_import.conftest import Import


def skus() -> dict[str, str]:
    return dict(Product.objects.values_list("title", "sku"))


def test_a_missing_sku_is_made_of_handle_and_options(run: Import) -> None:
    run(
        good(
            "Varsity Top", title="T", option="Size", value="Extra  Large", option2="C", value2="S/M"
        )
    )
    assert skus() == {"T - Extra Large / S/M": "varsity-top/extra-large/s|m"}


def test_the_made_sku_is_the_same_at_every_import_whatever_else_the_file_has(run: Import) -> None:
    run(good("a", option="S", value="1"), row("a", value="2", price=1))
    report = run(good("z"), good("a", option="S", value="2"), row("a", value="1", price=1))
    assert (report.created, Product.objects.count()) == (1, 3)


def test_signs_that_tell_sizes_apart_are_kept(run: Import) -> None:
    run(
        good("a", option="S", value="3.5"),
        row("a", value="35", price=1),
        row("a", value="35+", price=1),
    )
    assert set(skus().values()) == {"a/3.5", "a/35", "a/35+"}


def test_a_handle_and_an_option_cannot_pass_for_another_handle(run: Import) -> None:
    run(good("a-b"), good("a", option="S", value="b"))
    assert set(skus().values()) == {"a-b", "a/b"}


def test_a_long_handle_gives_a_short_sku_that_is_its_own(run: Import) -> None:
    for _ in range(2):
        run(good("h" * 200 + "1"), good("h" * 200 + "2"))
    found = list(skus().values())
    assert len(found) == 2
    assert {len(sku) for sku in found} == {100}


def test_one_sku_for_two_variants_loses_neither_and_names_both_lines(run: Import) -> None:
    report = run(
        good("a", title="A", option="S", value="1", sku="X"), row("a", value="2", price=1, sku="X")
    )
    assert report.created == 2
    assert skus()["A - 1"] == "X"
    assert skus()["A - 2"].startswith("X-")
    assert "“X” of line 3 belongs to line 2" in report.warnings[0].text


def test_variants_that_share_a_sku_remain_themselves_in_any_order(run: Import) -> None:
    first = good("a", title="A", option="S", value="1", sku="X")
    second = good("a", title="A", option="S", value="2", sku="X")
    run(first, second)
    before = skus()
    report = run(second, first)
    assert (report.unchanged, skus()) == (2, before)


def test_options_that_differ_in_spaces_only_are_the_same_variant(run: Import) -> None:
    first, second = good("a", title="A", option="S", value="x y"), row("a", value="x-y", price=1)
    report = run(first, second)
    assert "repeats line 2" in report.rejections[0].text


def test_a_repeated_row_is_rejected_with_both_lines(run: Import) -> None:
    report = run(good("a"), good("b"), good("a"))
    assert str(report.rejections[0]).startswith("line 4: The row repeats line 2")
    assert (report.created, report.exit_code) == (2, 1)


def test_a_made_sku_never_takes_another_products_place(run: Import) -> None:
    run(good("explicit", title="Explicit", sku="bag"))
    for _ in range(2):
        report = run(good("bag", title="Bag"))
    assert report.unchanged == 1
    assert skus()["Explicit"] == "bag"
    assert skus()["Bag"].startswith("bag-")


def test_a_sku_of_the_shop_finds_its_product_under_a_new_handle(run: Import) -> None:
    run(good("old", sku="X"))
    report = run(good("new", sku="X"))
    assert (report.updated, Product.objects.get().handle) == (1, "new")


def test_a_product_that_gets_a_sku_in_the_shop_stays_the_same_product(run: Import) -> None:
    run(good("a"))
    before = Product.objects.get().pk
    report = run(good("a", sku="NEW"))
    assert report.updated == 1
    assert (Product.objects.get().pk, Product.objects.get().sku) == (before, "NEW")


def test_a_sku_cell_that_is_empty_now_does_not_make_a_second_product(run: Import) -> None:
    run(good("a", sku="OLD"))
    report = run(good("a"))
    assert (report.unchanged, Product.objects.get().sku) == (1, "OLD")


def test_two_rows_that_both_claim_a_former_product_do_not_share_it(run: Import) -> None:
    run(good("a"))
    report = run(good("a", sku="N1"), good("a", sku="N2"))
    assert (report.updated, report.created, report.rejections) == (1, 1, [])
    assert set(skus().values()) | {"N1", "N2"} == {"N1", "N2"}


def test_a_row_without_a_sku_that_repeats_one_with_is_the_same_at_every_import(run: Import) -> None:
    rows = good("z", sku="a"), good("a", title="A", price="1"), good("a", title="A", sku="a")
    first = run(*rows)
    second = run(*rows)
    assert [note.line for note in second.rejections] == [4]
    assert (first.created, second.unchanged) == (2, 2)
