"""A web server over a module's database, and a member of staff in front of it.

All that is dear to start is started once for a module; each test finds it empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.plugin import DjangoDbBlocker

from stoflow.tenants.models import Tenant
from tasks import tenancy
from tests.acceptance.browser import chromium, web
from tests.acceptance.ebay.conftest import staged_apart
from tests.acceptance.ebay.shop import Stage
from tests.databases import empty
from tests.ports import free_port

PATIENCE_MS = 30_000
PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def running_stage(
    template: str, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    """For all tests of a module; no worker is running."""
    folder = tmp_path_factory.mktemp("stage")
    with django_db_blocker.unblock(), staged_apart(template, folder) as stage:
        yield stage


@pytest.fixture(scope="module")
def port() -> int:
    """Of the web server, known before it starts."""
    return free_port()


@pytest.fixture(scope="module")
def other_marketplaces() -> Mapping[str, str]:
    """Settings that lead to them; a module that has any replaces this."""
    return {}


@pytest.fixture(scope="module")
def site(
    running_stage: Stage,
    port: int,
    other_marketplaces: Mapping[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """The address of the staff's pages."""
    environment = running_stage.database.environment
    environment |= other_marketplaces
    with web.serving(port, environment, tmp_path_factory.mktemp("web")) as address:
        yield address


@pytest.fixture(scope="module")
def browser(site: str) -> Iterator[Browser]:
    with pytest.MonkeyPatch.context() as patch:
        # Playwright's loop runs in this thread, where tests also ask the database: one at a time.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        with chromium.running() as browser:
            expect.set_options(timeout=PATIENCE_MS)
            yield browser
            # Beside a loop Django has a connection of its own, and the database is dropped now.
            connection.close()


@pytest.fixture
def stage(running_stage: Stage) -> Iterator[Stage]:
    """The module's stage, on which nothing has happened yet; a test starts workers itself."""
    yield running_stage
    clear(running_stage)


def clear(stage: Stage) -> None:
    """As it was before the test, but for what the sandbox's sellers have at eBay."""
    stage.control.release(effect=False)
    stage.control.clear_faults()
    stage.workers.kill_all()
    stage.remove_files()
    stage.shops.clear()
    with tenancy.inside(Tenant.objects.get(schema_name="t1")):
        empty("tasks", "marketplaces", "dispatch", "shared", "django_q")
    Session.objects.all().delete()
    User.objects.all().delete()


@pytest.fixture
def context(browser: Browser, site: str) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=site, locale="en-GB", timezone_id="Europe/Paris")
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def page(stage: Stage, context: BrowserContext, site: str) -> Page:
    """A member of staff is signed in; an error of a script on any page fails the test."""
    ada = User.objects.create_superuser("ada", password=PASSWORD)
    return signed_in(context, site, ada)


def signed_in(context: BrowserContext, site: str, user: User) -> Page:
    """A page of theirs, with no address yet; an error of a script fails the test."""
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": site}])
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"A script failed: {error}"))
    return page
