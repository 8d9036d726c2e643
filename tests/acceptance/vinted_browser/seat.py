"""Where somebody sits at a browser with the plugin in it, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TypeVar

from playwright.sync_api import Error, Page, expect, sync_playwright

from tests.marketplaces.vinted.extension import plugged as browsers
from tests.marketplaces.vinted.extension.plugged import PluggedBrowser

PATIENCE_SECONDS = 60
Result = TypeVar("Result")


class Seat:
    """One browser profile, and the browser while it runs.

    It lives in a thread of its own: there runs Playwright's loop, and Django refuses the database
    beside a loop.
    """

    def __init__(self, profile: Path, extension: Path) -> None:
        self.profile = profile
        self.extension = extension
        self._thread = ThreadPoolExecutor(1)
        self._running = ExitStack()
        self._browser: PluggedBrowser | None = None
        self._tabs: list[Page] = []
        """Those of Vinted, the oldest first: that is the one which the plugin uses."""

    def sit_down(self) -> None:
        """Start the browser; the same seat again has the same cookies and the same plugin."""
        self._do(self._start)

    def leave(self) -> None:
        self._do(self._running.close)
        self._thread.shutdown()

    # -- what a seller does

    def open_vinted(self, site: str, username: str, password: str) -> None:
        """One more tab; they sign in if Vinted asks for it."""
        self._do(lambda: self._tabs.append(self._signed_in(site, username, password)))

    def connect(self, code: str, told: str) -> None:
        """Give the plugin its connection code, and wait until the pop-up says how things stand."""

        def act() -> None:
            popup = self._there.connect(code)
            expect(popup.get_by_role("heading", name=told)).to_be_visible()
            popup.close()

        self._do(act)

    def disconnect(self) -> None:
        def act() -> None:
            popup = self._there.popup()
            popup.get_by_role("button", name="Disconnect").click()
            expect(popup.get_by_role("button", name="Connect", exact=True)).to_be_visible()
            popup.close()

        self._do(act)

    def look_at_popup(self, *told: str, picture: Path) -> None:
        """The pop-up says all of it."""

        def act() -> None:
            popup = self._there.popup()
            for words in told:
                expect(popup.get_by_text(words, exact=True).first).to_be_visible()
            popup.screenshot(path=picture)
            popup.close()

        self._do(act)

    def visit(self, act: Callable[[Page], Result]) -> Result:
        """Look at some other page, in a tab that is closed afterwards."""

        def look() -> Result:
            page = self._there.context.new_page()
            try:
                return act(page)
            finally:
                page.close()

        return self._do(look)

    # -- what happens to them

    def crash_tab(self) -> None:
        """The page's process dies, and the tab is closed."""
        self._do(lambda: _crash(self._tabs.pop(0)))

    def close_tab(self) -> None:
        self._do(lambda: self._tabs.pop(0).close())

    def stop_service_worker(self) -> None:
        """As the browser does with one that it takes to be idle."""
        self._do(self._there.stop_worker)

    def kill(self) -> None:
        """`kill -9` of the browser with all of its tabs."""
        browsers.kill(self.profile)
        self._tabs.clear()
        with suppress(Error):  # what is dead may be closed already
            self._do(self._running.close)

    # -- within

    @property
    def _there(self) -> PluggedBrowser:
        assert self._browser, "Nobody sits here."
        return self._browser

    def _do(self, act: Callable[[], Result]) -> Result:
        return self._thread.submit(act).result(PATIENCE_SECONDS)

    def _start(self) -> None:
        expect.set_options(timeout=PATIENCE_SECONDS * 500)
        playwright = self._running.enter_context(sync_playwright())
        plugged = browsers.plugged(playwright, self.profile, self.extension)
        self._browser = self._running.enter_context(plugged)

    def _signed_in(self, site: str, username: str, password: str) -> Page:
        tab = self._there.open(site)
        if tab.locator("#login").count() == 0:
            tab.goto(f"{site}/member/login")
            tab.get_by_label("Username").fill(username)
            tab.get_by_label("Password").fill(password)
            tab.keyboard.press("Enter")
        expect(tab.locator("#login")).to_have_text(username)
        return tab


def _crash(tab: Page) -> None:
    """Its process gives no answer any more, so closing the tab is what ends the call."""
    tab.on("crash", lambda crashed: crashed.close())
    session = tab.context.new_cdp_session(tab)
    try:
        session.send("Page.crash")
    except Error:
        assert tab.is_closed()
