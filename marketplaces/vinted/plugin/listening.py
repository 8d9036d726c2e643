"""Hears the workers' wake-ups for all plugins of this process, on one connection of its own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import psycopg
from django.db import connection
from psycopg import pq
from psycopg.conninfo import make_conninfo

from marketplaces.vinted.plugin import wakeups

logger = logging.getLogger(__name__)

Address = tuple[str, int]
Wake = Callable[[], Awaitable[None]]
AGAIN_SECONDS = 1.0
QUIET_SECONDS = 5.0


class Listening:
    """Who is to be woken for which account. Lives in one event loop."""

    def __init__(self) -> None:
        self._awake: dict[Address, Wake] = {}
        self._task: asyncio.Task[None] | None = None
        self._under_way: set[asyncio.Future[None]] = set()

    def add(self, address: Address, wake: Wake) -> None:
        self._awake[address] = wake
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._listen())

    def remove(self, address: Address, wake: Wake) -> None:
        """Nothing happens when another connection has taken its place."""
        if self._awake.get(address) == wake:
            del self._awake[address]

    async def _listen(self) -> None:
        while True:
            try:
                await self._hear()
            except (psycopg.Error, OSError, TimeoutError) as error:
                logger.warning("plugin.listening_lost %s", error)
                await asyncio.sleep(AGAIN_SECONDS)

    async def _hear(self) -> None:
        conninfo = await asyncio.to_thread(_conninfo)
        async with await psycopg.AsyncConnection.connect(conninfo, autocommit=True) as driver:
            await driver.execute(f"LISTEN {wakeups.COMMANDS}")
            # What was said while nobody listened is in the table.
            for wake in list(self._awake.values()):
                self._start(wake)
            while True:
                async for heard in driver.notifies(timeout=QUIET_SECONDS):
                    for wake in self._meant(heard.payload):
                        self._start(wake)
                # A connection that was cut somewhere on the way says nothing for ever.
                await asyncio.wait_for(driver.execute("SELECT 1"), QUIET_SECONDS)

    def _meant(self, payload: str) -> list[Wake]:
        schema, _, account = payload.rpartition("/")
        if account == wakeups.EVERY_ACCOUNT:
            return [wake for address, wake in self._awake.items() if address[0] == schema]
        wake = self._awake.get((schema, int(account)))
        return [] if wake is None else [wake]

    def _start(self, wake: Wake) -> None:
        future = asyncio.ensure_future(wake())
        self._under_way.add(future)
        future.add_done_callback(self._under_way.discard)


def _conninfo() -> str:
    """Where Django's own connection leads, and how: all that PostgreSQL's library knows."""
    known = {option.keyword.decode() for option in pq.Conninfo.get_defaults()}
    used = connection.get_connection_params()
    return make_conninfo("", **{name: used[name] for name in known & used.keys() if used[name]})
