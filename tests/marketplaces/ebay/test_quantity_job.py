"""The handler that tells how many are left, in the engine's hands, against the sandbox."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings as DjangoSettings

from marketplaces.ebay.connection import client_for
from marketplaces.ebay.quantity import QuantityService
from marketplaces.models import Account, Listing, ListingStatus, Product, Sale
from marketplaces.sales import record_orders
from marketplaces.sandbox.control import SandboxControl
from marketplaces.sync import differences
from tasks.models import MarketplaceJob
from tests.marketplaces.ebay.conftest import Run
from tests.marketplaces.ebay.shelves import Shelves
from tests.marketplaces.ebay.test_client import ITEM
from tests.marketplaces.ebay.test_publish_job import READ, names, the_listing
from tests.marketplaces.ebay.test_update_job import (
    BULK,
    SOLD,
    SPOILT,
    WITHDRAW,
    Calls,
    change,
    offer_at_ebay,
)
from tests.marketplaces.sales.builders import line, order

OFFER = "GET /sell/inventory/v1/offer/{offerId}"


@pytest.fixture(autouse=True)
def settled(settings: DjangoSettings) -> None:
    settings.EBAY = settings.EBAY | {"settle_seconds": 0.0}


@pytest.fixture
def live(run: Run, control: SandboxControl, settled: None) -> Calls:
    """The product is on sale; tells the calls that were made since."""
    job = run("publish")
    assert job.status == "COMPLETED", job.error_message
    return Calls(control)


def set_quantity(run: Run) -> None:
    job = run("set_quantity")
    assert job.status == "COMPLETED", job.error_message


def test_the_quantity_is_sent_and_nothing_else(
    run: Run, live: Calls, product: Product, control: SandboxControl
) -> None:
    before = the_listing(control)
    change(product, stock=2, price="99.00", title="Another title")
    job = run("set_quantity")
    assert names(job) == ["Change the quantity", "Save result"]
    assert live.made() == [READ, BULK]
    after = the_listing(control)
    assert after["quantity"] == 2
    assert Listing.objects.get().details["told"]["quantity"] == 2
    assert [after[name] for name in ("title", "price", "description", "photos")] == [
        before[name] for name in ("title", "price", "description", "photos")
    ]


@pytest.mark.parametrize(
    "faults", [{"title": ""}, {"price": None}, {"description": "", "product_type": "?"}]
)
def test_the_product_need_not_be_fit_for_ebay(
    run: Run, live: Calls, product: Product, control: SandboxControl, faults: dict[str, Any]
) -> None:
    product.images.all().delete()
    change(product, stock=1, **faults)
    set_quantity(run)
    assert the_listing(control)["quantity"] == 1


def test_an_update_has_nothing_left_to_send_after_it(
    run: Run, live: Calls, product: Product
) -> None:
    change(product, stock=2)
    set_quantity(run)
    assert names(run("update")) == ["Confirm that it is live"]
    assert live.made() == [READ, BULK, READ]


def test_an_update_still_sends_what_else_has_changed(
    run: Run, live: Calls, product: Product, control: SandboxControl
) -> None:
    change(product, stock=2, price="25.00", title="Linen shirt, washed")
    set_quantity(run)
    assert run("update").status == "COMPLETED"
    assert live.made() == [READ, BULK, READ, ITEM, BULK]
    listing = the_listing(control)
    assert (listing["title"], listing["price"], listing["quantity"]) == (
        "Linen shirt, washed",
        "25.00",
        2,
    )


def test_fewer_pieces_there_are_left_as_they_are(
    run: Run, live: Calls, product: Product, control: SandboxControl
) -> None:
    """More may have been sold there than is known here."""
    change(product, stock=5)
    set_quantity(run)
    assert live.made() == [READ]
    assert the_listing(control)["quantity"] == 3
    assert "Change price and stock" in names(run("update")), "it is known that eBay has fewer"


def test_what_a_read_may_not_show_yet_is_lowered_in_any_case(
    run: Run, live: Calls, product: Product, control: SandboxControl, settings: DjangoSettings
) -> None:
    change(product, stock=9)
    assert run("update").status == "COMPLETED"
    settings.EBAY = settings.EBAY | {"settle_seconds": 60.0}
    fewer = offer_at_ebay(listingStatus="ACTIVE") | {"availableQuantity": 3}
    control.add_fault(OFFER, "status", status=200, body=fewer)
    change(product, stock=8)
    set_quantity(run)
    assert the_listing(control)["quantity"] == 8


def test_a_late_read_that_is_answered_slowly_is_as_old_as_its_question(  # noqa: PLR0917 - fixtures
    run: Run,
    live: Calls,
    account: Account,
    product: Product,
    control: SandboxControl,
    settings: DjangoSettings,
) -> None:
    change(product, stock=9)
    assert run("update").status == "COMPLETED"
    settings.EBAY = settings.EBAY | {"settle_seconds": 1.0}
    fewer = offer_at_ebay(listingStatus="ACTIVE") | {"availableQuantity": 3}
    control.add_fault(OFFER, "status", status=200, body=fewer, delay=1.2)
    change(product, stock=8)
    Listing.objects.update(updated_at=timezone.now())
    QuantityService(account, product, client_for(account)).set_quantity()
    assert the_listing(control)["quantity"] == 8


@pytest.mark.parametrize("fault", SPOILT)
def test_a_lost_answer_leaves_the_quantity_as_wanted(
    run: Run, live: Calls, product: Product, control: SandboxControl, fault: str
) -> None:
    change(product, stock=2)
    control.add_fault(BULK, fault)
    set_quantity(run)
    assert the_listing(control)["quantity"] == 2
    assert names(run("update")) == ["Confirm that it is live"]


def test_at_no_stock_the_listing_is_withdrawn(run: Run, live: Calls, product: Product) -> None:
    change(product, stock=0)
    set_quantity(run)
    assert live.made() == [WITHDRAW]
    assert Listing.objects.get().status == ListingStatus.WITHDRAWN


def test_an_unknown_stock_is_asked_for(run: Run, live: Calls, product: Product) -> None:
    change(product, stock=None)
    job = run("set_quantity")
    assert (job.status, job.error_advice) == (
        "FAILED",
        "Enter how many pieces there are, then retry the job.",
    )
    assert live.made() == []


@pytest.mark.parametrize("status", ["DRAFT", "WITHDRAWN", "SOLD", "ENDED"])
def test_what_is_not_on_sale_is_told_nothing(
    run: Run, live: Calls, product: Product, status: str
) -> None:
    Listing.objects.update(status=status)
    change(product, stock=2)
    set_quantity(run)
    assert live.made() == []


@pytest.mark.parametrize(
    ("listing", "status"), [(SOLD, "SOLD"), ({"listingStatus": "ENDED"}, "ENDED")]
)
def test_what_is_over_at_ebay_is_marked_and_told_nothing(  # noqa: PLR0917 - most are fixtures
    run: Run,
    live: Calls,
    product: Product,
    control: SandboxControl,
    listing: dict[str, Any],
    status: str,
) -> None:
    control.add_fault(OFFER, "status", status=200, body=offer_at_ebay(**listing))
    change(product, stock=2)
    set_quantity(run)
    assert live.made() == [READ]
    assert Listing.objects.get().status == status


class TestSoldBeforeItsOrderIsKnown:
    """What eBay's own count shows is taken from stock before the number is."""

    def test_it_is_recorded_and_not_offered_again(
        self, run: Run, live: Calls, product: Product, control: SandboxControl
    ) -> None:
        control.buy("anna", listing_id=Listing.objects.get().external_id)
        change(product, stock=2)
        set_quantity(run)
        assert live.made() == [READ, BULK]
        product.refresh_from_db()
        assert (product.stock, the_listing(control)["quantity"]) == (1, 1)
        sale = Sale.objects.get()
        assert (sale.quantity, sale.oversold) == (1, 0)

    def test_it_is_recorded_once(
        self, run: Run, live: Calls, account: Account, product: Product, control: SandboxControl
    ) -> None:
        listing_id = Listing.objects.get().external_id
        control.buy("anna", listing_id=listing_id)
        change(product, stock=2)
        control.add_fault(BULK, "cut_before")
        set_quantity(run)
        set_quantity(run)
        record_orders(account, [order("A", line(listing_id, 1))])
        product.refresh_from_db()
        assert (product.stock, the_listing(control)["quantity"]) == (1, 1)
        asked = MarketplaceJob.objects.filter(action="set_quantity", completed_at=None)
        assert not asked.exists(), "nothing goes round in circles"

    def test_the_last_piece_there_ends_it(
        self, run: Run, live: Calls, product: Product, control: SandboxControl
    ) -> None:
        control.buy("anna", listing_id=Listing.objects.get().external_id, quantity=3)
        change(product, stock=5)
        set_quantity(run)
        assert live.made() == [READ]
        product.refresh_from_db()
        assert (product.stock, Listing.objects.get().status) == (2, ListingStatus.SOLD)

    def test_the_last_piece_here_withdraws_it(
        self, run: Run, live: Calls, product: Product, control: SandboxControl
    ) -> None:
        control.buy("anna", listing_id=Listing.objects.get().external_id)
        change(product, stock=1)
        job = run("set_quantity")
        assert job.status in {"COMPLETED", "CANCELLED"}, job.error_message
        assert MarketplaceJob.objects.filter(action="unpublish").exists()
        assert run("unpublish").status == "COMPLETED"
        assert live.made() == [READ, WITHDRAW]
        assert Product.objects.get().stock == 0

    def test_a_late_read_of_what_was_sold_out_ends_nothing(
        self,
        run: Run,
        live: Calls,
        product: Product,
        control: SandboxControl,
        settings: DjangoSettings,
    ) -> None:
        """It was put back on sale since; its sales are known all the same."""
        control.buy("anna", listing_id=Listing.objects.get().external_id, quantity=3)
        change(product, stock=8)
        assert run("update").status == "COMPLETED"
        settings.EBAY = settings.EBAY | {"settle_seconds": 60.0}
        empty = offer_at_ebay(listingStatus="OUT_OF_STOCK", soldQuantity=3)
        control.add_fault(OFFER, "status", status=200, body=empty | {"availableQuantity": 0})
        change(product, stock=4)
        set_quantity(run)
        product.refresh_from_db()
        assert (product.stock, the_listing(control)["quantity"]) == (4, 4)
        assert Listing.objects.get().status == ListingStatus.LIVE

    def test_what_was_sold_before_it_was_ended_is_recorded(
        self, run: Run, live: Calls, product: Product, control: SandboxControl
    ) -> None:
        ended = offer_at_ebay(listingStatus="ENDED", soldQuantity=1)
        control.add_fault(OFFER, "status", status=200, body=ended)
        change(product, stock=2)
        set_quantity(run)
        product.refresh_from_db()
        assert (product.stock, Listing.objects.get().status) == (1, ListingStatus.ENDED)

    def test_what_another_listing_has_sold_is_not_taken_for_ours(
        self, run: Run, live: Calls, product: Product, control: SandboxControl
    ) -> None:
        body = offer_at_ebay(listingStatus="ACTIVE", soldQuantity=2, listingId="110000000001")
        control.add_fault(OFFER, "status", status=200, body=body | {"availableQuantity": 3})
        change(product, stock=2)
        set_quantity(run)
        product.refresh_from_db()
        assert product.stock == 2


def test_an_adopted_listing_keeps_the_sellers_own_words_and_price(
    shelves: Shelves, run: Run, product: Product, control: SandboxControl
) -> None:
    change(product, sku="HAND1", created_at=timezone.now() - timedelta(days=30))
    shelves.put_up("HAND1", quantity=3, price="25.00")
    shelves.run()
    adopted = Listing.objects.get(product=product)
    [before] = control.effects()["listings"]
    change(product, stock=2)
    set_quantity(run)
    [after] = control.effects()["listings"]
    assert after == before | {"quantity": 2, "revisions": 1}
    assert (after["title"], after["price"]) == ("Item HAND1", "25.00")
    adopted.refresh_from_db()
    assert (adopted.mapped, adopted.sent_hash) == ({}, ""), "nothing of ours was sent"
    assert [each.field for each in differences.of(adopted)] == ["price"], "still shown to staff"


def test_an_account_that_could_not_publish_tells_how_many_too(
    run: Run, live: Calls, product: Product, account: Account, control: SandboxControl
) -> None:
    keys = account.settings.keys() - {"marketplace_id"}
    Account.objects.update(settings={"marketplace_id": "EBAY_FR"} | dict.fromkeys(keys, ""))
    change(product, stock=1)
    set_quantity(run)
    assert the_listing(control)["quantity"] == 1
