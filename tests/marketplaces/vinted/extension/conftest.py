"""A browser with the plugin, a server that it connects to, and a Vinted of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, sync_playwright

from tests.marketplaces.vinted.extension import plugged as browsers
from tests.marketplaces.vinted.extension import server as servers
from tests.marketplaces.vinted.extension import site as sites
from tests.marketplaces.vinted.extension.plugged import PluggedBrowser
from tests.marketplaces.vinted.extension.running import Loop
from tests.marketplaces.vinted.extension.server import Server
from tests.marketplaces.vinted.extension.site import Site


@pytest.fixture
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.close()


@pytest.fixture
def server(loop: Loop, site: Site) -> Iterator[Server]:
    with servers.running(loop) as server:
        server.site = site.host
        server.user_id = "7"
        yield server


@pytest.fixture
def site(loop: Loop) -> Iterator[Site]:
    with sites.running(loop) as site:
        yield site


@pytest.fixture(scope="session")
def extension(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return browsers.copy_for_loopback(tmp_path_factory.mktemp("plugin") / "extension")


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Its loop runs in this thread: there can be one at a time."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def running_browser(
    playwright: Playwright, extension: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PluggedBrowser]:
    with browsers.plugged(playwright, tmp_path_factory.mktemp("profile"), extension) as browser:
        yield browser


@pytest.fixture
def browser(running_browser: PluggedBrowser) -> PluggedBrowser:
    """The module's; nothing is left of what others have done in it."""
    running_browser.forget()
    return running_browser


@pytest.fixture
def tab(browser: PluggedBrowser, server: Server, site: Site) -> Page:
    """A tab in which ada is signed in to Vinted; the plugin is connected and ready."""
    tab = browser.open(site.sign_in("ada"))
    browser.connect(server.code).close()
    server.until_state("ready")
    return tab
