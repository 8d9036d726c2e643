"""The sync of an eBay account, in the engine's hands, against the sandbox."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings as DjangoSettings

from marketplaces import listings
from marketplaces.keys import own_key
from marketplaces.models import (
    Account,
    DeletedListing,
    Listing,
    ListingStatus,
    Product,
    UnmatchedListing,
)
from marketplaces.sales import record_orders
from marketplaces.sandbox.control import SandboxControl
from marketplaces.sync import differences
from marketplaces.told import Told
from tasks import staff_actions
from tasks.models import MarketplaceJob, MarketplaceTask, Priority
from tasks.questions import open_question
from tasks.staff_actions import Wish
from tests.marketplaces.ebay.shelves import LONG_AGO, REFUSED, Shelves, summary
from tests.marketplaces.sales.builders import line, order
from tests.marketplaces.sales.conftest import jobs_of
from tests.marketplaces.sales.stalls import live

ITEMS = "GET /sell/inventory/v1/inventory_item"
OFFERS = "GET /sell/inventory/v1/offer"
OFFER = "GET /sell/inventory/v1/offer/{offerId}"


@pytest.fixture
def two_a_page(settings: DjangoSettings) -> None:
    settings.EBAY = settings.EBAY | {"items_a_page": 2}


def status(listing: Listing) -> str:
    listing.refresh_from_db()
    return listing.status


def names(job: MarketplaceJob) -> list[str]:
    tasks = MarketplaceTask.objects.filter(job=job).order_by("position")
    return list(tasks.values_list("name", flat=True))


def test_what_is_live_on_both_sides_is_confirmed(shelves: Shelves) -> None:
    listing = shelves.ours()
    job = shelves.run()
    assert job.status == "COMPLETED", job.error_message
    assert names(job) == [
        "Read page 1",
        "Read listings 1/1",
        "Compare with StoFlow's records",
        "Check how many would end",
        "Save what was read 1/1",
        "Finish",
    ]
    assert summary(job) == {"complete": True, "confirmed": 1}
    assert status(listing) == ListingStatus.LIVE
    assert listing.checked_at is not None
    assert (listing.sent_hash, listing.updated_at) == ("sent", LONG_AGO)
    shelves.account.refresh_from_db()
    assert shelves.account.last_synced_at is not None


def test_every_page_is_read(shelves: Shelves, two_a_page: None) -> None:
    listings = [shelves.ours() for _ in range(5)]
    job = shelves.run()
    assert names(job)[:3] == ["Read page 1", "Read page 2", "Read page 3"]
    assert summary(job)["confirmed"] == 5
    assert all(status(listing) == ListingStatus.LIVE for listing in listings)


def test_pages_that_repeat_entries_count_each_once(
    shelves: Shelves, control: SandboxControl, two_a_page: None
) -> None:
    for _ in range(4):
        shelves.ours()
    control.settings(items_repeated_per_page=1)
    job = shelves.run()
    assert summary(job) == {"complete": True, "confirmed": 4}


def test_what_slipped_between_two_pages_is_not_gone(
    shelves: Shelves, control: SandboxControl, two_a_page: None
) -> None:
    """The pages show four of five; nothing tells a listing that moved from one that is gone."""
    listings = [shelves.ours() for _ in range(5)]
    shelves.delete(listings[4])
    control.settings(items_skipped_per_page=1)
    job = shelves.run()
    assert job.status == "COMPLETED", job.error_message
    assert summary(job)["complete"] is False
    assert names(job)[-1] == "Finish: not all was shown, so nothing counts as gone"
    assert all(status(listing) == ListingStatus.LIVE for listing in listings)
    shelves.account.refresh_from_db()
    assert shelves.account.last_synced_at is None


def test_a_page_that_fails_marks_nothing_gone(
    shelves: Shelves, control: SandboxControl, two_a_page: None
) -> None:
    listings = [shelves.ours() for _ in range(4)]
    shelves.delete(listings[3])
    control.add_fault(ITEMS, "status", match="offset=1", status=400, body=REFUSED, times=0)
    job = shelves.run()
    assert job.status == "FAILED"
    assert status(listings[3]) == ListingStatus.LIVE


def test_gone_is_what_a_read_of_its_own_confirms(shelves: Shelves, control: SandboxControl) -> None:
    kept, gone = shelves.ours(), shelves.ours()
    shelves.delete(gone)
    job = shelves.run()
    assert summary(job) == {"complete": True, "confirmed": 1, "closed": 1}
    assert "Look for listings 1/1" in names(job)
    assert (status(kept), status(gone)) == (ListingStatus.LIVE, ListingStatus.ENDED)
    assert gone.details["closed"]["said"] == "The marketplace has it no more."
    asked = [call for call in control.requests() if call["template"].endswith("{offerId}")]
    assert [call["status"] for call in asked if call["method"] == "GET"] == [404]


def test_a_listing_that_all_pages_missed_is_found_by_its_own_read(
    shelves: Shelves, control: SandboxControl
) -> None:
    """The total fits, and yet one is missing: another one came while the pages were read."""
    shelves.ours()
    missed = shelves.ours()
    empty = {"total": 1, "size": 1, "limit": 200, "inventoryItems": [{"sku": "STRANGER"}]}
    control.add_fault(ITEMS, "status", status=200, body=empty)
    job = shelves.run()
    assert summary(job)["complete"] is True
    assert "closed" not in summary(job)
    assert status(missed) == ListingStatus.LIVE


@pytest.mark.parametrize("said", ["ENDED", "EBAY_ENDED"])
def test_what_ended_there_is_ended_here_with_its_evidence(
    shelves: Shelves, control: SandboxControl, said: str
) -> None:
    listing = shelves.ours()
    control.end_listing("anna", listing_id=listing.external_id, status=said)
    shelves.run()
    assert status(listing) == ListingStatus.ENDED
    assert listing.details["closed"]["said"] == f"PUBLISHED {said}"


def test_what_the_seller_withdrew_is_withdrawn_and_no_sale(shelves: Shelves) -> None:
    listing = shelves.ours()
    shelves.client.call("POST", f"/sell/inventory/v1/offer/{listing.details['offer_id']}/withdraw")
    shelves.run()
    assert status(listing) == ListingStatus.WITHDRAWN
    product = Product.objects.get(pk=listing.product_id)
    assert product.stock == 3


def test_a_sale_lowers_the_stock_once_and_the_last_piece_is_sold_out(
    shelves: Shelves, control: SandboxControl
) -> None:
    listing = shelves.ours()
    control.buy("anna", listing_id=listing.external_id, quantity=2)
    assert summary(shelves.run())["sold"] == 2
    shelves.run()
    assert status(listing) == ListingStatus.LIVE
    assert Product.objects.get().stock == 1
    assert differences.of(listing) == []
    control.buy("anna", listing_id=listing.external_id)
    shelves.run()
    assert status(listing) == ListingStatus.SOLD
    assert Product.objects.get().stock == 0


def test_of_unknown_stock_the_last_piece_bought_is_the_last_one_everywhere(
    shelves: Shelves, control: SandboxControl
) -> None:
    listing = shelves.ours()
    Product.objects.update(stock=None)
    elsewhere = Account.objects.create(marketplace="stall", name="Stall")
    live(elsewhere, listing.product, "R1")
    control.buy("anna", listing_id=listing.external_id, quantity=2)
    shelves.run()
    assert jobs_of(elsewhere) == []
    control.buy("anna", listing_id=listing.external_id)
    for _ in range(2):
        shelves.run()
        assert jobs_of(elsewhere) == [("unpublish", Priority.CRITICAL)]
    assert status(listing) == ListingStatus.SOLD
    assert listing.details["closed"]["said"] == "PUBLISHED OUT_OF_STOCK"
    assert Product.objects.get().stock is None


def test_a_listing_that_our_records_lost_is_taken_by_our_key(shelves: Shelves) -> None:
    listing = shelves.ours()
    Listing.objects.all().delete()
    assert summary(shelves.run())["adopted"] == 1
    found = Listing.objects.get()
    assert (found.product_id, found.external_id, found.status) == (
        listing.product_id,
        listing.external_id,
        ListingStatus.LIVE,
    )
    assert found.details["offer_id"] == listing.details["offer_id"]
    assert found.sent_hash == ""


def test_a_listing_that_we_have_deleted_since_it_was_read_does_not_come_back(
    shelves: Shelves,
) -> None:
    """Nor while reads lag behind the deletion."""
    listings.forget(shelves.ours())
    DeletedListing.objects.update(deleted_at=timezone.now() + timedelta(minutes=1))
    assert summary(shelves.run())["outdated"] == 1
    assert not Listing.objects.exists()
    DeletedListing.objects.update(deleted_at=timezone.now() - timedelta(minutes=1))
    assert summary(shelves.run())["adopted"] == 1


def test_a_listing_whose_answer_was_lost_is_adopted(shelves: Shelves) -> None:
    """The publication's job gave up before it learnt the listing's number."""
    listing = shelves.ours()
    lost = listing.external_id
    Listing.objects.update(status=ListingStatus.DRAFT, external_id="", details={})
    shelves.run()
    assert status(listing) == ListingStatus.LIVE
    assert listing.external_id == lost


def test_a_listing_made_by_hand_is_matched_by_the_sellers_sku(
    shelves: Shelves, control: SandboxControl
) -> None:
    product = shelves.product(sku="HAND1", stock=2)
    _, listing_id = shelves.put_up("HAND1")
    control.buy("anna", sku="HAND1")
    shelves.run()
    listing = Listing.objects.get()
    assert (listing.product_id, listing.external_id, listing.key) == (
        product.pk,
        listing_id,
        "HAND1",
    )
    assert listing.url.endswith(listing_id)
    product.refresh_from_db()
    assert product.stock == 2  # what it sold before is not news
    assert UnmatchedListing.objects.count() == 0


def test_what_fits_no_product_is_reported_until_it_fits_or_is_gone(shelves: Shelves) -> None:
    shelves.put_up("STRANGER")
    shelves.put_up("LEFTOVER")
    assert summary(shelves.run())["unmatched"] == 2
    told = UnmatchedListing.objects.get(sku="STRANGER")
    assert (told.why, told.title, str(told.price), told.quantity) == (
        "NO_PRODUCT",
        "Item STRANGER",
        "19.90",
        3,
    )
    shelves.product(sku="STRANGER")
    shelves.client.call("DELETE", "/sell/inventory/v1/inventory_item/LEFTOVER")
    shelves.run()
    assert UnmatchedListing.objects.count() == 0
    assert Listing.objects.get().key == "STRANGER"


def test_a_product_that_is_listed_already_gets_no_second_listing(shelves: Shelves) -> None:
    listing = shelves.ours(shelves.product(sku="TWICE"))
    shelves.put_up("TWICE")
    shelves.run()
    assert UnmatchedListing.objects.get().why == "PRODUCT_TAKEN"
    assert Listing.objects.get().external_id == listing.external_id


def test_another_tenants_key_is_a_stranger(shelves: Shelves) -> None:
    product = shelves.product()
    shelves.put_up(own_key("t2", product.pk))
    shelves.run()
    assert UnmatchedListing.objects.get().why == "NO_PRODUCT"


def test_what_the_seller_edited_at_ebay_is_shown_and_sends_nothing(
    shelves: Shelves, control: SandboxControl
) -> None:
    listing = shelves.ours()
    control.change_listing("anna", listing_id=listing.external_id, price="25.00", quantity=7)
    before = control.requests()[-1]["id"]
    assert summary(shelves.run())["differing"] == 1
    listing.refresh_from_db()
    found = {each.field: (each.there, each.here) for each in differences.of(listing)}
    assert found == {"price": ("25.00 EUR", "19.90 EUR"), "quantity": ("7", "3")}
    assert listing.sent_hash == ""  # an update that is asked for sends again
    assert {call["method"] for call in control.requests(since=before)} <= {"GET", "POST"}
    posts = [c for c in control.requests(since=before) if c["method"] == "POST"]
    assert all(call["template"].endswith("/token") for call in posts)


def test_evidence_older_than_our_own_change_is_passed_over(
    shelves: Shelves, settings: DjangoSettings
) -> None:
    listing = shelves.ours()
    shelves.client.call("POST", f"/sell/inventory/v1/offer/{listing.details['offer_id']}/withdraw")
    settings.EBAY = settings.EBAY | {"settle_seconds": 60.0}
    Listing.objects.filter(pk=listing.pk).update(updated_at=listing.created_at)
    assert summary(shelves.run())["outdated"] == 1
    assert status(listing) == ListingStatus.LIVE


@pytest.fixture
def much_gone(shelves: Shelves) -> tuple[MarketplaceJob, list[Listing]]:
    """Six of eight listings were deleted at eBay; then a sync."""
    listings = [shelves.ours() for _ in range(8)]
    for listing in listings[:6]:
        shelves.delete(listing)
    return shelves.run(), listings


def decide(job: MarketplaceJob, *, yes: bool) -> None:
    question = open_question(job)
    assert question is not None
    staff_actions.answer(Wish("answer", by="mia"), question.task, exists=yes)


def test_a_sync_that_would_end_many_listings_stops_and_asks(
    much_gone: tuple[MarketplaceJob, list[Listing]],
) -> None:
    job, listings = much_gone
    assert (job.status, job.needs_person) == ("FAILED", True)
    assert job.error_message == (
        "6 of 8 live listings would be marked as ended: eBay says that they are over or gone."
    )
    assert {status(listing) for listing in listings} == {ListingStatus.LIVE}
    question = open_question(job)
    assert question is not None
    assert question.choice is not None
    assert (question.choice.yes, question.choice.no) == ("Mark them as ended", "Leave them")
    assert question.attempt is not None
    assert "Scarf 1" in question.attempt.evidence["listings"]


def test_the_answer_marks_them_without_reading_again(
    shelves: Shelves, control: SandboxControl, much_gone: tuple[MarketplaceJob, list[Listing]]
) -> None:
    job, listings = much_gone
    before = control.requests()[-1]["id"]
    decide(job, yes=True)
    assert shelves.work(job.pk).status == "COMPLETED"
    assert [status(each) for each in listings].count(ListingStatus.ENDED) == 6
    assert control.requests(since=before) == []


def test_or_leaves_them(shelves: Shelves, much_gone: tuple[MarketplaceJob, list[Listing]]) -> None:
    job, listings = much_gone
    decide(job, yes=False)
    done = shelves.work(job.pk)
    assert summary(done)["left"] == 6
    assert {status(each) for each in listings} == {ListingStatus.LIVE}


def test_five_of_a_small_shop_may_go_without_a_question(shelves: Shelves) -> None:
    for listing in [shelves.ours() for _ in range(5)]:
        shelves.delete(listing)
    assert summary(shelves.run())["closed"] == 5


def test_what_is_left_over_on_sale_of_a_sold_out_product_is_withdrawn(shelves: Shelves) -> None:
    listing = shelves.ours()
    listings.note(listing, told=Told(3, None).as_json())
    record_orders(shelves.account, [order("A", line(listing.external_id, 3))])
    jobs = MarketplaceJob.objects.filter(product=listing.product_id)
    assert not jobs.exists()
    shelves.age()
    for _ in range(2):
        assert shelves.run().status == "COMPLETED"
        assert [job.action for job in jobs] == ["unpublish"]
    assert status(listing) == ListingStatus.WITHDRAWN
