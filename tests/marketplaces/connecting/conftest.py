"""People of the tenant t1, and a seller who agrees or declines on the sandbox's consent page."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from marketplaces.sandbox.control import SandboxControl
from marketplaces.sandbox.etsy.control import EtsyControl
from marketplaces.sandbox.etsy.settings import EtsySettings
from marketplaces.sandbox.process import SandboxProcess
from marketplaces.sandbox.reports import SellerReport
from stoflow.tenants.models import Tenant
from stoflow.tenants.roles import MANAGER
from tests.marketplaces.ebay.conftest import (
    account,
    control,
    ebay,
    product,
    running,
    seller,
    shelves,
)
from tests.tasks.admin.conftest import TENANT, Browser, let_in

__all__ = ["account", "control", "ebay", "product", "running", "seller", "shelves"]

ACCOUNTS = f"{TENANT}marketplaces/account/"
CALLBACK = "/connect/ebay/"


@pytest.fixture
def registered(ebay: SellerReport, control: SandboxControl) -> SellerReport:
    """The sandbox knows where to send people back."""
    control.redirects(**{"StoFlow-RuName": f"https://stoflow.example{CALLBACK}"})
    return ebay


@pytest.fixture
def manager(committed: Tenant) -> Browser:
    return person("mara", committed)


def person(name: str, tenant: Tenant, role: str = MANAGER) -> Browser:
    user = User.objects.create_user(name, is_staff=True)
    let_in(user, tenant, role)
    return Browser(user, tenant)


@pytest.fixture(scope="session")
def running_etsy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    state = tmp_path_factory.mktemp("etsy") / "state.sqlite3"
    with SandboxProcess.start(state, marketplace="etsy") as sandbox:
        yield sandbox


@pytest.fixture
def etsy(running_etsy: SandboxProcess, settings: Settings) -> EtsyControl:
    """Etsy as new, the installation registered with it."""
    control = EtsyControl(running_etsy.control_url)
    control.reset()
    control.settings(**EtsySettings().as_dict())
    app = control.shop("somebody")
    url = running_etsy.api_url
    settings.ETSY = settings.ETSY | {
        "consent_url": f"{url}/oauth/connect",
        "redirect_url": "https://stoflow.example/connect/etsy/",
        "oauth_url": f"{url}/v3/public/oauth",
        "api_url": url,
        "keystring": app["client_id"],
        "shared_secret": app["client_secret"],
    }
    return control


def begun(browser: Browser, path: str = f"{ACCOUNTS}connect/ebay/") -> str:
    """The address of the consent page to which the button leads."""
    answer = browser.post(path)
    assert answer.status_code == 302, answer.content
    return str(answer["Location"])


def decided(address: str, *, seller: str = "bob", decision: str = "allow") -> str:
    """Where the consent page sends the browser: path and query."""
    parts = urlsplit(address)
    fields = dict(parse_qsl(parts.query)) | {"new_seller": seller, "decision": decision}
    connection = http.client.HTTPConnection(parts.netloc, timeout=20)
    try:
        connection.request(
            "POST",
            parts.path,
            urlencode(fields),
            {"Content-Type": "application/x-www-form-urlencoded"},
        )
        answer = connection.getresponse()
        page = answer.read().decode()
    finally:
        connection.close()
    assert answer.status == 302, page
    back = urlsplit(answer.headers["Location"])
    return f"{back.path}?{back.query}"


def connected(browser: Browser, **choices: Any) -> Any:
    """The whole way by one person; the answer to their coming back."""
    return browser.get(decided(begun(browser), **choices))


def of_query(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))
