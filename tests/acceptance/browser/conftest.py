"""A web server over the test's database, and a member of staff in front of it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.acceptance.browser import chromium
from tests.acceptance.ebay.conftest import stage
from tests.acceptance.ebay.shop import Stage
from tests.acceptance.processes import until

__all__ = ["stage"]

PATIENCE_MS = 20_000
PASSWORD = "correct horse battery"


@pytest.fixture
def port() -> int:
    """Of the web server, known before it starts."""
    return _free_port()


@pytest.fixture
def site(stage: Stage, port: int, tmp_path: Path) -> Iterator[str]:
    """The address of the staff's pages."""
    command = [sys.executable, "-m", "gunicorn", "stoflow.wsgi", "--threads", "4"]
    with (tmp_path / "web.log").open("ab") as log:
        server = subprocess.Popen(
            [*command, "--bind", f"127.0.0.1:{port}"],
            cwd=settings.BASE_DIR,
            env={**os.environ, **stage.database.environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        until(lambda: _answers(port), 30, "the web server answers")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)
        sys.stdout.write((tmp_path / "web.log").read_text(errors="replace")[-10_000:])


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    # Playwright's loop runs in this thread, where the test also asks the database: one at a time.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with chromium.running() as browser:
        yield browser
        # Beside a loop Django has a connection of its own, and the database is dropped now.
        connection.close()


@pytest.fixture
def context(browser: Browser, site: str) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=site, locale="en-GB", timezone_id="Europe/Paris")
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A member of staff has signed in; an error of a script on any page fails the test."""
    get_user_model().objects.create_superuser("ada", password=PASSWORD)
    return signed_in(context, "ada")


def signed_in(context: BrowserContext, name: str) -> Page:
    """A page of somebody whose password is PASSWORD; an error of a script fails the test."""
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"A script failed: {error}"))
    page.goto("/admin/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "login" not in url)
    return page


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
