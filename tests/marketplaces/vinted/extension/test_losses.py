"""Tabs, workers, browsers and connections die at the worst moments."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, expect

from tests.acceptance.processes import until
from tests.marketplaces.vinted.extension import plugged as browsers
from tests.marketplaces.vinted.extension.plugged import PluggedBrowser
from tests.marketplaces.vinted.extension.server import Server
from tests.marketplaces.vinted.extension.site import Site

pytestmark = [pytest.mark.slow]

DELETE = ("POST", "/api/v2/items/5/delete")


def begun(server: Server, site: Site) -> str:
    """A command that has taken effect and is not answered."""
    site.hold()
    made = server.command(*DELETE)
    site.until_called()
    return made


def test_a_tab_that_is_closed_leaves_the_outcome_unknown(
    server: Server, site: Site, tab: Page, browser: PluggedBrowser
) -> None:
    made = begun(server, site)
    command = server.told[-1]
    tab.close()
    assert server.result(made).ending == ("unknown", "tab")
    site.let_go()
    browser.open(site.url)
    server.until_state("ready")
    server.send(command)
    assert server.result(made, times=2).ending == ("unknown", "tab")
    assert len(site.calls) == 1


def test_a_tab_that_is_reloaded_leaves_the_outcome_unknown(
    server: Server, site: Site, tab: Page
) -> None:
    made = begun(server, site)
    tab.reload()
    assert server.result(made).ending == ("unknown", "tab")
    site.let_go()
    assert server.result(server.command("GET", "/api/v2/my_orders")).outcome == "answered"
    assert len(site.calls) == 2


def test_of_two_tabs_one_makes_the_request(
    server: Server, site: Site, tab: Page, browser: PluggedBrowser
) -> None:
    for _ in range(2):
        browser.open(site.url)
    for _ in range(3):
        assert server.result(server.command(*DELETE)).outcome == "answered"
    assert len(site.calls) == 3
    tab.close()
    assert server.result(server.command(*DELETE)).outcome == "answered"
    assert len(site.calls) == 4


def test_the_answer_outlives_a_stopped_worker(
    server: Server, site: Site, tab: Page, browser: PluggedBrowser
) -> None:
    made = begun(server, site)
    browser.stop_worker()
    site.let_go()
    result = server.result(made)
    assert result.body == site.body
    assert (server.hellos, len(site.calls)) == (2, 1)


def test_an_answer_that_came_without_a_worker_arrives(
    server: Server, site: Site, tab: Page, browser: PluggedBrowser
) -> None:
    server.refusal = "occupied"  # so that the next worker cannot say anything yet
    made = begun(server, site)
    browser.stop_worker()
    site.let_go()
    tab.wait_for_timeout(1500)
    tab.close()
    server.refusal = None
    browser.popup().get_by_role("button", name="Disconnect").click()
    browser.connect(server.code)
    assert server.result(made).body == site.body
    assert len(site.calls) == 1


def test_a_browser_that_was_killed_leaves_the_outcome_unknown(
    server: Server, site: Site, playwright: Playwright, extension: Path, tmp_path: Path
) -> None:
    profile = tmp_path / "mine"
    with browsers.plugged(playwright, profile, extension) as browser:
        browser.open(site.sign_in("ada"))
        browser.connect(server.code)
        server.until_state("ready")
        made = begun(server, site)
        command = server.told[-1]
        browsers.kill(profile)
    site.let_go()
    server.heard.clear()
    with browsers.plugged(playwright, profile, extension) as browser:
        last = browser.popup().locator("#last")
        cut_off = re.compile("^Deleting a listing, .*: cut off; StoFlow checks what became of it$")
        expect(last).to_have_text(cut_off, timeout=1000)
        browser.open(site.sign_in("ada"))
        server.until_state("ready")
        assert server.result(made).outcome == "unknown"
        server.send(command)
        server.result(made, times=2)
        expect(last).to_have_text(cut_off)
    assert len(site.calls) == 1


def test_what_goes_on_in_its_page_is_under_way_for_the_next_worker_too(
    server: Server, site: Site, tab: Page, browser: PluggedBrowser
) -> None:
    begun(server, site)
    browser.stop_worker()
    last = browser.popup().locator("#last")
    expect(last).to_have_text("Deleting a listing: under way")
    site.let_go()
    expect(last).to_have_text(re.compile("^Deleting a listing, .*: done$"))


def test_a_lost_connection_costs_no_answer(server: Server, site: Site, tab: Page) -> None:
    made = begun(server, site)
    command = server.told[-1]
    server.cut()
    server.until_heard("hello", times=2)
    server.send(command)
    site.let_go()
    assert server.result(made).body == site.body
    assert len(site.calls) == 1


def test_a_command_that_was_not_begun_starts_anew_after_a_loss(
    server: Server, site: Site, tab: Page
) -> None:
    server.grants = False
    made = server.command("POST", "/api/v2/photos", file=b"photo" * 100_000)
    command = server.told[-1]
    server.until_heard("begin", made)
    server.cut()
    server.until_heard("hello", times=2)
    server.grants = True
    server.send(command)
    assert server.result(made).outcome == "answered"
    assert len(site.calls) == 1


def test_a_result_is_sent_until_it_was_received(server: Server, site: Site, tab: Page) -> None:
    server.acknowledges = False
    made = server.command(*DELETE)
    assert server.result(made).body == site.body
    server.cut()
    server.acknowledges = True
    assert server.result(made, times=2).body == site.body
    server.cut()
    server.until_heard("hello", times=3)
    server.until_heard("ping", times=server.count("ping") + 1)
    assert server.times(made) == 2


def test_a_server_that_falls_silent_is_left(server: Server, site: Site, tab: Page) -> None:
    server.answers_pings = False
    server.until_heard("hello", times=2)
    assert server.result(server.command(*DELETE)).outcome == "answered"


@pytest.mark.parametrize("text", ["no json", '{"type": "go", "id": "5"}', f'"{"x" * 262_144}"'])
def test_a_broken_message_ends_the_connection(
    server: Server, site: Site, tab: Page, text: str
) -> None:
    server.send_text(text)
    until(lambda: server.closings, 60, "the connection is closed")
    assert server.closings == [4400]


def test_a_cut_answer_is_unknown(server: Server, site: Site, tab: Page) -> None:
    site.cuts = 10
    assert server.result(server.command(*DELETE)).ending == ("unknown", "network")


def test_the_browser_itself_sends_again_what_broke_on_a_used_connection(
    server: Server, site: Site, tab: Page
) -> None:
    """What ADR 0034 warns of. Should this fail, Chromium has changed, and the warning can go."""
    server.result(server.command("GET", "/api/v2/my_orders"))
    site.cuts = 1
    assert server.result(server.command(*DELETE)).message["status"] == 200
    assert [call.method for call in site.calls] == ["GET", "POST", "POST"]
