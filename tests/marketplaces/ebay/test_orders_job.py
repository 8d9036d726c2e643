"""Fetching eBay's orders, in the engine's hands, against the sandbox."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from pytest_django import Settings as DjangoSettings

from marketplaces.ebay.shop_reads import timestamp
from marketplaces.models import Listing, Order, OrderLine, OrderStatus, Product, Sale
from marketplaces.sales.attention import Needs, needing_a_person
from marketplaces.sales.staff import returnable
from marketplaces.sandbox.control import SandboxControl
from marketplaces.sync import orders, schedule
from tasks.models import MarketplaceTask
from tests.marketplaces.ebay.shelves import Shelves, summary

ORDERS = "GET /sell/fulfillment/v1/order"


@pytest.fixture
def one_a_page(settings: DjangoSettings) -> None:
    settings.EBAY = settings.EBAY | {"orders_a_page": 1}


def stock() -> int | None:
    return Product.objects.get().stock


def test_an_order_lands_once_with_its_line_tied_to_the_product(
    shelves: Shelves, control: SandboxControl
) -> None:
    listing = shelves.ours()
    bought = control.buy("anna", listing_id=listing.external_id, quantity=2, buyer="camille")
    for _ in range(2):
        job = shelves.run("orders")
        assert job.status == "COMPLETED", job.error_message
        assert summary(job)["complete"] is True
    order = Order.objects.get()
    assert (order.external_id, order.status) == (bought["order_id"], OrderStatus.PAID)
    assert (order.total, order.currency) == (Decimal("44.70"), "EUR")
    line = OrderLine.objects.get()
    assert (line.product_id, line.quantity, line.price) == (
        listing.product_id,
        2,
        Decimal("19.90"),
    )
    assert stock() == 1


def test_nothing_of_the_buyer_is_kept(shelves: Shelves, control: SandboxControl) -> None:
    listing = shelves.ours()
    control.buy("anna", listing_id=listing.external_id, buyer="camille-lyon")
    shelves.run("orders")
    kept = str(list(MarketplaceTask.objects.values_list("result", flat=True)))
    kept += str(list(Order.objects.values())) + str(list(OrderLine.objects.values()))
    for personal in ("camille", "Camille", "rue du Test", "Lyon"):
        assert personal not in kept


def test_a_sale_that_sync_and_orders_report_lowers_the_stock_once(
    shelves: Shelves, control: SandboxControl
) -> None:
    listing = shelves.ours()
    control.buy("anna", listing_id=listing.external_id)
    for action in ("sync", "orders", "sync", "orders"):
        shelves.run(action)
    assert stock() == 2


def test_every_page_is_read_and_saved(
    shelves: Shelves, control: SandboxControl, one_a_page: None
) -> None:
    listing = shelves.ours()
    for _ in range(3):
        control.buy("anna", listing_id=listing.external_id)
    job = shelves.run("orders")
    tasks = MarketplaceTask.objects.filter(job=job).order_by("position")
    assert list(tasks.values_list("name", flat=True)) == [
        "Read page 1 of the orders",
        "Save the orders of page 1",
        "Read page 2 of the orders",
        "Save the orders of page 2",
        "Read page 3 of the orders",
        "Save the orders of page 3",
        "Finish",
    ]
    assert (Order.objects.count(), stock()) == (3, 0)


def test_a_cancelled_order_is_marked_and_its_stock_is_left_to_a_person(
    shelves: Shelves, control: SandboxControl
) -> None:
    listing = shelves.ours()
    order_id = control.buy("anna", listing_id=listing.external_id)["order_id"]
    shelves.run("orders")
    control.cancel_order("anna", order_id)
    shelves.run("orders")
    order = Order.objects.get()
    assert order.cancelled_at is not None
    assert order.status == OrderStatus.CLOSED
    assert stock() == 2


def test_the_window_begins_where_the_last_complete_run_began(
    shelves: Shelves, control: SandboxControl
) -> None:
    now = timezone.now()
    assert orders.since(shelves.account, now) == now - timedelta(days=90)
    shelves.run("orders")
    shelves.account.refresh_from_db()
    began = shelves.account.last_orders_at
    assert began is not None
    assert now <= began <= timezone.now()
    assert orders.since(shelves.account, now) == began - orders.OVERLAP
    shelves.account.last_orders_at = now - timedelta(days=3000)
    assert orders.since(shelves.account, now) == now - orders.LONGEST_WINDOW


def test_a_run_that_was_not_shown_everything_is_read_again(
    shelves: Shelves, control: SandboxControl
) -> None:
    control.add_fault(ORDERS, "status", status=200, body={"total": 3, "orders": []})
    assert summary(shelves.run("orders"))["complete"] is False
    shelves.account.refresh_from_db()
    assert shelves.account.last_orders_at is None


def test_a_page_that_fails_is_tried_again_where_it_was(
    shelves: Shelves, control: SandboxControl, one_a_page: None
) -> None:
    listing = shelves.ours()
    for _ in range(2):
        control.buy("anna", listing_id=listing.external_id)
    control.add_fault(ORDERS, "status", match="offset=1", status=503, times=4)
    assert shelves.run("orders").status == "COMPLETED"
    assert Order.objects.count() == 2
    read = [c for c in control.requests() if c["template"] == "/sell/fulfillment/v1/order"]
    assert sum("offset=0" in call["path"] for call in read) == 1


def order_of(listing: Listing, number: str, **fields: object) -> dict[str, object]:
    """As eBay's document has it, with the fields that matter."""
    now = timestamp(timezone.now())
    line = {
        "lineItemId": f"{number}-L",
        "legacyItemId": listing.external_id,
        "sku": listing.key,
        "title": "Scarf",
        "quantity": 1,
        "lineItemCost": {"value": "19.90", "currency": "EUR"},
    }
    document = {"orderId": number, "creationDate": now, "lastModifiedDate": now}
    return {**document, "orderPaymentStatus": "PAID", "lineItems": [line], **fields}


@pytest.mark.parametrize(
    "fault",
    [{"creationDate": "soon"}, {"lineItems": None}, {"lineItems": ["?"]}, {"cancelStatus": "?"}],
    ids=repr,
)
def test_an_order_that_cannot_be_read_is_told_and_holds_up_no_other(
    shelves: Shelves, control: SandboxControl, fault: dict[str, object]
) -> None:
    listing = shelves.ours()
    poison, healthy = order_of(listing, "12-1", **fault), order_of(listing, "12-2")
    body = {"total": 2, "orders": [poison, healthy]}
    control.add_fault(ORDERS, "status", status=200, body=body, times=2)
    for _ in range(2):
        job = shelves.run("orders")
        assert job.status == "COMPLETED", job.error_message
        assert summary(job) == {"orders": 1, "complete": False, "unreadable": ["12-1"]}
        assert (Order.objects.get().external_id, stock()) == ("12-2", 2)
    shelves.account.refresh_from_db()
    assert shelves.account.last_orders_at is None, "it is asked for again"
    orders_run = next(run for run in schedule.standing(shelves.account) if run.action == "orders")
    assert orders_run.unreadable == ("12-1",)
    mended = {"total": 2, "orders": [order_of(listing, "12-1"), healthy]}
    control.add_fault(ORDERS, "status", status=200, body=mended)
    assert summary(shelves.run("orders"))["complete"] is True
    assert (Order.objects.count(), stock()) == (2, 1)
    assert not schedule.standing(shelves.account)[1].unreadable


def test_a_time_without_a_zone_holds_up_no_page(shelves: Shelves, control: SandboxControl) -> None:
    """It is UTC, as eBay's times are; beside others it could not be compared."""
    listing = shelves.ours()
    at = timezone.now() + timedelta(minutes=1)
    naive = at.replace(tzinfo=None).isoformat(timespec="milliseconds")
    cancelled = {"cancelState": "CANCELED", "cancelledDate": naive}
    orders = [
        order_of(listing, "12-1", creationDate=naive, lastModifiedDate=naive),
        order_of(listing, "12-2"),
        order_of(listing, "12-3", cancelStatus=cancelled, lastModifiedDate=naive),
        order_of(listing, "12-4", cancelStatus=cancelled | {"cancelledDate": "0001-01-01"}),
    ]
    body = {"total": len(orders), "orders": orders}
    control.add_fault(ORDERS, "status", status=200, body=body)
    job = shelves.run("orders")
    assert job.status == "COMPLETED", job.error_message
    assert summary(job)["complete"] is True
    placed = Order.objects.get(external_id="12-1").placed_at
    assert abs(placed - at) < timedelta(seconds=1)
    cancelled_at = Order.objects.get(external_id="12-3").cancelled_at
    assert cancelled_at is not None
    assert abs(cancelled_at - at) < timedelta(seconds=1)


@pytest.mark.parametrize(
    "odd",
    [
        {"pricingSummary": {"total": {"value": "1e30", "currency": "EUROS"}}},
        {"pricingSummary": {"total": {"value": "Infinity", "currency": "EUR"}}},
        {"pricingSummary": {"total": {"value": "1.00", "currency": 5}}},
    ],
    ids=repr,
)
def test_an_odd_amount_costs_no_sale(
    shelves: Shelves, control: SandboxControl, odd: dict[str, object]
) -> None:
    listing = shelves.ours()
    body = {"total": 1, "orders": [order_of(listing, "12-1", **odd)]}
    control.add_fault(ORDERS, "status", status=200, body=body)
    assert summary(shelves.run("orders"))["complete"] is True
    assert stock() == 2


@pytest.mark.parametrize("quantity", [-1, 10**12, "many", None])
def test_a_number_of_pieces_that_cannot_be_is_told(
    shelves: Shelves, control: SandboxControl, quantity: object
) -> None:
    listing = shelves.ours()
    odd = order_of(listing, "12-1")
    odd["lineItems"][0]["quantity"] = quantity  # type: ignore[index]
    body = {"total": 2, "orders": [odd, order_of(listing, "12-2")]}
    control.add_fault(ORDERS, "status", status=200, body=body)
    assert summary(shelves.run("orders"))["unreadable"] == ["12-1"]
    assert stock() == 2


@pytest.mark.parametrize("cost", [None, {}, {"currency": "EUR"}, {"value": "much"}, "19.90"])
def test_no_sale_needs_a_price(shelves: Shelves, control: SandboxControl, cost: object) -> None:
    listing = shelves.ours()
    order = order_of(listing, "12-1", pricingSummary=None)
    order["lineItems"][0]["lineItemCost"] = cost  # type: ignore[index]
    body = {"total": 1, "orders": [order]}
    control.add_fault(ORDERS, "status", status=200, body=body)
    assert summary(shelves.run("orders"))["complete"] is True
    assert (Order.objects.get().total, OrderLine.objects.get().price, stock()) == (None, None, 2)


@pytest.mark.parametrize("told", [{}, {"cancelledDate": "soon"}], ids=["nothing", "in no form"])
def test_when_an_order_was_cancelled_is_what_ebay_says_else_when_it_was_first_seen_so(
    shelves: Shelves, control: SandboxControl, told: dict[str, str]
) -> None:
    listing = shelves.ours()
    at = timezone.now() + timedelta(minutes=1)

    def fetch(changed_at: datetime, **cancellation: str) -> datetime | None:
        status = {"cancelState": "CANCELED", **cancellation}
        changed = {"cancelStatus": status, "lastModifiedDate": timestamp(changed_at)}
        body = {"total": 1, "orders": [order_of(listing, "12-1", **changed)]}
        control.add_fault(ORDERS, "status", status=200, body=body)
        shelves.run("orders")
        return Order.objects.get().cancelled_at

    kept = fetch(at, **told)
    assert kept is not None
    assert fetch(at + timedelta(hours=1), **told) == kept
    own = timestamp(at - timedelta(seconds=30))
    assert fetch(at + timedelta(hours=2), cancelledDate=own) == datetime.fromisoformat(own)


def test_what_is_bought_and_cancelled_before_it_is_fetched_and_was_counted_is_a_person_s(
    shelves: Shelves, control: SandboxControl
) -> None:
    listing = shelves.ours()
    order_id = control.buy("anna", listing_id=listing.external_id)["order_id"]
    control.cancel_order("anna", order_id)
    shelves.run("sync")
    shelves.run("orders")
    assert stock() == 2
    assert needing_a_person()[Needs.UNCLAIMED] == 0, "another order may be a little late"
    Sale.objects.update(recorded_at=timezone.now() - timedelta(minutes=20))
    shelves.run("orders")
    assert needing_a_person()[Needs.UNCLAIMED] == 1
    assert returnable(Sale.objects.get()) == 1
