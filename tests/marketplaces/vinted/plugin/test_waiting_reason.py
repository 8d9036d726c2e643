"""Why an account waits for its browser is what is missing now, not what was missing first."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytest_django.fixtures import Settings

from marketplaces.models import Account, PluginConnection
from marketplaces.vinted.plugin import absence, codes, connections
from tasks.dispatch import lanes
from tasks.dispatch.models import Lane
from tasks.errors import OfflineError
from tasks.sentences import sentence, translated
from tasks.staff_actions import Wish
from tests.acceptance.processes import until
from tests.marketplaces.vinted.plugin.browser import READY, Browser

SIGNED_OUT = READY | {"state": "signed_out", "user_id": None, "login": None}


def reason() -> str:
    return translated(Lane.objects.get().offline_reason)


@pytest.fixture
def waiting(account: Account, browser: Browser) -> Browser:
    """The account's browser shows nobody signed in, and a job has met that."""
    lanes.ensure(account.pk, marketplace="vinted", name=account.name)
    browser.connect(vinted=SIGNED_OUT)
    with pytest.raises(OfflineError) as missed:
        absence.require_ready(account.pk)
    lanes.offline(account.pk, reason=str(missed.value))
    assert reason() == "Nobody is signed in at Vinted in the seller's browser."
    return browser


def test_another_member_signs_in(waiting: Browser) -> None:
    since = Lane.objects.get().offline_since
    waiting.say({"type": "state", "vinted": READY | {"user_id": "99"}})
    waiting.ask({"type": "ping"})
    assert "this account is that of another member (4711)" in reason()
    assert Lane.objects.get().offline_since == since


def test_the_last_page_of_vinted_is_closed(waiting: Browser) -> None:
    no_tab = {"state": "no_tab", "site": "", "user_id": None, "login": None}
    waiting.say({"type": "state", "vinted": no_tab})
    assert waiting.ask({"type": "ping"}) == {"type": "pong"}
    assert reason() == "No page of Vinted is open in the seller's browser."


def test_the_browser_goes(waiting: Browser) -> None:
    waiting.close()
    until(lambda: "is not connected" in reason(), 20, "the account says that its browser is gone")


def test_the_code_is_revoked_and_a_new_one_is_made_and_entered(
    waiting: Browser,
    account: Account,
    quick: Settings,
) -> None:
    quick.VINTED = {**quick.VINTED, "plugin_url": "wss://plugin.example"}
    codes.revoke(account, Wish(codes.REVOKE, by="mara"))
    assert reason().startswith("No browser may connect: the connection code was revoked.")
    made = codes.renew(account, Wish(codes.NEW_CODE, by="mara"))
    assert reason() == (
        "The seller's browser is not connected: the new connection code was not entered in "
        "StoFlow's plugin yet."
    )
    waiting.token = made.code.split()[1]
    waiting.connect(vinted=SIGNED_OUT)
    assert reason() == "Nobody is signed in at Vinted in the seller's browser."


def test_what_a_job_missed_before_it_wrote_is_asked_for_again(
    waiting: Browser, account: Account
) -> None:
    """The browser shows something else between the job's look and its note."""
    with pytest.raises(OfflineError) as missed:
        absence.require_ready(account.pk)
    PluginConnection.objects.update(state="no_tab")
    error = missed.value
    lanes.offline(account.pk, reason=str(error), since=error.since, still=error.still)
    assert reason() == "No page of Vinted is open in the seller's browser."


def test_a_code_that_is_revoked_later_does_not_move_the_end_of_the_connection(
    waiting: Browser, account: Account
) -> None:
    waiting.close()
    until(lambda: "is not connected" in reason(), 20, "the account says that its browser is gone")
    gone_at = PluginConnection.objects.get().gone_at
    codes.revoke(account, Wish(codes.REVOKE, by="mara"))
    assert PluginConnection.objects.get().gone_at == gone_at


def test_an_account_that_nobody_has_missed_gets_no_reason(
    browser: Browser, account: Account
) -> None:
    lanes.ensure(account.pk, marketplace="vinted", name=account.name)
    browser.connect(vinted=SIGNED_OUT)
    lane = Lane.objects.get()
    assert (lane.offline_since, lane.offline_reason) == (None, "")


def test_a_connection_that_has_lost_the_place_says_nothing_when_it_ends(
    waiting: Browser, another_browser: Callable[[], Browser]
) -> None:
    holder = PluginConnection.objects.get().holder
    assert holder is not None
    after = another_browser()
    after.installation = waiting.installation
    after.connect(vinted=SIGNED_OUT)
    before = sentence("As it was.")
    Lane.objects.update(offline_reason=before)
    connections.close_place(holder)
    assert Lane.objects.get().offline_reason == before
