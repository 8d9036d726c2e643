"""The wire of the plugin's protocol: a WebSocket of Django Channels."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import DatabaseError

from marketplaces.vinted.plugin import absence, protocol
from marketplaces.vinted.plugin.connections import NOT_KNOWN, Refused
from marketplaces.vinted.plugin.conversation import (
    Conversation,
    DisplacedError,
    open_conversation,
)
from marketplaces.vinted.plugin.listening import Listening
from marketplaces.vinted.plugin.protocol import BadMessageError, Message
from tasks.tenancy import UnknownTenantError

logger = logging.getLogger(__name__)

HELLO_SECONDS = 10.0
TRY_AGAIN = 1013
"""The WebSocket standard's code for a server that cannot serve now."""
Value = TypeVar("Value")
listening = Listening()


class PluginConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """One connection of one plugin."""

    conversation: Conversation | None = None
    watch: asyncio.Task[None] | None = None
    heard_at = 0.0
    has_left = False

    async def __call__(self, *arguments: Any) -> None:
        """However it ends, nobody wakes it any more."""
        try:
            await super().__call__(*arguments)
        finally:
            await self._leave()

    async def connect(self) -> None:
        self.turn = asyncio.Lock()
        self.heard_at = _clock()
        await self.accept()
        self.watch = asyncio.create_task(self._watch())

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        self.heard_at = _clock()
        await self._on_the_wire(self._in_turn, self._hear, text_data or "")

    async def _leave(self) -> None:
        if self.watch is not None and self.watch is not asyncio.current_task():
            self.watch.cancel()
        if self.conversation is None or self.has_left:
            return
        self.has_left = True
        listening.remove(self.conversation.address, self._wake)
        try:
            await _in_thread(self.conversation.end)
        except UnknownTenantError:
            pass  # there is no place any more
        except DatabaseError as error:
            logger.warning("plugin.place_not_left %s: it is free after a while", error)

    async def _hear(self, text: str) -> None:
        if self.conversation is not None:
            message = protocol.read(text)
            await self._say(await _in_thread(self.conversation.reply, message))
            return
        opened = await _in_thread(open_conversation, self._schema, text)
        if isinstance(opened, Refused):
            await self._refuse(opened)
            return
        self.conversation = opened
        listening.add(opened.address, self._wake)
        await self._say([opened.opened.welcome, *await _in_thread(opened.begin)])

    async def _wake(self) -> None:
        """A worker, or whoever revoked the token, says that something has changed."""
        await self._on_the_wire(self._in_turn, self._look)

    async def _look(self) -> None:
        if self.conversation is not None and not self.has_left:
            await self._say(await _in_thread(self.conversation.wake))

    async def _on_the_wire(self, act: Callable[..., Awaitable[None]], *arguments: Any) -> None:
        try:
            await act(*arguments)
        except OSError as error:
            # So the server says that the other end is gone, before it tells of the end itself.
            logger.info("plugin.wire_gone %s", type(error).__name__)
            await self._leave()

    async def _in_turn(self, act: Callable[..., Awaitable[None]], *arguments: Any) -> None:
        """One thing at a time; a connection that cannot go on is ended with its reason."""
        try:
            async with self.turn:
                await act(*arguments)
        except BadMessageError as error:
            await self._refuse(Refused(protocol.BAD_MESSAGE, str(error)))
        except DisplacedError as error:
            await self._refuse(error.refused)
        except UnknownTenantError:
            logger.info("plugin.seller_gone schema=%s", self._schema)
            await self._refuse(NOT_KNOWN)
        except DatabaseError as error:
            # The plugin comes back, and says again what has not been received.
            logger.warning("plugin.database_lost %s", error)
            await self.close(TRY_AGAIN)

    async def _watch(self) -> None:
        """Give up a plugin that says nothing."""
        heartbeat = float(settings.VINTED["heartbeat_seconds"])
        while True:
            await asyncio.sleep(min(heartbeat, HELLO_SECONDS) / 4)
            limit = HELLO_SECONDS if self.conversation is None else absence.PATIENCE * heartbeat
            if _clock() - self.heard_at > limit:
                await self._on_the_wire(self.close, TRY_AGAIN)
                return

    async def _say(self, messages: list[Message]) -> None:
        for message in messages:
            await self.send(text_data=protocol.written(message))

    async def _refuse(self, refused: Refused) -> None:
        await self._say([refused.as_message()])
        await self.close(protocol.CLOSE_CODES[refused.reason])

    @property
    def _schema(self) -> str:
        return str(self.scope["url_route"]["kwargs"]["schema"])


async def _in_thread(call: Callable[..., Value], *arguments: Any) -> Value:
    """One of several: what waits for a lock of one seller's must not keep all others waiting."""
    found: Value = await database_sync_to_async(call, thread_sensitive=False)(*arguments)
    return found


def _clock() -> float:
    return asyncio.get_running_loop().time()
