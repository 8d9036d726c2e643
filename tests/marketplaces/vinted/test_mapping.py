"""What Vinted is sent for a product, and what a seller is told about one that it would refuse."""

from __future__ import annotations

from decimal import Decimal

import pytest

from marketplaces.vinted import bodies
from marketplaces.vinted.account_settings import VintedSettings
from marketplaces.vinted.mapping import (
    colours,
    condition_number,
    description_of,
    mapped,
    price_of,
    size,
)
from marketplaces.vinted.validation import faults_of
from tests.marketplaces.vinted.builders import KEY, PHOTO, facts, settings


def test_a_product_is_mapped_with_our_key_in_its_title() -> None:
    sent = mapped(facts(), settings(), KEY)
    item = sent["item"]
    assert item["title"] == "Linen shirt [demozp17]"
    assert (item["price"], item["currency"]) == (19.9, "EUR")
    assert (item["catalog_id"], item["size_id"], item["color_ids"]) == (536, 208, [27])
    assert (item["brand_id"], item["brand"]) == (None, "Maison Test")
    assert sent["photos"] == ["a" * 64]


def test_the_condition_goes_where_vinted_read_it_and_where_it_reads_it_now() -> None:
    item = mapped(facts(condition="neuf avec étiquette"), settings(), KEY)["item"]
    assert item["status_id"] == 6
    assert item["item_attributes"] == [{"code": "condition", "ids": [6]}]


def test_the_stock_is_no_part_of_an_item() -> None:
    assert mapped(facts(stock=1), settings(), KEY) == mapped(facts(stock=9), settings(), KEY)


def test_a_draft_is_made_and_completed_with_photos_under_different_names() -> None:
    item = mapped(facts(), settings(), KEY)["item"]
    made = bodies.draft(item, ["31", "32"], "s")
    assert made["draft"]["assigned_photos"] == [
        {"id": 31, "orientation": 0},
        {"id": 32, "orientation": 0},
    ]
    assert (made["draft"]["id"], made["draft"]["temp_uuid"], made["upload_session_id"]) == (
        None,
        "s",
        "s",
    )
    done = bodies.completion(item, "7", ["31"], "s")
    assert done["draft"]["photos"] == [{"id": 31, "orientation": 0}]
    assert "assigned_photos" not in done["draft"]
    assert (done["draft"]["id"], done["push_up"]) == (7, False)
    assert bodies.update(item, "7", ["31"], "s")["item"]["id"] == 7


@pytest.mark.parametrize(
    ("word", "number"),
    [
        ("", "2"),
        ("New with tags", "6"),
        ("neuf", "1"),
        ("Très bon état", "2"),
        ("D\N{RIGHT SINGLE QUOTATION MARK}occasion", "3"),
        ("satisfaisant", "4"),
        ("A", "6"),
        ("odd", ""),
        ("6", "6"),
    ],
)
def test_a_condition_is_a_sellers_own_word(word: str, number: str) -> None:
    assert condition_number(facts(condition=word), settings(conditions={"a": "6"})) == number


@pytest.mark.parametrize(
    ("word", "numbers"),
    [
        ("navy", ["27"]),
        ("Bleu marine", ["27"]),
        ("Blue / white", ["9", "12"]),
        ("rouge et blanc et bleu", ["7", "12"]),
        ("Petrol", ["77"]),
        ("odd", []),
        ("", []),
    ],
)
def test_colours_are_found_by_the_sellers_table_then_by_vinteds_names(
    word: str, numbers: list[str]
) -> None:
    chosen = settings(colors={"petrol": "77"})
    assert colours(facts(options={"Couleur": word}), chosen) == numbers


@pytest.mark.parametrize(
    ("word", "tables", "number"),
    [
        ("M", {}, "208"),
        ("38", {}, "208"),
        ("m / 38", {}, "208"),
        ("T2", {"T2": "207"}, "207"),
        ("M", {"Shirts: M": "207", "M": "1"}, "207"),
        ("odd", {}, ""),
    ],
)
def test_a_size_is_found_by_product_type_and_word(
    word: str, tables: dict[str, str], number: str
) -> None:
    assert size(facts(options={"Taille": word}), settings(sizes=tables)) == number


def test_a_category_without_sizes_is_sent_none() -> None:
    bag = facts(product_type="Bags", options={"Size": "M", "Colour": "red"})
    assert mapped(bag, settings(), KEY)["item"]["size_id"] is None
    assert faults_of(bag, settings(), KEY) == []


@pytest.mark.parametrize(
    ("price", "rule", "sent"),
    [
        ("19.90", {}, "19.90"),
        ("25.30", {"price_factor": "1.1", "price_ending": "0.90"}, "27.90"),
        ("20.00", {"price_ending": "0.90"}, "20.90"),
        ("10.01", {"price_factor": "1.5"}, "15.02"),
    ],
)
def test_a_price_follows_the_accounts_rule(price: str, rule: dict[str, str], sent: str) -> None:
    assert price_of(facts(price=Decimal(price)), settings(**rule)) == Decimal(sent)


def test_options_that_vinted_has_no_field_for_stand_below_the_description() -> None:
    options = {"Size": "M", "Colour": "navy", "Material": "Linen", "Fit": "Slim"}
    assert (
        description_of(facts(options=options), settings()) == "Soft.\n\nMaterial: Linen\nFit: Slim"
    )
    known = settings(materials={"linen": "146"})
    assert description_of(facts(options=options), known) == "Soft.\n\nFit: Slim"
    attributes = mapped(facts(options=options), known, KEY)["item"]["item_attributes"]
    assert attributes[1] == {"code": "material", "ids": [146]}


def test_every_fault_is_named_at_once() -> None:
    found = faults_of(
        facts(
            title="x" * 91,
            description="y" * 2001,
            brand="",
            options={"Size": "odd", "Colour": "odd"},
            condition="odd",
            price=Decimal("0.50"),
            currency="USD",
            stock=0,
            pictures=(),
        ),
        settings(package_size="9", price_factor="much"),
        KEY,
    )
    told = "; ".join(fault.sentence for fault in found)
    for words in (
        "91 characters, Vinted takes 89",
        "2001 characters",
        "at Vinted would be 0.50",
        "in USD",
        "stock is 0",
        "Vinted size is set for “odd”",
        "Vinted colour is set for “odd”",
        "brand is missing",
        "condition “odd”",
        "no photo",
        "parcel sizes",
        "price factor",
    ):
        assert words in told
    assert faults_of(facts(), settings(), KEY) == []


def test_a_category_that_is_missing_or_no_number_is_told() -> None:
    (none,) = faults_of(facts(product_type="Hats", options={"Colour": "red"}), settings(), KEY)
    assert "no Vinted category is set for the product type “Hats”" in none.sentence
    odd = faults_of(facts(), settings(catalogs={"Shirts": "shirts"}), KEY)
    assert any("“shirts” is not the number" in fault.sentence for fault in odd)


def test_more_than_twenty_photos_are_too_many() -> None:
    (fault,) = faults_of(facts(pictures=(PHOTO,) * 21), settings(), KEY)
    assert "21 photos, Vinted takes 20" in fault.sentence


@pytest.mark.parametrize("spoilt", [{"price": None}, {"stock": None}, {"title": ""}])
def test_an_unfit_product_is_mapped_too(spoilt: dict[str, object]) -> None:
    assert (
        mapped(facts(**spoilt), VintedSettings.read({"catalog_id": "x"}), KEY)["item"]["catalog_id"]
        == 0
    )


def test_a_site_sells_in_its_own_currency() -> None:
    assert settings(site="https://www.vinted.pl/").sells_in == "PLN"
    assert settings().sells_in == "EUR"
    assert settings(site="127.0.0.1:8000", currency="GBP").sells_in == "GBP"
