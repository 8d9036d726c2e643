"""Vinted's sync, in the engine's hands, through the plugin, against the sandbox."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings as DjangoSettings

from marketplaces.keys import own_key
from marketplaces.models import Account, Listing, ListingStatus, Product, Sale, UnmatchedListing
from marketplaces.sales import record_orders
from marketplaces.sandbox.vinted.control import VintedControl
from marketplaces.sync import differences, schedule
from stoflow.tenants.models import Tenant
from tasks.dispatch.models import Lane
from tasks.models import MarketplaceJob, MarketplaceTask
from tests.marketplaces.sales.builders import line, order
from tests.marketplaces.sweeping import LONG_AGO, summary
from tests.marketplaces.vinted.conftest import (
    DRAFT,
    READ,
    WARDROBE,
    Run,
    ShownItem,
    last_request,
    routes_since,
)
from tests.marketplaces.vinted.shelves import VintedShelves


@pytest.fixture
def two_a_page(settings: DjangoSettings, quick: None) -> None:
    settings.VINTED = settings.VINTED | {"items_a_page": 2}


def status(listing: Listing) -> str:
    listing.refresh_from_db()
    return listing.status


def names(job: MarketplaceJob) -> list[str]:
    tasks = MarketplaceTask.objects.filter(job=job).order_by("position")
    return list(tasks.values_list("name", flat=True))


def test_what_is_live_on_both_sides_is_confirmed(
    shelves: VintedShelves, control: VintedControl
) -> None:
    listing = shelves.ours()
    job = shelves.run()
    assert job.status == "COMPLETED", job.error_message
    assert summary(job) == {"complete": True, "confirmed": 1}
    assert status(listing) == ListingStatus.LIVE
    assert (listing.sent_hash, listing.updated_at) == ("sent", LONG_AGO)
    assert differences.of(listing) == []
    assert routes_since(control, 0) == [WARDROBE]


def test_what_vinted_calls_sizes_and_colours_is_read_when_it_is_not_known_or_old(
    shelves: VintedShelves, account: Account
) -> None:
    Account.objects.update(settings=account.settings | {"lists": {}})
    assert shelves.run().status == "COMPLETED"
    account.refresh_from_db()
    told = account.settings["lists"]
    assert told["colors"]["Navy"] == "27"
    assert told["sizes"]["536"]["M"] == "208"
    assert names(shelves.run())[0] == "Read page 1", "It is not asked for again."


@pytest.mark.usefixtures("two_a_page")
def test_every_page_is_read(shelves: VintedShelves) -> None:
    listings = [shelves.ours() for _ in range(5)]
    job = shelves.run()
    assert summary(job) == {"complete": True, "confirmed": 5}
    assert sum(name.startswith("Read page") for name in names(job)) == 3
    assert all(status(listing) == ListingStatus.LIVE for listing in listings)


@pytest.mark.usefixtures("two_a_page")
def test_what_slipped_between_two_pages_is_not_gone(
    shelves: VintedShelves, control: VintedControl
) -> None:
    listings = [shelves.ours() for _ in range(5)]
    control.remove_by_hand(listings[4].external_id)
    control.settings(items_skipped_per_page=1)
    job = shelves.run()
    assert summary(job)["complete"] is False
    assert all(status(listing) == ListingStatus.LIVE for listing in listings)


def test_a_page_in_place_of_the_wardrobe_is_no_empty_one(
    shelves: VintedShelves, control: VintedControl
) -> None:
    listing = shelves.ours()
    control.add_fault(WARDROBE, "status", status=200, page="<html>Log in</html>", times=0)
    with pytest.raises(AssertionError, match="has not ended"):
        shelves.run(most=3)
    assert status(listing) == ListingStatus.LIVE
    lane = Lane.objects.get(account_id=shelves.account.pk)
    assert lane.consent_needed_at is not None


def test_what_neither_the_wardrobe_nor_a_read_of_its_own_shows_has_ended_and_was_not_sold(
    shelves: VintedShelves, control: VintedControl
) -> None:
    listing = shelves.ours()
    control.remove_by_hand(listing.external_id)
    job = shelves.run()
    assert routes_since(control, 0) == [WARDROBE, READ]
    assert summary(job)["closed"] == 1
    assert status(listing) == ListingStatus.ENDED
    assert Product.objects.get().stock == 1
    assert not Sale.objects.exists()


@pytest.mark.parametrize(
    ("happens", "expected", "stock"),
    [
        ({"is_closed": True, "item_closing_action": "sold"}, ListingStatus.SOLD, 0),
        ({"is_closed": True, "item_closing_action": "deleted"}, ListingStatus.ENDED, 1),
        ({"is_closed": True}, ListingStatus.ENDED, 1),
        ({"is_hidden": True}, ListingStatus.WITHDRAWN, 1),
        ({"is_reserved": True}, ListingStatus.LIVE, 1),
    ],
)
def test_only_what_was_closed_as_sold_is_a_sale(
    shelves: VintedShelves,
    control: VintedControl,
    happens: dict[str, object],
    expected: str,
    stock: int,
) -> None:
    listing = shelves.ours()
    control.change_by_hand(listing.external_id, **happens)
    for _ in range(2):
        job = shelves.run()
        assert job.status == "COMPLETED", job.error_message
        shelves.age()
    assert status(listing) == expected
    assert Product.objects.get().stock == stock


def test_one_piece_of_several_is_sold(shelves: VintedShelves, control: VintedControl) -> None:
    listing = shelves.ours(shelves.product(stock=3))
    control.sell("lea", listing.external_id)
    shelves.run()
    assert status(listing) == ListingStatus.SOLD
    assert Product.objects.get().stock == 2


def test_what_was_sold_before_stoflow_knew_it_is_no_news(shelves: VintedShelves) -> None:
    product = shelves.product(sku="OWN-7", stock=1)
    shelves.put_up("OWN-7", is_hidden=False)
    old = shelves.put_up("OWN-7")
    shelves.control.change_by_hand(old, is_closed=True, item_closing_action="sold")
    shelves.run()
    product.refresh_from_db()
    assert product.stock == 1


def test_an_item_that_our_records_lost_is_taken_by_our_key_whatever_its_case(
    shelves: VintedShelves,
) -> None:
    product = shelves.product(stock=1)
    item = shelves.put_up(own_key("t1", product.pk).upper())
    job = shelves.run()
    assert summary(job)["adopted"] == 1
    listing = Listing.objects.get()
    assert (listing.external_id, listing.status) == (item, ListingStatus.LIVE)
    assert listing.key == own_key("t1", product.pk)


def test_an_item_made_by_hand_is_matched_by_the_sellers_sku_in_its_title(
    shelves: VintedShelves,
) -> None:
    product = shelves.product(sku="Own-7", stock=1)
    item = shelves.put_up("Own-7")
    shelves.run()
    assert Listing.objects.get(product=product).external_id == item


def test_what_fits_no_product_is_reported(shelves: VintedShelves) -> None:
    shelves.put_up()
    shelves.put_up("nobody")
    job = shelves.run()
    assert summary(job)["unmatched"] == 2
    assert UnmatchedListing.objects.count() == 2


def test_a_draft_that_a_lost_answer_left_is_used_by_the_next_publication(
    shelves: VintedShelves, run: Run, control: VintedControl, the_item: ShownItem
) -> None:
    control.add_fault(DRAFT, "cut_after")
    control.add_fault(WARDROBE, "status", status=400, body={"message": "no"}, times=0)
    run("publish")
    control.clear_faults()
    draft = the_item()["listing_id"]
    MarketplaceJob.objects.update(
        status="CANCELLED", completed_at=timezone.now() - timedelta(days=1), needs_person=False
    )
    shelves.age()
    shelves.run()
    assert Listing.objects.get().details["item_id"] == draft
    before = last_request(control)
    job = run("publish")
    assert job.status == "COMPLETED", job.error_message
    assert DRAFT not in routes_since(control, before)
    assert the_item()["listing_id"] == draft


def test_a_price_that_the_seller_edited_is_shown_and_sends_nothing(
    shelves: VintedShelves, control: VintedControl
) -> None:
    listing = shelves.ours()
    control.change_by_hand(listing.external_id, price="9.90")
    shelves.run()
    listing.refresh_from_db()
    (difference,) = differences.of(listing)
    assert (difference.there, difference.here) == ("9.9 EUR", "19.90 EUR")
    assert listing.sent_hash == ""


def test_an_account_with_a_price_rule_compares_no_prices(
    shelves: VintedShelves, control: VintedControl
) -> None:
    listing = shelves.ours()
    control.change_by_hand(listing.external_id, price="21.89")
    shelves.account.settings["price_factor"] = "1.1"
    shelves.account.save()
    shelves.run()
    listing.refresh_from_db()
    assert (differences.of(listing), listing.sent_hash) == ([], "sent")


def test_a_sync_that_would_end_many_listings_stops_and_asks(
    shelves: VintedShelves, control: VintedControl
) -> None:
    listings = [shelves.ours() for _ in range(7)]
    for listing in listings:
        control.close(listing.external_id)
    job = shelves.run()
    assert (job.status, job.needs_person) == ("FAILED", True)
    assert all(status(listing) == ListingStatus.LIVE for listing in listings)


def test_a_vinted_account_syncs_and_fetches_orders_by_itself(account: Account) -> None:
    schedule.reconcile()
    waiting = MarketplaceJob.objects.filter(account_id=account.pk, status="PENDING")
    assert set(waiting.values_list("action", flat=True)) == {"sync", "orders"}


ODD = {
    "no number as its price": {"price": {"amount": "NaN", "currency_code": "EUR"}},
    "a price beyond all bounds": {"price": {"amount": "1e30", "currency_code": "EUR"}},
    "a currency of five letters": {"price": {"amount": "1.00", "currency_code": "EUROS"}},
    "a title and an address without an end": {
        "title": "x" * 5000,
        "url": "https://x/" + "y" * 4000,
    },
    "a title with half a sign": {"title": "x\ud83d\x00"},
    "an id without an end": {"id": "9" * 5000},
    "no id": {"id": None},
}


@pytest.mark.parametrize("oddity", ODD.values(), ids=ODD)
def test_an_odd_item_in_the_wardrobe_holds_up_no_other(
    shelves: VintedShelves, control: VintedControl, oddity: dict[str, Any]
) -> None:
    listing = shelves.ours()
    shown = {
        "is_draft": False,
        "is_closed": False,
        "is_hidden": False,
        "price": {"amount": "5.00", "currency_code": "EUR"},
    }
    items = [
        {**shown, "id": 8_000_000_001, "title": "By hand", **oddity},
        {**shown, "id": int(listing.external_id), "title": f"Ours [{listing.key}]"},
    ]
    pages = {"current_page": 1, "total_pages": 1, "total_entries": 2}
    control.add_fault(WARDROBE, "status", status=200, body={"items": items, "pagination": pages})
    job = shelves.run()
    assert (job.status, job.attempt_count) == ("COMPLETED", 1), job.error_message
    assert summary(job)["confirmed"] == 1
    assert UnmatchedListing.objects.count() == (0 if "id" in oddity else 1)
    assert summary(job)["complete"] is ("id" not in oddity)


def test_an_answer_that_is_nested_without_an_end_is_one_that_cannot_be_read(
    shelves: VintedShelves, control: VintedControl
) -> None:
    control.add_fault(WARDROBE, "status", status=200, page="[" * 200_000)
    job = shelves.run()
    assert job.status == "COMPLETED", job.error_message


class TestLeftOver:
    """Buyers see at Vinted what was sold elsewhere."""

    @pytest.fixture
    def ebay(self, committed: Tenant) -> Account:
        return Account.objects.create(marketplace="ebay", name="Shop")

    def sold_at(self, ebay: Account, listing: Listing) -> None:
        product = Product.objects.get(pk=listing.product_id)
        Listing.objects.create(
            account=ebay, product=product, key="k", external_id="E1", status=ListingStatus.LIVE
        )
        record_orders(ebay, [order("E", line("E1"))])
        assert Product.objects.get().stock == 0

    def asked(self, shelves: VintedShelves) -> list[str]:
        jobs = MarketplaceJob.objects.filter(account=shelves.account, action="unpublish")
        return list(jobs.order_by("pk").values_list("status", flat=True))

    def test_what_could_not_be_withdrawn_is_asked_for_again(
        self, shelves: VintedShelves, ebay: Account
    ) -> None:
        self.sold_at(ebay, shelves.ours())
        failed = MarketplaceJob.objects.filter(action="unpublish")
        failed.update(status="FAILED", completed_at=timezone.now())
        shelves.age()
        shelves.run()
        assert self.asked(shelves)[0] == "FAILED"
        assert len(self.asked(shelves)) == 2

    @pytest.mark.parametrize("record", [ListingStatus.SOLD, ListingStatus.ENDED])
    def test_what_comes_back_after_its_piece_was_sold_elsewhere_is_withdrawn_at_once(
        self, shelves: VintedShelves, ebay: Account, record: ListingStatus
    ) -> None:
        listing = shelves.ours()
        Listing.objects.update(status=record)
        self.sold_at(ebay, listing)
        assert self.asked(shelves) == []
        shelves.age()
        shelves.run()
        assert len(self.asked(shelves)) == 1
        job = MarketplaceJob.objects.get(action="unpublish")
        assert shelves.work(job.pk).status == "COMPLETED"
        assert status(listing) == ListingStatus.WITHDRAWN

    def test_what_comes_back_from_its_own_sale_stays_on_sale(
        self, shelves: VintedShelves, control: VintedControl
    ) -> None:
        listing = shelves.ours()
        sold = control.sell("lea", listing.external_id)["transaction_id"]
        shelves.run("orders")
        control.change_sale(sold, "fail", reopens=True)
        for _ in range(2):
            shelves.age()
            shelves.run()
        assert status(listing) == ListingStatus.LIVE
        assert Product.objects.get().stock == 0, "a person puts it back"
        assert self.asked(shelves) == []

    def test_what_the_seller_put_up_is_only_shown(
        self, shelves: VintedShelves, ebay: Account
    ) -> None:
        listing = shelves.ours()
        Listing.objects.update(mapped={})
        self.sold_at(ebay, listing)
        MarketplaceJob.objects.filter(action="unpublish").update(
            status="FAILED", completed_at=timezone.now()
        )
        shelves.age()
        shelves.run()
        assert self.asked(shelves) == ["FAILED"]
