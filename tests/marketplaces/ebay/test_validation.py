from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from marketplaces.ebay.account_settings import EbaySettings
from marketplaces.ebay.validation import NotFitForEbayError, check, faults_of
from marketplaces.product_facts import Picture
from tests.marketplaces.ebay.builders import PHOTO, facts, settings


def test_a_fit_product_has_no_fault() -> None:
    assert faults_of(facts(), settings()) == []
    check(facts(), settings())


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"title": ""}, "title", "empty"),
        ({"title": "x" * 81}, "title", "81 characters"),
        ({"description": "x" * 4001}, "description", "4001 characters"),
        ({"price": None}, "price", "missing"),
        ({"price": Decimal(0)}, "price", "is 0"),
        ({"currency": "USD"}, "currency", "sells in EUR"),
        ({"stock": None}, "stock", "unknown"),
        ({"stock": 0}, "stock", "is 0"),
        ({"condition": "so-so"}, "condition", "“so-so”"),
        ({"brand": "b" * 51}, "options", "Marque"),
        ({"options": {"n" * 41: "v"}}, "options", "40"),
        ({"options": {"Size": "v" * 51}}, "options", "50"),
        ({"pictures": ()}, "images", "no photo"),
        ({"pictures": (PHOTO,) * 25}, "images", "25 photos"),
    ],
)
def test_each_fault_names_its_field(changes: dict[str, Any], field: str, words: str) -> None:
    (fault,) = faults_of(facts(**changes), settings())
    assert fault.field == field
    assert words in fault.sentence


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"width": 499, "height": 499}, "smaller than 500 px"),
        ({"width": 9000, "height": 9000}, "too large"),
        ({"byte_count": 12 * 1024 * 1024 + 1}, "12 MB"),
        ({"format": "PSD"}, "PSD"),
        ({"format": ""}, "cannot be read"),
        ({"url": "http://shop.example/a.jpg"}, "https://"),
        ({"url": "https:///a.jpg"}, "https://"),
    ],
)
def test_a_fault_of_a_photo_names_its_number(changes: dict[str, Any], words: str) -> None:
    pictures = (PHOTO, replace(PHOTO, **changes))
    (fault,) = faults_of(facts(pictures=pictures), settings())
    assert fault.field == "images.2"
    assert fault.sentence.startswith("photo 2 ")
    assert words in fault.sentence


@pytest.mark.parametrize("size", [(500, 1), (1, 500), (7500, 7500)])
def test_photos_at_the_limits_are_fit(size: tuple[int, int]) -> None:
    picture = replace(PHOTO, width=size[0], height=size[1])
    assert faults_of(facts(pictures=(picture,)), settings()) == []


def test_of_a_link_only_the_address_is_judged() -> None:
    link = Picture(1, "c" * 64, url="https://shop.example/a.jpg")
    assert faults_of(facts(pictures=(link,) * 24), settings()) == []


def test_limits_are_inclusive() -> None:
    fit = facts(title="x" * 80, description="y" * 4000, options={"n" * 40: "v" * 50})
    assert faults_of(fit, settings()) == []


@pytest.mark.parametrize("category", ["", "shirts", "12a"])
def test_a_category_has_to_be_a_number(category: str) -> None:
    (fault,) = faults_of(facts(), settings(category_id=category))
    assert fault.field == "category"


def test_every_fault_is_named_at_once() -> None:
    unfit = facts(title="", price=None, stock=0, pictures=())
    with pytest.raises(NotFitForEbayError) as caught:
        check(unfit, EbaySettings.read({}))
    for word in ("title", "price", "stock", "photo", "category", "condition", "return policy"):
        assert word in caught.value.message
    assert {"title", "images", "account"} <= {fault.field for fault in caught.value.faults}


def test_an_account_is_read_with_the_defaults_of_its_marketplace() -> None:
    own = EbaySettings.read({"marketplace_id": "EBAY_GB", "unknown": 1, "categories": None})
    assert (own.language, own.currency) == ("en-GB", "GBP")
    assert EbaySettings.read({}).language == "fr-FR"
    assert settings(language="nl-BE", marketplace_id="EBAY_BE").language == "nl-BE"


def test_an_unknown_marketplace_is_named() -> None:
    assert any("EBAY_XX" in fault for fault in settings(marketplace_id="EBAY_XX").faults())


def test_a_location_key_may_not_be_too_long() -> None:
    assert settings(merchant_location_key="k" * 37).faults()
    assert not settings(merchant_location_key="k" * 36).faults()
