from __future__ import annotations

import re
from decimal import Decimal
from itertools import product

import pytest

from marketplaces.ebay.mapping import (
    condition_of,
    description_of,
    item_with_images,
    mapped,
)
from marketplaces.keys import own_key
from marketplaces.listings import content_hash
from tests.marketplaces.ebay.builders import PHOTO, facts, settings


def test_a_product_becomes_an_item_and_an_offer() -> None:
    result = mapped(facts(), settings(), "t1zp7")
    assert result["item"] == {
        "availability": {"shipToLocationAvailability": {"quantity": 3}},
        "condition": "NEW",
        "product": {
            "title": "Linen shirt",
            "description": "Soft.",
            "aspects": {"Marque": ["Maison Test"], "Taille": ["M"]},
            "brand": "Maison Test",
        },
    }
    assert result["offer"] == {
        "sku": "t1zp7",
        "marketplaceId": "EBAY_FR",
        "format": "FIXED_PRICE",
        "availableQuantity": 3,
        "categoryId": "15687",
        "includeCatalogProductDetails": False,
        "listingDescription": "Soft.",
        "listingDuration": "GTC",
        "listingPolicies": {
            "fulfillmentPolicyId": "6000000001",
            "paymentPolicyId": "6000000002",
            "returnPolicyId": "6000000003",
        },
        "merchantLocationKey": "main-warehouse",
        "pricingSummary": {"price": {"currency": "EUR", "value": "19.90"}},
    }
    assert result["images"] == [PHOTO.checksum]


@pytest.mark.parametrize(
    ("price", "value"),
    [("5", "5.00"), ("0.1", "0.10"), ("99999.99", "99999.99"), ("1E+3", "1000.00")],
)
def test_a_price_is_a_plain_decimal_text(price: str, value: str) -> None:
    offer = mapped(facts(price=Decimal(price)), settings(), "a")["offer"]
    assert offer["pricingSummary"]["price"]["value"] == value


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("<p>One</p><p>Two</p>", "One<br><br>Two"),
        ("<h1>Big</h1>text", "Big<br><br>text"),
        ("<ul><li>a</li></ul>", "<ul><li>a</li></ul>"),
        ('<b onclick="x()">b</b><script>evil()</script>', "<b>b</b>"),
        ('<a href="https://elsewhere.example">here</a>', "here"),
        ("plain & simple < 5", "plain &amp; simple &lt; 5"),
        ("<p>&nbsp;</p>", "Linen shirt"),
        ("", "Linen shirt"),
    ],
)
def test_a_description_keeps_basic_formatting_only(written: str, sent: str) -> None:
    assert description_of(facts(description=written)) == sent


def test_a_title_that_stands_in_for_the_description_is_escaped() -> None:
    assert description_of(facts(description="", title="Cup <2>")) == "Cup &lt;2&gt;"


@pytest.mark.parametrize(
    ("barcode", "expected"),
    [
        ("4006381333931", {"ean": ["4006381333931"]}),
        ("4006381333932", {}),
        ("036000291452", {"upc": ["036000291452"]}),
        ("9780306406157", {"isbn": ["9780306406157"]}),
        ("96385074", {"ean": ["96385074"]}),
        ("not a number", {}),
        ("", {}),
    ],
)
def test_a_barcode_is_sent_as_what_it_is(barcode: str, expected: dict[str, list[str]]) -> None:
    sent = mapped(facts(barcode=barcode), settings(), "a")["item"]["product"]
    assert {name: sent[name] for name in ("ean", "upc", "isbn") if name in sent} == expected


@pytest.mark.parametrize(
    ("own", "account", "expected"),
    [
        ("", {"condition": "NEW"}, "NEW"),
        ("used good", {"condition": "NEW"}, "USED_GOOD"),
        ("Like new", {}, "LIKE_NEW"),
        ("worn", {"conditions": {"worn": "USED_ACCEPTABLE"}}, "USED_ACCEPTABLE"),
        ("worn", {}, ""),
        ("", {"condition": ""}, ""),
    ],
)
def test_a_condition_is_the_product_s_own_or_the_account_s(
    own: str, account: dict[str, object], expected: str
) -> None:
    assert condition_of(facts(condition=own), settings(**account)) == expected


def test_aspects_follow_the_account_s_names() -> None:
    own = settings(aspect_names={"Size": "Taille"}, aspects={"Département": "Adulte"})
    aspects = mapped(facts(), own, "a")["item"]["product"]["aspects"]
    assert aspects == {"Département": ["Adulte"], "Marque": ["Maison Test"], "Taille": ["M"]}


def test_a_category_follows_the_product_type() -> None:
    own = settings(categories={"Shirts": "1059"})
    assert mapped(facts(), own, "a")["offer"]["categoryId"] == "1059"
    assert mapped(facts(product_type="Other"), own, "a")["offer"]["categoryId"] == "15687"


def test_the_hash_tells_contents_apart() -> None:
    one = mapped(facts(), settings(), "a")
    assert content_hash(one) == content_hash(mapped(facts(), settings(), "a"))
    changes = ({"stock": 2}, {"price": Decimal(1)}, {"title": "x"}, {"pictures": ()})
    hashes = {content_hash(mapped(facts(**change), settings(), "a")) for change in changes}
    assert len(hashes | {content_hash(one)}) == 5


def test_an_unfit_product_is_mapped_all_the_same() -> None:
    empty = facts(title="", price=None, stock=None, pictures=(), options={})
    assert mapped(empty, settings(category_id=""), "a")["images"] == []


def test_adding_the_photos_leaves_the_mapped_item_as_it_was() -> None:
    item = mapped(facts(), settings(), "a")["item"]
    assert item_with_images(item, ["https://i.example/1"])["product"]["imageUrls"]
    assert "imageUrls" not in item["product"]


SCHEMAS = [
    "t1",
    "t",
    "demo",
    "a_b",
    "aub",
    "a-b",
    "adb",
    "z",
    "zz",
    "azp1",
    "az",
    "a_",
    "é",
    "É",
    "A",
]
SCHEMAS += ["s" * length for length in (27, 28, 29, 30, 63)] + ["t1_" * 21, "t1_" * 20 + "t1x"]


def test_no_two_products_share_a_sku_even_where_case_does_not_count() -> None:
    keys = list(product(SCHEMAS, [1, 11, 111, 2**63 - 1]))
    assert len({own_key(schema, number).lower() for schema, number in keys}) == len(keys)


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_sku_is_what_ebay_allows(schema: str) -> None:
    for number in (1, 2**63 - 1):
        assert re.fullmatch(r"[a-z0-9]{1,32}", own_key(schema, number))
