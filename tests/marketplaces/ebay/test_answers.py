"""What is read out of eBay's answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from marketplaces.ebay import answers
from marketplaces.ebay.mapping import mapped
from marketplaces.ebay.parts import changed_parts, parts_of
from marketplaces.http import Request, Response
from tests.marketplaces.ebay.builders import facts, settings


def offer(status: str = "PUBLISHED", available: int | None = None, **listing: Any) -> answers.Offer:
    document: dict[str, Any] = {
        "offerId": "1",
        "sku": "a",
        "marketplaceId": "EBAY_FR",
        "format": "FIXED_PRICE",
        "status": status,
        "listing": {"listingId": "2", **listing},
    }
    if available is not None:
        document["availableQuantity"] = available
    request = Request("GET", "https://api.ebay.com/sell/inventory/v1/offer/1")
    return answers.offer(Response(request, 200, {}, json.dumps(document).encode()), document)


@pytest.mark.parametrize("over", ["ENDED", "EBAY_ENDED", "INACTIVE", "OUT_OF_STOCK"])
def test_an_end_after_the_last_sale_is_a_sale(over: str) -> None:
    assert offer(listingStatus=over, soldQuantity=3).is_sold_out(3)
    assert offer(listingStatus=over, soldQuantity=1, available=0).is_sold_out(3)


@pytest.mark.parametrize("over", ["ENDED", "EBAY_ENDED", "OUT_OF_STOCK", "ACTIVE"])
@pytest.mark.parametrize("sold", [None, 0, 2])
def test_an_end_with_pieces_left_is_none(over: str, sold: int | None) -> None:
    assert not offer(listingStatus=over, soldQuantity=sold).is_sold_out(3)


def test_what_can_still_be_bought_is_not_sold_out() -> None:
    assert not offer(listingStatus="ACTIVE", soldQuantity=9, available=0).is_sold_out(3)


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({}, []),
        ({"price": 5}, ["price", "quantity"]),
        ({"stock": 2}, ["price", "quantity"]),
        ({"title": "Linen"}, ["item"]),
        ({"pictures": ()}, ["item"]),
        ({"description": "New"}, ["item", "offer"]),
        ({"title": "Linen", "price": 5}, ["item", "price", "quantity"]),
    ],
)
def test_each_change_is_a_part_of_its_own(change: dict[str, Any], parts: list[str]) -> None:
    sent = {"sent_parts": parts_of(mapped(facts(), settings(), "k"))}
    assert changed_parts(sent, mapped(facts(**change), settings(), "k")) == parts


def test_of_an_unknown_listing_everything_is_to_be_sent() -> None:
    everything = ["item", "offer", "price", "quantity"]
    assert changed_parts({}, mapped(facts(), settings(), "k")) == everything
