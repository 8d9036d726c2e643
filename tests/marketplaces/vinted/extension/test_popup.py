"""The pop-up for everybody: keyboard, screen reader, light and dark, English and French."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Playwright, expect

from tests.marketplaces.vinted.extension import plugged as browsers
from tests.marketplaces.vinted.extension.plugged import EXTENSION, PluggedBrowser
from tests.marketplaces.vinted.extension.server import SCHEMA, Server
from tests.marketplaces.vinted.extension.site import Site

pytestmark = [pytest.mark.slow]


def obstacles(popup: Page) -> list[str]:
    found = []
    for scheme in ("light", "dark"):
        popup.emulate_media(color_scheme=scheme)
        found += [
            f"{scheme}: {each['id']}: {node['html']}"
            for each in Axe().run(popup).response["violations"]
            for node in each["nodes"]
        ]
    return found


def test_a_screen_reader_meets_no_obstacle(
    server: Server, site: Site, browser: PluggedBrowser
) -> None:
    popup = browser.popup()
    assert obstacles(popup) == []
    popup.get_by_role("button", name="Connect").click()
    assert obstacles(popup) == []
    popup.close()
    popup = browser.connect(server.code)
    server.until_state("no_tab")
    assert obstacles(popup) == []


def test_the_keyboard_is_enough(server: Server, browser: PluggedBrowser) -> None:
    popup = browser.popup()
    expect(popup.get_by_role("checkbox")).to_be_visible()
    for key in ("Tab", "Space", "Tab"):
        popup.keyboard.press(key)
    popup.keyboard.insert_text(server.code)
    popup.keyboard.press("Tab")
    popup.keyboard.press("Enter")
    server.until_state("no_tab")


HASTY = """async () => {
  for (let wait = 0; wait < 300; wait += 2) {
    const port = chrome.runtime.connect({ name: "popup" });
    setTimeout(() => port.disconnect(), wait);
  }
  await new Promise((resolve) => setTimeout(resolve, 1000));
}"""
"""Pop-ups that are closed again at every moment of the worker's start."""


def test_popups_that_are_closed_while_the_worker_starts_keep_nothing_from_going_on(
    server: Server, site: Site, browser: PluggedBrowser, tab: Page
) -> None:
    hasty = browser.context.new_page()
    hasty.goto(f"chrome-extension://{browser.identity}/_locales/en/messages.json")
    browser.stop_worker()
    hasty.evaluate(HASTY)
    server.until_heard("hello", times=2)
    assert server.result(server.command("POST", "/api/v2/items/5/delete")).outcome == "answered"
    expect(browser.popup().locator("#state")).to_be_visible()


def test_what_comes_from_outside_is_text(
    server: Server, site: Site, browser: PluggedBrowser
) -> None:
    server.refusal = "message"
    popup = browser.connect(server.code)
    expect(popup.locator("#message")).to_have_text("Refused: message.")
    assert "innerHTML" not in "".join(path.read_text() for path in EXTENSION.rglob("*.js"))


def test_it_speaks_french(playwright: Playwright, extension: Path, tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    with browsers.plugged(playwright, profile, extension, language="fr") as browser:
        popup = browser.popup()
        expect(popup.get_by_role("button", name="Se connecter")).to_be_visible()
        expect(popup.get_by_text("enfreindre ses conditions")).to_be_visible()
        assert popup.locator("html").get_attribute("lang") == "fr"


def test_every_text_exists_in_both_languages() -> None:
    english, french = (
        json.loads((EXTENSION / "_locales" / language / "messages.json").read_text())
        for language in ("en", "fr")
    )
    assert english.keys() == french.keys()
    for key in english:
        for texts in (english, french):
            assert texts[key]["message"].strip()
        used = [set(re.findall(r"\$\d", texts[key]["message"])) for texts in (english, french)]
        assert used[0] == used[1], key


def test_every_text_that_is_asked_for_exists() -> None:
    known = json.loads((EXTENSION / "_locales" / "en" / "messages.json").read_text())
    popup = "".join(path.read_text() for path in (EXTENSION / "popup").glob("*"))
    asked = {*re.findall(r'data-text="(\w+)"', popup), *re.findall(r'text\("(\w+)"', popup)}
    asked |= {*re.findall(r'"((?:did|end|fault)_\w+)"', popup), "nobody", "not_known"}
    reasons = {"ready", "connecting", "no_tab", "signed_out", "challenge", "unreachable"}
    refusals = SCHEMA["$defs"]["refused"]["properties"]["reason"]["enum"]
    reasons |= {
        "wrong_user",
        "other_account",
        "other_seller",
        "stopped",
        *(f"refused_{reason}" for reason in refusals),
    }
    asked |= {f"{reason}_{part}" for reason in reasons for part in ("title", "advice")}
    asked |= {f"tone_{tone}" for tone in ("connected", "waiting", "error")}
    assert asked | {"name", "description"} == set(known)


def test_it_asks_for_no_more_than_it_needs() -> None:
    manifest = json.loads((EXTENSION / "manifest.json").read_text())
    assert manifest["permissions"] == ["storage", "alarms"]
    assert not {"host_permissions", "optional_permissions", "externally_connectable"} & set(
        manifest
    )
    assert "web_accessible_resources" not in manifest
    (script,) = manifest["content_scripts"]
    assert all(re.fullmatch(r"https://www\.vinted\.[a-z.]+/\*", each) for each in script["matches"])
    assert "unsafe" not in manifest["content_security_policy"]["extension_pages"]
