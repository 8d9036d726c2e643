"""Update, unpublish, activate and delete in the engine's hands, against the sandbox."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings as DjangoSettings

from marketplaces import listings, told
from marketplaces.etsy.connection import client_for
from marketplaces.etsy.inventory import Change, changed
from marketplaces.etsy.update import UpdateService
from marketplaces.etsy.withdraw import WithdrawService
from marketplaces.http import FilePart
from marketplaces.models import DeletedListing, Listing, ListingStatus, Product
from marketplaces.sales import record_orders, report_sold_out
from marketplaces.sandbox.etsy.control import EtsyControl
from marketplaces.sandbox.reports import ListingReport
from marketplaces.told import Told
from tasks import actions, requests
from tasks.dispatch import claims
from tasks.dispatch.models import Lane
from tasks.dispatch.turns import Turn
from tasks.errors import PermanentError, TransientError
from tasks.models import MarketplaceJob, MarketplaceTask
from tasks.orchestrator import TaskOrchestrator
from tests.marketplaces.ebay.builders import jpeg
from tests.marketplaces.etsy.conftest import (
    CREATE,
    DELETE,
    GET,
    GET_INVENTORY,
    IMAGES,
    LISTINGS,
    PATCH,
    PUT_INVENTORY,
    UPLOAD,
    WRITES,
    Run,
    ShownListing,
    add_photo,
    last_request,
    routes_since,
)
from tests.marketplaces.sales.builders import line, order

LOST = ["cut_before", "cut_after", "cut_mid_answer", "status_after_effect"]


@pytest.fixture
def live(run: Run) -> Listing:
    """The product is on sale at Etsy."""
    job = run("publish")
    assert job.status == "COMPLETED", job.error_message
    return Listing.objects.get()


def change(product: Product, **fields: object) -> None:
    Product.objects.filter(pk=product.pk).update(**fields)


def checksums(shown: ListingReport) -> list[str]:
    return [photo["checksum"] for photo in shown["photos"]]


def begin(run_on: Listing, action: str) -> MarketplaceJob:
    """One try, after which the job waits."""
    job_id = requests.request_job(run_on.account, action, run_on.product).job_id
    turn = Turn(Lane.objects.get(account_id=run_on.account_id).pk, "t1", run_on.account_id)
    claimed = claims.claim(turn, lease_seconds=30)
    assert claimed is not None
    TaskOrchestrator().execute_job_with_tasks(claimed)
    return MarketplaceJob.objects.get(pk=job_id, status="RUNNING", completed_at=None)


@pytest.mark.parametrize("is_taken_back", [False, True], ids=["changed", "changed back"])
@pytest.mark.parametrize(
    ("route", "kind"),
    [
        (GET_INVENTORY, "status"),
        (PATCH, "cut_after"),
        (PUT_INVENTORY, "cut_after"),
        (UPLOAD, "cut_after"),
        (IMAGES, "status"),
    ],
)
def test_an_update_that_a_withdrawal_stops_in_the_middle_leaves_nothing_half_done(
    run: Run,
    live: Listing,
    control: EtsyControl,
    the_listing: ShownListing,
    *,
    route: str,
    kind: str,
    is_taken_back: bool,
) -> None:
    first = checksums(the_listing())
    old = live.product.images.get(position=2)
    change(live.product, title="Silk shirt", price="25.00", stock=2)
    old.delete()
    add_photo(live.product, 2, "red")
    control.add_fault(route, kind, status=503, headers={"Retry-After": "600"})
    update = begin(live, "update")
    withdrawal = run("unpublish")
    update.refresh_from_db()
    assert (withdrawal.status, update.status) == ("COMPLETED", "CANCELLED")
    assert the_listing()["state"] == "inactive"
    if is_taken_back:
        change(live.product, title="Linen shirt", price="19.90", stock=3)
        live.product.images.get(position=2).delete()
        add_photo(live.product, 2, "navy")
    job = run("publish")
    assert job.status == "COMPLETED", job.error_message
    shown = the_listing()
    if is_taken_back:
        assert checksums(shown) == first
    assert (shown["state"], shown["title"], shown["price"], shown["quantity"]) == (
        ("active", "Linen shirt", "19.90", 3)
        if is_taken_back
        else ("active", "Silk shirt", "25.00", 2)
    )


@pytest.mark.parametrize("route", [PATCH, PUT_INVENTORY])
def test_what_an_update_has_sent_before_it_was_cancelled_is_taken_back_by_the_next(
    run: Run, live: Listing, control: EtsyControl, the_listing: ShownListing, route: str
) -> None:
    change(live.product, title="Silk shirt", price="25.00")
    control.add_fault(route, "cut_after")
    actions.cancel(begin(live, "update"), requested_by="nora")
    change(live.product, title="Linen shirt", price="19.90")
    job = run("update")
    assert job.status == "COMPLETED", job.error_message
    assert (the_listing()["title"], the_listing()["price"]) == ("Linen shirt", "19.90")


def test_an_update_that_changes_nothing_is_one_read(
    run: Run, live: Listing, control: EtsyControl
) -> None:
    before = last_request(control)
    job = run("update")
    assert job.status == "COMPLETED", job.error_message
    assert routes_since(control, before) == [GET]


def test_only_what_has_changed_is_sent(
    run: Run, live: Listing, control: EtsyControl, product: Product
) -> None:
    for fields, expected in (
        ({"title": "Silk shirt"}, [GET, PATCH]),
        ({"price": "25.00"}, [GET, GET_INVENTORY, PUT_INVENTORY]),
        ({"stock": 2}, [GET, GET_INVENTORY, PUT_INVENTORY]),
    ):
        change(product, **fields)
        before = last_request(control)
        job = run("update")
        assert job.status == "COMPLETED", job.error_message
        assert routes_since(control, before) == expected
        assert routes_since(control, last_request(control)) == []


def test_stock_does_not_touch_a_price_that_the_seller_has_reduced_at_etsy(
    run: Run, live: Listing, control: EtsyControl, product: Product, the_listing: ShownListing
) -> None:

    client = client_for(live.account)
    reduced = changed(client.get_inventory(live.external_id), Change(live.key, price="9.90"))
    assert reduced is not None
    client.put_inventory(live.external_id, reduced)
    change(product, stock=2)
    assert run("update").status == "COMPLETED"
    assert (the_listing()["price"], the_listing()["quantity"]) == ("9.90", 2)


def test_what_a_listing_is_told_to_offer_is_written_down(run: Run, product: Product) -> None:
    run("publish")
    assert told.last(Listing.objects.get()) == Told(3, None, meant=3)
    before = timezone.now()
    Product.objects.filter(pk=product.pk).update(stock=1200)
    run("update")
    now = told.last(Listing.objects.get())
    assert now is not None
    assert now.at is not None
    assert (now.quantity, now.at > before) == (999, True)


def test_what_is_written_into_a_sold_out_listing_is_not_sold_with_it(
    run: Run, product: Product, control: EtsyControl
) -> None:
    run("publish")
    listing = Listing.objects.get()
    control.sell("nora", listing.external_id, 3)
    record_orders(listing.account, [order("A", line(listing.external_id, 3))])
    Product.objects.filter(pk=product.pk).update(stock=10)
    run("update")
    assert run("unpublish").status == "COMPLETED"
    listing.refresh_from_db()
    assert listing.status == ListingStatus.SOLD
    assert Product.objects.get().stock == 10


def test_a_price_does_not_bring_back_pieces_that_were_sold_at_etsy(
    run: Run, live: Listing, control: EtsyControl, product: Product, the_listing: ShownListing
) -> None:
    control.sell("nora", live.external_id, 2)
    change(product, price="25.00")
    assert run("update").status == "COMPLETED"
    assert (the_listing()["price"], the_listing()["quantity"]) == ("25.00", 1)


@pytest.mark.parametrize("kind", ["cut_before", "cut_after"])
def test_nor_does_it_when_the_first_try_was_lost(  # noqa: PLR0917 - most are fixtures
    run: Run,
    live: Listing,
    control: EtsyControl,
    product: Product,
    the_listing: ShownListing,
    kind: str,
) -> None:
    control.sell("nora", live.external_id, 1)
    control.add_fault(PUT_INVENTORY, kind)
    change(product, price="25.00")
    assert run("update").status == "COMPLETED"
    assert (the_listing()["price"], the_listing()["quantity"]) == ("25.00", 2)


def test_a_sale_that_is_recorded_during_an_update_stays_sold(
    live: Listing, control: EtsyControl, product: Product, the_listing: ShownListing
) -> None:
    change(product, price="25.00")
    product.refresh_from_db()
    service = UpdateService(live.account, product, client_for(live.account))
    with transaction.atomic():
        service.map_product()
    control.sell("nora", live.external_id, 1)
    record_orders(live.account, [order("A", line(live.external_id, 1))])
    service.save_stock(live.external_id)
    assert (the_listing()["price"], the_listing()["quantity"]) == ("25.00", 2)


def test_an_update_after_a_sale_there_sends_no_number(
    run: Run, live: Listing, control: EtsyControl
) -> None:
    control.sell("nora", live.external_id, 1)
    record_orders(live.account, [order("A", line(live.external_id, 1))])
    before = last_request(control)
    assert run("update").status == "COMPLETED"
    assert routes_since(control, before) == [GET]


def test_pieces_that_the_seller_has_added_there_are_no_missing_ones(
    run: Run, live: Listing, control: EtsyControl, product: Product, the_listing: ShownListing
) -> None:
    """What was left out is back, so that nothing is left out any more."""
    client = client_for(live.account)
    for there, stock, sent in ((2, 5, 4), (5, 6, 6)):
        document = changed(client.get_inventory(live.external_id), Change(live.key, quantity=there))
        assert document is not None
        client.put_inventory(live.external_id, document)
        change(product, stock=stock)
        assert run("update").status == "COMPLETED"
        assert the_listing()["quantity"] == sent


@pytest.mark.parametrize("fields", [{"stock": 10}, {"title": "Silk shirt", "stock": 10}])
def test_an_update_of_what_is_sold_out_there_says_so_and_sends_nothing(
    run: Run,
    live: Listing,
    control: EtsyControl,
    the_listing: ShownListing,
    fields: dict[str, object],
) -> None:
    control.sell("nora", live.external_id, 3)
    before = last_request(control)
    change(live.product, **fields)
    job = run("update")
    assert job.status == "FAILED"
    assert "sold out at Etsy" in job.error_message
    assert "publish it again; Etsy charges its fee" in job.error_advice
    assert routes_since(control, before) == [GET]
    assert Listing.objects.get().status == ListingStatus.SOLD
    change(live.product, **fields)
    assert run("publish").status == "COMPLETED"
    assert (the_listing()["state"], the_listing()["quantity"]) == ("active", 10)


def test_only_photos_that_have_changed_are_uploaded(
    run: Run, live: Listing, control: EtsyControl, product: Product, the_listing: ShownListing
) -> None:
    product.images.get(position=2).delete()
    red = add_photo(product, 2, "red")
    add_photo(product, 3, "teal")
    before = last_request(control)
    job = run("update")
    assert job.status == "COMPLETED", job.error_message
    assert routes_since(control, before) == [GET, UPLOAD, UPLOAD, IMAGES]
    shown = [photo["checksum"] for photo in the_listing()["photos"]]
    assert (len(shown), shown[1]) == (3, red.checksum)


def test_photos_that_were_removed_here_are_removed_at_etsy_and_no_others(
    run: Run, live: Listing, product: Product, the_listing: ShownListing
) -> None:

    content, by_hand = jpeg(colour="gold")
    part = FilePart("image", "gold.jpg", "image/jpeg", content)
    client_for(live.account).upload_image(live.external_id, part, rank=3)
    product.images.get(position=2).delete()
    job = run("update")
    assert job.status == "COMPLETED", job.error_message
    shown = [photo["checksum"] for photo in the_listing()["photos"]]
    assert shown == [product.images.get().checksum, by_hand]


@pytest.mark.parametrize("kind", LOST)
@pytest.mark.parametrize("route", [PATCH, PUT_INVENTORY, UPLOAD])
@pytest.mark.usefixtures("live")
def test_a_lost_answer_leaves_no_half_update(  # noqa: PLR0917 - all of them are fixtures
    run: Run,
    control: EtsyControl,
    product: Product,
    the_listing: ShownListing,
    route: str,
    kind: str,
) -> None:
    change(product, title="Silk shirt", price="25.00", stock=2)
    add_photo(product, 3, "red")
    control.add_fault(route, kind)
    job = run("update")
    assert job.status == "COMPLETED", job.error_message
    shown = the_listing()
    assert (shown["title"], shown["price"], shown["quantity"]) == ("Silk shirt", "25.00", 2)
    assert len(shown["photos"]) == 3


def test_an_update_of_what_is_not_live_says_so_without_a_call(
    run: Run, live: Listing, control: EtsyControl, product: Product
) -> None:
    run("unpublish")
    change(product, price="25.00")
    before = last_request(control)
    job = run("update")
    assert job.status == "FAILED"
    assert "is not live at Etsy" in job.error_message
    assert routes_since(control, before) == []


def test_an_update_of_a_product_that_is_gone_here_takes_it_off_sale(
    run: Run, live: Listing, product: Product, the_listing: ShownListing
) -> None:
    change(product, stock=0)
    assert run("update").status == "COMPLETED"
    assert the_listing()["state"] == "inactive"
    assert Listing.objects.get().status == ListingStatus.WITHDRAWN


def test_a_listing_is_off_sale_and_on_sale_again_without_a_fee(
    run: Run, live: Listing, product: Product, the_listing: ShownListing
) -> None:
    assert run("unpublish").status == "COMPLETED"
    assert the_listing()["state"] == "inactive"
    assert Listing.objects.get().status == ListingStatus.WITHDRAWN
    change(product, stock=2)
    job = run("activate")
    assert job.status == "COMPLETED", job.error_message
    names = MarketplaceTask.objects.filter(job=job).values_list("name", flat=True)
    assert "Show it again (without a fee)" in names
    shown = the_listing()
    assert (shown["state"], shown["quantity"], shown["fees"]) == ("active", 2, 1)
    assert Listing.objects.get().status == ListingStatus.LIVE


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("inactive", ListingStatus.WITHDRAWN),
        ("sold_out", ListingStatus.SOLD),
        ("expired", ListingStatus.ENDED),
        ("removed", ListingStatus.ENDED),
    ],
)
def test_withdrawing_what_nobody_can_buy_is_done(
    run: Run, live: Listing, control: EtsyControl, state: str, status: ListingStatus
) -> None:
    control.set_state(live.external_id, state)
    before = last_request(control)
    job = run("unpublish")
    assert job.status == "COMPLETED", job.error_message
    assert Listing.objects.get().status == status
    assert not WRITES & set(routes_since(control, before))


@pytest.mark.parametrize("kind", LOST)
def test_a_withdrawal_whose_answer_is_lost_is_done(
    run: Run, live: Listing, control: EtsyControl, the_listing: ShownListing, kind: str
) -> None:
    control.add_fault(PATCH, kind)
    assert run("unpublish").status == "COMPLETED"
    assert the_listing()["state"] == "inactive"


def test_what_was_never_published_needs_no_withdrawal(run: Run, control: EtsyControl) -> None:
    assert run("unpublish").status == "COMPLETED"
    assert control.requests() == []


@pytest.mark.parametrize("kind", LOST)
def test_showing_again_what_was_sold_out_costs_one_fee_and_has_the_present_stock(
    run: Run, live: Listing, control: EtsyControl, the_listing: ShownListing, kind: str
) -> None:
    control.sell("nora", live.external_id, 3)
    run("unpublish")
    assert Product.objects.get().stock == 0, "the sale is recorded"
    Product.objects.update(stock=3)
    control.add_fault(PATCH, kind)
    job = run("activate")
    assert job.status == "COMPLETED", job.error_message
    shown = the_listing()
    assert (shown["state"], shown["quantity"], shown["fees"]) == ("active", 3, 2)


def test_what_an_earlier_job_saw_does_not_make_a_sale_of_what_was_sold_out_since(
    run: Run, live: Listing, product: Product, control: EtsyControl, the_listing: ShownListing
) -> None:
    """It has to be shown again: its last piece was bought before this job, and is known."""
    assert run("unpublish").status == "COMPLETED"
    control.add_fault(PATCH, "status", status=400, body={"error": "Not now."})
    assert run("activate").status == "FAILED"
    assert Listing.objects.get().details["seen_state"] == "inactive"
    control.set_state(live.external_id, "active")
    control.sell("nora", live.external_id, 3)
    report_sold_out(Listing.objects.get())
    change(product, stock=5)
    before = last_request(control)
    job = run("activate")
    assert job.status == "COMPLETED", job.error_message
    assert PATCH in routes_since(control, before)
    assert (the_listing()["state"], the_listing()["quantity"]) == ("active", 5)
    assert Listing.objects.get().status == ListingStatus.LIVE


@pytest.mark.parametrize("action", ["publish", "activate"])
def test_what_was_seen_before_it_went_live_is_forgotten_once_it_has(
    run: Run, live: Listing, product: Product, control: EtsyControl, action: str
) -> None:
    """Else a later sale would be taken for one since that activation, and it would be told twice."""
    assert run("unpublish").status == "COMPLETED"
    assert run(action).status == "COMPLETED"
    control.sell("nora", live.external_id, 3)
    service = UpdateService(live.account, product, client_for(live.account))
    with pytest.raises(PermanentError, match="sold out at Etsy"):
        service.find_live(live.external_id)


def test_what_was_never_live_cannot_be_shown_again(run: Run, control: EtsyControl) -> None:
    job = run("activate")
    assert job.status == "FAILED"
    assert "is not listed at Etsy" in job.error_message
    assert control.requests() == []


def test_what_is_out_of_stock_is_not_shown_again(
    run: Run, live: Listing, product: Product, the_listing: ShownListing
) -> None:
    run("unpublish")
    change(product, stock=0)
    assert run("activate").status == "FAILED"
    assert the_listing()["state"] == "inactive"


@pytest.mark.parametrize("kind", LOST)
def test_a_deleted_listing_is_gone_at_etsy_and_here(
    run: Run, live: Listing, control: EtsyControl, kind: str
) -> None:
    control.add_fault(DELETE, kind)
    job = run("delete")
    assert job.status == "COMPLETED", job.error_message
    assert control.effects()["listings"] == []
    assert not Listing.objects.exists()


def test_deleting_what_is_gone_already_is_done(
    run: Run, live: Listing, control: EtsyControl
) -> None:
    control.set_state(live.external_id, "removed")
    assert run("delete").status == "COMPLETED"
    assert not Listing.objects.exists()
    assert run("delete").status == "COMPLETED"


def test_a_record_stays_until_etsy_has_agreed_to_the_deletion(
    run: Run, live: Listing, control: EtsyControl
) -> None:
    control.set_state(live.external_id, "edit")
    job = run("delete")
    assert job.status == "FAILED"
    assert "Withdraw it first" in job.error_advice
    assert Listing.objects.exists()


def test_a_draft_whose_creation_was_never_answered_is_deleted_too(
    run: Run, control: EtsyControl
) -> None:
    control.add_fault(CREATE, "cut_after")
    control.add_fault(LISTINGS, "status", status=403, body={"error": "Not now."}, times=0)
    run("publish")
    control.clear_faults()

    MarketplaceJob.objects.all().delete()
    assert run("delete").status == "COMPLETED"
    assert control.effects()["listings"] == []


def test_a_deleted_product_can_be_published_again(
    run: Run, live: Listing, control: EtsyControl, the_listing: ShownListing
) -> None:
    run("delete")
    assert run("publish").status == "COMPLETED"
    assert the_listing()["listing_id"] != live.external_id


def test_a_read_that_lags_behind_a_deletion_is_not_taken_for_the_new_draft(
    run: Run, live: Listing, control: EtsyControl, settings: DjangoSettings
) -> None:
    """Etsy still shows what it has said to be deleted."""
    listings.forget(live)
    settings.ETSY = settings.ETSY | {"settle_seconds": 0.05}
    DeletedListing.objects.update(deleted_at=timezone.now() + timedelta(hours=1))
    job = run("publish")
    assert (job.status, job.wait_reason) == ("RUNNING", "LOOK")
    assert "deleted a moment ago" in job.error_message
    control.set_state(live.external_id, "removed")
    DeletedListing.objects.update(deleted_at=timezone.now() - timedelta(hours=1))
    run("publish")
    assert Listing.objects.get().status == ListingStatus.LIVE
    assert Listing.objects.get().external_id != live.external_id


@pytest.mark.slow
@pytest.mark.parametrize("former", ["publish", "activate"])
def test_what_has_just_gone_live_is_withdrawn_although_reads_do_not_show_it(
    run: Run, control: EtsyControl, the_listing: ShownListing, settings: DjangoSettings, former: str
) -> None:
    assert run("publish").status == "COMPLETED"
    if former == "activate":
        assert run("unpublish").status == "COMPLETED"
        time.sleep(1.1)
        assert run("activate").status == "COMPLETED"
    settings.ETSY = settings.ETSY | {"settle_seconds": 3.0}
    control.settings(read_lag=1.0)
    job = run("unpublish")
    assert job.status == "COMPLETED", job.error_message
    assert the_listing()["state"] == "inactive"
    assert Listing.objects.get().status == ListingStatus.WITHDRAWN


def test_a_late_read_that_is_answered_slowly_is_as_old_as_its_question(
    live: Listing, control: EtsyControl, the_listing: ShownListing, settings: DjangoSettings
) -> None:
    settings.ETSY = settings.ETSY | {"settle_seconds": 2.5}
    before = {"listing_id": int(live.external_id), "state": "draft"}
    control.add_fault(
        "GET /v3/application/listings/{listing_id}", "status", status=200, body=before, delay=2.7
    )
    Listing.objects.update(updated_at=timezone.now())
    WithdrawService(live.account, live.product, client_for(live.account)).withdraw()
    assert the_listing()["state"] == "inactive"


@pytest.mark.slow
def test_what_has_just_gone_live_is_updated_although_reads_do_not_show_it(
    run: Run,
    product: Product,
    control: EtsyControl,
    the_listing: ShownListing,
    settings: DjangoSettings,
) -> None:
    assert run("publish").status == "COMPLETED"
    settings.ETSY = settings.ETSY | {"settle_seconds": 3.0}
    control.settings(read_lag=2.0)
    product.price = "24.90"
    product.save()
    job = run("update")
    assert job.status == "COMPLETED", job.error_message
    assert the_listing()["price"] == "24.90"


@pytest.mark.slow
def test_a_number_that_reads_do_not_show_yet_is_not_taken_for_a_sale(  # noqa: PLR0917 - fixtures
    run: Run,
    live: Listing,
    product: Product,
    control: EtsyControl,
    the_listing: ShownListing,
    settings: DjangoSettings,
) -> None:
    time.sleep(2.6)
    settings.ETSY = settings.ETSY | {"settle_seconds": 2.5}
    control.settings(read_lag=2.0)
    change(product, stock=5)
    product.refresh_from_db()
    service = UpdateService(live.account, product, client_for(live.account))
    with transaction.atomic():
        service.map_product()
    service.save_stock(live.external_id)
    change(product, price="25.00")
    job = run("update")
    assert job.status == "COMPLETED", job.error_message
    assert (the_listing()["price"], the_listing()["quantity"]) == ("25.00", 5)


@pytest.mark.slow
@pytest.mark.parametrize(
    "age_and_lag", [(2.1, 2.0), (0.0, 8.0)], ids=["shown_live", "not_shown_at_all"]
)
def test_what_has_just_been_withdrawn_is_shown_again_although_reads_are_late(
    run: Run,
    control: EtsyControl,
    the_listing: ShownListing,
    settings: DjangoSettings,
    age_and_lag: tuple[float, float],
) -> None:
    age, lag = age_and_lag
    assert run("publish").status == "COMPLETED"
    time.sleep(age)
    assert run("unpublish").status == "COMPLETED"
    settings.ETSY = settings.ETSY | {"settle_seconds": lag + 1}
    control.settings(read_lag=lag)
    job = run("activate")
    assert job.status == "COMPLETED", job.error_message
    assert the_listing()["state"] == "active"
    assert Listing.objects.get().status == ListingStatus.LIVE


@pytest.mark.parametrize("number", [None, 3])
def test_what_a_late_read_shows_is_not_written_back(
    live: Listing,
    product: Product,
    the_listing: ShownListing,
    settings: DjangoSettings,
    number: int | None,
) -> None:
    """Also where the number of pieces is the one that was told, or not known to have arrived."""
    service = UpdateService(live.account, product, client_for(live.account))
    change(product, price="15.00")
    product.refresh_from_db()
    with transaction.atomic():
        service.map_product()
    service.save_stock(live.external_id)
    settings.ETSY = settings.ETSY | {"settle_seconds": 30.0}
    listing = service.listing()
    last = told.last(listing)
    assert last is not None
    listings.note(listing, told=Told(number, last.at, last.sold, number).as_json())
    change(product, price="16.00")
    fresh = UpdateService(live.account, Product.objects.get(), client_for(live.account))
    with transaction.atomic():
        fresh.map_product()
    with pytest.raises(TransientError, match="does not show the last change"):
        fresh.save_stock(live.external_id)
    assert the_listing()["price"] == "15.00"


def test_a_refused_withdrawal_is_not_done_by_a_late_read(
    live: Listing, product: Product, control: EtsyControl, settings: DjangoSettings
) -> None:
    settings.ETSY = settings.ETSY | {"settle_seconds": 30.0}
    Listing.objects.update(updated_at=timezone.now())
    control.set_state(live.external_id, "inactive")
    control.add_fault(PATCH, "status", status=409, body={"error": "Not now."})
    service = WithdrawService(live.account, product, client_for(live.account))
    with pytest.raises(TransientError, match="does not show the last change"):
        service.withdraw()
