"""A real plugin server on the test's database, a seller's account, and browsers to connect."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.conf import settings as project
from django.db import connection
from pytest_django.fixtures import Settings

from marketplaces.models import Account
from marketplaces.vinted.plugin import tokens
from marketplaces.vinted.plugin.link import PluginLink
from stoflow.tenants.models import Tenant
from tests.marketplaces.vinted.plugin.browser import USER, Browser
from tests.ports import free_port

QUICK = {
    "heartbeat_seconds": 2.0,
    "open_seconds": 10.0,
    "answer_seconds": 0.5,
    "read_pause": [0.0, 0.0],
    "write_pause": [0.0, 0.0],
    "long_pause_every": 0,
}


@dataclass
class Server:
    """`run_plugin_server`, which a test may kill and start again on the same port."""

    port: int
    environment: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] = field(init=False)

    def start(self) -> None:
        command = [sys.executable, str(project.BASE_DIR / "manage.py"), "run_plugin_server"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--port", str(self.port)],
                env={**os.environ, **self.environment},
                stderr=log,
            )
        ends_at = time.monotonic() + 60
        while not self._listens():
            assert self.process.poll() is None, "The plugin server has ended."
            assert time.monotonic() < ends_at, "The plugin server does not listen."
            time.sleep(0.05)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def said(self) -> str:
        """All that it has written to its log."""
        return self.log.read_text(errors="replace")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        sys.stderr.write(self.said())


@pytest.fixture(scope="session")
def server(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    environment = {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "TEST_DATABASE_NAME": str(connection.settings_dict["NAME"]),
        "PLUGIN_HEARTBEAT_SECONDS": str(QUICK["heartbeat_seconds"]),
        "VINTED_READ_PAUSE": "0,0",
        "VINTED_WRITE_PAUSE": "0,0",
        "VINTED_LONG_PAUSE_EVERY": "0",
    }
    log = tmp_path_factory.mktemp("plugin-server") / "log"
    server = Server(free_port(), environment, log)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def quick(settings: Settings) -> Settings:
    """The server's own pace, in this process too, which plays the worker."""
    settings.VINTED = {**settings.VINTED, **QUICK}
    return settings


@pytest.fixture
def account(committed: Tenant, quick: Settings) -> Account:
    account: Account = Account.objects.create(marketplace="vinted", name="Marie", shop_id=USER)
    return account


@pytest.fixture
def token(account: Account) -> str:
    return tokens.issue(account, by="staff")


@pytest.fixture
def another_browser(server: Server, token: str) -> Iterator[Callable[[], Browser]]:
    made: list[Browser] = []

    def make() -> Browser:
        made.append(Browser(f"ws://127.0.0.1:{server.port}/t/t1/plugin/", token))
        return made[-1]

    yield make
    for browser in made:
        browser.close()


@pytest.fixture
def browser(another_browser: Callable[[], Browser]) -> Browser:
    """One that is not connected yet."""
    return another_browser()


@pytest.fixture
def link(account: Account) -> PluginLink:
    return PluginLink(account)
