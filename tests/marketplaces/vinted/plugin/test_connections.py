"""Whoever connects is who they say, in a version that we understand, and alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from marketplaces.models import Account, PluginConnection, PluginToken
from marketplaces.vinted.plugin import absence, forgetting, tokens
from stoflow.load.cloning import Template
from stoflow.tenants.models import Tenant
from tasks import tenancy
from tasks.dispatch import lanes
from tasks.errors import OfflineError
from tasks.sentences import translated
from tasks.staff_actions import Wish
from tests.acceptance.processes import until
from tests.marketplaces.vinted.plugin.browser import READY, USER, Browser
from tests.marketplaces.vinted.plugin.conftest import Server


def test_a_plugin_is_welcomed_with_what_it_shows_the_seller(browser: Browser) -> None:
    assert browser.connect() == {
        "type": "welcome",
        "protocol": 1,
        "heartbeat_seconds": 2.0,
        "account": "Marie",
        "user_id": "4711",
        "site": "www.vinted.fr",
        "member_of": None,
        "stopped": False,
    }


def test_a_token_is_kept_as_a_digest_only(token: str) -> None:
    stored = PluginToken.objects.get()
    assert token not in str(vars(stored))
    assert len(stored.digest) == 64


def test_a_new_token_makes_the_former_one_void(browser: Browser, account: Account) -> None:
    tokens.issue(account, by="staff")
    assert browser.connect()["reason"] == "token"
    assert browser.close_code() == 4401


def test_the_account_becomes_that_of_the_first_user_who_signs_in(
    browser: Browser, account: Account
) -> None:
    Account.objects.update(shop_id="")
    assert browser.connect()["user_id"] == "4711"
    account.refresh_from_db()
    assert account.shop_id == "4711"


def test_an_account_never_becomes_somebody_elses(browser: Browser, account: Account) -> None:
    browser.connect(vinted=READY | {"user_id": "99"})
    account.refresh_from_db()
    assert account.shop_id == "4711"


@pytest.mark.parametrize("state", ["ready", "challenge"])
def test_what_another_site_shows_is_nothing_of_the_account_s(
    browser: Browser, account: Account, state: str
) -> None:
    Account.objects.update(shop_id="")
    browser.connect(vinted=READY | {"state": state, "site": "www.vinted.be"})
    account.refresh_from_db()
    assert account.shop_id == ""
    only_one = (
        "No page of www.vinted.fr is open in the seller's browser, only one of www.vinted.be."
    )
    assert translated(absence.of_account(account.pk)) == only_one
    with pytest.raises(OfflineError):
        absence.require_ready(account.pk)


def test_a_member_who_signs_in_later_is_told_to_the_plugin(
    browser: Browser, account: Account
) -> None:
    Account.objects.update(shop_id="")
    assert browser.connect(vinted=READY | {"site": "www.vinted.be"})["user_id"] is None
    standing = {"site": "www.vinted.fr", "member_of": None, "stopped": False}
    assert browser.ask({"type": "state", "vinted": READY}) == {
        "type": "standing",
        "user_id": "4711",
        **standing,
    }
    assert absence.of_account(account.pk) == ""


def test_two_accounts_are_not_the_same_members_and_both_sides_name_the_other(
    browser: Browser, account: Account
) -> None:
    Account.objects.update(shop_id="")
    Account.objects.create(marketplace="vinted", name="Other", shop_id="4711")
    welcome = browser.connect()
    assert (welcome["user_id"], welcome["member_of"]) == (None, "Other")
    said = translated(absence.of_account(account.pk))
    assert "“marie” (4711), the member of the account “Other”." in said
    assert browser.ask({"type": "state", "vinted": READY | {"user_id": "99"}})["member_of"] is None
    account.refresh_from_db()
    assert account.shop_id == "99"


def test_the_plugin_hears_that_the_work_has_stopped_and_that_it_goes_on(
    browser: Browser, account: Account
) -> None:
    lanes.ensure(account.pk, marketplace="vinted", name=account.name)
    browser.connect()
    lanes.stop_for_consent(account.pk, reason="Vinted asks.")
    browser.say({"type": "ping"})
    assert [browser.hear()["type"], browser.hear()["stopped"]] == ["pong", True]
    lanes.consent_given(account.pk)
    browser.say({"type": "ping"})
    assert [browser.hear()["type"], browser.hear()["stopped"]] == ["pong", False]


def test_a_forgotten_member_is_told_and_the_next_one_is_bound(
    browser: Browser, account: Account
) -> None:
    browser.connect(vinted=READY | {"user_id": "99"})
    forgetting.forget(account, Wish(forgetting.KIND, by="mara"))
    assert browser.hear()["user_id"] == "99"
    account.refresh_from_db()
    assert account.shop_id == "99"


@pytest.mark.parametrize("schema", ["t2", "nowhere", "public"])
def test_a_token_opens_no_other_sellers_door_and_tells_of_none(
    server: Server, token: str, schema: str
) -> None:
    browser = Browser(f"ws://127.0.0.1:{server.port}/t/{schema}/plugin/", token)
    assert browser.connect()["reason"] == "token"
    browser.close()


def test_a_second_browser_is_told_that_the_place_is_taken(
    another_browser: Callable[[], Browser],
) -> None:
    first, second = another_browser(), another_browser()
    first.connect()
    assert second.connect()["reason"] == "occupied"
    assert second.close_code() == 4409
    assert first.ask({"type": "ping"}) == {"type": "pong"}


def test_a_browser_that_was_restarted_takes_its_own_place_back(
    another_browser: Callable[[], Browser],
) -> None:
    before, after = another_browser(), another_browser()
    after.installation = before.installation
    before.connect()
    assert after.connect()["type"] == "welcome"
    assert before.ask({"type": "ping"})["reason"] == "occupied"


def test_a_browser_that_says_nothing_loses_its_place(
    another_browser: Callable[[], Browser],
) -> None:
    first, second = another_browser(), another_browser()
    first.connect()
    assert first.close_code() == 1013
    until(place_is_free, 20, "the place is given back")
    assert second.connect()["type"] == "welcome"


def test_a_browser_that_closes_frees_its_place(another_browser: Callable[[], Browser]) -> None:
    first, second = another_browser(), another_browser()
    first.connect()
    first.close()
    until(place_is_free, 20, "the place is given back")
    assert second.connect()["type"] == "welcome"
    assert PluginConnection.objects.get().installation is not None


def place_is_free() -> bool:
    """A browser is told that its connection has ended before its place is given back."""
    return PluginConnection.objects.get().holder is None


@pytest.mark.parametrize(
    "hello",
    [{"version": "0.9.9"}, {"protocol": 0, "something": "of old"}],
    ids=["version", "protocol"],
)
def test_an_old_plugin_is_told_which_one_it_has_to_be(
    browser: Browser, hello: dict[str, Any]
) -> None:
    refused = browser.connect(**hello)
    assert (refused["reason"], refused["least_version"]) == ("version", "1.0.0")
    assert browser.close_code() == 4426


@pytest.mark.parametrize(
    "message",
    [
        {"type": "hello"},
        {"type": "need", "id": "no uuid", "offset": 0},
        {"type": "command"},
        {"type": "ping", "and": "more"},
        {"type": "part", "id": "1" * 8 + "-1111" * 3 + "-" + "1" * 12, "index": 1.0, "data": ""},
        [],
    ],
    ids=str,
)
def test_what_is_no_message_of_the_protocol_ends_the_connection(
    browser: Browser, message: dict[str, str]
) -> None:
    browser.connect()
    assert browser.ask(message)["reason"] == "message"
    assert browser.close_code() == 4400


@pytest.mark.parametrize("text", ["[" * 200_000, '"\ud800"', "NaN", '{"type": "p\\u0000ing"}'])
def test_what_no_plugin_would_say_ends_the_connection_as_well(browser: Browser, text: str) -> None:
    browser.connect()
    assert browser.wire is not None
    browser.wire.send(text.encode(errors="surrogatepass"), text=True)
    assert browser.close_code() in {4400, 1007}


@pytest.mark.parametrize("field", ["token", "login"])
def test_half_a_character_in_a_hello_is_refused_and_holds_no_place(
    another_browser: Callable[[], Browser], field: str
) -> None:
    odd, good = another_browser(), another_browser()
    half = {"token": "a\ud800b"} if field == "token" else {"vinted": READY | {"login": "a\ud800b"}}
    assert odd.connect(**half)["reason"] == "message"
    assert odd.close_code() == 4400
    assert good.connect()["type"] == "welcome"


def test_an_address_that_is_no_plugin_s_is_not_found(server: Server) -> None:
    with pytest.raises(InvalidStatus) as refused:
        connect(f"ws://127.0.0.1:{server.port}/t/t1/nothing/")
    assert refused.value.response.status_code == 404


def test_a_message_that_is_too_long_ends_the_connection(browser: Browser) -> None:
    browser.connect()
    browser.say({"type": "ping", "filler": "x" * 300_000})
    assert browser.close_code() == 1009


def test_the_browser_says_when_the_seller_signs_out(browser: Browser) -> None:
    browser.connect()
    signed_out = {"state": "signed_out", "user_id": None, "login": None}
    browser.say({"type": "state", "vinted": READY | signed_out})
    assert browser.ask({"type": "ping"}) == {"type": "pong"}
    assert PluginConnection.objects.get().state == "signed_out"


def test_a_lock_of_one_sellers_keeps_no_other_waiting(
    browser: Browser, account: Account, server: Server
) -> None:
    other = Account.objects.create(marketplace="vinted", name="Other", shop_id="99")
    neighbour = Browser(browser.address, tokens.issue(other, by="staff"))
    browser.connect()
    neighbour.connect(vinted=READY | {"user_id": "99"})
    try:
        with transaction.atomic():
            PluginConnection.objects.select_for_update().get(account=account)
            browser.say({"type": "ping"})
            assert browser.hears_nothing()
            assert neighbour.ask({"type": "ping"}) == {"type": "pong"}
        assert browser.hear() == {"type": "pong"}
    finally:
        neighbour.close()


@pytest.fixture
def gone_browser(account: Account, server: Server, quick: object) -> Iterator[Browser]:
    """Of a seller of their own, who can be removed."""
    tenancy.leave()
    tenant = Tenant(schema_name="gone", name="Gone")
    Template(Tenant.objects.get(schema_name="t1")).make([tenant])
    with tenancy.inside(tenant):
        theirs = Account.objects.create(marketplace="vinted", name="Marie", shop_id=USER)
        token = tokens.issue(theirs, by="staff")
    browser = Browser(f"ws://127.0.0.1:{server.port}/t/gone/plugin/", token)
    yield browser
    browser.close()


def test_a_removed_seller_s_plugin_is_sent_away_at_once_and_stays_away(
    gone_browser: Browser, server: Server
) -> None:
    gone_browser.connect()
    before = len(server.said())
    Tenant.objects.filter(schema_name="gone").delete()
    assert gone_browser.hear()["reason"] == "token"
    assert gone_browser.close_code() == 4401
    assert gone_browser.connect()["reason"] == "token"
    said = server.said()[before:]
    assert "Traceback" not in said
    (line,) = (line for line in said.splitlines() if "gone" in line)
    assert "plugin.seller_gone schema=gone" in line


def test_a_removed_seller_s_plugin_that_speaks_is_told_so_too(gone_browser: Browser) -> None:
    gone_browser.connect()
    Tenant.objects.filter(schema_name="gone")._raw_delete("default")  # nobody is woken
    assert gone_browser.ask({"type": "ping"})["reason"] == "token"
    assert gone_browser.close_code() == 4401
