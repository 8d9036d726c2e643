"""How the plugin connects, and what the pop-up says when it cannot."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.marketplaces.vinted.extension.plugged import PluggedBrowser
from tests.marketplaces.vinted.extension.server import Server
from tests.marketplaces.vinted.extension.site import Site

pytestmark = [pytest.mark.slow]


def test_the_seller_has_to_agree_first(server: Server, browser: PluggedBrowser) -> None:
    popup = browser.popup()
    expect(popup.get_by_text("may breach its terms")).to_be_visible()
    popup.get_by_role("textbox", name="Connection code").fill(server.code)
    popup.get_by_role("button", name="Connect").click()
    expect(popup.get_by_role("alert")).to_contain_text("Tick the box")
    expect(popup.get_by_role("checkbox")).to_be_focused()
    assert server.hellos == 0


@pytest.mark.parametrize(
    "code",
    [
        "",
        "a-token",
        "http://127.0.0.1/ a",
        "ws://stoflow.example/ a",
        "wss://u:p@host/ a",
        "wss://h/ a b",
        "wss://h/ a</code>",
    ],
)
def test_what_is_no_code_is_not_tried(browser: PluggedBrowser, code: str) -> None:
    popup = browser.popup()
    popup.get_by_role("checkbox").check()
    popup.get_by_role("textbox").fill(code)
    popup.get_by_role("textbox").press("Enter")
    expect(popup.get_by_role("alert")).to_contain_text("not a connection code")
    expect(popup.locator("#state")).to_be_hidden()


def test_the_popup_tells_who_is_connected(
    server: Server, site: Site, tab: Page, browser: PluggedBrowser
) -> None:
    server.result(server.command("POST", "/api/v2/items/5/delete"))
    popup = browser.popup()
    expect(popup.get_by_role("status")).to_contain_text("Connected")
    expect(popup.locator("#account")).to_have_text("Ada's shop")
    expect(popup.locator("#user")).to_have_text("ada")
    expect(popup.locator("#last")).to_contain_text("Deleting a listing")
    expect(popup.locator("#last")).to_contain_text("done")
    hello, *_ = server.all("hello")
    assert (hello["protocol"], hello["version"]) == (1, "1.0.0")


def test_an_account_without_a_member_is_not_said_to_be_at_work(
    server: Server, site: Site, browser: PluggedBrowser
) -> None:
    server.user_id = None
    browser.open(site.sign_in("ada"))
    popup = browser.connect(server.code)
    server.until_state("ready")
    expect(popup.get_by_role("status")).to_contain_text("This takes a moment")
    server.user_id = "7"
    server.tell_standing()
    expect(popup.get_by_role("status")).to_contain_text("StoFlow is at work here")


def test_the_popup_names_the_other_account_of_the_member(
    server: Server, tab: Page, browser: PluggedBrowser
) -> None:
    server.user_id, server.member_of = None, "Ada's first shop"
    server.tell_standing()
    status = browser.popup().get_by_role("status")
    expect(status).to_contain_text("Needs you")
    expect(status).to_contain_text("ada is signed in, who is the member of “Ada's first shop”")


def test_the_popup_names_no_account_of_another_seller(
    server: Server, tab: Page, browser: PluggedBrowser
) -> None:
    server.user_id, server.member_of = None, ""
    server.tell_standing()
    status = browser.popup().get_by_role("status")
    expect(status).to_contain_text("Needs you")
    expect(status).to_contain_text("This Vinted member is connected for another seller already")
    expect(status).to_contain_text("ada is signed in. Remove this member there first")


def test_the_popup_says_that_the_work_has_stopped(
    server: Server, site: Site, tab: Page, browser: PluggedBrowser
) -> None:
    popup = browser.popup()
    server.stopped = True
    server.tell_standing()
    status = popup.get_by_role("status")
    expect(status).to_contain_text("StoFlow has stopped")
    expect(status).to_contain_text(f"Open {site.host}")
    server.stopped = False
    server.tell_standing()
    expect(status).to_contain_text("StoFlow is at work here")


def test_nothing_is_told_of_a_tab_of_another_site_even_before_the_site_is_known(
    server: Server, site: Site, browser: PluggedBrowser
) -> None:
    server.site = "www.vinted.fr"
    browser.open(site.sign_in("ada"))
    browser.connect(server.code)
    server.until_state("no_tab")
    assert "ada" not in str(server.heard)


def test_disconnecting_ends_it_for_good(server: Server, tab: Page, browser: PluggedBrowser) -> None:
    popup = browser.popup()
    popup.get_by_role("button", name="Disconnect").click()
    expect(popup.get_by_role("checkbox")).to_be_visible()
    browser.stop_worker()
    tab.reload()
    tab.wait_for_timeout(2500)
    assert server.hellos == 1
    assert browser.worker.evaluate("chrome.storage.local.get('connection')") == {}


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("token", "Needs you: The connection code is not valid any more"),
        ("version", "Needs you: This plugin is too old"),
        ("occupied", "Waiting: Another browser is connected"),
        ("message", "Needs you: StoFlow and the plugin do not understand each other"),
    ],
)
def test_a_refusal_is_explained_and_not_repeated(
    server: Server, site: Site, browser: PluggedBrowser, reason: str, said: str
) -> None:
    tone, title = said.split(": ")
    server.refusal = reason
    popup = browser.connect(server.code)
    expect(popup.locator("#word")).to_have_text(tone)
    expect(popup.locator("#title")).to_have_text(title)
    # The server's English words stand only where the pop-up has none of its own.
    expect(popup.locator("#message")).to_be_visible(visible=reason == "message")
    browser.stop_worker()
    browser.open(site.url).wait_for_timeout(2500)
    assert server.hellos == 1
    expect(popup.locator("#title")).to_contain_text(title)


def test_a_new_code_takes_the_place_of_one_that_was_revoked(
    server: Server, browser: PluggedBrowser
) -> None:
    popup = browser.connect(server.code.replace("a-token", "an-old-token"))
    popup.get_by_role("button", name="Enter a new code").click()
    popup.get_by_role("checkbox").check()
    popup.get_by_role("textbox").fill(server.code)
    popup.get_by_role("textbox").press("Enter")
    server.until_state("no_tab")
    expect(popup.locator("#title")).to_contain_text("No Vinted tab")


def test_the_plugin_comes_back_by_itself(
    server: Server, site: Site, tab: Page, browser: PluggedBrowser
) -> None:
    browser.stop_worker()
    server.until_heard("hello", times=2)
    first, second = server.all("hello")
    assert first["installation"] == second["installation"]
    assert server.result(server.command("GET", "/api/v2/my_orders")).outcome == "answered"
