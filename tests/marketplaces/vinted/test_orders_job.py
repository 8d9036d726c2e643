"""Fetching Vinted's sales, in the engine's hands, through the plugin, against the sandbox."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import Settings as DjangoSettings

from marketplaces.models import (
    Account,
    Listing,
    ListingStatus,
    Order,
    OrderLine,
    OrderStatus,
    Product,
)
from marketplaces.sandbox.vinted.control import VintedControl
from marketplaces.vinted import orders
from marketplaces.vinted.order_facts import facts_of, moment
from tasks.errors import TransientError
from tasks.models import MarketplaceJob, MarketplaceTask
from tasks.sentences import translated
from tests.marketplaces.sweeping import summary
from tests.marketplaces.vinted.conftest import ORDERS, TRANSACTION, last_request, routes_since
from tests.marketplaces.vinted.shelves import VintedShelves

ROW: dict[str, Any] = {
    "transaction_id": 77,
    "conversation_id": 5,
    "price": {"amount": "19.9", "currency_code": "EUR"},
    "date": "2026-09-16T10:00:00+02:00",
    "transaction_user_status": "waiting",
}
SALE: dict[str, Any] = {
    "id": 77,
    "transaction_user_status": "waiting",
    "item_id": 9,
    "item_title": "Robe [t1zp3]",
}


def stock() -> int | None:
    return Product.objects.get().stock


def test_a_sale_lands_once_with_its_line_tied_to_the_product(
    shelves: VintedShelves, control: VintedControl
) -> None:
    listing = shelves.ours()
    sold = control.sell("lea", listing.external_id)
    for _ in range(2):
        job = shelves.run("orders")
        assert job.status == "COMPLETED", job.error_message
        assert summary(job)["complete"] is True
    order = Order.objects.get()
    assert (order.external_id, order.status) == (str(sold["transaction_id"]), OrderStatus.PAID)
    assert order.total == Decimal("19.90")
    assert order.url.startswith("http")
    line = OrderLine.objects.get()
    assert (line.product_id, line.quantity, line.price) == (listing.product_id, 1, Decimal("19.90"))
    assert stock() == 0


def test_a_bundle_is_one_order_with_a_line_for_each_item(
    shelves: VintedShelves, control: VintedControl
) -> None:
    listings = [shelves.ours() for _ in range(3)]
    control.sell("lea", *(each.external_id for each in listings[:2]))
    shelves.run("orders")
    lines = Order.objects.get().lines.order_by("listing_external_id")
    assert [line.listing_external_id for line in lines] == sorted(
        each.external_id for each in listings[:2]
    )
    assert list(Product.objects.order_by("pk").values_list("stock", flat=True)) == [0, 0, 1]


ODD_SALES: dict[str, dict[str, Any]] = {
    "a line without an id": {"item_id": None},
    "a line's id without an end": {"item_id": "9" * 5000},
    "a line's id that is too long": {"item_id": "9" * 120},
    "no date": {"date": None, "status_updated_at": "soon"},
}
"""What cannot be read, by what makes it so."""
STRANGE_SALES: dict[str, dict[str, Any]] = {
    "a currency of five letters": {"price": {"amount": "1.00", "currency_code": "EUROS"}},
    "a price without an end": {"price": {"amount": "Infinity", "currency_code": "EUR"}},
    "a price beyond all bounds": {"price": {"amount": "1e20", "currency_code": "EUR"}},
    "a title without an end": {"item_title": "x" * 5000},
    "a title with half a sign": {"item_title": "x\ud83d\x00"},
}
"""What is recorded without what is strange about it."""


def two_sales(
    shelves: VintedShelves, control: VintedControl, oddity: dict[str, Any]
) -> tuple[str, str]:
    """The numbers of an odd one and of a good one, the odd one read first."""
    good, odd = (
        control.sell("lea", shelves.ours().external_id)["transaction_id"] for _ in range(2)
    )
    sale = {**ROW, **SALE, "id": odd, "transaction_id": odd, **oddity}
    rows = [
        {**ROW, "transaction_id": odd, **{name: sale[name] for name in ROW if name in oddity}},
        {**ROW, "transaction_id": good},
    ]
    pages = {"current_page": 1, "total_pages": 1, "total_entries": 2}
    control.add_fault(ORDERS, "status", status=200, body={"my_orders": rows, "pagination": pages})
    control.add_fault(TRANSACTION, "status", status=200, body={"transaction": sale})
    return str(odd), str(good)


@pytest.mark.parametrize("oddity", ODD_SALES.values(), ids=ODD_SALES)
def test_a_sale_that_cannot_be_read_holds_up_no_other(
    shelves: VintedShelves, control: VintedControl, oddity: dict[str, Any]
) -> None:
    odd, good = two_sales(shelves, control, oddity)
    job = shelves.run("orders")
    assert job.status == "COMPLETED", job.error_message
    assert Order.objects.get().external_id == good
    assert summary(job) == {"orders": 1, "complete": False, "unreadable": [odd]}


@pytest.mark.parametrize("oddity", STRANGE_SALES.values(), ids=STRANGE_SALES)
def test_what_is_strange_about_a_sale_is_left_out(
    shelves: VintedShelves, control: VintedControl, oddity: dict[str, Any]
) -> None:
    two_sales(shelves, control, oddity)
    job = shelves.run("orders")
    assert (job.status, job.attempt_count) == ("COMPLETED", 1), job.error_message
    assert Order.objects.count() == 2


@pytest.mark.parametrize("number", ["9" * 5000, None, "one", -1, True])
def test_a_sale_without_a_usable_number_holds_up_no_other(
    shelves: VintedShelves, control: VintedControl, number: object
) -> None:
    good = control.sell("lea", shelves.ours().external_id)["transaction_id"]
    rows = [{**ROW, "transaction_id": number}, {**ROW, "transaction_id": good}]
    pages = {"current_page": 1, "total_pages": 1, "total_entries": 2}
    control.add_fault(ORDERS, "status", status=200, body={"my_orders": rows, "pagination": pages})
    job = shelves.run("orders")
    assert job.status == "COMPLETED", job.error_message
    assert Order.objects.get().external_id == str(good)
    assert (summary(job)["orders"], summary(job)["complete"]) == (1, False)


def test_a_sale_that_is_listed_and_not_shown_holds_up_no_other(
    shelves: VintedShelves, control: VintedControl
) -> None:
    sold = [control.sell("lea", shelves.ours().external_id)["transaction_id"] for _ in range(2)]
    control.add_fault(TRANSACTION, "status", status=404, body={"message": "Not found"})
    job = shelves.run("orders")
    assert job.status == "COMPLETED", job.error_message
    assert Order.objects.get().external_id == str(sold[0])
    assert summary(job)["unreadable"] == [str(sold[1])]
    assert shelves.run("orders").status == "COMPLETED"
    assert Order.objects.count() == 2


def test_nothing_of_the_buyer_is_kept(shelves: VintedShelves, control: VintedControl) -> None:
    control.sell("lea", shelves.ours().external_id)
    shelves.run("orders")
    kept = str(list(MarketplaceTask.objects.values_list("result", flat=True)))
    kept += str(list(Order.objects.values())) + str(list(OrderLine.objects.values()))
    assert "a_buyer" not in kept
    assert "90000001" not in kept


@pytest.mark.parametrize(
    ("course", "expected", "is_cancelled"),
    [
        (["ship"], OrderStatus.SENT, False),
        (["deliver", "complete"], OrderStatus.SENT, False),
        (["fail"], OrderStatus.CLOSED, True),
    ],
)
def test_what_becomes_of_a_sale_is_marked_and_its_stock_is_left_to_a_person(
    shelves: VintedShelves,
    control: VintedControl,
    course: list[str],
    expected: str,
    is_cancelled: bool,
) -> None:
    sold = control.sell("lea", shelves.ours().external_id)["transaction_id"]
    shelves.run("orders")
    for step in course:
        control.change_sale(sold, step)
    shelves.run("orders")
    order = Order.objects.get()
    assert (order.status, order.cancelled_at is not None) == (expected, is_cancelled)
    assert stock() == 0


def test_a_sale_that_sync_and_orders_report_lowers_the_stock_once(
    shelves: VintedShelves, control: VintedControl
) -> None:
    listing = shelves.ours(shelves.product(stock=3))
    control.sell("lea", listing.external_id)
    shelves.run("sync")
    shelves.run("orders")
    shelves.age()
    shelves.run("sync")
    assert stock() == 2


def test_what_an_order_has_bought_is_sold_out_here_at_once_and_stays_so(
    shelves: VintedShelves, control: VintedControl
) -> None:
    bought, left = (shelves.ours(shelves.product(stock=3)) for _ in range(2))
    control.sell("lea", bought.external_id)
    shelves.run("orders")
    bought.refresh_from_db()
    left.refresh_from_db()
    assert (bought.status, left.status) == (ListingStatus.SOLD, ListingStatus.LIVE)
    assert (
        translated(bought.details["closed"]["said"]) == f"Order {Order.objects.get().external_id}"
    )
    shelves.age()
    shelves.run("sync")
    shelves.run("orders")
    bought.refresh_from_db()
    assert bought.status == ListingStatus.SOLD
    assert set(Product.objects.values_list("stock", flat=True)) == {2, 3}


def test_what_a_cancelled_order_had_bought_is_looked_for_soon(
    shelves: VintedShelves, control: VintedControl
) -> None:
    """Else nobody would end it when its piece, put back, is sold at another marketplace."""
    listing = shelves.ours()
    sold = control.sell("lea", listing.external_id)["transaction_id"]
    shelves.run("orders")
    asked = MarketplaceJob.objects.filter(action="sync")
    assert not asked.exists()
    control.change_sale(sold, "fail", reopens=True)
    for _ in range(2):
        shelves.run("orders")
    sync = asked.get()
    assert "a cancelled order" in translated(sync.requested_by)
    shelves.age()
    shelves.work(sync.pk)
    listing.refresh_from_db()
    assert listing.status == ListingStatus.LIVE


def test_a_cancelled_order_ends_nothing(shelves: VintedShelves, control: VintedControl) -> None:
    listing = shelves.ours()
    control.sell("lea", listing.external_id, to="fail")
    shelves.run("orders")
    listing.refresh_from_db()
    assert listing.status == ListingStatus.LIVE


def test_the_only_piece_of_a_product_of_unknown_stock_is_withdrawn_elsewhere(
    shelves: VintedShelves, control: VintedControl
) -> None:
    product = shelves.product(stock=None)
    shop = Account.objects.create(marketplace="ebay", name="Shop")
    Listing.objects.create(
        account=shop, product=product, key="k", external_id="1", status=ListingStatus.LIVE
    )
    control.sell("lea", shelves.ours(product).external_id)
    shelves.run("orders")
    asked = MarketplaceJob.objects.filter(account=shop)
    assert list(asked.values_list("action", flat=True)) == ["unpublish"]


def test_a_sale_that_is_over_is_not_read_again(
    shelves: VintedShelves, control: VintedControl
) -> None:
    done = control.sell("lea", shelves.ours().external_id, to="complete")
    shelves.run("orders")
    before = last_request(control)
    shelves.run("orders")
    assert routes_since(control, before) == [ORDERS]
    control.change_sale(done["transaction_id"], "fail")
    shelves.run("orders")
    assert Order.objects.get().status == OrderStatus.CLOSED


def test_a_sale_under_way_is_found_behind_a_page_of_which_nothing_is_wanted(
    shelves: VintedShelves, control: VintedControl, settings: DjangoSettings
) -> None:
    """Else nobody would hear that it was cancelled."""
    settings.VINTED = settings.VINTED | {"orders_a_page": 2}
    slow = control.sell("lea", shelves.ours().external_id)["transaction_id"]
    for _ in range(5):
        control.sell("lea", shelves.ours().external_id, to="complete")
    shelves.run("orders")
    control.change_sale(slow, "fail")
    shelves.run("orders")
    assert Order.objects.get(external_id=str(slow)).cancelled_at is not None


def test_a_sale_that_could_not_be_read_is_found_behind_a_page_that_is_known(
    shelves: VintedShelves, control: VintedControl, settings: DjangoSettings
) -> None:
    """The run that missed it was not complete, so the next ones read as far as it had to."""
    settings.VINTED = settings.VINTED | {"orders_a_page": 2}
    sold = control.sell("lea", shelves.ours().external_id, to="complete")["transaction_id"]
    for _ in range(4):
        control.sell("lea", shelves.ours().external_id, to="complete")
    control.add_fault(TRANSACTION, "status", status=404, match=str(sold))
    assert summary(shelves.run("orders"))["unreadable"] == [str(sold)]
    job = shelves.run("orders")
    assert summary(job) == {"orders": 1, "complete": True}
    assert Order.objects.filter(external_id=str(sold)).exists()


def test_a_sale_that_is_under_way_is_read_each_time(
    shelves: VintedShelves, control: VintedControl
) -> None:
    control.sell("lea", shelves.ours().external_id)
    shelves.run("orders")
    before = last_request(control)
    shelves.run("orders")
    assert routes_since(control, before) == [ORDERS, TRANSACTION]


def test_every_page_is_read_in_parts(
    shelves: VintedShelves,
    control: VintedControl,
    settings: DjangoSettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.VINTED = settings.VINTED | {"orders_a_page": 3}
    monkeypatch.setattr(orders, "READ_AT_ONCE", 2)
    for _ in range(5):
        control.sell("lea", shelves.ours().external_id)
    job = shelves.run("orders")
    assert job.status == "COMPLETED", job.error_message
    assert summary(job) == {"orders": 5, "complete": True}
    assert set(Product.objects.values_list("stock", flat=True)) == {0}
    assert MarketplaceTask.objects.filter(job=job, step="read_page").count() == 3


def test_a_lost_answer_leaves_no_sale_out(shelves: VintedShelves, control: VintedControl) -> None:
    control.sell("lea", shelves.ours().external_id)
    control.add_fault(ORDERS, "cut_after")
    control.add_fault(TRANSACTION, "cut_mid_answer")
    job = shelves.run("orders")
    assert job.status == "COMPLETED", job.error_message
    assert Order.objects.count() == 1


# -- the facts


def test_a_return_after_the_parcel_was_sent_is_no_cancellation() -> None:
    sent = SALE | {"transaction_user_status": "failed", "shipment": {"status": 230}}
    returned = facts_of(ROW, sent, "www.vinted.fr")
    assert (returned.status, returned.is_cancelled) == (OrderStatus.CLOSED, False)
    unsent = SALE | {"transaction_user_status": "failed", "shipment": None}
    assert facts_of(ROW, unsent, "www.vinted.fr").is_cancelled


def test_a_sale_without_a_list_of_items_has_the_one_that_it_names() -> None:
    (line,) = facts_of(ROW, SALE, "www.vinted.fr").lines
    assert (line.listing_id, line.sku, line.quantity, line.price) == ("9", "t1zp3", 1, None)


def test_a_time_may_lack_its_zone_or_be_none() -> None:
    assert moment("2026-09-16 10:00:00") == datetime(2026, 9, 16, 10, tzinfo=UTC)
    assert moment("16 sept.") is None
    assert moment(None) is None


@pytest.mark.parametrize("spoilt", [{"item_id": None}, {"item_id": "x"}])
def test_a_sale_that_cannot_be_read_is_told(spoilt: dict[str, Any]) -> None:
    with pytest.raises(TransientError, match="order 77"):
        facts_of(ROW, SALE | spoilt, "www.vinted.fr")
