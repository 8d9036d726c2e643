"""Everything that runs for Vinted: the site, the plugin server, workers, and a browser per seller."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from tests.acceptance.conftest import Database, running_workers
from tests.acceptance.processes import Workers
from tests.acceptance.vinted.server import PluginServer, plugin_server
from tests.acceptance.vinted.shop import SandboxVinted, VintedShop, sandbox_vinted

_sellers = count(1)


@dataclass
class VintedScene:
    database: Database
    sandbox: SandboxVinted
    servers: list[PluginServer]
    workers: Workers
    shops: list[VintedShop]


@contextmanager
def vinted_scene(
    database: Database, folder: Path, *sellers: int, **times: str
) -> Iterator[VintedScene]:
    """So many sellers at each of the plugin servers, all connected; no worker is running yet.

    `times`: settings of the environment that are other than usual.
    """
    with ExitStack() as stack:
        sandbox = stack.enter_context(sandbox_vinted(folder))
        database.environment.update({**sandbox.environment, **times})
        workers = stack.enter_context(contextmanager(running_workers)(database, folder))
        servers = [
            stack.enter_context(plugin_server(folder, database.environment)) for _ in sellers
        ]
        shops: list[VintedShop] = []
        for server, number in zip(servers, sellers, strict=True):
            server.wait()
            for _ in range(number):
                shops.append(_opened(sandbox, server, folder))
                stack.callback(shops[-1].remove_files)
                stack.callback(shops[-1].close_browsers)
        stack.callback(workers.kill_all)
        for shop in shops:
            shop.wait_until_connected()
        yield VintedScene(database, sandbox, servers, workers, shops)


def _opened(sandbox: SandboxVinted, server: PluginServer, folder: Path) -> VintedShop:
    return VintedShop.open(sandbox, server, folder, seller=f"member{next(_sellers)}")
