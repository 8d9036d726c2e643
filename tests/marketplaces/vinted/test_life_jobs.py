"""Update, unpublish, activate, delete and archive in the engine's hands, through the plugin."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings as DjangoSettings

from marketplaces.models import Account, Listing, ListingStatus, Product
from marketplaces.sandbox.vinted.control import VintedControl
from tasks import requests
from tasks.dispatch.models import Lane
from tasks.models import MarketplaceTask
from tests.marketplaces.vinted.conftest import (
    DELETE,
    DISCARD,
    DRAFT,
    HIDE,
    PHOTO,
    READ,
    UPDATE,
    WARDROBE,
    WHO_AM_I,
    Run,
    ShownItem,
    add_photo,
    last_request,
    routes_since,
    work_on,
)
from tests.sandbox.vinted.member_client import MemberClient

LOST = ["cut_before", "cut_after", "cut_mid_answer", "status_after_effect"]


@pytest.fixture
def live(run: Run) -> Listing:
    """The product is on sale at Vinted."""
    job = run("publish")
    assert job.status == "COMPLETED", job.error_message
    return Listing.objects.get()


def change(product: Product, **fields: object) -> None:
    Product.objects.filter(pk=product.pk).update(**fields)


def the_record() -> Listing:
    return Listing.objects.get()


# -- update


def test_an_update_that_changes_nothing_is_one_read(
    run: Run, live: Listing, control: VintedControl
) -> None:
    before = last_request(control)
    job = run("update")
    assert job.status == "COMPLETED", job.error_message
    assert routes_since(control, before) == [READ]


def test_more_stock_is_no_change_of_an_item(
    run: Run, live: Listing, control: VintedControl, product: Product
) -> None:
    change(product, stock=7)
    before = last_request(control)
    assert run("update").status == "COMPLETED"
    assert routes_since(control, before) == [READ]


def test_an_update_replaces_the_item_and_keeps_its_photos(
    run: Run, live: Listing, control: VintedControl, product: Product, the_item: ShownItem
) -> None:
    change(product, title="Silk shirt", price="25.00")
    before = last_request(control)
    job = run("update")
    assert job.status == "COMPLETED", job.error_message
    assert routes_since(control, before) == [READ, UPDATE]
    shown = the_item()
    assert (shown["title"], shown["price"]) == (f"Silk shirt [{live.key}]", "25.00")
    assert len(shown["photos"]) == 2
    before = last_request(control)
    run("update")
    assert routes_since(control, before) == [READ], "nothing is left to send"


def test_only_new_photos_are_uploaded_and_removed_ones_are_gone(
    run: Run, live: Listing, control: VintedControl, product: Product, the_item: ShownItem
) -> None:
    product.images.get(position=1).delete()
    red = add_photo(product, 3, "red")
    before = last_request(control)
    job = run("update")
    assert job.status == "COMPLETED", job.error_message
    assert routes_since(control, before) == [READ, PHOTO, UPDATE]
    shown = [photo["checksum"] for photo in the_item()["photos"]]
    assert shown == [product.images.get(position=2).checksum, red.checksum]


def test_a_photo_that_the_seller_removed_at_vinted_is_brought_again(
    run: Run, live: Listing, product: Product, the_item: ShownItem, member: MemberClient
) -> None:
    item = int(live.external_id)
    photos = [each["id"] for each in member.read(item).body["item"]["photos"]]
    assert member.update(item, photos[1], catalog_id=536, size_id=208).status == 200
    change(product, price="25.00")
    job = run("update")
    assert job.status == "COMPLETED", job.error_message
    wanted = list(product.images.order_by("position").values_list("checksum", flat=True))
    assert [photo["checksum"] for photo in the_item()["photos"]] == wanted


def test_a_photo_that_the_seller_added_at_vinted_stays_behind_ours(
    run: Run, live: Listing, product: Product, the_item: ShownItem, member: MemberClient
) -> None:
    item = int(live.external_id)
    photos = [each["id"] for each in member.read(item).body["item"]["photos"]]
    own = member.photo("gold")
    assert member.update(item, own, *photos, catalog_id=536, size_id=208).status == 200
    theirs = the_item()["photos"][0]["checksum"]
    change(product, price="25.00")
    assert run("update").status == "COMPLETED"
    wanted = list(product.images.order_by("position").values_list("checksum", flat=True))
    assert [photo["checksum"] for photo in the_item()["photos"]] == [*wanted, theirs]


def test_an_item_whose_record_was_lost_gets_each_photo_once(
    run: Run, live: Listing, product: Product, the_item: ShownItem
) -> None:
    Listing.objects.update(details={"item_id": live.external_id}, sent_hash="")
    job = run("update")
    assert job.status == "COMPLETED", job.error_message
    wanted = list(product.images.order_by("position").values_list("checksum", flat=True))
    assert [photo["checksum"] for photo in the_item()["photos"]] == wanted


@pytest.mark.parametrize("kind", LOST)
@pytest.mark.parametrize("route", [PHOTO, UPDATE])
@pytest.mark.usefixtures("live")
def test_a_lost_answer_leaves_no_half_update(  # noqa: PLR0917 - all of them are fixtures
    run: Run,
    control: VintedControl,
    product: Product,
    the_item: ShownItem,
    route: str,
    kind: str,
) -> None:
    change(product, title="Silk shirt", price="25.00")
    add_photo(product, 3, "red")
    control.add_fault(route, kind)
    job = run("update")
    assert job.status == "COMPLETED", job.error_message
    shown = the_item()
    assert (shown["price"], len(shown["photos"])) == ("25.00", 3)
    assert shown["title"].startswith("Silk shirt [")


@pytest.mark.usefixtures("live")
def test_what_is_sold_out_here_is_hidden(run: Run, product: Product, the_item: ShownItem) -> None:
    change(product, stock=0)
    assert run("update").status == "COMPLETED"
    assert the_item()["state"] == "hidden"
    assert the_record().status == ListingStatus.WITHDRAWN


def test_an_update_of_what_was_sold_records_the_sale_and_says_so(
    run: Run, live: Listing, control: VintedControl, product: Product
) -> None:
    control.sell("lea", live.external_id)
    change(product, price="25.00")
    job = run("update")
    assert (job.status, the_record().status) == ("FAILED", ListingStatus.SOLD)
    assert "was sold at Vinted" in job.error_message
    assert Product.objects.get().stock == 0


def test_an_update_of_what_the_seller_has_hidden_says_so(
    run: Run, live: Listing, control: VintedControl, product: Product
) -> None:
    control.change_by_hand(live.external_id, is_hidden=True)
    change(product, price="25.00")
    job = run("update")
    assert (job.status, the_record().status) == ("FAILED", ListingStatus.WITHDRAWN)
    assert "hidden" in job.error_message


def test_an_update_of_what_was_deleted_at_vinted_says_so(
    run: Run, live: Listing, control: VintedControl
) -> None:
    control.remove_by_hand(live.external_id)
    job = run("update")
    assert (job.status, the_record().status) == ("FAILED", ListingStatus.ENDED)
    assert "no longer live" in job.error_message


# -- unpublish and activate


@pytest.mark.parametrize("kind", ["", "cut_before", "cut_after"])
@pytest.mark.usefixtures("live")
def test_a_withdrawn_item_is_hidden_and_shown_again(
    run: Run, control: VintedControl, the_item: ShownItem, kind: str
) -> None:
    if kind:
        control.add_fault(HIDE, kind)
    job = run("unpublish")
    assert job.status == "COMPLETED", job.error_message
    assert (the_item()["state"], the_record().status) == ("hidden", ListingStatus.WITHDRAWN)
    if kind:
        control.add_fault(HIDE, kind)
    job = run("activate")
    assert job.status == "COMPLETED", job.error_message
    assert (the_item()["state"], the_record().status) == ("active", ListingStatus.LIVE)


def test_withdrawing_is_one_call(run: Run, live: Listing, control: VintedControl) -> None:
    before = last_request(control)
    run("unpublish")
    assert routes_since(control, before) == [HIDE]


@pytest.mark.parametrize(
    ("happens", "status"),
    [("sold", ListingStatus.SOLD), ("closed", ListingStatus.ENDED), ("gone", ListingStatus.ENDED)],
)
def test_there_is_nothing_to_withdraw_once_it_is_over(
    run: Run, live: Listing, control: VintedControl, happens: str, status: str
) -> None:
    if happens == "sold":
        control.sell("lea", live.external_id)
    elif happens == "closed":
        control.close(live.external_id)
    else:
        control.remove_by_hand(live.external_id)
    job = run("unpublish")
    assert job.status == "COMPLETED", job.error_message
    assert the_record().status == status
    assert Product.objects.get().stock == (0 if happens == "sold" else 1)


@pytest.mark.parametrize(("action", "ends"), [("unpublish", "COMPLETED"), ("delete", "FAILED")])
def test_a_sold_item_that_may_not_be_touched_holds_up_nobody_else(
    run: Run, live: Listing, control: VintedControl, action: str, ends: str
) -> None:
    control.sell("lea", live.external_id)
    route = {"unpublish": HIDE, "delete": DELETE}[action]
    control.add_fault(route, "status", status=403, body={"message": "Forbidden"}, times=0)
    job = run(action)
    assert job.status == ends, job.error_message
    assert not Lane.objects.filter(consent_needed_at__isnull=False).exists()
    assert Listing.objects.exists()


@pytest.mark.parametrize(("action", "route"), [("unpublish", HIDE), ("delete", DELETE)])
def test_a_reserved_item_that_may_not_be_touched_holds_up_nobody_else(
    run: Run, live: Listing, control: VintedControl, action: str, route: str
) -> None:
    control.change_by_hand(live.external_id, is_reserved=True)
    control.add_fault(route, "status", status=403, body={"message": "Forbidden"}, times=0)
    job = run(action)
    assert (job.status, the_record().status) == ("FAILED", ListingStatus.LIVE)
    assert "is reserved at Vinted" in job.error_message
    assert not Lane.objects.filter(consent_needed_at__isnull=False).exists()


@pytest.mark.parametrize(("action", "route"), [("unpublish", HIDE), ("delete", DELETE)])
def test_a_late_wardrobe_does_not_explain_a_refusal(  # noqa: PLR0917 - all of them are fixtures
    run: Run,
    live: Listing,
    control: VintedControl,
    settings: DjangoSettings,
    action: str,
    route: str,
) -> None:
    control.settings(read_lag=3600)
    settings.VINTED = settings.VINTED | {"settle_seconds": 3600.0}
    control.add_fault(route, "status", status=404, body={"message": "Not found"}, times=0)
    job = run(action)
    assert job.status != "COMPLETED"
    assert the_record().status == ListingStatus.LIVE


def test_nothing_is_withdrawn_that_was_never_live(run: Run, control: VintedControl) -> None:
    job = run("unpublish")
    assert job.status == "COMPLETED", job.error_message
    assert routes_since(control, 0) == []


def test_a_failed_publication_that_is_on_sale_all_the_same_is_withdrawn(
    run: Run, control: VintedControl, the_item: ShownItem
) -> None:
    run("publish")
    Listing.objects.update(status=ListingStatus.DRAFT, external_id="")
    job = run("unpublish")
    assert job.status == "COMPLETED", job.error_message
    assert the_item()["state"] == "hidden"


@pytest.mark.usefixtures("live")
def test_what_changed_while_it_was_hidden_is_sent_once_it_is_shown(
    run: Run, product: Product, the_item: ShownItem
) -> None:
    run("unpublish")
    change(product, price="25.00")
    job = run("activate")
    assert job.status == "COMPLETED", job.error_message
    assert (the_item()["state"], the_item()["price"]) == ("active", "25.00")


@pytest.mark.usefixtures("live")
def test_nothing_is_shown_again_that_is_out_of_stock(
    run: Run, product: Product, the_item: ShownItem
) -> None:
    run("unpublish")
    change(product, stock=0)
    job = run("activate")
    assert job.status == "FAILED"
    assert the_item()["state"] == "hidden"


def test_what_was_sold_is_not_shown_again(
    run: Run, live: Listing, control: VintedControl, product: Product
) -> None:
    run("unpublish")
    control.change_by_hand(live.external_id, is_hidden=False)
    control.sell("lea", live.external_id)
    change(product, stock=2)
    job = run("activate")
    assert (job.status, the_record().status) == ("FAILED", ListingStatus.SOLD)
    assert "Publish it again" in job.error_advice
    assert Product.objects.get().stock == 1


def test_what_was_never_live_cannot_be_shown_again(run: Run, control: VintedControl) -> None:
    job = run("activate")
    assert job.status == "FAILED"
    assert "is not listed at Vinted" in job.error_message
    assert routes_since(control, 0) == []


# -- delete


@pytest.mark.parametrize("kind", ["", "cut_before", "cut_after"])
@pytest.mark.usefixtures("live")
def test_a_deleted_item_is_gone_there_and_here(run: Run, control: VintedControl, kind: str) -> None:
    if kind:
        control.add_fault(DELETE, kind)
    job = run("delete")
    assert job.status == "COMPLETED", job.error_message
    assert [each["state"] for each in control.effects()["listings"]] == ["deleted"]
    assert not Listing.objects.exists()


def test_what_is_gone_already_is_deleted_without_ado(
    run: Run, live: Listing, control: VintedControl
) -> None:
    control.remove_by_hand(live.external_id)
    before = last_request(control)
    job = run("delete")
    assert job.status == "COMPLETED", job.error_message
    assert routes_since(control, before) == [DELETE, WARDROBE]
    assert not Listing.objects.exists()


def test_a_not_found_that_the_wardrobe_contradicts_keeps_the_record(
    run: Run, live: Listing, control: VintedControl
) -> None:
    control.add_fault(DELETE, "status", status=404, page="<html>404</html>", times=0)
    job = run("delete")
    assert job.status == "FAILED"
    assert the_record() == live


def test_a_draft_that_a_failed_publication_has_left_is_discarded(
    run: Run, control: VintedControl
) -> None:
    body = {"message": "The title is odd."}
    control.add_fault(
        "POST /api/v2/item_upload/drafts/{item_id}/completion", "status", status=400, body=body
    )
    assert run("publish").status == "FAILED"
    before = last_request(control)
    job = run("delete")
    assert job.status == "COMPLETED", job.error_message
    assert routes_since(control, before) == [DISCARD]
    assert [each["state"] for each in control.effects()["listings"]] == ["deleted"]


def test_a_draft_that_nobody_knows_of_is_found_and_discarded(
    run: Run, live: Listing, control: VintedControl
) -> None:
    control.change_by_hand(live.external_id, title=live.product.title)
    control.list_by_hand("lea", f"Linen shirt [{live.key}]", is_draft=True)
    Listing.objects.update(status=ListingStatus.DRAFT, external_id="", details={})
    job = run("delete")
    assert job.status == "COMPLETED", job.error_message
    states = sorted(each["state"] for each in control.effects()["listings"])
    assert states == ["active", "deleted"]


# -- archive


def test_what_is_live_is_not_archived(run: Run, live: Listing, control: VintedControl) -> None:
    before = last_request(control)
    job = run("archive")
    assert job.status == "FAILED"
    assert "still on sale" in job.error_message
    assert routes_since(control, before) == []


@pytest.mark.parametrize("kind", ["", "cut_after"])
@pytest.mark.usefixtures("live")
def test_a_hidden_item_is_removed_there_and_its_record_stays(
    run: Run, control: VintedControl, kind: str
) -> None:
    run("unpublish")
    if kind:
        control.add_fault(DELETE, kind)
    job = run("archive")
    assert job.status == "COMPLETED", job.error_message
    assert [each["state"] for each in control.effects()["listings"]] == ["deleted"]
    assert the_record().status == ListingStatus.ENDED
    assert the_record().details["archived_at"]


@pytest.mark.parametrize("is_reserved", [False, True])
def test_what_the_seller_has_shown_again_is_not_archived(
    run: Run, live: Listing, control: VintedControl, the_item: ShownItem, is_reserved: bool
) -> None:
    run("unpublish")
    control.change_by_hand(live.external_id, is_hidden=False, is_reserved=is_reserved)
    job = run("archive")
    assert job.status == "FAILED"
    assert "still on sale" in job.error_message
    assert the_item()["state"] == ("reserved" if is_reserved else "active")


def test_what_is_gone_already_is_archived_without_a_deletion(
    run: Run, live: Listing, control: VintedControl
) -> None:
    run("unpublish")
    control.remove_by_hand(live.external_id)
    before = last_request(control)
    job = run("archive")
    assert job.status == "COMPLETED", job.error_message
    assert routes_since(control, before) == [WARDROBE]
    assert the_record().status == ListingStatus.ENDED


@pytest.mark.usefixtures("live")
def test_what_a_late_read_does_not_show_is_not_taken_for_gone(
    run: Run, control: VintedControl, settings: DjangoSettings, the_item: ShownItem
) -> None:
    run("unpublish")
    control.settings(read_lag=3600)
    settings.VINTED = settings.VINTED | {"settle_seconds": 3600.0}
    run("archive")
    assert (the_item()["state"], the_record().status) == ("hidden", ListingStatus.WITHDRAWN)
    control.settings(read_lag=0)
    assert run("archive").status == "COMPLETED"
    assert [each["state"] for each in control.effects()["listings"]] == ["deleted"]


def test_what_vinted_keeps_for_a_sale_says_so(
    run: Run, live: Listing, control: VintedControl
) -> None:
    control.sell("lea", live.external_id)
    run("unpublish")
    job = run("archive")
    assert job.status == "FAILED"
    assert "was sold at Vinted, and Vinted does not delete it" in job.error_message
    assert the_record().status == ListingStatus.SOLD


def test_an_archived_product_can_be_published_as_a_new_item(
    run: Run, live: Listing, control: VintedControl, the_item: ShownItem
) -> None:
    run("unpublish")
    run("archive")
    before = last_request(control)
    job = run("publish")
    assert job.status == "COMPLETED", job.error_message
    assert DRAFT in routes_since(control, before)
    assert the_item()["state"] == "active"
    assert the_record().external_id not in {"", live.external_id}


# -- what stops everything


@pytest.mark.parametrize("status", [401, 403])
def test_a_session_that_vinted_refuses_stops_the_lane_for_a_person(
    run: Run, live: Listing, control: VintedControl, account: Account, status: int
) -> None:
    control.add_fault(HIDE, "status", status=status)
    job = run("unpublish")
    assert job.status in {"PENDING", "RUNNING"}
    lane = Lane.objects.get(account_id=account.pk)
    assert lane.consent_needed_at is not None
    task = MarketplaceTask.objects.get(job=job, step="withdraw")
    assert "Vinted" in task.error_message


def test_too_many_requests_cost_no_attempt(
    run: Run, live: Listing, control: VintedControl, the_item: ShownItem
) -> None:
    control.add_fault(HIDE, "status", status=429, headers={"Retry-After": "7"})
    job = run("unpublish")
    assert job.status == "COMPLETED", job.error_message
    assert the_item()["state"] == "hidden"


@pytest.mark.parametrize(("headers", "seconds"), [({"Retry-After": "15"}, 15), ({}, 60)])
def test_the_whole_account_slows_down_when_asked_to_before_a_write(  # noqa: PLR0917
    live: Listing,
    account: Account,
    product: Product,
    control: VintedControl,
    the_item: ShownItem,
    headers: dict[str, str],
    seconds: int,
) -> None:
    control.add_fault(WHO_AM_I, "status", status=429, headers=headers)
    job_id = requests.request_job(account, "unpublish", product).job_id
    since = timezone.now()
    job = work_on(account, job_id, most=1)
    lane = Lane.objects.get(account_id=account.pk)
    assert job.attempt_count == 0, job.error_message
    assert lane.block_reason == "Vinted asks to slow down."
    assert lane.blocked_until is not None
    assert timedelta() <= lane.blocked_until - since - timedelta(seconds=seconds)
    assert work_on(account, job_id).status == "COMPLETED"
    assert the_item()["state"] == "hidden"
