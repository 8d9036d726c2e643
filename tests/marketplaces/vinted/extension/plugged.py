"""Chromium without a window, with the plugin in it."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from django.conf import settings
from playwright._impl._errors import TargetClosedError
from playwright.sync_api import BrowserContext, Page, Playwright, Worker, expect

from tests.acceptance.browser import chromium

EXTENSION: Path = settings.BASE_DIR / "marketplaces" / "vinted" / "extension"
LOOPBACK = "http://127.0.0.1/*"
PATIENCE_MS = 30_000


def copy_for_loopback(folder: Path, **manifest: Any) -> Path:
    """The plugin, which also works on sites of this machine; `manifest` replaces keys of its own."""
    copied = shutil.copytree(EXTENSION, folder)
    path = copied / "manifest.json"
    document = json.loads(path.read_text())
    for script in document["content_scripts"]:
        script["matches"].append(LOOPBACK)
    path.write_text(json.dumps(document | manifest))
    return copied


@dataclass
class PluggedBrowser:
    context: BrowserContext

    @property
    def worker(self) -> Worker:
        """The plugin's service worker."""
        workers = self.context.service_workers
        return workers[0] if workers else self.context.wait_for_event("serviceworker")

    @cached_property
    def identity(self) -> str:
        """The plugin's name among those of the browser."""
        return self.worker.url.split("/")[2]

    def popup(self) -> Page:
        """The plugin's pop-up, in a tab of its own."""
        page = self.context.new_page()
        page.set_viewport_size({"width": 360, "height": 600})
        page.goto(f"chrome-extension://{self.identity}/popup/popup.html")
        return page

    def forget(self) -> None:
        """All that was done in it: the plugin is as on its first day, and no tab is open."""
        for page in self.context.pages[1:]:
            page.close()
        # Not in the worker: one that has just been stopped would never answer.
        inside = self.popup()
        for forgotten in ("storage.local.clear", "storage.session.clear", "alarms.clearAll"):
            inside.evaluate(f"chrome.{forgotten}()")
        for page in self.context.pages[1:]:
            page.close()
        self.context.clear_cookies()
        # What it had in mind goes too; it starts again with the next pop-up or tab.
        self.stop_worker()

    def connect(self, code: str) -> Page:
        """What a seller does with a connection code; returns the pop-up."""
        popup = self.popup()
        popup.get_by_role("checkbox").check()
        popup.get_by_role("textbox").fill(code)
        popup.get_by_role("textbox").press("Enter")
        expect(popup.locator("#state")).to_be_visible()
        return popup

    def open(self, url: str) -> Page:
        page = self.context.new_page()
        page.goto(url)
        return page

    def stop_worker(self) -> None:
        """As the browser does with a worker that it takes to be idle."""
        session = self.context.new_cdp_session(self.context.pages[0])  # blank, and always there
        session.send("ServiceWorker.enable")
        session.send("ServiceWorker.stopAllWorkers")
        session.detach()


def kill(profile: Path) -> None:
    """`kill -9` of the browser with this profile, whose lock names the host and the process."""
    _, _, pid = (profile / "SingletonLock").readlink().name.rpartition("-")
    os.kill(int(pid), signal.SIGKILL)


@contextmanager
def plugged(
    playwright: Playwright,
    profile: Path,
    extension: Path,
    *,
    language: str = "en",
    arguments: Sequence[str] = (),
) -> Iterator[PluggedBrowser]:
    """A browser with the unpacked `extension`; the same `profile` again is the same seller's."""
    context = playwright.chromium.launch_persistent_context(
        profile,
        executable_path=chromium.executable(),
        headless=True,
        ignore_default_args=["--disable-extensions"],
        args=[
            *chromium.ARGUMENTS,
            "--no-first-run",
            f"--lang={language}",
            "--disable-features=DisableLoadExtensionCommandLineSwitch",
            f"--load-extension={extension}",
            *arguments,
        ],
        env={**os.environ, "LANGUAGE": language},
        locale=language,
    )
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    try:
        yield PluggedBrowser(context)
    finally:
        # One that a test has killed is closed already, as soon as Playwright notices.
        with suppress(TargetClosedError):
            context.close()
