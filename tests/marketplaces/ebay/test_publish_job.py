"""The publish handler in the engine's hands, against the sandbox."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytest_django import Settings as DjangoSettings

from marketplaces.ebay.connection import client_for
from marketplaces.models import Account, Listing, Product
from marketplaces.sandbox.control import SandboxControl
from marketplaces.sandbox.reports import ListingReport, SellerReport
from tasks.dispatch.models import Lane
from tasks.models import MarketplaceJob, MarketplaceTask
from tests.marketplaces.ebay.conftest import Run
from tests.marketplaces.ebay.test_client import ITEM, OFFER, PUBLISH, UPLOAD
from tests.marketplaces.ebay.test_publish_service import BAD_PHOTO, GONE, IMAGE

LINK = "POST /commerce/media/v1_beta/image/create_image_from_url"
READ = "GET /sell/inventory/v1/offer/{offerId}"
Publish = Callable[[], MarketplaceJob]


@pytest.fixture
def publish(run: Run) -> Publish:
    return lambda: run("publish")


def the_listing(control: SandboxControl) -> ListingReport:
    """The only one there is, with each photo attached once."""
    report = control.effects()
    assert report["violations"] == []
    assert report["summary"]["photos_attached_twice"] == 0
    (listing,) = [each for each in report["listings"] if each["status"] == "ACTIVE"]
    assert len(listing["photos"]) == 2
    return listing


def names(job: MarketplaceJob) -> list[str]:
    return list(
        MarketplaceTask.objects.filter(job=job).order_by("position").values_list("name", flat=True)
    )


def test_a_product_becomes_one_live_listing(
    publish: Publish, control: SandboxControl, product: Product
) -> None:
    job = publish()
    assert job.status == "COMPLETED", job.error_message
    assert names(job) == [
        "Validate product",
        "Map to eBay",
        "Upload image 1/2",
        "Upload image 2/2",
        "Save inventory item",
        "Create offer",
        "Check the offer's price and terms",
        "Publish offer",
        "Save result",
    ]
    assert the_listing(control)["listing_id"] == Listing.objects.get().external_id


def test_publishing_what_is_live_and_unchanged_is_one_read(
    publish: Publish, control: SandboxControl
) -> None:
    publish()
    before = control.requests()[-1]["id"]
    job = publish()
    assert job.status == "COMPLETED", job.error_message
    assert [f"{c['method']} {c['template']}" for c in control.requests(since=before)] == [READ]


def test_a_listing_that_our_records_lost_is_taken_without_a_creating_call(
    publish: Publish, control: SandboxControl
) -> None:
    publish()
    lost = Listing.objects.get().external_id
    Listing.objects.all().delete()
    MarketplaceJob.objects.all().delete()
    before = control.requests()[-1]["id"]
    job = publish()
    assert job.status == "COMPLETED", job.error_message
    assert Listing.objects.get().external_id == lost
    routes = {f"{call['method']} {call['template']}" for call in control.requests(since=before)}
    assert not routes & {OFFER, PUBLISH}


def test_a_changed_product_revises_its_listing(
    publish: Publish, control: SandboxControl, product: Product
) -> None:
    publish()
    Product.objects.filter(pk=product.pk).update(price="12.50", stock=2)
    assert publish().status == "COMPLETED"
    listing = the_listing(control)
    assert (listing["price"], listing["quantity"]) == ("12.50", 2)
    assert len(control.effects()["listings"]) == 1


def test_a_listing_that_was_ended_at_ebay_is_published_anew(
    publish: Publish, control: SandboxControl, account: Account
) -> None:
    publish()
    ended = the_listing(control)
    client_for(account).withdraw_offer(ended["offer_id"])
    job = publish()
    assert job.status == "COMPLETED", job.error_message
    assert the_listing(control)["listing_id"] != ended["listing_id"]
    assert Listing.objects.get().external_id == the_listing(control)["listing_id"]


@pytest.mark.parametrize(
    "kind", ["cut_before", "cut_after", "cut_mid_answer", "status_after_effect"]
)
@pytest.mark.parametrize("route", [UPLOAD, LINK, ITEM, OFFER, PUBLISH])
def test_a_lost_answer_never_makes_a_second_listing(
    publish: Publish, control: SandboxControl, route: str, kind: str
) -> None:
    control.add_fault(route, kind)
    job = publish()
    assert job.status == "COMPLETED", job.error_message
    the_listing(control)
    effects = control.effects()
    assert len(effects["offers"]) == 1
    assert effects["effects"][PUBLISH] == 1


@pytest.mark.parametrize("route", ["", OFFER])
def test_reads_that_lag_behind_mislead_nobody(
    publish: Publish, control: SandboxControl, route: str
) -> None:
    """The engine looks at once here, without the settle time; eBay itself names the offer then."""
    control.settings(read_lag=0.1)
    if route:
        control.add_fault(route, "cut_after")
    job = publish()
    assert job.status == "COMPLETED", job.error_message
    the_listing(control)
    assert control.effects()["effects"][PUBLISH] == 1


def test_photos_that_have_expired_are_uploaded_again(
    publish: Publish, control: SandboxControl
) -> None:
    control.add_fault(PUBLISH, "status", status=400, body=BAD_PHOTO)
    control.add_fault(IMAGE, "status", status=404, body=GONE)
    job = publish()
    assert job.status == "COMPLETED", job.error_message
    the_listing(control)
    assert control.effects()["effects"][UPLOAD] == 2


def test_an_offer_that_was_deleted_at_ebay_is_made_again(
    publish: Publish, control: SandboxControl
) -> None:
    gone = {"errors": [{"errorId": 25713, "category": "REQUEST", "message": "Not available."}]}
    control.add_fault(PUBLISH, "status", status=404, body=gone)
    job = publish()
    assert job.status == "COMPLETED", job.error_message
    the_listing(control)


def test_an_unfit_product_fails_without_a_call(
    publish: Publish, control: SandboxControl, product: Product
) -> None:
    Product.objects.filter(pk=product.pk).update(title="x" * 81, price=None)
    job = publish()
    assert job.status == "FAILED"
    assert "81 characters" in job.error_message
    assert "price is missing" in job.error_message
    assert control.requests() == []


def test_a_refusal_says_what_to_do(publish: Publish, control: SandboxControl) -> None:
    control.refuse("", error_id=25018, message="Incomplete account.")
    job = publish()
    assert job.status == "FAILED"
    assert "Incomplete account" in job.error_message
    assert "complete their account" in job.error_advice


def test_a_condition_that_the_category_does_not_take_says_where_to_choose_another(
    publish: Publish, account: Account, product: Product, control: SandboxControl
) -> None:
    Product.objects.filter(pk=product.pk).update(condition="worn")
    chosen = {"category_id": "20687", "conditions": {"worn": "PRE_OWNED_FAIR"}}
    account.settings |= chosen
    account.save()
    job = publish()
    assert job.status == "FAILED"
    assert "the condition PRE_OWNED_FAIR in the category 20687" in job.error_message
    assert "“Conditions by your own words” in the account's settings" in job.error_advice
    account.settings["conditions"]["worn"] = "USED_GOOD"
    account.save()
    assert publish().status == "COMPLETED"
    the_listing(control)


def test_a_revoked_consent_stops_the_lane(
    publish: Publish, control: SandboxControl, seller: SellerReport
) -> None:
    control.revoke(seller["username"])
    job = publish()
    assert job.wait_reason == "CONSENT"
    assert control.effects()["listings"] == []


def test_a_wrong_secret_of_ours_holds_the_account_up_and_ends_no_job(
    publish: Publish, account: Account, control: SandboxControl, settings: DjangoSettings
) -> None:
    right = settings.EBAY
    settings.EBAY = right | {"client_secret": "mistyped"}
    job = publish()
    assert (job.status, job.attempt_count) == ("RUNNING", 0)
    assert "operators" in job.error_advice
    lane = Lane.objects.get(account_id=account.pk)
    assert "StoFlow's own client id" in lane.block_reason
    assert (lane.consent_needed_at, control.effects()["listings"]) == (None, [])
    settings.EBAY = right
    assert publish().status == "COMPLETED"
    the_listing(control)
