"""The sync of an Etsy shop, in the engine's hands, against the sandbox."""

from __future__ import annotations

import pytest
from pytest_django import Settings as DjangoSettings

from marketplaces import listings
from marketplaces.etsy import drafts
from marketplaces.etsy.answers import EtsyListing
from marketplaces.keys import own_key
from marketplaces.models import Account, Listing, ListingStatus, Product, UnmatchedListing
from marketplaces.sales import record_orders
from marketplaces.sandbox.etsy.control import EtsyControl
from marketplaces.sync import differences, schedule
from marketplaces.told import Told
from tasks.models import MarketplaceJob, MarketplaceTask
from tests.marketplaces.etsy.conftest import (
    CREATE,
    GET,
    LISTINGS,
    Run,
    ShownListing,
    last_request,
    routes_since,
)
from tests.marketplaces.etsy.shelves import EtsyShelves
from tests.marketplaces.sales.builders import line, order
from tests.marketplaces.sweeping import LONG_AGO, summary

STATES = 5


@pytest.fixture
def two_a_page(settings: DjangoSettings) -> None:
    settings.ETSY = settings.ETSY | {"page_size": 2}


def status(listing: Listing) -> str:
    listing.refresh_from_db()
    return listing.status


def names(job: MarketplaceJob) -> list[str]:
    tasks = MarketplaceTask.objects.filter(job=job).order_by("position")
    return list(tasks.values_list("name", flat=True))


def test_what_is_live_on_both_sides_is_confirmed(
    shelves: EtsyShelves, control: EtsyControl
) -> None:
    listing = shelves.ours()
    job = shelves.run()
    assert job.status == "COMPLETED", job.error_message
    assert names(job) == [
        *(f"Read page {number}" for number in range(1, STATES + 1)),
        "Compare with StoFlow's records",
        "Check how many would end",
        *(f"Save what was read {number}/{STATES}" for number in range(1, STATES + 1)),
        "Finish",
    ]
    assert summary(job) == {"complete": True, "confirmed": 1}
    assert status(listing) == ListingStatus.LIVE
    assert listing.checked_at is not None
    assert (listing.sent_hash, listing.updated_at) == ("sent", LONG_AGO)
    assert differences.of(listing) == []
    shelves.account.refresh_from_db()
    assert shelves.account.last_synced_at is not None
    asked = [call["path"] for call in control.requests() if "/listings?" in call["path"]]
    assert [path.split("state=")[1].split("&")[0] for path in asked] == [
        "draft",
        "active",
        "inactive",
        "sold_out",
        "expired",
    ]


def test_every_page_of_every_state_is_read(shelves: EtsyShelves, two_a_page: None) -> None:
    listings = [shelves.ours() for _ in range(5)]
    job = shelves.run()
    assert summary(job) == {"complete": True, "confirmed": 5}
    assert sum(name.startswith("Read page") for name in names(job)) == STATES + 2
    assert all(status(listing) == ListingStatus.LIVE for listing in listings)


def test_pages_that_repeat_listings_count_each_once(
    shelves: EtsyShelves, control: EtsyControl, two_a_page: None
) -> None:
    """271 counted, 258 different (etsy/open-api#510)."""
    for _ in range(5):
        shelves.ours()
    control.settings(page_repeats=1)
    job = shelves.run()
    told = summary(job)
    assert told["confirmed"] == len(
        {
            each["external_id"]
            for task in MarketplaceTask.objects.filter(job=job, step="read_page")
            for each in (task.result or {}).get("seen", ())
        }
    )


def test_what_slipped_between_two_pages_is_not_gone(
    shelves: EtsyShelves, control: EtsyControl, two_a_page: None
) -> None:
    listings = [shelves.ours() for _ in range(5)]
    control.set_state(listings[4].external_id, "removed")
    control.settings(page_skips=1)
    job = shelves.run()
    assert summary(job)["complete"] is False
    assert names(job)[-1] == "Finish: not all was shown, so nothing counts as gone"
    assert all(status(listing) == ListingStatus.LIVE for listing in listings)
    shelves.account.refresh_from_db()
    assert shelves.account.last_synced_at is None


def test_gone_is_what_a_read_of_its_own_confirms(
    shelves: EtsyShelves, control: EtsyControl
) -> None:
    kept, gone = shelves.ours(), shelves.ours()
    control.set_state(gone.external_id, "removed")
    job = shelves.run()
    assert summary(job) == {"complete": True, "confirmed": 1, "closed": 1}
    assert "Look for listings 1/1" in names(job)
    assert (status(kept), status(gone)) == (ListingStatus.LIVE, ListingStatus.ENDED)
    looked = [call for call in control.requests() if f"GET {call['template']}" == GET]
    assert [call["status"] for call in looked] == [404]


def test_a_copy_with_our_key_does_not_hide_that_ours_is_gone(
    shelves: EtsyShelves, control: EtsyControl
) -> None:
    gone = shelves.ours()
    control.set_state(gone.external_id, "removed")
    shelves.put_up(gone.key, state="inactive")
    shelves.put_up(gone.key, state="draft")
    shelves.run()
    assert status(gone) == ListingStatus.ENDED


def test_a_listing_that_moved_between_states_while_they_were_read_is_not_gone(
    shelves: EtsyShelves, control: EtsyControl
) -> None:
    """Active pages came before the seller renewed it, expired ones after: both counts fit."""
    moved = shelves.ours()
    empty = {"count": 0, "results": []}
    control.add_fault(LISTINGS, "status", match="state=active", status=200, body=empty)
    job = shelves.run()
    assert summary(job) == {"complete": True, "confirmed": 1}
    assert status(moved) == ListingStatus.LIVE


@pytest.mark.parametrize(
    ("state", "expected"),
    [("inactive", ListingStatus.WITHDRAWN), ("expired", ListingStatus.ENDED)],
)
def test_what_is_over_there_is_over_here_with_its_evidence(
    shelves: EtsyShelves, control: EtsyControl, state: str, expected: str
) -> None:
    listing = shelves.ours()
    control.set_state(listing.external_id, state)
    shelves.run()
    assert status(listing) == expected
    assert listing.details["closed"]["said"] == state
    assert Product.objects.get().stock == 3


def test_a_state_that_nobody_knows_changes_nothing(
    shelves: EtsyShelves, control: EtsyControl
) -> None:
    listing = shelves.ours()
    control.set_state(listing.external_id, "edit")
    job = shelves.run()
    assert job.status == "COMPLETED", job.error_message
    assert status(listing) == ListingStatus.LIVE


def test_sold_out_is_a_sale_of_what_it_offered(shelves: EtsyShelves, control: EtsyControl) -> None:
    listing = shelves.ours()
    control.sell("nora", listing.external_id, 3)
    assert summary(shelves.run()) == {"complete": True, "sold": 3, "closed": 1}
    assert status(listing) == ListingStatus.SOLD
    assert listing.details["closed"]["said"] == "sold_out"
    assert Product.objects.get().stock == 0
    for action in ("orders", "sync"):
        shelves.run(action)
    assert Product.objects.get().stock == 0


def test_what_came_after_the_last_piece_is_not_sold_with_it(
    shelves: EtsyShelves, control: EtsyControl
) -> None:
    """The orders have told of the last piece, and there are more since then."""
    listing = shelves.ours()
    control.sell("nora", listing.external_id, 3)
    shelves.run("orders")
    assert Product.objects.get().stock == 0
    Product.objects.update(stock=10)
    shelves.age()
    assert summary(shelves.run()) == {"complete": True, "closed": 1}
    assert status(listing) == ListingStatus.SOLD
    assert Product.objects.get().stock == 10


def test_what_was_sold_out_before_we_sold_it_again_is_no_news(shelves: EtsyShelves) -> None:
    """The page was read before the listing was shown again."""
    product = shelves.product()
    key = own_key("t1", product.pk)
    listing_id = shelves.put_up(key, quantity=1, state="sold_out")
    Listing.objects.create(
        account=shelves.account,
        product=product,
        key=key,
        external_id=listing_id,
        status=ListingStatus.ENDED,
    )
    shelves.age()
    shelves.run()
    product.refresh_from_db()
    assert product.stock == 3


def test_a_listing_that_our_records_lost_is_taken_by_our_key(shelves: EtsyShelves) -> None:
    listing = shelves.ours()
    Listing.objects.all().delete()
    assert summary(shelves.run())["adopted"] == 1
    found = Listing.objects.get()
    assert (found.product_id, found.external_id, found.status, found.sent_hash) == (
        listing.product_id,
        listing.external_id,
        ListingStatus.LIVE,
        "",
    )
    assert found.details["listing_id"] == listing.external_id


def test_what_another_listing_was_sent_does_not_count_for_an_adopted_one(
    shelves: EtsyShelves, control: EtsyControl
) -> None:
    listing = shelves.ours()
    sent = {"price": "19.90", "quantity": 3, "texts": "…"}
    Listing.objects.update(details={**listing.details, "revision": 4, "sent": sent})
    control.set_state(listing.external_id, "removed")
    copy = shelves.put_up(listing.key)
    shelves.run()
    assert status(listing) == ListingStatus.LIVE
    assert listing.external_id == listing.details["listing_id"] == copy
    assert "sent" not in listing.details
    assert listing.details["revision"] == 4


def test_a_draft_that_a_lost_answer_left_is_used_by_the_next_publication(
    run: Run, shelves: EtsyShelves, control: EtsyControl, the_listing: ShownListing
) -> None:
    """The job gave up, and its history and our record were deleted since."""
    control.add_fault(CREATE, "cut_after")
    control.add_fault(LISTINGS, "status", status=503, times=60)
    run("publish")
    control.clear_faults()
    MarketplaceJob.objects.all().delete()
    Listing.objects.all().delete()
    draft = the_listing()["listing_id"]
    assert summary(shelves.run()) == {"complete": True, "matched": 1, "drafts": 1}
    assert status(record := Listing.objects.get()) == ListingStatus.DRAFT
    assert (record.external_id, record.details["listing_id"]) == ("", draft)
    before = last_request(control)
    job = run("publish")
    assert job.status == "COMPLETED", job.error_message
    assert CREATE not in routes_since(control, before)
    assert the_listing()["listing_id"] == draft
    assert the_listing()["state"] == "active"


def test_a_draft_of_the_sellers_own_is_left_to_the_seller(shelves: EtsyShelves) -> None:
    shelves.product(sku="HAND1")
    shelves.put_up("HAND1", state="draft")
    shelves.run()
    assert (Listing.objects.count(), UnmatchedListing.objects.count()) == (0, 0)


def test_the_key_is_read_from_the_mark_while_there_is_no_sku() -> None:
    key = own_key("t1", 17)
    marked = drafts.key_of(_shown(description=f"Soft.\n\n{drafts.mark(key)}"))
    assert marked == key
    assert not drafts.key_of(_shown(description="Soft (StoFlow is great)."))
    assert not drafts.key_of(_shown(skus=frozenset({"A-S", "A-M"})))


def _shown(**facts: object) -> EtsyListing:
    plain: dict[str, object] = {
        "listing_id": "1",
        "state": "draft",
        "title": "Scarf",
        "description": "",
        "quantity": 1,
        "created_at": 0,
        "url": "",
    }
    return EtsyListing(**{**plain, **facts})  # type: ignore[arg-type]


def test_a_listing_made_by_hand_is_matched_by_the_sellers_sku(shelves: EtsyShelves) -> None:
    product = shelves.product(sku="HAND1", stock=2)
    listing_id = shelves.put_up("HAND1")
    shelves.run()
    listing = Listing.objects.get()
    assert (listing.product_id, listing.external_id, listing.key, listing.status) == (
        product.pk,
        listing_id,
        "HAND1",
        ListingStatus.LIVE,
    )
    assert listing.url == f"https://www.etsy.com/listing/{listing_id}"


def test_what_fits_no_product_is_reported_until_it_fits_or_is_gone(
    shelves: EtsyShelves, control: EtsyControl
) -> None:
    shelves.put_up("STRANGER")
    leftover = shelves.put_up("")
    shelves.put_up("PAST", state="expired")
    assert summary(shelves.run())["unmatched"] == 2
    told = UnmatchedListing.objects.get(sku="STRANGER")
    assert (told.why, told.title, str(told.price), told.quantity) == (
        "NO_PRODUCT",
        "Item STRANGER",
        "19.90",
        3,
    )
    assert UnmatchedListing.objects.get(external_id=leftover).why == "NO_SKU"
    shelves.product(sku="STRANGER")
    control.set_state(leftover, "removed")
    shelves.run()
    assert UnmatchedListing.objects.count() == 0
    assert Listing.objects.get().key == "STRANGER"


def test_what_the_seller_edited_at_etsy_is_shown_and_sends_nothing(
    shelves: EtsyShelves, control: EtsyControl
) -> None:
    listing = shelves.ours()
    control.change_by_hand(listing.external_id, price="25.00", quantity=7)
    assert summary(shelves.run())["differing"] == 1
    listing.refresh_from_db()
    found = {each.field: (each.there, each.here) for each in differences.of(listing)}
    currency = listing.product.currency
    assert found["quantity"] == ("7", "3")
    assert found["price"][0].startswith("25.00 ")
    assert currency in found["price"][1]
    assert {call["method"] for call in control.requests() if "/oauth/" not in call["path"]} == {
        "GET"
    }


def test_an_update_that_is_asked_for_sends_our_price_again(
    run: Run, shelves: EtsyShelves, control: EtsyControl, the_listing: ShownListing
) -> None:
    run("publish")
    listing = Listing.objects.get()
    control.change_by_hand(listing.external_id, price="25.00", quantity=7)
    assert summary(shelves.run())["differing"] == 1
    assert run("update").status == "COMPLETED"
    assert (the_listing()["price"], the_listing()["quantity"]) == ("19.90", 3)


def test_an_update_brings_back_no_piece_whose_order_is_still_to_be_fetched(
    run: Run, shelves: EtsyShelves, control: EtsyControl, the_listing: ShownListing
) -> None:
    run("publish")
    control.sell("nora", Listing.objects.get().external_id)
    shelves.run()
    assert run("update").status == "COMPLETED"
    assert the_listing()["quantity"] == 2
    shelves.run("orders")
    assert Product.objects.get().stock == 2


def test_a_sync_that_would_end_many_listings_stops_and_asks(
    shelves: EtsyShelves, control: EtsyControl
) -> None:
    listings = [shelves.ours() for _ in range(8)]
    for listing in listings[:6]:
        control.set_state(listing.external_id, "removed")
    job = shelves.run()
    assert (job.status, job.needs_person) == ("FAILED", True)
    assert job.error_message == (
        "6 of 8 live listings would be marked as ended: Etsy says that they are over or gone."
    )
    assert {status(listing) for listing in listings} == {ListingStatus.LIVE}


def test_an_etsy_account_syncs_and_fetches_orders_by_itself(account: Account) -> None:
    schedule.ensure(account)
    assert [job.action for job in MarketplaceJob.objects.order_by("action")] == ["orders", "sync"]


def test_what_is_left_over_on_sale_of_a_sold_out_product_is_withdrawn(shelves: EtsyShelves) -> None:
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
