"""Buyers of the control port, and the receipts that the seller's software reads."""

import time

import pytest

from marketplaces.sandbox.control import ControlError
from marketplaces.sandbox.etsy.control import EtsyControl
from tests.sandbox.etsy.conftest import NewShop
from tests.sandbox.etsy.shop_client import ShopClient
from tests.sandbox.seller_client import Reply, a_photo


@pytest.fixture
def listing(nora: ShopClient) -> int:
    return nora.on_sale(a_photo(), sku="A1", quantity=3)


def receipts(nora: ShopClient, **query: str | int) -> Reply:
    return nora.get(f"{nora.shop}/receipts", **query)


def numbers(reply: Reply) -> list[int]:
    return [each["receipt_id"] for each in reply.body["results"]]


def test_a_sale_is_a_receipt_and_lowers_the_quantity(
    nora: ShopClient, control: EtsyControl, listing: int
) -> None:
    sold = control.sell("nora", listing, 2)
    [receipt] = receipts(nora).body["results"]
    [line] = receipt["transactions"]

    assert receipt["receipt_id"] == sold["receipt_id"]
    assert (receipt["status"], receipt["is_paid"]) == ("paid", True)
    assert (line["listing_id"], line["sku"], line["quantity"]) == (listing, "A1", 2)
    assert line["price"]["amount"] == 1990
    assert receipt["subtotal"]["amount"] == 3980
    assert line["transaction_id"] == sold["transaction_ids"][0]
    assert nora.of_shop().body["results"][0]["quantity"] == 1


def test_the_last_piece_sells_the_listing_out(
    nora: ShopClient, control: EtsyControl, listing: int
) -> None:
    control.sell("nora", listing, 3)
    assert nora.state_of(listing) == "sold_out"
    with pytest.raises(ControlError, match="not on sale"):
        control.sell("nora", listing)


def test_no_more_is_sold_than_there_is(
    nora: ShopClient, control: EtsyControl, listing: int
) -> None:
    with pytest.raises(ControlError, match="3 are left"):
        control.sell("nora", listing, 4)
    assert receipts(nora).body["count"] == 0


def test_one_receipt_may_have_several_lines(
    nora: ShopClient, control: EtsyControl, listing: int
) -> None:
    other = nora.on_sale(a_photo("blue"), sku="B1")
    lines: list[dict[str, object]] = [{"listing_id": listing}, {"listing_id": other, "sku": "B1"}]
    sold = control.sell_lines("nora", lines)
    shown = nora.get(f"{nora.shop}/receipts/{sold['receipt_id']}/transactions").body
    assert [each["sku"] for each in shown["results"]] == ["A1", "B1"]


def test_what_is_not_paid_yet_is_paid_later(
    nora: ShopClient, control: EtsyControl, listing: int
) -> None:
    sold = control.sell("nora", listing, paid=False)
    assert numbers(receipts(nora, was_paid="true")) == []
    assert numbers(receipts(nora, was_paid="false")) == [sold["receipt_id"]]
    control.change_order(sold["receipt_id"], "pay")
    assert numbers(receipts(nora, was_paid="true")) == [sold["receipt_id"]]


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("cancel", ("canceled", 0)),
        ("refund", ("fully refunded", 1)),
        ("refund_in_part", ("partially refunded", 1)),
        ("complete", ("completed", 0)),
    ],
)
def test_an_order_changes_its_status_and_refunds(
    nora: ShopClient, control: EtsyControl, listing: int, to: str, expected: tuple[str, int]
) -> None:
    sold = control.sell("nora", listing)
    assert control.change_order(sold["receipt_id"], to)["status"] == expected[0]
    receipt = nora.get(f"{nora.shop}/receipts/{sold['receipt_id']}").body
    assert (receipt["status"], len(receipt["refunds"])) == expected


def test_receipts_are_paged_and_sorted(
    nora: ShopClient, control: EtsyControl, listing: int
) -> None:
    made = [control.sell("nora", listing)["receipt_id"] for _ in range(3)]
    assert numbers(receipts(nora)) == made[::-1]
    assert numbers(receipts(nora, sort_order="asc", limit=2, offset=1)) == made[1:]
    assert receipts(nora, limit=1).body["count"] == 3
    assert receipts(nora, sort_on="price").status == 400


def test_only_what_changed_since_can_be_asked_for(
    nora: ShopClient, control: EtsyControl, listing: int
) -> None:
    sold = control.sell("nora", listing)
    now = int(time.time())
    assert numbers(receipts(nora, min_last_modified=now - 60)) == [sold["receipt_id"]]
    assert numbers(receipts(nora, min_last_modified=now + 60)) == []
    assert numbers(receipts(nora, max_last_modified=now - 60)) == []
    assert receipts(nora, min_last_modified=1).status == 400


def test_receipts_are_the_seller_s_own(
    nora: ShopClient, control: EtsyControl, listing: int, new_shop: NewShop
) -> None:
    sold = control.sell("nora", listing)
    eve = new_shop("eve")
    assert eve.get(f"{nora.shop}/receipts").status == 403
    assert eve.get(f"{eve.shop}/receipts/{sold['receipt_id']}").status == 404
