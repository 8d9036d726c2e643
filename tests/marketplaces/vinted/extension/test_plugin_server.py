"""StoFlow's own plugin server and worker's link, with the real plugin between them and Vinted."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from secrets import token_bytes

import pytest
from django.db import connection
from playwright.sync_api import sync_playwright
from pytest_django.fixtures import Settings

from marketplaces import http
from marketplaces.models import Account
from marketplaces.vinted.plugin import tokens
from marketplaces.vinted.plugin.exchange import FormFile, Request
from marketplaces.vinted.plugin.link import PluginLink
from stoflow.tenants.models import Tenant
from tasks import tenancy
from tasks.errors import OfflineError, OutcomeUnknownError
from tests.acceptance.processes import until
from tests.marketplaces.vinted.extension.plugged import PluggedBrowser, plugged
from tests.marketplaces.vinted.extension.site import Site
from tests.marketplaces.vinted.plugin.conftest import Server as PluginServer
from tests.marketplaces.vinted.plugin.conftest import quick
from tests.marketplaces.vinted.plugin.conftest import server as plugin_server

__all__ = ["plugin_server", "quick"]

pytestmark = [pytest.mark.slow]


@pytest.fixture
def browser(tmp_path: Path, extension: Path) -> Iterator[PluggedBrowser]:
    """A test's own: beside a loop that goes on, Django would refuse to prepare the next one."""
    with (
        sync_playwright() as playwright,
        plugged(playwright, tmp_path / "profile", extension) as browser,
    ):
        yield browser


@pytest.fixture
def account(committed: Tenant, quick: Settings, site: Site) -> Account:
    quick.VINTED = {**quick.VINTED, "open_seconds": 15, "answer_seconds": 10}
    account: Account = Account.objects.create(
        marketplace="vinted", name="Ada", shop_id="7", settings={"site": site.host}
    )
    return account


@pytest.fixture
def token(account: Account) -> str:
    return tokens.issue(account, by="staff")


@pytest.fixture
def connected(
    token: str, plugin_server: PluginServer, browser: PluggedBrowser, site: Site
) -> PluggedBrowser:
    browser.open(site.sign_in("ada"))
    popup = browser.connect(f"ws://127.0.0.1:{plugin_server.port}/t/t1/plugin/ {token}")
    popup.get_by_text("StoFlow is at work here").wait_for()
    popup.close()
    return browser


@contextmanager
def sending(account: Account, tenant: Tenant, request: Request) -> Iterator[Future[http.Response]]:
    """A worker's call. In a thread of its own: in this one runs Playwright's loop."""

    def attempt() -> http.Response | None:
        try:
            return PluginLink(account).send(request, "try it")
        except OfflineError:
            return None  # a job waits then

    def send() -> http.Response:
        try:
            with tenancy.inside(tenant):
                answer = until(attempt, 60, "the plugin is there and acts")
                assert answer is not None
                return answer
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as worker:
        yield worker.submit(send)


def sent(account: Account, tenant: Tenant, request: Request) -> http.Response:
    with sending(account, tenant, request) as answer:
        return answer.result(120)


def test_a_photo_and_a_page_of_the_wardrobe_go_all_the_way(
    account: Account, committed: Tenant, connected: PluggedBrowser, site: Site
) -> None:
    photo = token_bytes(300_000)
    file = FormFile("photo[file]", "robe.jpg", "image/jpeg", photo)
    request = Request("POST", "/api/v2/photos", fields={"photo[type]": "item"}, file=file)
    answer = sent(account, committed, request)
    assert (answer.status, answer.body) == (200, site.body)
    assert site.calls[0].parts()[-1].get_payload(decode=True) == photo

    site.body = token_bytes(700_000)
    answer = sent(account, committed, Request("GET", "/api/v2/wardrobe/7/items?page=1"))
    assert answer.body == site.body


def test_the_server_may_be_killed(
    account: Account,
    committed: Tenant,
    connected: PluggedBrowser,
    site: Site,
    plugin_server: PluginServer,
) -> None:
    plugin_server.kill()
    plugin_server.start()
    answer = sent(account, committed, Request("POST", "/api/v2/items/5/delete"))
    assert (answer.status, len(site.calls)) == (200, 1)


def test_a_browser_that_lost_its_notes_is_not_believed_that_it_sent_nothing(
    account: Account,
    committed: Tenant,
    connected: PluggedBrowser,
    site: Site,
    settings: Settings,
) -> None:
    settings.VINTED = settings.VINTED | {"margin_seconds": 2.0}
    site.hold()
    with sending(account, committed, Request("POST", "/api/v2/items/5/delete")) as answer:
        site.until_called()
        connected.worker.evaluate("chrome.storage.local.set({ commands: [] })")
        connected.stop_worker()
        for page in connected.context.pages:
            if page.url.startswith(site.url):
                page.close()
        popup = connected.popup()
        popup.get_by_text("Reading").or_(popup.get_by_text("not sent")).wait_for()
        with pytest.raises(OutcomeUnknownError):
            answer.result(60)
    assert len(site.calls) == 1
