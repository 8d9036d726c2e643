"""Vinted's site, the plugin server and workers on the test's database, and real browsers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model

from tests.acceptance.browser import chromium, web
from tests.acceptance.browser.conftest import PASSWORD
from tests.acceptance.conftest import Database
from tests.acceptance.processes import Workers
from tests.acceptance.vinted.server import PluginServer, plugin_server
from tests.acceptance.vinted.wardrobe import sandbox_vinted
from tests.acceptance.vinted_browser.seat import Seat
from tests.acceptance.vinted_browser.shop import BrowserShop
from tests.marketplaces.vinted.extension import plugged
from tests.ports import free_port

TIMES = {
    "VINTED_ANSWER_SECONDS": "30",
    "VINTED_OPEN_SECONDS": "10",
    # Above the two, with what messages may take on their way.
    "VINTED_DEADLINE_SECONDS": "60",
    "DISPATCH_LONGEST_STEP_SECONDS": "60",
    "PLUGIN_HEARTBEAT_SECONDS": "5",
}
"""Enough for a busy machine: only what is killed shall be missed."""


@dataclass
class Stage:
    """Everything that runs; no worker and no browser does yet, and the plugin server may not listen."""

    database: Database
    workers: Workers
    server: PluginServer
    shop: BrowserShop


@pytest.fixture
def stage(database: Database, workers: Workers, tmp_path: Path) -> Iterator[Stage]:
    with ExitStack() as stack:
        sandbox = stack.enter_context(sandbox_vinted(tmp_path))
        database.environment.update({**sandbox.environment, **TIMES})
        server = stack.enter_context(plugin_server(tmp_path, database.environment))
        shop = BrowserShop.open(sandbox, server, seller="lea")
        stack.callback(shop.remove_files)
        stack.callback(workers.kill_all)
        yield Stage(database, workers, server, shop)


@pytest.fixture
def site(stage: Stage, tmp_path: Path) -> Iterator[str]:
    """The address of the staff's pages."""
    with web.serving(free_port(), stage.database.environment, tmp_path) as address:
        yield address


@pytest.fixture
def ada(database: Database) -> None:
    """A member of staff."""
    get_user_model().objects.create_superuser("ada", password=PASSWORD)


@pytest.fixture
def seat_at(tmp_path: Path) -> Iterator[Callable[[str], Seat]]:
    """Seats by the names of their profiles, each with its browser running."""
    chromium.executable()  # ends the test where there is none
    extension = plugged.copy_for_loopback(tmp_path / "extension")
    with ExitStack() as stack:

        def take(name: str) -> Seat:
            seat = Seat(tmp_path / name, extension)
            stack.callback(seat.leave)
            seat.sit_down()
            return seat

        yield take
