"""Between two calls the account rests: a step of several calls goes on, and repeats none of them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator

import pytest
from django.utils import timezone
from pytest_django import Settings as DjangoSettings

from marketplaces.models import (
    Account,
    Listing,
    ListingStatus,
    PluginCommand,
    PluginConnection,
    Product,
)
from marketplaces.sandbox.vinted.control import VintedControl
from marketplaces.vinted.plugin import link
from tasks import requests
from tasks.models import MarketplaceJob, TaskAttempt
from tests.marketplaces.vinted.conftest import (
    COMPLETE,
    DELETE,
    DRAFT,
    HIDE,
    PHOTO,
    READ,
    WARDROBE,
    Run,
    last_request,
    routes_since,
    start_server,
    work_on,
)
from tests.marketplaces.vinted.plugin.conftest import Server

PAUSE = 0.1


@pytest.fixture(scope="module")
def plugin_server(
    django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """One that lets the account rest after each call."""
    server = start_server(tmp_path_factory.mktemp("plugin-server"), pause=PAUSE)
    yield server
    server.kill()


@pytest.fixture(autouse=True)
def two_a_page(settings: DjangoSettings, quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """No rest is so short that a worker sleeps it; a look at the wardrobe takes several calls."""
    monkeypatch.setattr(link, "SHORT_REST_SECONDS", 0.0)
    settings.VINTED = settings.VINTED | {"items_a_page": 2}


@pytest.fixture
def run(account: Account, product: Product, plugin: object) -> Run:
    def work(action: str) -> MarketplaceJob:
        job_id = requests.request_job(account, action, product).job_id
        ends_at = time.monotonic() + 120
        while time.monotonic() < ends_at:
            job = work_on(account, job_id, most=1)
            if job.completed_at is not None:
                return job
            time.sleep(rest())
        raise AssertionError(f"{job.status} {job.wait_reason} {job.error_message}")

    return work


def rest() -> float:
    """The seconds until the account may go on."""
    until = PluginConnection.objects.get().rests_until
    left = (until - timezone.now()).total_seconds() if until is not None else 0.0
    return max(left, 0.01)


@pytest.fixture
def crowd(control: VintedControl, account: Account) -> None:
    """Four pages of other items."""
    for number in range(7):
        control.list_by_hand("lea", f"Other {number}")


def ours(control: VintedControl) -> list[str]:
    listings = control.effects()["listings"]
    return [each["state"] for each in listings if not each["title"].startswith("Other")]


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize("route", [DRAFT, COMPLETE])
def test_a_look_through_the_wardrobe_reads_each_page_once(
    run: Run, control: VintedControl, route: str
) -> None:
    control.settings(drafts_can_be_read=0)
    control.add_fault(route, "cut_after")
    job = run("publish")
    assert job.status == "COMPLETED", job.error_message
    assert ours(control) == ["active"]
    read = Counter(routes_since(control, 0))
    assert read[WARDROBE] <= 8, "at most one look at the draft and one at the completion"
    assert read[READ] <= 2
    # The lost answer is the only failure; no rest is one.
    assert TaskAttempt.objects.exclude(outcome="SUCCESS").count() <= 2


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize("action", ["unpublish", "delete", "update"])
def test_what_is_gone_is_asked_for_once_and_looked_for_once(
    run: Run, control: VintedControl, action: str
) -> None:
    assert run("publish").status == "COMPLETED"
    control.remove_by_hand(Listing.objects.get().external_id)
    before = last_request(control)
    run(action)
    asked = Counter(routes_since(control, before))
    assert asked[WARDROBE] == 4
    assert {each: count for each, count in asked.items() if each != WARDROBE} == {
        {"unpublish": HIDE, "delete": DELETE, "update": READ}[action]: 1
    }
    if action == "delete":
        assert not Listing.objects.exists()
    else:
        assert Listing.objects.get().status == ListingStatus.ENDED


@pytest.mark.usefixtures("crowd")
def test_an_item_that_is_hidden_by_the_seller_is_found_and_shown(
    run: Run, control: VintedControl, account: Account
) -> None:
    run("publish")
    control.change_by_hand(Listing.objects.get().external_id, is_hidden=True)
    job = run("publish")
    assert job.status == "COMPLETED", job.error_message
    assert ours(control) == ["active"]
    assert not PluginCommand.objects.filter(is_closed=False).exists(), "no answer is left over"


def test_a_look_before_the_completion_is_not_repeated_because_of_the_rest_behind_it(
    run: Run, control: VintedControl
) -> None:
    assert run("publish").status == "COMPLETED"
    assert Counter(routes_since(control, 0)) == {PHOTO: 2, DRAFT: 1, READ: 1, COMPLETE: 1}


@pytest.mark.usefixtures("crowd")
def test_what_a_late_wardrobe_does_not_explain_is_looked_for_once_more(
    run: Run, control: VintedControl, settings: DjangoSettings
) -> None:
    assert run("publish").status == "COMPLETED"
    lag, settle = 3.0, 4.0
    control.settings(read_lag=lag)
    settings.VINTED = settings.VINTED | {"settle_seconds": settle}
    time.sleep(settle)
    before = last_request(control)
    control.sell("lea", Listing.objects.get().external_id)
    job = run("delete")
    assert (job.status, Listing.objects.get().status) == ("FAILED", ListingStatus.SOLD)
    assert Counter(routes_since(control, before)) == {DELETE: 1, WARDROBE: 8}
    assert not PluginCommand.objects.filter(is_closed=False).exists(), "no answer is left over"
