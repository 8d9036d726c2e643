"""The handler that tells how many are left, in the engine's hands, against the sandbox."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from marketplaces import told
from marketplaces.etsy.connection import client_for
from marketplaces.http import FilePart
from marketplaces.models import Listing, ListingStatus, Product
from marketplaces.sales import due, record_orders
from marketplaces.sandbox.etsy.control import EtsyControl
from marketplaces.sync import differences
from tasks.models import MarketplaceTask
from tests.marketplaces.ebay.builders import jpeg
from tests.marketplaces.etsy.conftest import (
    GET,
    GET_INVENTORY,
    PATCH,
    PUT_INVENTORY,
    Run,
    ShownListing,
    last_request,
    routes_since,
)
from tests.marketplaces.etsy.shelves import EtsyShelves
from tests.marketplaces.etsy.test_life_jobs import LOST, begin, change
from tests.marketplaces.sales.builders import line, order


@pytest.fixture
def live(run: Run) -> Listing:
    """The product is on sale at Etsy."""
    job = run("publish")
    assert job.status == "COMPLETED", job.error_message
    return Listing.objects.get()


def set_quantity(run: Run) -> None:
    job = run("set_quantity")
    assert job.status == "COMPLETED", job.error_message


def test_the_quantity_is_sent_and_nothing_else(
    run: Run, live: Listing, product: Product, control: EtsyControl, the_listing: ShownListing
) -> None:
    before, inventory = the_listing(), client_for(live.account).get_inventory(live.external_id)
    change(product, stock=2, price="99.00", title="Another title")
    last = last_request(control)
    set_quantity(run)
    assert routes_since(control, last) == [GET_INVENTORY, PUT_INVENTORY]
    assert the_listing() == before | {"quantity": 2, "revisions": the_listing()["revisions"]}
    after = client_for(live.account).get_inventory(live.external_id)
    offering = inventory["products"][0]["offerings"][0]
    assert after["products"][0]["offerings"][0] == offering | {"quantity": 2}
    assert after["products"][0]["sku"] == inventory["products"][0]["sku"]
    live.refresh_from_db()
    assert live.details["sent"]["quantity"] == live.details["told"]["quantity"] == 2


@pytest.mark.parametrize("faults", [{"title": "Shirt & tie & socks"}, {"price": None}])
def test_the_product_need_not_be_fit_for_etsy(
    run: Run, live: Listing, product: Product, the_listing: ShownListing, faults: dict[str, Any]
) -> None:
    product.images.all().delete()
    change(product, stock=1, **faults)
    set_quantity(run)
    assert the_listing()["quantity"] == 1


def test_an_update_has_nothing_left_to_send_after_it(
    run: Run, live: Listing, product: Product, control: EtsyControl
) -> None:
    change(product, stock=2)
    set_quantity(run)
    last = last_request(control)
    assert run("update").status == "COMPLETED"
    assert routes_since(control, last) == [GET]


def test_an_update_still_sends_what_else_has_changed(
    run: Run, live: Listing, product: Product, the_listing: ShownListing
) -> None:
    change(product, stock=2, price="25.00", title="Silk shirt")
    set_quantity(run)
    assert run("update").status == "COMPLETED"
    shown = the_listing()
    assert (shown["title"], shown["price"], shown["quantity"]) == ("Silk shirt", "25.00", 2)


def test_fewer_pieces_there_are_left_as_they_are(
    run: Run, live: Listing, product: Product, control: EtsyControl, the_listing: ShownListing
) -> None:
    """Two were sold there, and no order has told of it yet."""
    control.sell("nora", live.external_id, 2)
    change(product, stock=2)
    last = last_request(control)
    set_quantity(run)
    assert routes_since(control, last) == [GET_INVENTORY]
    assert the_listing()["quantity"] == 1
    live.refresh_from_db()
    assert live.details["sent"]["quantity"] == 3, "what was only seen was not sent"


class TestSoldBeforeItsOrderIsKnown:
    """Etsy tells no count of what it has sold: pieces that should be there are missing."""

    def test_missing_pieces_are_left_out_until_their_order_is_fetched(
        self,
        run: Run,
        live: Listing,
        product: Product,
        control: EtsyControl,
        the_listing: ShownListing,
    ) -> None:
        control.sell("nora", live.external_id)
        change(product, stock=2)
        set_quantity(run)
        assert the_listing()["quantity"] == 1
        live.refresh_from_db()
        now = told.last(live)
        assert now is not None
        assert (now.quantity, now.meant, due(live)) == (1, 2, 2)
        record_orders(live.account, [order("A", line(live.external_id, 1))])
        assert (Product.objects.get().stock, due(live)) == (1, 1)
        last = last_request(control)
        set_quantity(run)
        assert run("update").status == "COMPLETED"
        assert not {PUT_INVENTORY, PATCH} & set(routes_since(control, last))
        assert the_listing()["quantity"] == 1

    def test_they_stay_left_out_at_the_next_sale_elsewhere(
        self,
        run: Run,
        live: Listing,
        product: Product,
        the_listing: ShownListing,
        control: EtsyControl,
    ) -> None:
        change(product, stock=9)
        assert run("update").status == "COMPLETED"
        control.sell("nora", live.external_id)
        for stock, offered in ((7, 6), (5, 4)):
            change(product, stock=stock)
            set_quantity(run)
            assert the_listing()["quantity"] == offered

    def test_an_update_does_not_bring_them_back(
        self,
        run: Run,
        live: Listing,
        product: Product,
        the_listing: ShownListing,
        control: EtsyControl,
    ) -> None:
        control.sell("nora", live.external_id)
        change(product, stock=2)
        set_quantity(run)
        last = last_request(control)
        assert run("update").status == "COMPLETED"
        assert routes_since(control, last) == [GET]
        change(product, price="25.00")
        assert run("update").status == "COMPLETED"
        assert (the_listing()["price"], the_listing()["quantity"]) == ("25.00", 1)

    def test_one_piece_stays(
        self,
        run: Run,
        live: Listing,
        product: Product,
        the_listing: ShownListing,
        control: EtsyControl,
    ) -> None:
        """The least that Etsy takes; whether its order is to come, nobody knows."""
        control.sell("nora", live.external_id)
        change(product, stock=1)
        set_quantity(run)
        assert the_listing()["quantity"] == 1

    def test_what_orders_have_told_of_is_not_left_out_twice(
        self,
        run: Run,
        live: Listing,
        product: Product,
        the_listing: ShownListing,
        control: EtsyControl,
    ) -> None:
        change(product, stock=9)
        assert run("update").status == "COMPLETED"
        control.sell("nora", live.external_id, 2)
        record_orders(live.account, [order("A", line(live.external_id, 2))])
        change(product, stock=6)
        set_quantity(run)
        assert the_listing()["quantity"] == 6

    def test_the_last_piece_there_is_recorded(
        self, run: Run, live: Listing, product: Product, control: EtsyControl
    ) -> None:
        control.sell("nora", live.external_id, 3)
        change(product, stock=5)
        last = last_request(control)
        set_quantity(run)
        assert routes_since(control, last) == [GET_INVENTORY, GET]
        live.refresh_from_db()
        assert (live.status, Product.objects.get().stock) == (ListingStatus.SOLD, 2)


def test_what_was_cut_off_is_not_known_to_be_there(
    run: Run, live: Listing, product: Product, control: EtsyControl
) -> None:
    """So that an update sends the number, also when it is the one of before."""
    change(product, stock=2)
    control.add_fault(PUT_INVENTORY, "status", status=400, body={"error": "Not so."})
    assert run("set_quantity").status == "FAILED"
    change(product, stock=3)
    last = last_request(control)
    assert run("update").status == "COMPLETED"
    assert GET_INVENTORY in routes_since(control, last)


def test_more_than_etsy_takes_is_its_limit(
    run: Run, live: Listing, product: Product, the_listing: ShownListing, control: EtsyControl
) -> None:
    change(product, stock=999)
    assert run("update").status == "COMPLETED"
    change(product, stock=1200)
    last = last_request(control)
    set_quantity(run)
    assert routes_since(control, last) == [GET_INVENTORY]
    assert the_listing()["quantity"] == 999


@pytest.mark.parametrize("fault", LOST)
def test_a_lost_answer_leaves_the_quantity_as_wanted(  # noqa: PLR0917 - most are fixtures
    run: Run,
    live: Listing,
    product: Product,
    control: EtsyControl,
    the_listing: ShownListing,
    fault: str,
) -> None:
    change(product, stock=2)
    control.add_fault(PUT_INVENTORY, fault)
    set_quantity(run)
    assert the_listing()["quantity"] == 2
    live.refresh_from_db()
    assert live.details["sent"]["quantity"] == 2


def test_an_order_that_came_before_the_lost_answer_is_told_of_counts_once(
    run: Run, live: Listing, product: Product, control: EtsyControl, the_listing: ShownListing
) -> None:
    """It is in the stock that the next try reads."""
    change(product, stock=2)
    control.add_fault(PUT_INVENTORY, "cut_after")
    begin(live, "set_quantity")
    control.sell("nora", live.external_id)
    record_orders(live.account, [order("A", line(live.external_id, 1))])
    set_quantity(run)
    assert (Product.objects.get().stock, the_listing()["quantity"]) == (1, 1)
    assert due(Listing.objects.get()) == 1


def test_at_no_stock_the_listing_is_withdrawn(
    run: Run, live: Listing, product: Product, control: EtsyControl
) -> None:
    change(product, stock=0)
    last = last_request(control)
    set_quantity(run)
    assert routes_since(control, last) == [GET, PATCH]
    live.refresh_from_db()
    assert live.status == ListingStatus.WITHDRAWN


def test_an_unknown_stock_is_asked_for(run: Run, live: Listing, product: Product) -> None:
    change(product, stock=None)
    job = run("set_quantity")
    assert (job.status, job.error_advice) == (
        "FAILED",
        "Enter how many pieces there are, then retry the job.",
    )


@pytest.mark.parametrize("status", ["DRAFT", "WITHDRAWN", "SOLD", "ENDED"])
def test_what_is_not_on_sale_is_told_nothing(
    run: Run, live: Listing, product: Product, control: EtsyControl, status: str
) -> None:
    Listing.objects.update(status=status)
    change(product, stock=2)
    last = last_request(control)
    set_quantity(run)
    assert routes_since(control, last) == []


def test_what_is_gone_at_etsy_is_marked_and_told_nothing(
    run: Run, live: Listing, product: Product, control: EtsyControl
) -> None:
    control.set_state(live.external_id, "removed")
    change(product, stock=2)
    set_quantity(run)
    live.refresh_from_db()
    assert live.status == ListingStatus.ENDED


def test_an_adopted_listing_keeps_the_sellers_own_words_and_price(
    shelves: EtsyShelves,
    run: Run,
    product: Product,
    control: EtsyControl,
    the_listing: ShownListing,
) -> None:
    change(product, created_at=timezone.now() - timedelta(days=30))
    listing_id = shelves.put_up(product.sku, quantity=3, description="Own text")
    control.change_by_hand(listing_id, price="25.00", title="My own words")
    photo = FilePart("image", "own.jpg", "image/jpeg", jpeg()[0])
    client_for(shelves.account).upload_image(listing_id, photo, rank=1)
    shelves.run()
    adopted = Listing.objects.get(product=product)
    before = the_listing()
    change(product, stock=2)
    set_quantity(run)
    assert the_listing() == before | {"quantity": 2, "revisions": the_listing()["revisions"]}
    assert (the_listing()["title"], the_listing()["price"]) == ("My own words", "25.00")
    adopted.refresh_from_db()
    assert (adopted.mapped, adopted.sent_hash) == ({}, ""), "nothing of ours was sent"
    assert [each.field for each in differences.of(adopted)] == ["price"], "still shown to staff"
    task = MarketplaceTask.objects.get(job__action="set_quantity", step="set_quantity")
    assert task.result == {"quantity": 2, "changed": True, "meant": 2, "sold": 0}
