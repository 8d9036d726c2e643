"""Answers of a private API are believed only as far as they can be read."""

from __future__ import annotations

from typing import Any

import pytest

from marketplaces.vinted import answers
from marketplaces.vinted.answers import Member
from tasks.errors import AuthorizationError, OutcomeUnknownError, TransientError
from tests.marketplaces.vinted.builders import answer

PAGE = b"\n<!doctype html><title>Vinted</title>"
PAGING = {"current_page": 1, "total_pages": 3, "total_entries": 200, "per_page": 96}


@pytest.mark.parametrize("body", [{"item": {"id": 7}}, {"id": 7}, {"draft": {"id": "7"}}])
def test_an_item_is_read_wrapped_or_bare(body: Any) -> None:
    assert answers.written(answer(body, method="POST")).item_id == "7"


@pytest.mark.parametrize(
    "body", [{}, {"draft": {"id": None}}, {"id": True}, {"id": 0}, b"ok", PAGE]
)
def test_a_create_without_an_id_may_have_made_something(body: Any) -> None:
    with pytest.raises(OutcomeUnknownError):
        answers.written(answer(body, method="POST"))


def test_a_page_with_status_200_is_no_empty_wardrobe() -> None:
    with pytest.raises(AuthorizationError):
        answers.wardrobe(answer(PAGE))


@pytest.mark.parametrize(
    "body",
    [{}, {"items": None, "pagination": PAGING}, {"items": []}, {"items": [], "pagination": {}}],
)
def test_a_wardrobe_that_cannot_be_read_is_no_empty_one(body: Any) -> None:
    with pytest.raises(TransientError):
        answers.wardrobe(answer(body))


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ({}, "live"),
        ({"is_reserved": True}, "live"),
        ({"is_hidden": True}, "hidden"),
        ({"is_draft": True, "is_closed": True}, "draft"),
        ({"is_closed": True, "item_closing_action": "sold"}, "sold"),
        ({"is_closed": True, "item_closing_action": "deleted"}, "closed"),
        ({"is_closed": True, "is_hidden": True}, "closed"),
        ({"is_closed": True}, "closed"),
    ],
)
def test_only_what_was_closed_as_sold_is_a_sale(told: Any, state: str) -> None:
    shown, paging = answers.wardrobe(answer({"items": [{"id": 7, **told}], "pagination": PAGING}))
    assert [each.state for each in shown] == [state]
    assert (paging.pages, paging.entries) == (3, 200)


@pytest.mark.parametrize(
    ("price", "read"),
    [
        ({"amount": "48.0", "currency_code": "EUR"}, ("48.0", "EUR")),
        ("48.0", ("48.0", "PLN")),
        (48, ("48", "PLN")),
        (None, ("", "PLN")),
    ],
)
def test_a_price_is_an_object_or_a_number(price: Any, read: tuple[str, str]) -> None:
    item = answers.read(answer({"item": {"id": 7, "price": price, "currency": "PLN"}}))
    assert (item.price, item.currency) == read


def test_an_anonymous_user_is_nobody() -> None:
    assert answers.member(answer({"user": {"id": None, "anonymous": True}})) is None
    assert answers.member(answer({"user": {"id": 5, "login": "lea"}})) == Member("5", "lea")


def test_categories_are_those_that_items_can_be_listed_in() -> None:
    tree = [
        {"id": 4, "title": "Women", "catalogs": [{"id": 10, "title": "Dresses", "catalogs": []}]}
    ]
    assert answers.categories(answer({"catalogs": tree})) == {"10": "Women > Dresses"}


def test_sizes_come_in_groups_and_may_be_none() -> None:
    groups = [{"sizes": [{"id": 4, "title": "M / 38"}]}, {"sizes": [{"id": 60, "title": "40"}]}]
    found = answers.sizes(answer({"size_groups": groups}))
    assert [(each.number, each.title) for each in found] == [("4", "M / 38"), ("60", "40")]
    assert answers.sizes(answer({"size_groups": []})) == []
