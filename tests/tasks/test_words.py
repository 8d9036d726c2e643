"""Finding by words: what is found, what is not, and that an index answers."""

from __future__ import annotations

import pytest
from django.db import connection

from marketplaces.models import Product
from stoflow.tenants.models import Tenant
from tasks.words import has_words

TITLES = ["Robe d'été - S/M", "T-shirt 3.5 oz", "Veste_en_jean", "user@example.org", "<b>Sac</b>"]


@pytest.fixture(autouse=True)
def catalogue(tenant: Tenant) -> None:
    Product.objects.bulk_create(
        Product(sku=f"W{number}", title=title) for number, title in enumerate(TITLES)
    )


def found(text: str) -> list[str]:
    return list(Product.objects.filter(has_words("title", text)).values_list("title", flat=True))


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("robe", 0),
        ("ROBE été", 0),
        ("ÉTÉ", 0),
        ("s/m", 0),
        ("m robe", 0),
        ("t-shirt", 1),
        ("shir", 1),
        ("3.5", 1),
        ("jean", 2),
        ("veste_en", 2),
        ("example.org", 3),
        ("sac", 4),
    ],
)
def test_words_are_found_by_their_beginning_in_any_case_and_order(text: str, title: int) -> None:
    assert found(text) == [TITLES[title]]


@pytest.mark.parametrize("text", ["obe", "robe veste", "", "'", "&", "!:*", "\\", "<->", "()"])
def test_what_is_no_beginning_of_a_word_finds_nothing(text: str) -> None:
    assert found(text) == []


def test_the_index_answers() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = Product.objects.filter(has_words("title", "robe")).order_by().explain()
    assert "ix_products_words" in plan
