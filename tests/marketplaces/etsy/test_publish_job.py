"""The publish handler in the engine's hands, against the sandbox."""

from __future__ import annotations

import pytest
from pytest_django import Settings as DjangoSettings

from marketplaces.etsy.connection import client_for
from marketplaces.etsy.publish import PublishService
from marketplaces.models import Account, Listing, ListingStatus, Product
from marketplaces.sales import record_orders
from marketplaces.sandbox.etsy.control import EtsyControl
from marketplaces.sandbox.etsy.reports import EtsySellerReport
from tasks.dispatch.models import Lane
from tasks.errors import PermanentError
from tasks.models import MarketplaceJob, MarketplaceTask, TaskAttempt
from tests.marketplaces.ebay.builders import jpeg
from tests.marketplaces.etsy.conftest import (
    CREATE,
    GET,
    PATCH,
    PUT_INVENTORY,
    UPLOAD,
    Run,
    ShownListing,
    last_request,
    routes_since,
)
from tests.marketplaces.http.loopback import LoopbackServer, answer
from tests.marketplaces.sales.builders import line, order


def names(job: MarketplaceJob) -> list[str]:
    return list(
        MarketplaceTask.objects.filter(job=job).order_by("position").values_list("name", flat=True)
    )


def test_a_product_becomes_one_live_listing(
    run: Run, the_listing: ShownListing, control: EtsyControl, product: Product
) -> None:
    job = run("publish")
    assert job.status == "COMPLETED", job.error_message
    assert names(job) == [
        "Validate product",
        "Map to Etsy",
        "Create draft",
        "Save price and stock",
        "Upload image 1/2",
        "Upload image 2/2",
        "Check the photos",
        "Save texts",
        "Publish (Etsy charges its listing fee)",
        "Save result",
    ]
    shown, listing = the_listing(), Listing.objects.get()
    assert (shown["state"], shown["fees"]) == ("active", 1)
    assert (shown["sku"], shown["price"], shown["quantity"]) == (listing.key, "19.90", 3)
    assert shown["description"] == "Soft."
    photos = list(product.images.order_by("position").values_list("checksum", flat=True))
    assert [photo["checksum"] for photo in shown["photos"]] == photos
    assert (listing.external_id, listing.status) == (shown["listing_id"], ListingStatus.LIVE)
    assert listing.url == f"https://www.etsy.com/listing/{shown['listing_id']}"


def test_publishing_what_is_live_and_unchanged_is_one_read(run: Run, control: EtsyControl) -> None:
    run("publish")
    before = last_request(control)
    job = run("publish")
    assert job.status == "COMPLETED", job.error_message
    assert routes_since(control, before) == [GET]


def test_publishing_a_changed_product_changes_its_listing_without_a_second_fee(
    run: Run, the_listing: ShownListing, product: Product
) -> None:
    run("publish")
    first = the_listing()
    Product.objects.filter(pk=product.pk).update(title="Silk shirt", price="25")
    job = run("publish")
    assert job.status == "COMPLETED", job.error_message
    shown = the_listing()
    assert (shown["title"], shown["price"], shown["fees"]) == ("Silk shirt", "25.00", 1)
    assert shown["listing_id"] == first["listing_id"]


@pytest.mark.parametrize(
    "kind", ["cut_before", "cut_after", "cut_mid_answer", "status_after_effect"]
)
@pytest.mark.parametrize("route", [CREATE, PUT_INVENTORY, UPLOAD, PATCH])
def test_a_lost_answer_never_makes_a_second_listing(
    run: Run, the_listing: ShownListing, control: EtsyControl, route: str, kind: str
) -> None:
    control.add_fault(route, kind)
    job = run("publish")
    assert job.status == "COMPLETED", job.error_message
    shown = the_listing()
    assert (shown["state"], shown["fees"], len(shown["photos"])) == ("active", 1, 2)


@pytest.mark.parametrize("kind", ["cut_after", "status_after_effect"])
def test_a_lost_answer_to_the_activation_costs_no_second_fee(
    run: Run, the_listing: ShownListing, control: EtsyControl, kind: str
) -> None:
    control.add_fault(PATCH, kind, skip=1)
    job = run("publish")
    assert job.status == "COMPLETED", job.error_message
    assert (the_listing()["state"], the_listing()["fees"]) == ("active", 1)


def test_a_listing_whose_record_was_lost_is_taken_without_a_creating_call(
    run: Run, the_listing: ShownListing, control: EtsyControl
) -> None:
    run("publish")
    lost = Listing.objects.get().external_id
    Listing.objects.all().delete()
    before = last_request(control)
    job = run("publish")
    assert job.status == "COMPLETED", job.error_message
    assert Listing.objects.get().external_id == lost
    assert CREATE not in routes_since(control, before)
    assert the_listing()["fees"] == 1


def test_a_draft_that_was_deleted_at_etsy_is_made_again(
    run: Run, the_listing: ShownListing, control: EtsyControl
) -> None:
    control.add_fault(PATCH, "status", status=400, body={"error": "The title is odd."})
    assert run("publish").status == "FAILED"
    control.set_state(the_listing()["listing_id"], "removed")
    job = run("publish")
    assert job.status == "COMPLETED", job.error_message
    assert (the_listing()["state"], len(the_listing()["photos"])) == ("active", 2)


def test_a_draft_that_disappears_while_it_is_filled_is_made_again(
    run: Run, the_listing: ShownListing, control: EtsyControl
) -> None:
    """Etsy says so once, and shows it again afterwards: the same draft is taken."""
    control.add_fault(PUT_INVENTORY, "status", status=404, body={"error": "Resource not found"})
    job = run("publish")
    assert job.status == "COMPLETED", job.error_message
    assert the_listing()["state"] == "active"


def test_a_listing_that_was_deleted_at_etsy_is_made_anew(
    run: Run, the_listing: ShownListing, control: EtsyControl
) -> None:
    run("publish")
    control.set_state(the_listing()["listing_id"], "removed")
    job = run("publish")
    assert job.status == "COMPLETED", job.error_message
    assert the_listing()["listing_id"] == Listing.objects.get().external_id


def test_what_was_sold_out_at_etsy_is_not_put_on_sale_again_before_the_orders_are_known(
    run: Run, the_listing: ShownListing, control: EtsyControl, product: Product
) -> None:
    run("publish")
    control.sell("nora", the_listing()["listing_id"], 3)
    job = run("publish")
    assert job.status == "FAILED"
    assert "sold out at Etsy" in job.error_message
    assert "Fetch the orders first" in job.error_advice
    assert Listing.objects.get().status == ListingStatus.SOLD
    assert Product.objects.get().stock == 0, "the sale is recorded"
    Product.objects.update(stock=3)
    assert run("publish").status == "COMPLETED"
    shown = the_listing()
    assert (shown["state"], shown["quantity"], shown["fees"]) == ("active", 3, 2)


def test_a_changed_product_that_etsy_has_just_sold_out_is_not_put_on_sale_again(
    run: Run, the_listing: ShownListing, control: EtsyControl, product: Product
) -> None:
    run("publish")
    control.sell("nora", the_listing()["listing_id"], 3)
    Product.objects.filter(pk=product.pk).update(description="<p>Softer.</p>", stock=5)
    job = run("publish")
    assert job.status == "FAILED"
    assert "sold out at Etsy" in job.error_message
    assert (the_listing()["state"], the_listing()["fees"]) == ("sold_out", 1)
    assert Product.objects.get().stock == 2
    assert Listing.objects.get().status == ListingStatus.SOLD


def test_what_was_sold_out_since_the_look_is_not_put_on_sale_again(
    run: Run, the_listing: ShownListing, control: EtsyControl, account: Account
) -> None:
    """Whatever the plan said of fees."""
    run("publish")
    listing_id = str(the_listing()["listing_id"])
    control.sell("nora", listing_id, 3)
    service = PublishService(account, Product.objects.get(), client_for(account))
    with pytest.raises(PermanentError, match="sold out at Etsy"):
        service.find_live(listing_id)
    assert Product.objects.get().stock == 0


def test_showing_what_was_sold_out_again_is_not_charged_for_a_confirmation(
    run: Run, the_listing: ShownListing, control: EtsyControl, account: Account
) -> None:
    """The stock is right already, but nobody has been told of the fee."""
    run("publish")
    listing_id = the_listing()["listing_id"]
    control.sell("nora", listing_id, 3)
    record_orders(account, [order("A", line(listing_id, 3))])
    Product.objects.update(stock=3)
    job = run("publish")
    assert job.status == "FAILED"
    assert "Its sales are known here" in job.error_advice
    assert (the_listing()["fees"], Product.objects.get().stock) == (1, 3)
    assert run("publish").status == "COMPLETED"
    shown = the_listing()
    assert (shown["state"], shown["quantity"], shown["fees"]) == ("active", 3, 2)


@pytest.mark.parametrize("lag", [0.0, 0.05])
def test_reads_that_lag_behind_mislead_nobody(
    run: Run, the_listing: ShownListing, control: EtsyControl, settings: DjangoSettings, lag: float
) -> None:
    settings.ETSY = settings.ETSY | {"settle_seconds": 0.1}
    control.settings(read_lag=lag)
    job = run("publish")
    assert job.status == "COMPLETED", job.error_message
    assert (the_listing()["state"], len(the_listing()["photos"])) == ("active", 2)
    told = set(TaskAttempt.objects.values_list("error_class", flat=True))
    assert told <= {"TransientError"}, "nothing is said to have been deleted"


def test_a_photo_given_as_a_link_is_fetched_and_sent(
    run: Run, the_listing: ShownListing, product: Product, settings: DjangoSettings
) -> None:
    settings.LOCAL_PHOTO_LINKS = True
    content, checksum = jpeg(colour="teal")
    with LoopbackServer(answer(200, content, headers=["Content-Type: image/jpeg"])) as server:
        product.images.create(position=3, url=server.url("/teal.jpg"), checksum="c" * 64)
        job = run("publish")
    assert job.status == "COMPLETED", job.error_message
    assert the_listing()["photos"][2]["checksum"] == checksum


def test_a_link_into_our_own_network_is_not_followed(run: Run, product: Product) -> None:
    with LoopbackServer(answer(200, b"secret")) as server:
        product.images.create(position=3, url=server.url("/admin"), checksum="c" * 64)
        job = run("publish")
        assert server.requests == []
    assert job.status == "FAILED"


def test_an_unfit_product_fails_without_a_call(
    run: Run, control: EtsyControl, product: Product
) -> None:
    Product.objects.filter(pk=product.pk).update(title="x" * 141, price=None)
    job = run("publish")
    assert job.status == "FAILED"
    assert "141 characters" in job.error_message
    assert "price is missing" in job.error_message
    assert control.requests() == []


def test_a_refusal_says_what_to_do(run: Run, control: EtsyControl) -> None:
    body = {"error": "Invalid shipping_profile_id: 7."}
    control.add_fault(CREATE, "status", status=400, body=body)
    job = run("publish")
    assert job.status == "FAILED"
    assert "Invalid shipping_profile_id" in job.error_message
    assert "shipping profile" in job.error_advice


def test_a_revoked_consent_stops_the_lane(
    run: Run, control: EtsyControl, seller: EtsySellerReport
) -> None:
    control.revoke(seller["username"])
    job = run("publish")
    assert job.wait_reason == "CONSENT"
    assert control.effects()["listings"] == []


def test_a_wrong_secret_of_ours_holds_the_account_up_and_ends_no_job(
    run: Run, account: Account, control: EtsyControl, settings: DjangoSettings
) -> None:
    right = settings.ETSY
    settings.ETSY = right | {"shared_secret": "mistyped"}
    job = run("publish")
    assert (job.status, job.attempt_count) == ("RUNNING", 0)
    assert "operators" in job.error_advice
    lane = Lane.objects.get(account_id=account.pk)
    assert (lane.consent_needed_at, control.effects()["listings"]) == (None, [])
    settings.ETSY = right
    assert run("publish").status == "COMPLETED"


def test_an_expired_token_is_renewed_in_the_middle(
    run: Run, control: EtsyControl, the_listing: ShownListing, seller: EtsySellerReport
) -> None:
    run("publish")
    control.expire_access_tokens(seller["username"])
    assert run("unpublish").status == "COMPLETED"
    assert the_listing()["state"] == "inactive"


def test_a_photo_server_that_is_down_is_not_taken_for_an_outage_of_etsy(
    run: Run, account: Account, product: Product, settings: DjangoSettings
) -> None:
    settings.LOCAL_PHOTO_LINKS = True
    with LoopbackServer(answer(503, b"down")) as server:
        product.images.create(position=3, url=server.url("/down.jpg"), checksum="c" * 64)
        job = run("publish")
    assert job.status == "FAILED"
    assert "does not give out photo 3" in job.error_message
    assert Lane.objects.get(account_id=account.pk).block_reason == ""
