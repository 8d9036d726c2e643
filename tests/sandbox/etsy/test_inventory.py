"""The inventory document: price and stock, always whole."""

from typing import Any

import pytest

from marketplaces.sandbox.etsy.control import EtsyControl
from tests.sandbox.etsy.conftest import NewShop
from tests.sandbox.etsy.shop_client import API, ShopClient
from tests.sandbox.seller_client import a_photo

ROUTE = "PUT /v3/application/listings/{listing_id}/inventory"


@pytest.fixture
def listing(nora: ShopClient) -> int:
    return nora.on_sale(a_photo(), sku="A1")


def variation(nora: ShopClient, size: str, **changes: Any) -> dict[str, Any]:
    value = {"property_id": 100, "value_ids": [], "values": [size], "property_name": "Size"}
    product = nora.product(f"A1{size}", **changes)
    return product | {"property_values": [value]}


def test_a_new_listing_has_one_product_without_a_sku(nora: ShopClient) -> None:
    [product] = nora.get(f"{API}/listings/{nora.draft(quantity=4)}/inventory").body["products"]
    assert product["sku"] == ""
    assert product["offerings"][0]["quantity"] == 4
    assert product["offerings"][0]["price"]["amount"] == 1990


def test_price_and_quantity_of_a_listing_follow_it(nora: ShopClient, listing: int) -> None:
    nora.put_inventory(listing, nora.product("A1", price=25.5, quantity=7))
    shown = nora.get(f"{API}/listings/{listing}").body
    assert (shown["price"]["amount"], shown["quantity"]) == (2550, 7)
    assert shown["skus"] == ["A1"]


def test_the_same_document_again_changes_nothing(
    nora: ShopClient, listing: int, control: EtsyControl
) -> None:
    before = control.effects()["effects"][ROUTE]
    first = nora.put_inventory(listing, nora.product("A1"))
    assert first.body == nora.put_inventory(listing, nora.product("A1")).body
    assert control.effects()["effects"][ROUTE] == before


def test_nothing_of_the_old_document_stays(nora: ShopClient, listing: int) -> None:
    sized = [variation(nora, size) for size in ("S", "M")]
    two = nora.put_inventory(listing, *sized, sku_on_property=[100]).body["products"]
    assert [each["sku"] for each in two] == ["A1S", "A1M"]
    [one] = nora.put_inventory(listing, {"offerings": sized[0]["offerings"]}).body["products"]
    assert one["sku"] == ""


def test_an_active_listing_is_not_emptied(nora: ShopClient, listing: int) -> None:
    assert nora.put_inventory(listing, nora.product("A1", quantity=0)).status == 400
    assert nora.get(f"{API}/listings/{listing}").body["quantity"] == 1
    nora.update(listing, state="inactive")
    assert nora.put_inventory(listing, nora.product("A1", quantity=0)).status == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"price": None},
        {"price": "19.90"},
        {"price": {"amount": 1990, "divisor": 100, "currency_code": "EUR"}},
        {"price": 0},
        {"quantity": 1.5},
        {"quantity": -1},
        {"quantity": 1000},
        {"is_enabled": "yes"},
        {"is_enabled": False},
        {"readiness_state_id": 1},
        {"offering_id": 1},
    ],
    ids=str,
)
def test_a_wrong_offering_is_refused(
    nora: ShopClient, listing: int, changes: dict[str, Any]
) -> None:
    refused = nora.put_inventory(listing, nora.product("A1", **changes))
    assert refused.status == 400
    assert isinstance(refused.body["error"], str)


@pytest.mark.parametrize("missing", ["price", "quantity", "is_enabled", "readiness_state_id"])
def test_an_offering_is_complete(nora: ShopClient, listing: int, missing: str) -> None:
    product = nora.product("A1")
    del product["offerings"][0][missing]
    assert nora.put_inventory(listing, product).status == 400


def test_what_a_read_shows_beside_the_document_may_not_be_sent_back(
    nora: ShopClient, listing: int
) -> None:
    shown = nora.get(f"{API}/listings/{listing}/inventory").body
    assert nora.put_inventory(listing, *shown["products"]).status == 400
    assert nora.put_inventory(listing, nora.product("x" * 33)).status == 400
    assert nora.put_inventory(listing).status == 400


def test_products_differ_only_where_the_document_says(nora: ShopClient, listing: int) -> None:
    small, medium = variation(nora, "S"), variation(nora, "M", price=30.0, quantity=2)
    on = {"sku_on_property": [100], "price_on_property": [100], "quantity_on_property": [100]}
    assert nora.put_inventory(listing, small, medium, **on).status == 200
    for name in on:
        less = {each: on[each] for each in on if each != name}
        assert nora.put_inventory(listing, small, medium, **less).status == 400
    assert nora.put_inventory(listing, small, small, **on).status == 400


def test_a_stranger_sees_no_sku(nora: ShopClient, listing: int, new_shop: NewShop) -> None:
    eve = new_shop("eve")
    [product] = eve.get(f"{API}/listings/{listing}/inventory").body["products"]
    assert product["sku"] == ""
    assert eve.get(f"{API}/listings/{listing}").body["skus"] == []
    assert eve.put_inventory(listing, nora.product("A1")).status == 403
