"""The plugin: a connection to the server that is made, kept alive, and made again after a loss."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from marketplaces.sandbox.vinted.plugin import protocol
from marketplaces.sandbox.vinted.plugin.browser import READY, Browser
from marketplaces.sandbox.vinted.plugin.commands import Commands
from marketplaces.sandbox.vinted.plugin.journal import Journal
from marketplaces.sandbox.vinted.plugin.protocol import BadMessageError, Message

FINAL = frozenset({"token", "version"})
"""Reasons of a refusal after which only a person can help."""


@dataclass(frozen=True, kw_only=True)
class Waits:
    """Seconds; the document's."""

    first: float = 1.0
    longest: float = 30.0
    refused: float = 60.0
    """After a refusal that may pass."""
    welcome: float = 10.0
    watch: float = 5.0
    """Between two looks at the site's page."""


@dataclass(frozen=True, kw_only=True)
class Options:
    url: str
    """The server's WebSocket, with the seller's schema."""
    token: str = field(repr=False)
    site: str
    """Scheme, host and port of Vinted's site."""
    username: str
    password: str = field(repr=False)
    state: Path
    """The browser's memory; made if absent."""
    version: str = "1.0.0"
    waits: Waits = Waits()


@dataclass(frozen=True)
class Status:
    """What the plugin's pop-up would show."""

    phase: str
    """connecting, connected, waiting or refused."""
    text: str
    seconds: float = 0.0
    """Until it tries again, while it is waiting."""


_CLOSING = aiohttp.ClientWSTimeout(ws_close=1.0)


class RefusedError(Exception):
    """The server does not want this plugin, and will not for as long as nobody changes anything."""


@dataclass(frozen=True)
class _Loss:
    reason: str = ""
    """Of a refusal; empty = the connection was lost."""
    text: str = ""


class Plugin:
    """Signed in to one site for one account, until it is cancelled."""

    def __init__(self, options: Options, tell: Callable[[Status], None]) -> None:
        self._options = options
        self._tell = tell
        self._wire: aiohttp.ClientWebSocketResponse | None = None
        self._failures = 0
        self._told: Message = {}
        self._was_signed_in = False

    async def run(self) -> None:
        """RefusedError when it makes no sense to go on; SignInError when nobody can sign in."""
        journal = Journal(self._options.state)
        self._installation = journal.installation
        try:
            async with aiohttp.ClientSession() as network, Browser(self._options.site) as browser:
                self._network, self._browser = network, browser
                await self._look()
                async with asyncio.TaskGroup() as group:
                    self._commands = Commands(
                        journal=journal,
                        browser=browser,
                        say=self._say,
                        tell_state=self._tell_state,
                        start=group.create_task,
                    )
                    watch = group.create_task(self._watch())
                    refusal = await self._stay_connected()
                    watch.cancel()
        finally:
            journal.close()
        raise RefusedError(refusal.text)

    async def _stay_connected(self) -> _Loss:
        """Until the server refuses for good."""
        while True:
            self._tell(Status("connecting", f"Connecting to {self._options.url}."))
            loss = await self._connection()
            self._wire = None
            self._commands.drop()
            if loss.reason in FINAL:
                self._tell(Status("refused", loss.text))
                return loss
            pause = self._options.waits.refused if loss.reason else self._next_pause()
            text = f"{loss.text} Trying again in {pause:.0f} s."
            self._tell(Status("waiting", text, pause))
            await asyncio.sleep(pause)

    def _next_pause(self) -> float:
        """1, 2, 4 … 30 seconds, each with up to half as much again."""
        waits = self._options.waits
        pause = min(waits.first * float(2**self._failures), waits.longest)
        self._failures += 1
        return pause * random.uniform(1.0, 1.5)  # noqa: S311 - spreads calls, guards nothing

    async def _connection(self) -> _Loss:
        """One connection, from its hello to its end."""
        try:
            async with asyncio.timeout(self._options.waits.welcome):
                wire = await self._network.ws_connect(self._options.url, timeout=_CLOSING)
            try:
                return await self._talk(wire)
            except BadMessageError as error:
                await wire.close(code=protocol.BAD_MESSAGE)
                return _Loss("message", str(error))
            finally:
                await wire.close()
        except TimeoutError:
            return _Loss(text="StoFlow does not answer.")
        except (aiohttp.ClientError, OSError) as error:
            return _Loss(text=f"StoFlow cannot be reached: {error}.")

    async def _talk(self, wire: aiohttp.ClientWebSocketResponse) -> _Loss:
        self._told = self._vinted()
        await wire.send_str(protocol.written(self._hello()))
        welcome = await _hear(wire, self._options.waits.welcome)
        if isinstance(welcome, _Loss):
            return welcome
        if welcome["type"] != "welcome" or welcome["protocol"] != protocol.VERSION:
            raise BadMessageError("A server says welcome first, in this protocol.")
        self._failures = 0
        self._wire = wire
        self._tell(Status("connected", f"Connected for {welcome['account']}. {self._words()}"))
        beat = float(welcome["heartbeat_seconds"])
        heart = asyncio.create_task(self._beat(beat))
        try:
            return await self._listen(wire, welcome, longest_silence=1.5 * beat)
        finally:
            heart.cancel()

    async def _listen(
        self, wire: aiohttp.ClientWebSocketResponse, welcome: Message, *, longest_silence: float
    ) -> _Loss:
        await self._commands.greet(welcome["site"])
        await self._tell_state()
        while True:
            message = await _hear(wire, longest_silence)
            if isinstance(message, _Loss):
                return message
            await self._commands.hear(message)

    async def _beat(self, seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            await self._say({"type": "ping"})

    async def _watch(self) -> None:
        """As a person's eyes on the tab; they sign in once, when the site can be reached."""
        while True:
            await asyncio.sleep(self._options.waits.watch)
            await self._look()
            await self._tell_state()

    async def _look(self) -> None:
        if self._was_signed_in:
            await self._browser.look()
            return
        seen = await self._browser.sign_in(self._options.username, self._options.password)
        self._was_signed_in = seen.state == READY

    async def _say(self, message: Message) -> None:
        text = protocol.written(message)
        if self._wire is None or self._wire.closed:
            return
        try:
            await self._wire.send_str(text)
        except ConnectionError:
            return  # the listener is about to find out, and what matters is sent again

    async def _tell_state(self) -> None:
        vinted = self._vinted()
        if vinted != self._told and self._wire is not None:
            self._told = vinted
            await self._say({"type": "state", "vinted": vinted})

    def _hello(self) -> Message:
        return {
            "type": "hello",
            "protocol": protocol.VERSION,
            "version": self._options.version,
            "token": self._options.token,
            "installation": self._installation,
            "vinted": self._told,
        }

    def _vinted(self) -> Message:
        seen = self._browser.seen
        return {
            "state": seen.state,
            "site": self._browser.site,
            "user_id": seen.user_id,
            "login": seen.login,
        }

    def _words(self) -> str:
        seen = self._browser.seen
        if seen.state != READY:
            return f"{self._browser.site}: {seen.state}. {seen.detail}".strip()
        return f"{self._browser.site}: signed in as {seen.login} ({seen.user_id})."


async def _hear(wire: aiohttp.ClientWebSocketResponse, seconds: float) -> Message | _Loss:
    """The server's next message, or why there is none; TimeoutError when it is silent."""
    frame: Any = await wire.receive(timeout=seconds)
    if frame.type is aiohttp.WSMsgType.BINARY:
        raise BadMessageError("The message is no text.")
    if frame.type is not aiohttp.WSMsgType.TEXT:
        reason = protocol.REASONS.get(wire.close_code or 0, "")
        return _Loss(reason, f"StoFlow ended the connection ({wire.close_code}).")
    message = protocol.read(frame.data)
    if message["type"] != "refused":
        return message
    return _Loss(message["reason"], message["message"])
