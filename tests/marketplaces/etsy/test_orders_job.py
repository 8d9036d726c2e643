"""Fetching Etsy's orders, in the engine's hands, against the sandbox."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.utils import timezone
from pytest_django import Settings as DjangoSettings

from marketplaces.etsy.order_facts import facts_of
from marketplaces.models import Order, OrderLine, OrderStatus, Product
from marketplaces.sandbox.etsy.control import EtsyControl
from tasks.models import MarketplaceTask
from tests.marketplaces.etsy.conftest import RECEIPTS
from tests.marketplaces.etsy.shelves import EtsyShelves
from tests.marketplaces.sweeping import summary

RECEIPT = {
    "receipt_id": 77,
    "status": "paid",
    "is_paid": True,
    "is_shipped": False,
    "created_timestamp": 1_790_000_000,
    "updated_timestamp": 1_790_000_060,
    "grandtotal": {"amount": 4470, "divisor": 100, "currency_code": "EUR"},
    "transactions": [],
}


def stock() -> int | None:
    return Product.objects.get().stock


@pytest.fixture
def one_a_page(settings: DjangoSettings) -> None:
    settings.ETSY = settings.ETSY | {"page_size": 1}


def test_an_order_lands_once_with_its_line_tied_to_the_product(
    shelves: EtsyShelves, control: EtsyControl
) -> None:
    listing = shelves.ours()
    bought = control.sell("nora", listing.external_id, 2)
    for _ in range(2):
        job = shelves.run("orders")
        assert job.status == "COMPLETED", job.error_message
        assert summary(job)["complete"] is True
    order = Order.objects.get()
    assert (order.external_id, order.status) == (str(bought["receipt_id"]), OrderStatus.PAID)
    assert order.total == Decimal("44.70")
    assert order.url.endswith(f"/your/orders/sold?order_id={order.external_id}")
    line = OrderLine.objects.get()
    assert (line.product_id, line.quantity, line.price) == (
        listing.product_id,
        2,
        Decimal("19.90"),
    )
    assert stock() == 1


def test_two_lines_of_one_order_are_two_transactions(
    shelves: EtsyShelves, control: EtsyControl
) -> None:
    listings = [shelves.ours(), shelves.ours()]
    lines = [{"listing_id": int(each.external_id), "quantity": 1} for each in listings]
    control.sell_lines("nora", lines)
    shelves.run("orders")
    assert Order.objects.get().lines.count() == 2
    assert list(Product.objects.values_list("stock", flat=True)) == [2, 2]


def test_nothing_of_the_buyer_is_kept(shelves: EtsyShelves, control: EtsyControl) -> None:
    listing = shelves.ours()
    control.sell("nora", listing.external_id)
    shelves.run("orders")
    kept = str(list(MarketplaceTask.objects.values_list("result", flat=True)))
    kept += str(list(Order.objects.values())) + str(list(OrderLine.objects.values()))
    assert "A buyer" not in kept
    assert "90000001" not in kept


def test_an_unpaid_order_takes_its_pieces_at_once(
    shelves: EtsyShelves, control: EtsyControl
) -> None:
    """Etsy has taken them off its own stock too."""
    listing = shelves.ours()
    receipt = control.sell("nora", listing.external_id, paid=False)["receipt_id"]
    shelves.run("orders")
    assert (Order.objects.get().status, stock()) == (OrderStatus.UNPAID, 2)
    control.change_order(receipt, "pay")
    shelves.run("orders")
    assert (Order.objects.get().status, stock()) == (OrderStatus.PAID, 2)


@pytest.mark.parametrize(
    ("to", "expected", "is_cancelled"),
    [
        ("complete", OrderStatus.SENT, False),
        ("cancel", OrderStatus.CLOSED, True),
        ("refund", OrderStatus.CLOSED, False),
        ("refund_in_part", OrderStatus.PAID, False),
    ],
)
def test_what_becomes_of_an_order_is_marked_and_its_stock_is_left_to_a_person(
    shelves: EtsyShelves, control: EtsyControl, to: str, expected: str, is_cancelled: bool
) -> None:
    listing = shelves.ours()
    receipt = control.sell("nora", listing.external_id)["receipt_id"]
    shelves.run("orders")
    control.change_order(receipt, to)
    shelves.run("orders")
    order = Order.objects.get()
    assert (order.status, order.cancelled_at is not None) == (expected, is_cancelled)
    assert stock() == 2


def test_a_sale_that_sync_and_orders_report_lowers_the_stock_once(
    shelves: EtsyShelves, control: EtsyControl
) -> None:
    listing = shelves.ours()
    control.sell("nora", listing.external_id, 3)
    for action in ("sync", "orders", "sync", "orders"):
        shelves.run(action)
    assert stock() == 0
    assert Order.objects.get().lines.get().sales.get().oversold == 0


def test_every_page_is_read_and_saved(
    shelves: EtsyShelves, control: EtsyControl, one_a_page: None
) -> None:
    listing = shelves.ours()
    for _ in range(3):
        control.sell("nora", listing.external_id)
    job = shelves.run("orders")
    assert summary(job) == {"orders": 3, "complete": True}
    assert (Order.objects.count(), stock()) == (3, 0)


def test_an_order_that_moved_while_pages_were_read_is_not_lost(
    shelves: EtsyShelves, control: EtsyControl
) -> None:
    """Etsy counts two and shows one: the next run begins where this one did."""
    listing = shelves.ours()
    control.sell("nora", listing.external_id)
    control.add_fault(RECEIPTS, "status", status=200, body={"count": 2, "results": [RECEIPT]})
    assert summary(shelves.run("orders"))["complete"] is False
    shelves.account.refresh_from_db()
    assert shelves.account.last_orders_at is None
    assert summary(shelves.run("orders"))["complete"] is True


def test_the_window_is_in_whole_seconds_and_overlaps(
    shelves: EtsyShelves, control: EtsyControl
) -> None:
    shelves.run("orders")
    shelves.account.refresh_from_db()
    began = shelves.account.last_orders_at
    assert began is not None
    shelves.run("orders")
    paths = [call["path"] for call in control.requests() if "/receipts" in call["path"]]
    asked = int(paths[-1].split("min_last_modified=")[1].split("&")[0])
    assert 15 * 60 <= began.timestamp() - asked <= 15 * 60 + 1


@pytest.mark.parametrize(
    "odd",
    [
        {"amount": 10**30, "divisor": 100, "currency_code": "EUROS"},
        {"amount": "x", "divisor": 100, "currency_code": "EUR"},
        {"amount": 100, "divisor": "x", "currency_code": "EUR"},
        {"amount": 100, "divisor": -1, "currency_code": 5},
        {"amount": [], "divisor": 100, "currency_code": "EUR"},
        "19.90",
    ],
    ids=repr,
)
def test_an_odd_amount_costs_no_sale(
    shelves: EtsyShelves, control: EtsyControl, odd: object
) -> None:
    listing = shelves.ours()
    line = {"transaction_id": 5, "listing_id": int(listing.external_id), "quantity": 1}
    now = int(timezone.now().timestamp()) + 60
    placed = {"created_timestamp": now, "updated_timestamp": now}
    receipt = {**RECEIPT, **placed, "grandtotal": odd, "transactions": [{**line, "price": odd}]}
    control.add_fault(RECEIPTS, "status", status=200, body={"count": 1, "results": [receipt]})
    assert summary(shelves.run("orders"))["complete"] is True
    assert stock() == 2


@pytest.mark.parametrize(
    "fault",
    [
        {"created_timestamp": "soon"},
        {"created_timestamp": 10**18},
        {"updated_timestamp": -(10**12)},
        {"transactions": None},
        {"transactions": ["?"]},
        {"transactions": [{"transaction_id": 5, "listing_id": 6, "quantity": -1}]},
        {"transactions": [{"transaction_id": 5, "listing_id": 6, "quantity": 10**12}]},
    ],
    ids=repr,
)
def test_an_order_that_cannot_be_read_is_told_and_holds_up_no_other(
    shelves: EtsyShelves, control: EtsyControl, fault: dict[str, object]
) -> None:
    healthy = {**RECEIPT, "receipt_id": 78, "grandtotal": {"amount": "much", "divisor": 100}}
    body = {"count": 2, "results": [{**RECEIPT, **fault}, healthy]}
    control.add_fault(RECEIPTS, "status", status=200, body=body)
    job = shelves.run("orders")
    assert job.status == "COMPLETED", job.error_message
    assert summary(job) == {"orders": 1, "complete": False, "unreadable": ["77"]}
    assert (Order.objects.get().external_id, Order.objects.get().total) == ("78", None)
    mended = {"count": 2, "results": [RECEIPT, healthy]}
    control.add_fault(RECEIPTS, "status", status=200, body=mended)
    assert summary(shelves.run("orders"))["complete"] is True
    assert Order.objects.count() == 2


@pytest.mark.parametrize(
    ("said", "flags", "expected"),
    [
        ("Paid", {}, OrderStatus.PAID),
        ("open", {"is_paid": False}, OrderStatus.UNPAID),
        ("payment processing", {"is_paid": False}, OrderStatus.UNPAID),
        ("partially refunded", {"is_shipped": True}, OrderStatus.SENT),
        ("on the moon", {}, OrderStatus.PAID),
        ("on the moon", {"is_paid": False}, OrderStatus.UNPAID),
    ],
)
def test_statuses(said: str, flags: dict[str, bool], expected: str) -> None:
    facts = facts_of({**RECEIPT, **flags, "status": said}, "www.etsy.com")
    assert facts.status == expected
    assert facts.placed_at == datetime.fromtimestamp(1_790_000_000, UTC)
