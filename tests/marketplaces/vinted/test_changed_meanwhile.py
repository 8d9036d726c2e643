"""Between our read and our write, a buyer or the seller does something to the item at Vinted."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from pytest_django import Settings as DjangoSettings

from marketplaces.models import Account, Listing, ListingStatus, Product
from marketplaces.sandbox.vinted.control import VintedControl
from tasks import requests
from tasks.dispatch.models import Lane
from tasks.models import MarketplaceJob, TaskAttempt
from tests.acceptance.processes import until
from tests.marketplaces.vinted.conftest import (
    COMPLETE,
    DELETE,
    HIDE,
    READ,
    UPDATE,
    WARDROBE,
    Run,
    ShownItem,
    last_request,
    routes_since,
    work_on,
)

LAG, SETTLE = 2.0, 3.0
"""Seconds by which Vinted's reads are late, and after which they are believed."""
AFTERWARDS = {
    "sold": (ListingStatus.SOLD, "was sold at Vinted", "Publish it again"),
    "closed": (ListingStatus.ENDED, "no longer live at Vinted", "Publish it again"),
    "gone": (ListingStatus.ENDED, "no longer live at Vinted", "Publish it again"),
    "hidden": (ListingStatus.WITHDRAWN, "is hidden at Vinted", "Show it again"),
}
FORBIDDEN = {"message": "Forbidden"}


@pytest.fixture
def live(run: Run, product: Product) -> Listing:
    """The product is on sale at Vinted, two pieces of it here."""
    Product.objects.update(stock=2)
    job = run("publish")
    assert job.status == "COMPLETED", job.error_message
    return Listing.objects.get()


@pytest.fixture
def late(control: VintedControl, settings: DjangoSettings) -> Callable[[], None]:
    """From now on reads show what was a while ago."""

    def begin() -> None:
        control.settings(read_lag=LAG)
        settings.VINTED = settings.VINTED | {"settle_seconds": SETTLE}
        time.sleep(SETTLE)

    return begin


@pytest.fixture
def work(account: Account, product: Product, plugin: object) -> Run:
    """As `run`, in real time: a rest takes as long as it takes."""

    def wait_for(action: str) -> MarketplaceJob:
        job_id = requests.request_job(account, action, product).job_id
        ends_at = time.monotonic() + 60
        while time.monotonic() < ends_at:
            job = work_on(account, job_id, most=1)
            lane = Lane.objects.get(account_id=account.pk)
            if job.completed_at is not None or lane.consent_needed_at is not None:
                return job
            time.sleep(0.5)
        raise AssertionError(f"{job.status} {job.wait_reason} {job.error_message}")

    return wait_for


def happen(control: VintedControl, item_id: str, what: str) -> None:
    match what:
        case "sold":
            control.sell("lea", item_id)
        case "closed":
            control.close(item_id)
        case "gone":
            control.remove_by_hand(item_id)
        case "hidden":
            control.change_by_hand(item_id, is_hidden=True)
        case "reserved":
            control.change_by_hand(item_id, is_reserved=True)


@contextmanager
def before_it_arrives(
    control: VintedControl, route: str, listing: Listing, what: str
) -> Iterator[None]:
    """It happens when the request has left and Vinted has not dealt with it."""
    control.add_fault(route, "hold_before")

    def strike() -> None:
        until(control.holds, 60, "the request is held")
        happen(control, listing.external_id, what)
        control.release(effect=True)

    thread = threading.Thread(target=strike)
    thread.start()
    yield
    thread.join()


def the_record() -> Listing:
    return Listing.objects.get()


def is_stopped(account: Account) -> bool:
    return Lane.objects.get(account_id=account.pk).consent_needed_at is not None


@pytest.mark.parametrize("what", AFTERWARDS)
def test_an_update_that_comes_too_late_records_what_became_of_the_item(
    run: Run, live: Listing, control: VintedControl, what: str
) -> None:
    Product.objects.update(price="25.00")
    with before_it_arrives(control, UPDATE, live, what):
        job = run("update")
    status, message, advice = AFTERWARDS[what]
    assert (job.status, the_record().status) == ("FAILED", status)
    assert message in job.error_message
    assert advice in job.error_advice
    assert Product.objects.get().stock == (1 if what == "sold" else 2)


def test_a_sale_that_the_wardrobe_shows_late_is_recorded_all_the_same(
    work: Run, live: Listing, control: VintedControl, late: Callable[[], None]
) -> None:
    Product.objects.update(price="25.00")
    late()
    before = last_request(control)
    with before_it_arrives(control, UPDATE, live, "sold"):
        job = work("update")
    assert (job.status, the_record().status) == ("FAILED", ListingStatus.SOLD)
    assert "was sold at Vinted" in job.error_message
    assert Product.objects.get().stock == 1
    assert routes_since(control, before).count(UPDATE) == 1, "the refused request is not repeated"


@pytest.mark.parametrize(("action", "route"), [("update", UPDATE), ("unpublish", HIDE)])
def test_a_reservation_that_the_wardrobe_shows_late_stops_nobody_else(  # noqa: PLR0917 - fixtures
    work: Run,
    live: Listing,
    control: VintedControl,
    account: Account,
    late: Callable[[], None],
    action: str,
    route: str,
) -> None:
    Product.objects.update(price="25.00")
    late()
    control.add_fault(route, "status", status=403, body=FORBIDDEN, times=0)
    happen(control, live.external_id, "reserved")
    job = work(action)
    assert (job.status, the_record().status) == ("FAILED", ListingStatus.LIVE)
    assert "is reserved at Vinted" in job.error_message
    assert not is_stopped(account)


def test_a_ban_that_nothing_explains_stops_the_account_after_a_second_look(
    work: Run, live: Listing, control: VintedControl, account: Account, late: Callable[[], None]
) -> None:
    Product.objects.update(price="25.00")
    late()
    control.add_fault(UPDATE, "status", status=403, body=FORBIDDEN, times=0)
    before = last_request(control)
    job = work("update")
    assert is_stopped(account)
    assert routes_since(control, before)[-3:] == [UPDATE, WARDROBE, WARDROBE]
    assert TaskAttempt.objects.filter(task__job=job, task__step="save_item").count() == 1
    assert the_record().status == ListingStatus.LIVE


def test_an_edit_form_that_is_late_refuses_nothing_of_what_has_just_been_shown(
    work: Run, live: Listing, control: VintedControl, settings: DjangoSettings, the_item: ShownItem
) -> None:
    assert work("unpublish").status == "COMPLETED"
    Product.objects.update(price="25.00")
    settings.VINTED = settings.VINTED | {"settle_seconds": SETTLE / 2}
    time.sleep(SETTLE / 2)
    control.add_fault(READ, "status", status=404, body={"message": "Not found"}, times=1)
    job = work("activate")
    assert job.status == "COMPLETED", job.error_message
    assert (the_item()["state"], the_item()["price"]) == ("active", "25.00")


def test_an_update_of_what_vinted_shows_and_yet_does_not_find_says_both(
    run: Run, live: Listing, control: VintedControl, account: Account
) -> None:
    Product.objects.update(price="25.00")
    control.add_fault(UPDATE, "status", status=404, body={"message": "Not found"}, times=0)
    job = run("update")
    assert (job.status, the_record().status) == ("FAILED", ListingStatus.LIVE)
    assert "does not let “Linen shirt” be changed now" in job.error_message
    assert not is_stopped(account)


def test_a_fault_that_vinted_names_is_no_reason_to_look(
    run: Run, live: Listing, control: VintedControl
) -> None:
    Product.objects.update(price="25.00")
    body = {"errors": [{"field": "price", "value": "Price is odd"}]}
    control.add_fault(UPDATE, "status", status=400, body=body)
    before = last_request(control)
    job = run("update")
    assert "Price is odd" in job.error_message
    assert WARDROBE not in routes_since(control, before)


@pytest.mark.parametrize("is_late", [False, True])
def test_what_was_sold_is_not_deleted_and_its_sale_is_recorded(
    work: Run, live: Listing, control: VintedControl, late: Callable[[], None], is_late: bool
) -> None:
    if is_late:
        late()
    control.sell("lea", live.external_id)
    job = work("delete")
    assert (job.status, the_record().status) == ("FAILED", ListingStatus.SOLD)
    assert "was sold at Vinted" in job.error_message
    assert "Nothing to do" in job.error_advice
    assert Product.objects.get().stock == 1


def test_a_page_is_no_yes_to_a_deletion(
    run: Run, live: Listing, control: VintedControl, the_item: ShownItem
) -> None:
    control.add_fault(DELETE, "status", status=200, page="<html>Sign in</html>", times=0)
    assert run("delete").status != "COMPLETED"
    assert the_record() == live
    assert the_item()["state"] == "active"


@pytest.mark.parametrize("status", [400, 403])
def test_what_is_closed_and_not_deleted_is_recorded_as_over(
    run: Run, live: Listing, control: VintedControl, account: Account, status: int
) -> None:
    control.close(live.external_id)
    control.add_fault(DELETE, "status", status=status, body={"message": "No"}, times=0)
    job = run("delete")
    assert (job.status, the_record().status) == ("FAILED", ListingStatus.ENDED)
    assert "“Linen shirt” is closed at Vinted" in job.error_message
    assert not is_stopped(account)


def test_a_deletion_that_vinted_refuses_of_what_is_on_sale_says_why(
    run: Run, live: Listing, control: VintedControl
) -> None:
    control.add_fault(DELETE, "status", status=400, body={"message": "Not today"}, times=0)
    job = run("delete")
    assert (job.status, the_record().status) == ("FAILED", ListingStatus.LIVE)
    assert "Vinted refused to delete the listing: Not today." in job.error_message


def test_what_is_shown_again_by_hand_and_not_archived_is_live_here_too(
    run: Run, live: Listing, control: VintedControl
) -> None:
    run("unpublish")
    control.change_by_hand(live.external_id, is_hidden=False)
    job = run("archive")
    assert "still on sale" in job.error_message
    assert the_record().status == ListingStatus.LIVE


@pytest.mark.parametrize("what", ["gone", "closed"])
def test_publishing_what_was_hidden_here_and_is_over_there_makes_a_new_item(
    run: Run, live: Listing, control: VintedControl, the_item: ShownItem, what: str
) -> None:
    run("unpublish")
    if what == "closed":
        control.change_by_hand(live.external_id, is_hidden=False)
    happen(control, live.external_id, what)
    before = last_request(control)
    job = run("publish")
    assert job.status == "COMPLETED", job.error_message
    assert COMPLETE in routes_since(control, before)
    assert (the_record().status, the_record().external_id != live.external_id) == (
        ListingStatus.LIVE,
        True,
    )


def test_publishing_what_was_shown_and_sold_by_hand_sells_the_next_piece(
    run: Run, live: Listing, control: VintedControl
) -> None:
    run("unpublish")
    control.change_by_hand(live.external_id, is_hidden=False)
    control.sell("lea", live.external_id)
    job = run("publish")
    assert job.status == "COMPLETED", job.error_message
    assert Product.objects.get().stock == 1
    assert the_record().external_id != live.external_id


def test_publishing_the_last_piece_that_was_sold_by_hand_makes_no_new_item(
    run: Run, live: Listing, control: VintedControl, the_item: ShownItem
) -> None:
    Product.objects.update(stock=1)
    run("unpublish")
    control.change_by_hand(live.external_id, is_hidden=False)
    control.sell("lea", live.external_id)
    job = run("publish")
    assert job.status == "FAILED"
    assert Product.objects.get().stock == 0
    assert the_item()["state"] == "sold"
