"""The publish handler in the engine's hands, through the plugin, against the sandbox's Vinted."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.utils import timezone
from PIL import Image
from pytest_django import Settings as DjangoSettings

from marketplaces.models import Account, Listing, ListingStatus, PluginConnection, Product
from marketplaces.sandbox.vinted.control import VintedControl
from tasks import actions, requests
from tasks.dispatch.models import Lane
from tasks.models import MarketplaceJob, MarketplaceTask, TaskAttempt
from tests.marketplaces.ebay.builders import jpeg
from tests.marketplaces.http.loopback import LoopbackServer, answer
from tests.marketplaces.vinted.conftest import (
    COMPLETE,
    DRAFT,
    PHOTO,
    READ,
    WARDROBE,
    Run,
    ShownItem,
    last_request,
    routes_since,
    work_on,
)


def ico() -> bytes:
    """A picture of a kind that Vinted does not take, and the plugin's protocol cannot name."""
    file = BytesIO()
    Image.new("RGB", (64, 64), "teal").save(file, "ICO")
    return file.getvalue()


def names(job: MarketplaceJob) -> list[str]:
    return list(
        MarketplaceTask.objects.filter(job=job).order_by("position").values_list("name", flat=True)
    )


def test_a_product_becomes_one_item_on_sale(
    run: Run, the_item: ShownItem, product: Product, control: VintedControl
) -> None:
    job = run("publish")
    assert job.status == "COMPLETED", job.error_message
    assert names(job) == [
        "Validate product",
        "Map to Vinted",
        "Upload image 1/2",
        "Upload image 2/2",
        "Create draft",
        "Put on sale",
        "Save result",
    ]
    assert routes_since(control, 0) == [PHOTO, PHOTO, DRAFT, READ, COMPLETE]
    shown, listing = the_item(), Listing.objects.get()
    assert (shown["state"], shown["price"]) == ("active", "19.90")
    assert shown["title"] == f"Linen shirt [{listing.key}]"
    photos = list(product.images.order_by("position").values_list("checksum", flat=True))
    assert [photo["checksum"] for photo in shown["photos"]] == photos
    assert (listing.external_id, listing.status) == (shown["listing_id"], ListingStatus.LIVE)
    assert listing.url.startswith("https://www.vinted.fr/items/")


def test_a_browser_is_asked_nothing_by_a_product_that_is_unfit(
    run: Run, control: VintedControl, product: Product
) -> None:
    Product.objects.filter(pk=product.pk).update(title="x" * 95, price=None)
    job = run("publish")
    assert job.status == "FAILED"
    assert "95 characters" in job.error_message
    assert "price is missing" in job.error_message
    assert routes_since(control, 0) == []


def test_publishing_what_is_live_and_unchanged_is_one_read(
    run: Run, control: VintedControl
) -> None:
    run("publish")
    before = last_request(control)
    job = run("publish")
    assert job.status == "COMPLETED", job.error_message
    assert routes_since(control, before) == [READ]


def test_publishing_a_changed_product_changes_its_item(
    run: Run, the_item: ShownItem, product: Product
) -> None:
    run("publish")
    first = the_item()
    Product.objects.filter(pk=product.pk).update(title="Silk shirt", price="25")
    job = run("publish")
    assert job.status == "COMPLETED", job.error_message
    shown = the_item()
    assert (shown["listing_id"], shown["price"]) == (first["listing_id"], "25.00")
    assert shown["title"].startswith("Silk shirt [")
    assert len(shown["photos"]) == 2


def test_publishing_what_was_hidden_shows_it_again(
    run: Run, the_item: ShownItem, control: VintedControl
) -> None:
    run("publish")
    control.change_by_hand(the_item()["listing_id"], is_hidden=True)
    job = run("publish")
    assert job.status == "COMPLETED", job.error_message
    assert the_item()["state"] == "active"
    run("unpublish")
    assert run("publish").status == "COMPLETED"
    assert the_item()["state"] == "active"


@pytest.mark.parametrize(
    "kind", ["cut_before", "cut_after", "cut_mid_answer", "status_after_effect"]
)
@pytest.mark.parametrize("route", [PHOTO, DRAFT, COMPLETE])
def test_a_lost_answer_never_makes_a_second_item(
    run: Run, the_item: ShownItem, control: VintedControl, route: str, kind: str
) -> None:
    control.add_fault(route, kind)
    job = run("publish")
    assert job.status == "COMPLETED", job.error_message
    shown = the_item()
    assert (shown["state"], len(shown["photos"])) == ("active", 2)


@pytest.mark.parametrize("route", [DRAFT, COMPLETE])
def test_a_page_in_place_of_an_answer_is_looked_at_before_anything_is_repeated(
    run: Run, the_item: ShownItem, control: VintedControl, route: str
) -> None:
    control.add_fault(route, "status_after_effect", status=200, page="<html>Vinted</html>")
    job = run("publish")
    assert job.status == "COMPLETED", job.error_message
    assert the_item()["state"] == "active"


def test_a_draft_that_cannot_be_read_alone_is_found_in_the_wardrobe(
    run: Run, the_item: ShownItem, control: VintedControl
) -> None:
    control.settings(drafts_can_be_read=0)
    control.add_fault(COMPLETE, "cut_before")
    job = run("publish")
    assert job.status == "COMPLETED", job.error_message
    assert WARDROBE in routes_since(control, 0)
    assert the_item()["state"] == "active"


def test_a_draft_that_was_deleted_is_made_again_with_its_photos(
    run: Run, the_item: ShownItem, control: VintedControl
) -> None:
    control.add_fault(COMPLETE, "status", status=400, body={"message": "The title is odd."})
    assert run("publish").status == "FAILED"
    control.remove_by_hand(the_item()["listing_id"])
    job = run("publish")
    assert job.status == "COMPLETED", job.error_message
    assert (the_item()["state"], len(the_item()["photos"])) == ("active", 2)


def test_a_refused_completion_ends_the_job_in_vinteds_words_after_one_look(
    run: Run, control: VintedControl, account: Account, the_item: ShownItem
) -> None:
    body = {"errors": [{"field": "price", "value": "The price is too low"}]}
    control.add_fault(COMPLETE, "status", status=400, body=body, times=0)
    job = run("publish")
    assert (job.status, job.needs_person, job.error_class) == (
        "FAILED",
        False,
        "VintedRefusedError",
    )
    assert "price: The price is too low" in job.error_message
    assert "Correct the price" in job.error_advice
    assert routes_since(control, 0) == [PHOTO, PHOTO, DRAFT, READ, COMPLETE, READ]
    attempts = TaskAttempt.objects.order_by("pk").values_list("outcome", "message")
    assert [outcome for outcome, _ in attempts] == ["UNKNOWN", "PERMANENT"]
    assert len({message for _, message in attempts}) == 1
    assert the_item()["state"] == "draft"
    before = last_request(control)
    control.clear_faults()
    actions.retry(job)
    job = work_on(account, job.pk)
    assert job.status == "COMPLETED", job.error_message
    assert routes_since(control, before) == [READ, COMPLETE]


@pytest.mark.usefixtures("run")
def test_a_retry_of_what_was_cancelled_while_a_refusal_was_in_doubt_asks_vinted_anew(
    product: Product, the_item: ShownItem, control: VintedControl, account: Account
) -> None:
    control.add_fault(COMPLETE, "status", status=400, body={"message": "Verify your telephone"})
    job_id = requests.request_job(account, "publish", product).job_id
    in_doubt = MarketplaceTask.objects.filter(job=job_id, status="UNKNOWN")
    for _ in range(20):
        work_on(account, job_id, most=1)
        if in_doubt.exists():
            break
    actions.cancel(MarketplaceJob.objects.get(pk=job_id), requested_by="ada@stoflow")
    job = work_on(account, job_id)
    assert job.status == "CANCELLED"
    before = last_request(control)
    actions.retry(job)
    job = work_on(account, job_id)
    assert job.status == "COMPLETED", job.error_message
    assert COMPLETE in routes_since(control, before)
    assert the_item()["state"] == "active"


def test_a_refusal_that_says_not_found_of_a_draft_that_is_there_ends_in_vinteds_words(
    run: Run, control: VintedControl
) -> None:
    body = {"message": "No such package size"}
    control.add_fault(COMPLETE, "status", status=404, body=body, times=0)
    job = run("publish")
    assert job.status == "FAILED"
    assert "No such package size" in job.error_message
    assert routes_since(control, 0).count(COMPLETE) == 1


def test_a_refusal_whose_effect_is_shown_late_is_a_success(
    run: Run,
    control: VintedControl,
    account: Account,
    product: Product,
    settings: DjangoSettings,
) -> None:
    """The browser has sent it twice, and told of the second answer."""
    lag = 1.0
    control.add_fault(COMPLETE, "status", status=400, body={"message": "Not now."})
    assert run("publish").status == "FAILED"
    control.settings(read_lag=lag)
    time.sleep(lag)
    settings.VINTED = settings.VINTED | {"settle_seconds": 2 * lag}
    body = {"message": "This is no draft."}
    control.add_fault(COMPLETE, "status_after_effect", status=400, body=body)
    job_id = requests.request_job(account, "publish", product).job_id
    while (job := work_on(account, job_id, most=1)).completed_at is None:
        time.sleep(lag / 5)
    assert job.status == "COMPLETED", job.error_message
    assert Listing.objects.get().status == ListingStatus.LIVE
    assert routes_since(control, 0).count(COMPLETE) == 2


def test_photos_that_the_completion_finds_forgotten_are_sent_again(
    run: Run, control: VintedControl, the_item: ShownItem
) -> None:
    body = {"errors": [{"field": "photos", "value": "Error uploading photo"}]}
    control.add_fault(COMPLETE, "status", status=400, body=body)
    job = run("publish")
    assert job.status == "COMPLETED", job.error_message
    assert routes_since(control, 0).count(PHOTO) == 4
    assert routes_since(control, 0).count(COMPLETE) == 2
    assert (the_item()["state"], len(the_item()["photos"])) == ("active", 2)


def test_photos_that_vinted_has_forgotten_are_sent_again(
    run: Run, the_item: ShownItem, control: VintedControl
) -> None:
    control.add_fault(DRAFT, "status", status=400, body={"message": "Not now."})
    assert run("publish").status == "FAILED"
    control.expire_photos()
    job = run("publish")
    assert job.status == "COMPLETED", job.error_message
    assert len(the_item()["photos"]) == 2


def test_photos_that_are_refused_again_and_again_end_the_job(
    run: Run, control: VintedControl
) -> None:
    body = {"errors": [{"field": "photos", "value": "Error uploading photo"}]}
    control.add_fault(DRAFT, "status", status=400, body=body, times=0)
    job = run("publish")
    assert job.status == "FAILED"
    assert "Error uploading photo" in job.error_message
    assert routes_since(control, 0).count(PHOTO) == 4


def test_an_item_whose_record_was_lost_is_taken_without_a_creating_call(
    run: Run, the_item: ShownItem, control: VintedControl
) -> None:
    run("publish")
    Listing.objects.all().delete()
    before = last_request(control)
    job = run("publish")
    assert job.status == "COMPLETED", job.error_message
    listing = Listing.objects.get()
    assert listing.external_id == the_item()["listing_id"]
    assert not {DRAFT, COMPLETE} & set(routes_since(control, before))
    assert listing.sent_hash == "", "nobody knows what it was sent"


def test_what_was_taken_as_it_was_is_brought_up_to_date_by_the_next_update(
    run: Run, the_item: ShownItem
) -> None:
    run("publish")
    Listing.objects.all().delete()
    Product.objects.update(price="25.00")
    run("publish")
    assert run("update").status == "COMPLETED"
    assert the_item()["price"] == "25.00"


def test_two_items_with_our_key_are_for_a_person_to_tell(
    run: Run, control: VintedControl, account: Account, product: Product
) -> None:
    control.add_fault(DRAFT, "cut_after")
    control.add_fault(WARDROBE, "status", status=503, times=0)
    job = run("publish")
    assert job.status == "RUNNING"
    key = Listing.objects.get().key
    control.list_by_hand("lea", f"A copy [{key}]")
    control.clear_faults()
    job = work_on(account, job.pk, most=40)
    assert (job.status, job.needs_person) == ("FAILED", True)
    assert "items that may be this product" in job.error_message


@pytest.mark.parametrize(
    "damage",
    [lambda content: content[: len(content) // 2], lambda _: jpeg(colour="red")[0]],
    ids=["half of it", "another one"],
)
def test_a_photo_whose_file_is_not_the_one_that_was_added_is_not_published(
    run: Run, control: VintedControl, product: Product, damage: Callable[[bytes], bytes]
) -> None:
    path = Path(product.images.get(position=2).file.path)
    content = path.read_bytes()
    path.write_bytes(damage(content))
    job = run("publish")
    assert job.status == "FAILED"
    assert "The file of photo 2 is damaged, or another one than was added" in job.error_message
    assert "Add the photo to the product again" in job.error_advice
    assert control.effects()["listings"] == []
    path.write_bytes(content)
    assert run("publish").status == "COMPLETED"


def test_a_challenge_stops_the_lane_and_says_so(
    run: Run, control: VintedControl, account: Account
) -> None:
    control.challenge()
    job = run("publish")
    assert job.status in {"PENDING", "RUNNING"}
    lane = Lane.objects.get(account_id=account.pk)
    assert lane.consent_needed_at is not None
    assert control.effects()["listings"] == []


def test_a_seller_who_signed_out_is_waited_for(
    run: Run, control: VintedControl, account: Account
) -> None:
    control.sign_out("lea")
    job = run("publish")
    assert (job.status, job.attempt_count) in {("PENDING", 0), ("RUNNING", 0)}
    lane = Lane.objects.get(account_id=account.pk)
    assert lane.offline_since is not None
    assert "sign" in lane.offline_reason


def test_nobody_publishes_in_another_members_name(
    run: Run, control: VintedControl, account: Account
) -> None:
    Account.objects.filter(pk=account.pk).update(shop_id="999")
    job = run("publish")
    assert job.status in {"PENDING", "RUNNING"}
    assert Lane.objects.get(account_id=account.pk).offline_since is not None
    assert control.effects()["listings"] == []


def test_a_pause_between_two_calls_costs_nothing_and_sends_nothing(
    run: Run, control: VintedControl, account: Account
) -> None:
    PluginConnection.objects.update(rests_until=timezone.now() + timedelta(hours=1))
    job = run("publish")
    assert (job.status, job.attempt_count, job.wait_reason) == ("RUNNING", 0, "REST")
    assert routes_since(control, 0) == []
    PluginConnection.objects.update(rests_until=None)
    assert work_on(account, job.pk).status == "COMPLETED"
    assert not TaskAttempt.objects.filter(outcome__in=["TRANSIENT", "UNKNOWN"]).exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (ico(), "photo 3 is a ICO file, which Vinted does not take"),
        (jpeg(width=40)[0], "photo 3 is too small (40 x 600 px)"),
        (b"x" * 11 * 1024 * 1024, "photo 3 is larger than 10 MB"),
    ],
    ids=["of another kind", "too small", "too large"],
)
def test_a_link_to_a_photo_that_vinted_does_not_take_is_told_before_the_browser_is_asked(  # noqa: PLR0917 - all of them are fixtures
    run: Run,
    product: Product,
    control: VintedControl,
    settings: DjangoSettings,
    content: bytes,
    said: str,
) -> None:
    settings.LOCAL_PHOTO_LINKS = True
    with LoopbackServer(answer(200, content, headers=["Content-Type: image/jpeg"])) as server:
        product.images.create(position=3, url=server.url("/odd.jpg"), checksum="c" * 64)
        job = run("publish")
        assert len(server.requests) == 1
    assert job.status == "FAILED"
    assert said in job.error_message
    assert "Correct the photo's link" in job.error_advice
    assert routes_since(control, 0) == [PHOTO, PHOTO]
    assert TaskAttempt.objects.get().outcome == "PERMANENT"
