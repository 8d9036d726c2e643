"""A plugin server that stood still, and whose plugins have gone to another one meanwhile."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from marketplaces.models import Account, PluginConnection
from marketplaces.vinted.plugin import wakeups
from tests.marketplaces.vinted.plugin.browser import Browser
from tests.marketplaces.vinted.plugin.conftest import Server
from tests.ports import free_port


@pytest.fixture
def frozen(server: Server, tmp_path: Path) -> Iterator[Server]:
    """One of its own, which the test may hold still."""
    one = Server(free_port(), server.environment, tmp_path / "frozen")
    one.start()
    yield one
    one.process.send_signal(signal.SIGCONT)
    one.kill()


def test_it_forgets_the_connections_that_it_has_lost(
    account: Account, token: str, server: Server, frozen: Server
) -> None:
    lost = Browser(f"ws://127.0.0.1:{frozen.port}/t/t1/plugin/", token)
    assert lost.connect()["type"] == "welcome"
    frozen.process.send_signal(signal.SIGSTOP)
    for _ in range(3):
        lost.say({"type": "ping"})
    lost.drop()
    again = Browser(
        f"ws://127.0.0.1:{server.port}/t/t1/plugin/", token, installation=lost.installation
    )
    assert again.connect()["type"] == "welcome"
    holder = PluginConnection.objects.get().holder
    frozen.process.send_signal(signal.SIGCONT)
    for _ in range(20):
        wakeups.wake_plugin(account.pk)
        time.sleep(0.2)
    assert "Traceback" not in frozen.said()
    assert PluginConnection.objects.get().holder == holder
    assert again.ask({"type": "ping"})["type"] == "pong"
    again.close()
