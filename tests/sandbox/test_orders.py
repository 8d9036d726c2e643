"""What a seller reads of a purchase, and what it does to the listing."""

import time

import pytest

from marketplaces.sandbox.control import ControlError, SandboxControl
from marketplaces.sandbox.ebay.orders import timestamp
from tests.sandbox.conftest import NewSeller
from tests.sandbox.seller_client import INVENTORY, ORDERS, SellerClient, a_photo, an_item


@pytest.fixture
def offer_id(anna: SellerClient) -> str:
    """Three pieces of A1, live."""
    anna.put_item("A1", an_item(anna.image_url(a_photo()), quantity=3))
    offer_id = str(anna.post_offer("A1", availableQuantity=3).body["offerId"])
    anna.publish(offer_id)
    return offer_id


def listing_of(anna: SellerClient, offer_id: str) -> tuple[str, int, int]:
    offer = anna.get(f"{INVENTORY}/offer/{offer_id}").body
    listing = offer["listing"]
    return listing["listingStatus"], listing["soldQuantity"], offer["availableQuantity"]


def test_a_purchase_lowers_the_stock_and_is_an_order(
    anna: SellerClient, control: SandboxControl, offer_id: str
) -> None:
    bought = control.buy("anna", sku="A1", quantity=2)
    assert listing_of(anna, offer_id) == ("ACTIVE", 2, 1)
    item = anna.get(f"{INVENTORY}/inventory_item/A1").body
    assert item["availability"]["shipToLocationAvailability"]["quantity"] == 1
    (order,) = anna.get(ORDERS).body["orders"]
    assert (order["orderId"], order["orderPaymentStatus"]) == (bought["order_id"], "PAID")
    (line,) = order["lineItems"]
    assert (line["sku"], line["quantity"], line["lineItemCost"]["value"]) == ("A1", 2, "39.80")
    assert line["legacyItemId"] == bought["listing_id"]


@pytest.mark.parametrize("status", ["OUT_OF_STOCK", "ENDED"])
def test_the_last_piece_ends_the_sale(
    anna: SellerClient, control: SandboxControl, offer_id: str, status: str
) -> None:
    control.buy("anna", sku="A1", quantity=3, at_zero=status)
    assert listing_of(anna, offer_id) == (status, 3, 0)
    with pytest.raises(ControlError):
        control.buy("anna", sku="A1")


def test_new_stock_revives_what_is_out_of_stock_and_not_what_has_ended(
    anna: SellerClient, control: SandboxControl, offer_id: str
) -> None:
    control.buy("anna", sku="A1", quantity=3)
    part = {"offerId": offer_id, "availableQuantity": 2}
    stock = {"sku": "A1", "shipToLocationAvailability": {"quantity": 2}, "offers": [part]}
    anna.call("POST", f"{INVENTORY}/bulk_update_price_quantity", {"requests": [stock]})
    assert listing_of(anna, offer_id) == ("ACTIVE", 3, 2)
    control.end_listing("anna", sku="A1")
    anna.call("POST", f"{INVENTORY}/bulk_update_price_quantity", {"requests": [stock]})
    assert listing_of(anna, offer_id)[0] == "ENDED"


def test_a_cancelled_order_is_refunded_and_puts_nothing_back_on_sale(
    anna: SellerClient, control: SandboxControl, offer_id: str
) -> None:
    order_id = control.buy("anna", sku="A1")["order_id"]
    control.cancel_order("anna", order_id)
    order = anna.get(f"{ORDERS}/{order_id}").body
    assert order["cancelStatus"]["cancelState"] == "CANCELED"
    assert order["orderPaymentStatus"] == "FULLY_REFUNDED"
    assert order["lastModifiedDate"] > order["creationDate"]
    assert listing_of(anna, offer_id) == ("ACTIVE", 1, 2)


def test_orders_are_read_by_the_date_of_their_last_change(
    anna: SellerClient, control: SandboxControl, offer_id: str
) -> None:
    first, second = (control.buy("anna", sku="A1")["order_id"] for _ in range(2))
    moment = timestamp(time.time() + 0.001)
    time.sleep(0.002)
    control.cancel_order("anna", first)
    found = anna.get(ORDERS, filter=f"lastmodifieddate:[{moment}..]").body
    assert [order["orderId"] for order in found["orders"]] == [first]
    everything = anna.get(ORDERS, limit=1, offset=1).body
    assert (everything["total"], len(everything["orders"])) == (2, 1)
    assert "next" not in everything
    assert second != first


@pytest.mark.parametrize(
    ("criterion", "error"),
    [
        ("colour:[red]", 30700),
        ("lastmodifieddate:[]", 30800),
        ("lastmodifieddate:[yesterday..]", 30810),
        ("lastmodifieddate:[..2026-01-01T00:00:00.000Z]", 30820),
        ("lastmodifieddate:[2001-01-01T00:00:00.000Z..]", 30830),
        ("lastmodifieddate:[2201-01-01T00:00:00.000Z..]", 30850),
    ],
)
def test_a_wrong_filter_is_named(anna: SellerClient, criterion: str, error: int) -> None:
    assert anna.get(ORDERS, filter=criterion).error_ids == [error]


def test_a_seller_sees_their_own_orders_only(
    anna: SellerClient, control: SandboxControl, offer_id: str, new_seller: NewSeller
) -> None:
    order_id = control.buy("anna", sku="A1")["order_id"]
    bert = new_seller("bert")
    assert bert.get(ORDERS).body["orders"] == []
    assert bert.get(f"{ORDERS}/{order_id}").error_ids == [32100]


def test_pages_may_repeat_or_lose_items(anna: SellerClient, control: SandboxControl) -> None:
    for number in range(5):
        anna.put_item(f"A{number}", an_item())

    def skus(page: int) -> list[str]:
        found = anna.get(f"{INVENTORY}/inventory_item", limit=2, offset=page).body
        assert found["total"] == 5
        return [item["sku"] for item in found["inventoryItems"]]

    control.settings(items_repeated_per_page=1)
    assert [skus(page) for page in range(4)] == [
        ["A0", "A1"], ["A1", "A2"], ["A2", "A3"], ["A3", "A4"]
    ]  # fmt: skip
    control.settings(items_repeated_per_page=0, items_skipped_per_page=1)
    assert [skus(page) for page in range(2)] == [["A0", "A1"], ["A3", "A4"]]
