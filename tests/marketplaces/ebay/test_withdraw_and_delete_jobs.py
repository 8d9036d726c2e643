"""Taking off sale, putting on sale again and deleting, in the engine's hands."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings as DjangoSettings

from marketplaces import listings
from marketplaces.ebay.connection import client_for
from marketplaces.ebay.handlers import DeleteHandler, UnpublishHandler
from marketplaces.ebay.publish import PublishService
from marketplaces.ebay.withdraw import WithdrawService
from marketplaces.models import Account, DeletedListing, Listing, ListingStatus, Product
from marketplaces.sales import record_orders
from marketplaces.sandbox.control import SandboxControl
from tasks import requests
from tasks.errors import LookFailedError, TransientError
from tasks.handlers import Found
from tasks.models import MarketplaceJob, MarketplaceTask
from tests.marketplaces.ebay.conftest import Run
from tests.marketplaces.ebay.shelves import Shelves
from tests.marketplaces.ebay.test_client import OFFER, OFFERS, PUBLISH, UPLOAD
from tests.marketplaces.ebay.test_publish_job import READ, names, the_listing
from tests.marketplaces.ebay.test_update_job import (
    SOLD,
    SPOILT,
    WITHDRAW,
    Calls,
    change,
    offer_at_ebay,
)
from tests.marketplaces.sales.builders import line, order

DELETE_OFFER = "DELETE /sell/inventory/v1/offer/{offerId}"
DELETE_ITEM = "DELETE /sell/inventory/v1/inventory_item/{sku}"


@pytest.fixture
def live(run: Run, control: SandboxControl) -> Calls:
    job = run("publish")
    assert job.status == "COMPLETED", job.error_message
    return Calls(control)


def refusal(error_id: int, message: str = "Not available.") -> dict[str, Any]:
    error = {"errorId": error_id, "category": "REQUEST", "message": message}
    return {"errors": [error]}


class TestUnpublish:
    def test_it_takes_the_listing_off_sale_and_keeps_the_offer(
        self, run: Run, live: Calls, control: SandboxControl
    ) -> None:
        job = run("unpublish")
        assert job.status == "COMPLETED", job.error_message
        assert names(job) == ["End the listing", "Save result"]
        assert live.made() == [WITHDRAW]
        assert Listing.objects.get().status == ListingStatus.WITHDRAWN
        (shown,) = control.effects()["listings"]
        assert (shown["status"], shown["ended_by"]) == ("ENDED", "withdrawal")
        assert len(control.effects()["offers"]) == 1

    @pytest.mark.parametrize("kind", SPOILT)
    def test_a_lost_answer_is_followed_by_a_look(
        self, run: Run, live: Calls, control: SandboxControl, kind: str
    ) -> None:
        control.add_fault(WITHDRAW, kind)
        job = run("unpublish")
        assert job.status == "COMPLETED", job.error_message
        assert Listing.objects.get().status == ListingStatus.WITHDRAWN
        assert control.effects()["effects"][WITHDRAW] == 1
        assert live.made()[:2] == [WITHDRAW, WITHDRAW]

    def test_reads_that_lag_behind_the_first_withdrawal_mislead_nobody(
        self, run: Run, live: Calls, control: SandboxControl
    ) -> None:
        control.settings(read_lag=0.3)
        control.add_fault(WITHDRAW, "cut_after")
        job = run("unpublish")
        assert job.status == "COMPLETED", job.error_message
        assert Listing.objects.get().status == ListingStatus.WITHDRAWN

    def test_what_ebay_goes_on_showing_is_never_called_withdrawn(
        self, run: Run, live: Calls, control: SandboxControl
    ) -> None:
        control.add_fault(
            WITHDRAW, "status", status=400, body=refusal(25002, "It is on hold."), times=0
        )
        job = run("unpublish")
        assert job.status == "FAILED"
        assert "still shows it: eBay refused to end the listing: It is on hold" in job.error_message
        assert Listing.objects.get().status == ListingStatus.LIVE
        the_listing(control)

    @pytest.mark.parametrize("said", [(400, 25713), (404, 25713), (400, 25002)])
    @pytest.mark.usefixtures("live")
    def test_what_was_ended_before_is_done(
        self, run: Run, account: Account, control: SandboxControl, said: tuple[int, int]
    ) -> None:
        status, error_id = said
        client_for(account).withdraw_offer(Listing.objects.get().details["offer_id"])
        control.add_fault(WITHDRAW, "status", status=status, body=refusal(error_id))
        job = run("unpublish")
        assert job.status == "COMPLETED", job.error_message
        assert Listing.objects.get().status == ListingStatus.WITHDRAWN

    @pytest.mark.parametrize("shown", [{"listingStatus": "ENDED"}, {"listingStatus": "NOT_LISTED"}])
    def test_what_a_late_read_does_not_show_live_yet_is_not_over(  # noqa: PLR0917 - fixtures
        self,
        live: Calls,
        account: Account,
        product: Product,
        control: SandboxControl,
        settings: DjangoSettings,
        shown: dict[str, str],
    ) -> None:
        """It has just been published, and eBay has refused to end it."""
        settings.EBAY = settings.EBAY | {"settle_seconds": 60.0}
        control.add_fault(WITHDRAW, "status", status=400, body=refusal(25002))
        control.add_fault(READ, "status", status=200, body=offer_at_ebay(**shown))
        with pytest.raises(TransientError, match="does not show the new listing yet"):
            WithdrawService(account, product, client_for(account)).withdraw()
        assert live.made() == [WITHDRAW, READ]
        Listing.objects.update(published_at=timezone.now() - timedelta(hours=1))
        control.add_fault(WITHDRAW, "status", status=400, body=refusal(25002))
        control.add_fault(READ, "status", status=200, body=offer_at_ebay(**shown))
        withdrawn = WithdrawService(account, product, client_for(account)).withdraw()
        assert withdrawn["status"] == ListingStatus.WITHDRAWN, "now it is believed"

    def test_what_ended_because_it_sold_is_called_sold(
        self, run: Run, live: Calls, control: SandboxControl
    ) -> None:
        control.add_fault(WITHDRAW, "status", status=400, body=refusal(25002))
        control.add_fault(READ, "status", status=200, body=offer_at_ebay(**SOLD))
        assert run("unpublish").status == "COMPLETED"
        assert Listing.objects.get().status == ListingStatus.SOLD
        assert Product.objects.get().stock == 0, "the sale is recorded"

    def test_a_publication_whose_record_was_cut_off_is_found_by_our_key(
        self, run: Run, live: Calls, control: SandboxControl
    ) -> None:
        Listing.objects.update(status=ListingStatus.DRAFT, external_id="", details={})
        job = run("unpublish")
        assert job.status == "COMPLETED", job.error_message
        assert live.made() == [OFFERS, WITHDRAW]
        assert control.effects()["summary"]["active_listings"] == 0

    def test_a_draft_that_never_reached_ebay_stays_one(
        self, run: Run, account: Account, product: Product
    ) -> None:
        Listing.objects.create(account=account, product=product, key="t1zp1")
        assert run("unpublish").status == "COMPLETED"
        assert Listing.objects.get().status == ListingStatus.DRAFT

    def test_it_makes_what_waits_void_and_never_lapses(
        self, run: Run, live: Calls, account: Account, product: Product
    ) -> None:
        waiting = [
            requests.request_job(account, action, product).job_id
            for action in ("publish", "update")
        ]
        job = run("unpublish")
        assert job.expires_at is None
        statuses = MarketplaceJob.objects.filter(pk__in=waiting).values_list("status", flat=True)
        assert list(statuses) == ["CANCELLED", "CANCELLED"]
        assert UnpublishHandler.never_expires


class TestPublishAgain:
    def test_the_product_is_listed_anew_with_the_photos_that_ebay_has(
        self, run: Run, live: Calls, control: SandboxControl
    ) -> None:
        first = Listing.objects.get().external_id
        run("unpublish")
        job = run("publish")
        assert job.status == "COMPLETED", job.error_message
        listing = Listing.objects.get()
        assert listing.status == ListingStatus.LIVE
        assert listing.external_id == the_listing(control)["listing_id"] != first
        assert listing.url.endswith(listing.external_id)
        assert listing.details["former_ids"] == [first]
        assert not {OFFER, UPLOAD} & set(live.made())
        run("unpublish")
        run("publish")
        assert Listing.objects.get().details["former_ids"] == [first, listing.external_id]

    @pytest.mark.parametrize("kind", SPOILT)
    def test_a_lost_answer_lists_it_once(
        self, run: Run, live: Calls, control: SandboxControl, kind: str
    ) -> None:
        run("unpublish")
        control.add_fault(PUBLISH, kind)
        assert run("publish").status == "COMPLETED"
        the_listing(control)
        assert control.effects()["effects"][PUBLISH] == 2

    def test_a_read_that_lags_behind_the_withdrawal_is_not_taken_for_the_new_listing(
        self, run: Run, live: Calls, control: SandboxControl, settings: DjangoSettings
    ) -> None:
        settings.EBAY = settings.EBAY | {"settle_seconds": 0.2}
        first = Listing.objects.get().external_id
        run("unpublish")
        control.settings(read_lag=0.15)
        job = run("publish")
        assert job.status == "COMPLETED", job.error_message
        assert Listing.objects.get().external_id == the_listing(control)["listing_id"] != first

    @pytest.mark.parametrize("seen_by", ["unpublish", "set_quantity", "update"])
    def test_a_late_read_of_what_has_ended_is_not_adopted_whoever_saw_the_end(  # noqa: PLR0917
        self,
        run: Run,
        live: Calls,
        account: Account,
        product: Product,
        control: SandboxControl,
        settings: DjangoSettings,
        seen_by: str,
    ) -> None:
        settings.EBAY = settings.EBAY | {"settle_seconds": 0.0}
        ended = Listing.objects.get()
        offer_id = ended.details["offer_id"]
        if seen_by != "unpublish":
            client_for(account).withdraw_offer(offer_id)
        run(seen_by)
        assert Listing.objects.get().status in {ListingStatus.WITHDRAWN, ListingStatus.ENDED}
        settings.EBAY = settings.EBAY | {"settle_seconds": 60.0}
        still_live = offer_at_ebay(listingStatus="ACTIVE")
        service = PublishService(account, product, client_for(account))
        control.add_fault(READ, "status", status=200, body=still_live)
        with pytest.raises(LookFailedError, match="still shows the listing that was ended"):
            service.find_published(offer_id)
        long_ago = timezone.now() - timedelta(hours=1)
        listings.note(ended, ended_at=long_ago.isoformat())
        control.add_fault(READ, "status", status=200, body=still_live)
        assert service.find_published(offer_id) == Found({"listing_id": ended.external_id})

    @pytest.mark.parametrize("price", ["19.90", "12.50"])
    def test_what_ebay_has_sold_out_is_not_listed_anew_by_itself(
        self, run: Run, live: Calls, product: Product, control: SandboxControl, price: str
    ) -> None:
        """The order may not have been fetched yet, so the stock may be too high."""
        change(product, price=price)
        control.add_fault(READ, "status", status=200, body=offer_at_ebay(**SOLD))
        job = run("publish")
        assert job.status == "FAILED"
        assert "eBay has sold the last piece" in job.error_message
        assert "correct the stock and publish" in job.error_advice
        assert Listing.objects.get().status == ListingStatus.SOLD
        assert live.made() == [READ]

    @pytest.mark.parametrize("stock", [3, 10])
    def test_what_ebay_has_sold_out_and_orders_have_told_of_is_listed_anew(
        self, run: Run, live: Calls, product: Product, control: SandboxControl, stock: int
    ) -> None:
        """Whether the new stock is what was told before or not."""
        sold = Listing.objects.get()
        control.buy("anna", listing_id=sold.external_id, quantity=3, at_zero="ENDED")
        record_orders(sold.account, [order("A", line(sold.external_id, 3))])
        change(product, stock=stock)
        job = run("publish")
        assert job.status == "COMPLETED", job.error_message
        now = Listing.objects.get()
        assert (now.status, now.external_id != sold.external_id) == (ListingStatus.LIVE, True)
        (active,) = (row for row in control.effects()["listings"] if row["status"] == "ACTIVE")
        assert (active["listing_id"], active["quantity"]) == (now.external_id, stock)
        product.refresh_from_db()
        assert product.stock == stock

    @pytest.mark.parametrize("status", [ListingStatus.SOLD, ListingStatus.ENDED])
    def test_what_is_back_in_stock_is_listed_anew(
        self,
        run: Run,
        live: Calls,
        account: Account,
        control: SandboxControl,
        status: ListingStatus,
    ) -> None:
        client_for(account).withdraw_offer(Listing.objects.get().details["offer_id"])
        Listing.objects.update(status=status)
        assert run("publish").status == "COMPLETED"
        assert Listing.objects.get().external_id == the_listing(control)["listing_id"]


class TestDelete:
    def test_nothing_is_left_at_ebay_and_only_the_history_here(
        self, run: Run, live: Calls, control: SandboxControl
    ) -> None:
        job = run("delete")
        assert job.status == "COMPLETED", job.error_message
        assert live.made() == [READ, DELETE_OFFER, DELETE_ITEM]
        assert not Listing.objects.exists()
        (shown,) = control.effects()["listings"]
        assert (shown["status"], shown["ended_by"]) == ("ENDED", "deletion")
        assert control.effects()["offers"] == []
        assert (job.result or {})["listing_id"] == shown["listing_id"]
        assert MarketplaceTask.objects.filter(job__action="publish").exists()

    @pytest.mark.parametrize("kind", SPOILT)
    @pytest.mark.parametrize("route", [DELETE_OFFER, DELETE_ITEM])
    def test_a_lost_answer_deletes_once(
        self, run: Run, live: Calls, control: SandboxControl, route: str, kind: str
    ) -> None:
        control.add_fault(route, kind)
        job = run("delete")
        assert job.status == "COMPLETED", job.error_message
        effects = control.effects()["effects"]
        assert (effects[DELETE_OFFER], effects[DELETE_ITEM]) == (1, 1)
        assert not Listing.objects.exists()

    @pytest.mark.parametrize(
        ("route", "status", "error_id"),
        [
            (DELETE_OFFER, 400, 25713),
            (DELETE_OFFER, 404, 25713),
            (DELETE_ITEM, 400, 25702),
            (DELETE_ITEM, 400, 25710),
            (DELETE_ITEM, 404, 25710),
        ],
    )
    @pytest.mark.usefixtures("live")
    def test_what_has_gone_before_is_done(
        self, run: Run, control: SandboxControl, route: str, status: int, error_id: int
    ) -> None:
        control.add_fault(route, "status", status=status, body=refusal(error_id))
        job = run("delete")
        assert job.status == "COMPLETED", job.error_message
        assert not Listing.objects.exists()

    @pytest.mark.parametrize("route", [DELETE_OFFER, DELETE_ITEM])
    def test_failure_33_our_record_stays_until_ebay_says_yes(
        self, run: Run, live: Calls, control: SandboxControl, route: str
    ) -> None:
        control.add_fault(route, "status", status=400, body=refusal(25002, "Not now."), times=0)
        job = run("delete")
        assert job.status == "FAILED"
        assert "Not now" in job.error_message
        assert Listing.objects.exists()
        control.clear_faults()
        assert run("delete").status == "COMPLETED"

    def test_the_offer_of_another_item_is_never_deleted(
        self, run: Run, live: Calls, control: SandboxControl
    ) -> None:
        Listing.objects.update(key="t1zp999")
        job = run("delete")
        assert (job.status, live.made()) == ("FAILED", [READ])
        assert "is of another item" in job.error_message
        the_listing(control)

    def test_a_sellers_own_item_stays_with_what_is_on_another_of_ebays_sites(
        self, run: Run, shelves: Shelves, product: Product, control: SandboxControl
    ) -> None:
        Product.objects.filter(pk=product.pk).update(sku="HAND2")
        _offer, here = shelves.put_up("HAND2")
        elsewhere = shelves.client.post_offer("HAND2", marketplaceId="EBAY_DE").body["offerId"]
        there = shelves.client.publish(elsewhere).body["listingId"]
        shelves.run()
        assert Listing.objects.get().external_id == here
        job = run("delete")
        assert job.status == "COMPLETED", job.error_message
        assert names(job)[1] == (
            "Delete the inventory item, unless it is offered elsewhere at eBay"
        )
        said = "The item HAND2 stays at eBay: the seller offers it on EBAY_DE too."
        assert (job.result or {})["stays"] == said
        shown = {each["listing_id"]: each["status"] for each in control.effects()["listings"]}
        assert shown == {here: "ENDED", there: "ACTIVE"}

    def test_a_sellers_own_item_that_is_offered_nowhere_else_is_deleted(
        self, run: Run, shelves: Shelves, product: Product, account: Account
    ) -> None:
        Account.objects.update(sync_every_minutes=None)
        Product.objects.filter(pk=product.pk).update(sku="HAND2")
        shelves.put_up("HAND2")
        shelves.run()
        job = run("delete")
        assert job.status == "COMPLETED", job.error_message
        assert "stays" not in (job.result or {})
        assert client_for(account).get_inventory_item("HAND2") is None

    def test_it_can_be_published_again_afterwards(
        self, run: Run, live: Calls, control: SandboxControl
    ) -> None:
        run("delete")
        assert run("publish").status == "COMPLETED"
        assert Listing.objects.get().external_id == the_listing(control)["listing_id"]

    def test_a_read_that_lags_behind_it_is_not_taken_for_a_new_offer(
        self, run: Run, live: Calls, account: Account, control: SandboxControl
    ) -> None:
        """eBay still shows what it has said to be deleted."""
        deleted = Listing.objects.get()
        listings.forget(deleted)
        job = run("publish")
        assert (job.status, job.wait_reason) == ("RUNNING", "LOOK")
        assert "deleted a moment ago" in job.error_message
        client_for(account).delete_offer(deleted.details["offer_id"])
        DeletedListing.objects.update(deleted_at=timezone.now() - timedelta(hours=1))
        run("publish")
        job.refresh_from_db()
        assert job.status == "COMPLETED", job.error_message
        assert the_listing(control)["listing_id"] != deleted.external_id


@pytest.mark.parametrize("action", ["unpublish", "delete"])
def test_what_was_never_listed_is_told_without_a_call(
    run: Run, account: Account, product: Product, control: SandboxControl, action: str
) -> None:
    handler = UnpublishHandler if action == "unpublish" else DeleteHandler
    assert "StoFlow knows of no listing" in handler.faults_of(account, product)[0]
    job = run(action)
    assert job.status == "FAILED"
    assert "StoFlow knows of no listing" in job.error_message
    assert control.requests() == []


@pytest.mark.parametrize("action", ["unpublish", "delete"])
@pytest.mark.usefixtures("live")
def test_a_listing_can_be_ended_when_the_account_could_not_publish(
    run: Run, account: Account, action: str
) -> None:
    """A shop without policies must still be able to go off sale."""
    Account.objects.filter(pk=account.pk).update(settings={})
    account.refresh_from_db()
    UnpublishHandler.require_ready(account)
    DeleteHandler.require_ready(account)
    assert run(action).status == "COMPLETED"
