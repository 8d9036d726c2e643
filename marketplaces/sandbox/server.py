"""Starts both ports, says where they are, and stops on SIGTERM or SIGINT."""

import asyncio
import json
import logging
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from marketplaces.sandbox.control_port import ControlPort
from marketplaces.sandbox.ebay.marketplace import EbayMarketplace
from marketplaces.sandbox.edge import Edge
from marketplaces.sandbox.etsy.marketplace import EtsyMarketplace
from marketplaces.sandbox.faults import Faults
from marketplaces.sandbox.holds import Holds
from marketplaces.sandbox.marketplace import Marketplace
from marketplaces.sandbox.request_log import RequestLog
from marketplaces.sandbox.settings import Settings
from marketplaces.sandbox.state import State
from marketplaces.sandbox.store import Store
from marketplaces.sandbox.vinted.marketplace import VintedMarketplace

HOST = "127.0.0.1"
GRACE = 1.0
"""Seconds that calls under way get at the end."""


MARKETPLACES: dict[str, type[Marketplace]] = {
    "ebay": EbayMarketplace,
    "etsy": EtsyMarketplace,
    "vinted": VintedMarketplace,
}
"""Those that a process can play, one at a time."""


@dataclass(frozen=True, kw_only=True)
class Options:
    marketplace: str
    port: int
    control_port: int
    state: Path
    ready_file: Path | None
    settings: Settings


async def serve(options: Options) -> None:
    """Run until a signal asks to stop. A closed terminal or a dead parent does not stop it."""
    stop = _stop_signal()
    store = Store(options.state)
    edge = _edge(MARKETPLACES[options.marketplace](), State(store, options.settings))
    runners = [
        web.AppRunner(app, access_log=None, shutdown_timeout=GRACE)
        for app in (edge.app(), ControlPort(edge).app())
    ]
    try:
        ports = [
            await _listen(runner, port)
            for runner, port in zip(runners, (options.port, options.control_port), strict=True)
        ]
        _announce(api=ports[0], control=ports[1], ready_file=options.ready_file)
        await stop.wait()
    finally:
        edge.holds.release(effect=False)
        for runner in runners:
            await runner.cleanup()
        store.close()


def _edge(marketplace: Marketplace, state: State) -> Edge:
    marketplace.prepare(state)
    return Edge(state, marketplace, log=RequestLog(state.store), faults=Faults(), holds=Holds())


def _stop_signal() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop.set)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    return stop


async def _listen(runner: web.AppRunner, port: int) -> int:
    await runner.setup()
    await web.TCPSite(runner, HOST, port).start()
    return int(runner.addresses[0][1])


def _announce(*, api: int, control: int, ready_file: Path | None) -> None:
    line = json.dumps({"port": api, "control_port": control})
    if ready_file is not None:
        half_written = ready_file.with_name(f"{ready_file.name}.part")
        half_written.write_text(line)
        half_written.replace(ready_file)
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def run(options: Options) -> None:
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    asyncio.run(serve(options))
