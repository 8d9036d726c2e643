"""The update handler in the engine's hands, against the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from marketplaces import asking, told
from marketplaces.ebay import days, revisions
from marketplaces.ebay.connection import client_for
from marketplaces.ebay.handlers import UpdateHandler
from marketplaces.models import Account, Listing, ListingStatus, Product, ProductImage
from marketplaces.sandbox.control import SandboxControl
from marketplaces.told import Told
from tasks.dispatch.models import Lane
from tasks.models import MarketplaceJob
from tasks.workloads import StepCalls
from tests.marketplaces.ebay.builders import jpeg
from tests.marketplaces.ebay.conftest import Run
from tests.marketplaces.ebay.test_client import ITEM, PUBLISH, UPLOAD
from tests.marketplaces.ebay.test_publish_job import READ, names, the_listing

BULK = "POST /sell/inventory/v1/bulk_update_price_quantity"
CHANGE = "PUT /sell/inventory/v1/offer/{offerId}"
WITHDRAW = "POST /sell/inventory/v1/offer/{offerId}/withdraw"
SPOILT = ["cut_before", "cut_after", "cut_mid_answer", "status_after_effect"]


@pytest.fixture
def live(run: Run, control: SandboxControl) -> Iterator[Calls]:
    """The product is on sale; tells the calls that were made since."""
    job = run("publish")
    assert job.status == "COMPLETED", job.error_message
    yield Calls(control)
    assert control.effects()["violations"] == []


class Calls:
    """What eBay was asked since this was made."""

    def __init__(self, control: SandboxControl) -> None:
        self._control = control
        self._before = control.requests()[-1]["id"]

    def made(self) -> list[str]:
        calls = self._control.requests(since=self._before)
        return [f"{call['method']} {call['template']}" for call in calls]


def change(product: Product, **fields: Any) -> None:
    Product.objects.filter(pk=product.pk).update(**fields)


def offer_at_ebay(**listing: Any) -> dict[str, Any]:
    """What getOffer would answer of our listing, with what a buyer did to it."""
    record = Listing.objects.get()
    return {
        "offerId": record.details["offer_id"],
        "sku": record.key,
        "marketplaceId": "EBAY_FR",
        "format": "FIXED_PRICE",
        "status": "PUBLISHED",
        "listing": {"listingId": record.external_id, **listing},
    }


SOLD = {"listingStatus": "ENDED", "soldQuantity": 3}


def test_an_update_that_changes_nothing_is_one_read(
    run: Run, live: Calls, account: Account
) -> None:
    told = asking.preview(account, "update", Product.objects.all()).workload
    assert told.calls.kinds == (StepCalls("Confirm that it is live", looks=1),)
    job = run("update")
    assert job.status == "COMPLETED", job.error_message
    assert names(job) == ["Confirm that it is live"]
    assert live.made() == [READ]


def test_price_and_stock_alone_touch_neither_content_nor_photos(
    run: Run, live: Calls, product: Product, control: SandboxControl
) -> None:
    change(product, price="12.50", stock=2)
    job = run("update")
    assert job.status == "COMPLETED", job.error_message
    assert names(job) == [
        "Validate product",
        "Map to eBay",
        "Confirm that it is live",
        "Change price and stock",
        "Save result",
    ]
    assert live.made() == [READ, BULK]
    listing = the_listing(control)
    assert (listing["price"], listing["quantity"], listing["revisions"]) == ("12.50", 2, 1)
    assert run("update").status == "COMPLETED"
    assert live.made() == [READ, BULK, READ], "it is known that eBay has it"


def test_what_a_listing_is_told_to_offer_is_written_down(
    run: Run, live: Calls, product: Product
) -> None:
    """Each part carries the stock along, so each tells it anew."""
    assert told.last(Listing.objects.get()) == Told(3, None, meant=3)
    before = timezone.now()
    change(product, title="Linen shirt, washed")
    run("update")
    now = told.last(Listing.objects.get())
    assert now is not None
    assert now.at is not None
    assert (now.quantity, now.at > before) == (3, True)


def test_what_a_listing_offers_is_not_known_until_ebay_confirms_it(
    run: Run, live: Calls, product: Product, control: SandboxControl
) -> None:
    change(product, stock=2)
    refused = {"errors": [{"errorId": 25004, "category": "REQUEST", "message": "No."}]}
    control.add_fault(BULK, "status", status=400, body=refused)
    assert run("update").status == "FAILED"
    now = told.last(Listing.objects.get())
    assert now is not None
    assert now.quantity is None


def test_a_new_title_is_sent_with_the_photos_that_ebay_has(
    run: Run, live: Calls, product: Product, control: SandboxControl
) -> None:
    change(product, title="Linen shirt, washed")
    job = run("update")
    assert job.status == "COMPLETED", job.error_message
    assert "Keep image 1/2" in names(job)
    assert live.made() == [READ, ITEM]
    assert the_listing(control)["title"] == "Linen shirt, washed"


def test_only_the_photo_that_changed_is_uploaded(
    run: Run, live: Calls, product: Product, control: SandboxControl
) -> None:
    product.images.get(position=1).delete()
    content, checksum = jpeg(colour="navy")
    photo = ProductImage(product=product, position=1, checksum=checksum)
    photo.file.save("navy.jpg", ContentFile(content))
    job = run("update")
    assert job.status == "COMPLETED", job.error_message
    assert names(job)[3:5] == ["Upload image 1/2", "Keep image 2/2"]
    assert live.made() == [READ, UPLOAD, ITEM]
    assert the_listing(control)["photos"][0]["checksum"] == checksum
    run("update")
    assert live.made()[3:] == [READ]


def test_kept_photos_that_ebay_has_dropped_are_uploaded_again(
    run: Run, live: Calls, product: Product, control: SandboxControl
) -> None:
    gone = {"errors": [{"errorId": 190200, "category": "REQUEST", "message": "Not found."}]}
    bad = {"errors": [{"errorId": 25015, "category": "REQUEST", "message": "Invalid URL."}]}
    image = "GET /commerce/media/v1_beta/image/{image_id}"
    control.add_fault(ITEM, "status", status=400, body=bad)
    control.add_fault(image, "status", status=404, body=gone)
    change(product, title="Linen shirt, washed")
    job = run("update")
    assert job.status == "COMPLETED", job.error_message
    assert live.made() == [READ, ITEM, image, image, UPLOAD, ITEM]
    the_listing(control)


def test_the_offers_terms_are_sent_without_the_item(
    run: Run, live: Calls, account: Account
) -> None:
    changed = account.settings | {"category_id": "2000"}
    Account.objects.filter(pk=account.pk).update(settings=changed)
    assert run("update").status == "COMPLETED"
    assert live.made() == [READ, CHANGE]


def test_item_and_offer_carry_price_and_stock_along(
    run: Run, live: Calls, product: Product, control: SandboxControl
) -> None:
    change(product, description="<b>Softer.</b>", price="25", stock=1)
    assert run("update").status == "COMPLETED"
    assert live.made() == [READ, ITEM, CHANGE]
    listing = the_listing(control)
    shown = (listing["price"], listing["quantity"], listing["description"])
    assert shown == ("25.00", 1, "<b>Softer.</b>")
    run("update")
    assert live.made()[3:] == [READ]


@pytest.mark.parametrize(
    "spoilt", [(route, kind) for route in (ITEM, CHANGE, BULK) for kind in SPOILT]
)
def test_a_lost_answer_leaves_the_listing_as_wanted(
    run: Run, live: Calls, product: Product, control: SandboxControl, spoilt: tuple[str, str]
) -> None:
    route, kind = spoilt
    change(product, price="25", stock=1)
    if route != BULK:
        change(product, description="<b>Softer.</b>")
    control.add_fault(route, kind)
    job = run("update")
    assert job.status == "COMPLETED", job.error_message
    listing = the_listing(control)
    assert (listing["price"], listing["quantity"]) == ("25.00", 1)
    assert len(control.effects()["listings"]) == 1
    run("update")
    assert live.made()[-1] == READ


def test_what_was_sent_in_vain_is_sent_back_when_the_product_is_changed_back(
    run: Run, live: Calls, product: Product, control: SandboxControl
) -> None:
    control.add_fault(CHANGE, "status", status=400, body=REFUSED, times=0)
    change(product, description="<b>Softer.</b>")
    assert run("update").status == "FAILED"
    assert the_listing(control)["title"] == "Linen shirt"
    control.clear_faults()
    change(product, description="<p>Soft.</p>")
    job = run("update")
    assert job.status == "COMPLETED", job.error_message
    assert {ITEM, CHANGE} <= set(live.made()[3:])


REFUSED = {"errors": [{"errorId": 25005, "category": "REQUEST", "message": "Invalid category."}]}


def test_a_part_that_ebay_refuses_fails_the_job_with_its_reason(
    run: Run, live: Calls, product: Product, control: SandboxControl
) -> None:
    fault = {"errorId": 25003, "category": "REQUEST", "message": "Invalid price."}
    part = {"sku": "x", "offerId": "1", "statusCode": 400, "errors": [fault]}
    control.add_fault(BULK, "status", status=207, body={"responses": [part]})
    change(product, price="12.50")
    job = run("update")
    assert job.status == "FAILED"
    assert "refused to change price and stock: Invalid price" in job.error_message
    assert "Correct the product's price" in job.error_advice


@pytest.mark.parametrize(
    "body",
    [
        {"responses": []},
        {"responses": [{"sku": "x", "offerId": "1", "statusCode": 200}]},
        {"responses": [{"sku": "x"}]},
        {},
    ],
)
def test_an_answer_that_does_not_speak_of_the_offer_is_no_yes(
    run: Run, live: Calls, product: Product, control: SandboxControl, body: dict[str, Any]
) -> None:
    control.add_fault(BULK, "status", status=200, body=body)
    change(product, price="12.50")
    job = run("update")
    assert job.status == "COMPLETED", job.error_message
    assert live.made() == [READ, BULK, BULK]
    assert the_listing(control)["price"] == "12.50"


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (None, "not on sale at eBay yet"),
        (ListingStatus.DRAFT, "not on sale at eBay yet"),
        (ListingStatus.WITHDRAWN, "was taken off sale"),
        (ListingStatus.SOLD, "is sold out at eBay"),
        (ListingStatus.ENDED, "has ended"),
    ],
)
def test_what_is_not_live_is_told_without_a_call(
    run: Run, account: Account, control: SandboxControl, status: ListingStatus | None, words: str
) -> None:
    product = Product.objects.get()
    if status is not None:
        Listing.objects.create(account=account, product=product, key="t1zp1", status=status)
    assert words in UpdateHandler.faults_of(account, product)[0]
    job = run("update")
    assert job.status == "FAILED"
    assert words in job.error_message
    assert "Publish it" in job.error_advice
    assert control.requests() == []


@pytest.mark.parametrize(
    ("at_ebay", "status"),
    [
        (SOLD, ListingStatus.SOLD),
        ({"listingStatus": "ENDED", "soldQuantity": 1}, ListingStatus.ENDED),
        ({"listingStatus": "EBAY_ENDED", "soldQuantity": 0}, ListingStatus.ENDED),
    ],
)
@pytest.mark.usefixtures("live")
def test_a_listing_that_is_over_at_ebay_is_not_changed(
    run: Run, product: Product, control: SandboxControl, at_ebay: dict[str, Any], status: str
) -> None:
    calls = Calls(control)
    control.add_fault(READ, "status", status=200, body=offer_at_ebay(**at_ebay))
    change(product, price="12.50")
    job = run("update")
    assert job.status == "FAILED"
    words = "has sold the last piece" if status == ListingStatus.SOLD else "has ended"
    assert words in job.error_message
    assert Listing.objects.get().status == status
    assert calls.made() == [READ]


@pytest.mark.parametrize("fields", [{"price": "12.50"}, {"title": "Linen shirt, washed"}])
class TestSoldBeforeItsOrderIsKnown:
    """eBay's own count is not overwritten by a number that does not know of the sale."""

    @pytest.fixture(autouse=True)
    def _changed(self, live: Calls, product: Product, fields: dict[str, str]) -> None:
        change(product, **fields)

    def test_what_is_left_is_sent(
        self, run: Run, live: Calls, product: Product, control: SandboxControl
    ) -> None:
        control.buy("anna", listing_id=Listing.objects.get().external_id, quantity=2)
        job = run("update")
        assert job.status == "COMPLETED", job.error_message
        product.refresh_from_db()
        assert (product.stock, the_listing(control)["quantity"]) == (1, 1)
        assert live.made()[0] == READ

    @pytest.mark.parametrize("action", ["update", "publish"])
    def test_the_last_piece_is_not_put_back_on_sale(
        self, run: Run, live: Calls, control: SandboxControl, action: str
    ) -> None:
        control.buy("anna", listing_id=Listing.objects.get().external_id, quantity=3)
        job = run(action)
        assert job.status == "FAILED"
        assert "has sold the last piece" in job.error_message
        assert (live.made(), control.effects()["summary"]["active_listings"]) == ([READ], 0)
        assert Product.objects.get().stock == 0
        assert Listing.objects.get().status == ListingStatus.SOLD
        assert MarketplaceJob.objects.count() == 2, "it is left to eBay"

    def test_more_pieces_than_were_sold_are_put_back_on_sale(
        self, run: Run, product: Product, control: SandboxControl
    ) -> None:
        control.buy("anna", listing_id=Listing.objects.get().external_id, quantity=3)
        change(product, stock=5)
        job = run("update")
        assert job.status == "COMPLETED", job.error_message
        product.refresh_from_db()
        assert (product.stock, the_listing(control)["quantity"]) == (2, 2)
        assert Listing.objects.get().status == ListingStatus.LIVE


def test_what_is_sold_out_is_taken_off_sale(
    run: Run, live: Calls, product: Product, control: SandboxControl, account: Account
) -> None:
    change(product, stock=0)
    assert UpdateHandler.faults_of(account, Product.objects.get()) == []
    job = run("update")
    assert job.status == "COMPLETED", job.error_message
    assert names(job) == ["End the listing", "Save result"]
    assert live.made() == [WITHDRAW]
    assert Listing.objects.get().status == ListingStatus.WITHDRAWN
    assert control.effects()["summary"]["active_listings"] == 0


def test_failure_27_a_stock_that_is_unknown_ends_nothing(
    run: Run, live: Calls, product: Product
) -> None:
    change(product, stock=None)
    job = run("update")
    assert (job.status, live.made()) == ("FAILED", [])
    assert "stock is unknown" in job.error_message


def test_stock_that_falls_while_the_update_waits_is_never_offered(
    run: Run, live: Calls, product: Product, control: SandboxControl
) -> None:
    change(product, description="<b>Softer.</b>", stock=9)
    control.add_fault(CHANGE, "status", status=400, body=REFUSED)
    assert run("update").status == "FAILED"
    change(product, stock=1)
    assert run("update").status == "COMPLETED"
    assert the_listing(control)["quantity"] == 1


class TestRevisionsOfADay:
    def used_up(self) -> Listing:
        listing = Listing.objects.get()
        today = days.day_of(datetime.now(UTC)).isoformat()
        listing.details["revisions"] = {
            "listing": listing.external_id,
            "day": today,
            "count": revisions.MOST_A_DAY,
        }
        listing.save()
        return listing

    def test_every_call_that_revises_is_counted(
        self, run: Run, live: Calls, product: Product, control: SandboxControl
    ) -> None:
        change(product, price="12.50")
        run("update")
        change(product, description="<b>Softer.</b>")
        run("update")
        change(product, description="<b>Softest.</b>")
        run("publish")
        counted = Listing.objects.get().details["revisions"]["count"]
        assert counted == sum(call in {BULK, ITEM, CHANGE} for call in live.made()) == 5
        assert the_listing(control)["revisions"] <= counted

    def test_when_they_are_used_up_the_job_waits_until_tomorrow(
        self, run: Run, live: Calls, product: Product, account: Account
    ) -> None:
        listing = self.used_up()
        change(product, price="12.50")
        job = run("update")
        assert (job.status, job.wait_reason, job.attempt_count) == ("RUNNING", "LIMIT", 0)
        assert "eBay allows 250 changes of a listing a day" in job.error_message
        assert job.run_after == days.next_day(datetime.now(UTC))
        assert BULK not in live.made()
        assert Lane.objects.get(account_id=account.pk).blocked_until is None
        listing.refresh_from_db()
        listing.details["revisions"]["day"] = "2001-01-01"
        listing.save()
        assert run("update").status == "COMPLETED"
        job.refresh_from_db()
        assert job.status == "COMPLETED"
        assert live.made().count(BULK) == 1

    def test_a_withdrawal_does_not_wait_for_tomorrow(
        self, run: Run, live: Calls, product: Product
    ) -> None:
        self.used_up()
        change(product, price="12.50")
        update = run("update")
        assert run("unpublish").status == "COMPLETED"
        update.refresh_from_db()
        assert update.status == "CANCELLED"
        assert Listing.objects.get().status == ListingStatus.WITHDRAWN

    def test_a_new_listing_begins_with_a_day_of_its_own(
        self, run: Run, live: Calls, product: Product
    ) -> None:
        self.used_up()
        run("unpublish")
        assert run("publish").status == "COMPLETED"
        change(product, price="12.50")
        assert run("update").status == "COMPLETED"
        assert Listing.objects.get().details["revisions"]["count"] == 1

    def test_ebays_own_refusal_is_the_same(
        self, run: Run, live: Calls, product: Product, control: SandboxControl
    ) -> None:
        control.settings(revisions_per_day=0)
        change(product, price="12.50")
        job = run("update")
        assert (job.status, job.wait_reason, job.attempt_count) == ("RUNNING", "LIMIT", 0)
        assert "waits until tomorrow" in job.error_message
        control.settings(revisions_per_day=250)
        assert run("update").status == "COMPLETED"
        assert the_listing(control)["price"] == "12.50"
        assert PUBLISH not in live.made()

    def test_the_day_is_that_of_ebays_clock(self) -> None:
        night_in_paris = datetime(2026, 7, 2, 6, 30, tzinfo=UTC)
        assert days.day_of(night_in_paris).isoformat() == "2026-07-01"
        assert days.next_day(night_in_paris) == datetime(2026, 7, 2, 7, 0, tzinfo=UTC)
        clocks_change = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
        assert days.next_day(clocks_change) == datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


def test_a_listing_that_was_ended_by_hand_is_told_apart(
    run: Run, live: Calls, product: Product, account: Account
) -> None:
    client_for(account).withdraw_offer(Listing.objects.get().details["offer_id"])
    change(product, price="12.50")
    job = run("update")
    assert job.status == "FAILED"
    assert "has ended" in job.error_message
    assert live.made() == [WITHDRAW, READ]
    assert run("publish").status == "COMPLETED"
