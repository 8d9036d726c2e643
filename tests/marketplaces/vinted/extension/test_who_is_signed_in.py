"""What the plugin tells of Vinted, and what it leaves alone because of that."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Page

from tests.acceptance.processes import until
from tests.marketplaces.vinted.extension.plugged import PluggedBrowser
from tests.marketplaces.vinted.extension.server import Server
from tests.marketplaces.vinted.extension.site import CHALLENGE, CSRF_TOKEN, Site

pytestmark = [pytest.mark.slow]

LATER_TOKEN = "0b0f3c52-6a0d-4c8e-9f27-5c1d3b1c7a90"
LOGIN = '<!doctype html><title>Log in</title><script src="https://js.datadome.invalid/tags.js"></script>'
DATADOME = "<html><script src='https://ct.captcha-delivery.invalid/c.js'></script></html>"
DELETE = ("POST", "/api/v2/items/5/delete")


def test_the_states_are_told_as_they_change(
    server: Server, site: Site, browser: PluggedBrowser
) -> None:
    browser.connect(server.code)
    assert server.until_state("no_tab")["user_id"] is None
    tab = browser.open(site.sign_in("nobody"))
    assert server.until_state("signed_out")["site"] == site.host
    tab.goto(site.sign_in("ada"))
    ready = {"state": "ready", "site": site.host, "user_id": "7", "login": "ada"}
    assert server.until_state("ready") == ready
    tab.close()
    server.until_state("no_tab")
    assert server.hellos == 1


def test_nothing_is_called_before_the_seller_has_connected(
    site: Site, browser: PluggedBrowser
) -> None:
    tab = browser.open(site.sign_in("ada"))
    tab.wait_for_timeout(1000)
    assert site.lookups == 0


def test_a_tab_of_another_site_is_none(server: Server, site: Site, browser: PluggedBrowser) -> None:
    server.site = "www.vinted.fr"
    browser.open(site.sign_in("ada"))
    browser.connect(server.code)
    server.until_state("no_tab")
    assert server.result(server.command(*DELETE)).ending == ("unsent", "no_tab")
    assert site.calls == []


def test_nothing_is_written_for_somebody_else(server: Server, site: Site, tab: Page) -> None:
    made = server.command(*DELETE, as_user="8")
    assert server.result(made).ending == ("unsent", "wrong_user")
    made = server.command("GET", "/api/v2/my_orders", as_user="8")
    assert server.result(made).ending == ("unsent", "wrong_user")
    assert server.result(server.command(*DELETE, as_user=None)).ending == ("unsent", "wrong_user")
    assert (site.calls, server.count("begin")) == ([], 0)


def test_who_is_signed_in_is_asked_before_each_write(
    server: Server, site: Site, tab: Page, browser: PluggedBrowser
) -> None:
    browser.context.add_cookies([{"name": "_vinted_fr_session", "value": "bob", "url": site.url}])
    assert server.result(server.command(*DELETE)).ending == ("unsent", "wrong_user")
    assert server.until_state("ready")["login"] == "bob"
    reading = server.command("GET", "/api/v2/my_orders", as_user="7")
    assert server.result(reading).ending == ("unsent", "wrong_user")
    browser.context.clear_cookies()
    assert server.result(server.command(*DELETE, as_user="8")).ending == ("unsent", "signed_out")
    server.until_state("signed_out")
    assert site.calls == []


def test_another_user_in_another_tab_is_noticed(
    server: Server, site: Site, tab: Page, browser: PluggedBrowser
) -> None:
    browser.open(site.sign_in("bob"))
    until(lambda: server.vinted["login"] == "bob", 60, "bob is told")
    assert server.result(server.command("GET", "/api/v2/my_orders")).ending == (
        "unsent",
        "wrong_user",
    )


def test_a_write_waits_for_no_answer_on_who_is_signed_in(
    server: Server, site: Site, tab: Page
) -> None:
    site.current_status = 502
    result = server.result(server.command(*DELETE))
    assert (result.ending, result.message["status"]) == (("unsent", "vinted"), 502)
    assert site.calls == []


@pytest.mark.parametrize(
    ("status", "page"),
    [(200, "Bonjour"), (200, '{"users": []}'), (429, LOGIN), (502, LOGIN), (503, CHALLENGE)],
)
def test_what_is_no_answer_says_nothing_of_who_is_signed_in(
    server: Server, site: Site, tab: Page, status: int, page: str
) -> None:
    site.current_status, site.current_page = status, page
    result = server.result(server.command(*DELETE))
    assert (result.ending, result.message["status"]) == (("unsent", "vinted"), status)
    assert server.vinted["state"] == "ready"


@pytest.mark.parametrize(
    ("status", "page", "state"),
    [
        (200, LOGIN, "signed_out"),
        (200, f"\n<!doctype html>{CHALLENGE}", "challenge"),
        (200, DATADOME, "challenge"),
        (429, DATADOME, "challenge"),
    ],
)
def test_a_page_instead_of_an_answer_is_the_end_of_the_session_or_a_challenge(  # noqa: PLR0917
    server: Server, site: Site, tab: Page, status: int, page: str, state: str
) -> None:
    site.current_status, site.current_page = status, page
    assert server.result(server.command(*DELETE)).ending == ("unsent", state)
    assert server.until_state(state)["user_id"] is None
    assert site.calls == []


@pytest.mark.parametrize(("asks", "state"), [(False, "signed_out"), (True, "challenge")])
def test_who_is_sent_on_to_a_page_instead_of_an_answer_is_told_what_it_shows(
    server: Server, site: Site, tab: Page, asks: bool, state: str
) -> None:
    site.moves, site.asks = True, asks
    assert server.result(server.command(*DELETE)).ending == ("unsent", state)


@pytest.mark.parametrize(("said", "told"), [("90", "90"), ("9" * 200, "9" * 100), (None, None)])
def test_when_vinted_wants_to_be_asked_again_is_told(
    server: Server, site: Site, tab: Page, said: str | None, told: str | None
) -> None:
    site.current_status = 429
    site.current_headers = {} if said is None else {"Retry-After": said}
    result = server.result(server.command(*DELETE))
    assert result.ending == ("unsent", "vinted")
    assert (result.message["status"], result.message.get("retry_after")) == (429, told)
    assert site.calls == []


def test_who_is_signed_in_is_not_looked_for_before_vinted_wants_to_be_asked(
    server: Server, site: Site, tab: Page
) -> None:
    since = time.monotonic()
    site.current_status, site.current_headers = 429, {"Retry-After": "6"}
    assert server.result(server.command(*DELETE)).ending == ("unsent", "vinted")
    looked, site.current_status = site.lookups, 200
    tab.evaluate("html => document.body.insertAdjacentHTML('beforeend', html)", CHALLENGE)
    server.until_state("challenge")
    tab.evaluate("document.querySelector('iframe').remove()")
    until(lambda: site.lookups > looked, 60, "the page looks again")
    assert time.monotonic() - since > 6
    server.until_state("ready")


def test_a_page_without_vinteds_token_is_not_written_from(
    server: Server, site: Site, tab: Page
) -> None:
    site.token = ""
    tab.goto(site.url)
    result = server.result(server.command(*DELETE))
    assert result.ending == ("unsent", "no_tab")
    assert "token" in result.message["detail"]


def test_a_page_of_an_earlier_session_is_not_written_from(
    server: Server, site: Site, tab: Page, browser: PluggedBrowser
) -> None:
    def token() -> str:
        server.result(server.command(*DELETE))
        return site.calls[-1].headers["X-CSRF-Token"]

    assert token() == CSRF_TOKEN
    site.token = LATER_TOKEN
    other = browser.open(site.sign_in("ada"))
    until(lambda: token() == LATER_TOKEN, 60, "the page of the later session is used")
    browser.stop_worker()
    server.until_heard("hello", times=2)
    until(lambda: token() == LATER_TOKEN, 60, "it is used again")
    other.close()
    until(lambda: token() == CSRF_TOKEN, 60, "the best that is left is used")


def test_a_tab_of_the_same_session_does_not_take_the_place_of_the_first(
    server: Server, site: Site, tab: Page, browser: PluggedBrowser
) -> None:
    other = browser.open(site.sign_in("ada"))
    until(lambda: site.lookups >= 3, 60, "both pages have looked")
    site.hold()
    made = server.command(*DELETE)
    site.until_called()
    other.close()
    site.let_go()
    assert server.result(made).outcome == "answered"


def test_a_later_session_is_used_at_once_also_just_after_the_first_tab_has_moved_on(
    server: Server, site: Site, tab: Page, browser: PluggedBrowser
) -> None:
    tab.goto(site.sign_in("nobody"))
    server.until_state("signed_out")
    site.token, site.slow = LATER_TOKEN, "/sign-in/ada"
    browser.open(site.sign_in("ada"))
    server.until_state("ready")
    assert server.result(server.command(*DELETE)).outcome == "answered"
    assert site.calls[-1].headers["X-CSRF-Token"] == LATER_TOKEN


def test_a_challenge_on_the_page_stops_everything(server: Server, site: Site, tab: Page) -> None:
    looked = site.lookups
    tab.evaluate("html => document.body.insertAdjacentHTML('beforeend', html)", CHALLENGE)
    server.until_state("challenge")
    for command in (DELETE, ("GET", "/api/v2/my_orders")):
        assert server.result(server.command(*command)).ending == ("unsent", "challenge")
    assert (site.calls, site.lookups) == ([], looked)
    tab.evaluate("document.querySelector('iframe').remove()")
    server.until_state("ready")


def test_a_challenge_instead_of_an_answer_stops_everything(
    server: Server, site: Site, tab: Page
) -> None:
    site.current_status = 403
    assert server.result(server.command(*DELETE)).ending == ("unsent", "challenge")
    server.until_state("challenge")
    site.current_status = 200
    tab.reload()
    server.until_state("ready")


def test_a_challenge_that_was_answered_in_another_tab_is_over(
    server: Server, site: Site, tab: Page, browser: PluggedBrowser
) -> None:
    other = browser.open(site.sign_in("ada"))
    until(lambda: site.lookups >= 3, 60, "both pages have looked")
    site.current_status = 403
    assert server.result(server.command(*DELETE)).ending == ("unsent", "challenge")
    server.until_state("challenge")
    site.current_status = 200
    other.reload()
    server.until_state("ready")
    assert server.result(server.command(*DELETE)).outcome == "answered"
