"""All commands: one at a time, each at most once, each result until the server has received it."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine

from marketplaces.sandbox.vinted.plugin.browser import Browser
from marketplaces.sandbox.vinted.plugin.journal import Entry, Journal
from marketplaces.sandbox.vinted.plugin.protocol import Message, encoded, pieces
from marketplaces.sandbox.vinted.plugin.run import Outcome, Run, Say, unsent

Tell = Callable[[], Awaitable[None]]
Start = Callable[[Coroutine[None, None, None]], asyncio.Task[None]]


class Commands:
    """`say` sends a message if there is a connection; what matters is sent again after the next one.

    `tell_state` says what the browser shows, if that has changed; `start` runs something beside.
    """

    def __init__(
        self, *, journal: Journal, browser: Browser, say: Say, tell_state: Tell, start: Start
    ) -> None:
        self._journal = journal
        self._browser = browser
        self._say = say
        self._tell_state = tell_state
        self._start = start
        self._site = ""
        self._run: Run | None = None
        self._task: asyncio.Task[None] | None = None
        self._telling = asyncio.Lock()

    async def greet(self, site: str) -> None:
        """The server said welcome, on behalf of an account of this site: it may miss results."""
        self._site = site
        for entry in self._journal.unreceived():
            await self._tell(entry)

    async def hear(self, message: Message) -> None:
        match message["type"]:
            case "standing":
                self._site = message["site"]
            case "command":
                await self._take(message)
            case "received":
                self._journal.receive(message["id"])
            case "stop" if self._is_under_way(message["id"]):
                self.drop()
            case "chunk" | "go" if self._run is not None and self._is_under_way(message["id"]):
                self._run.hear(message)

    def drop(self) -> None:
        """Forget what was not begun: the server gave it up, or is lost and will ask again."""
        if self._run is not None and self._task is not None and not self._run.is_begun:
            self._task.cancel()
            self._run = self._task = None

    def _is_under_way(self, command: str) -> bool:
        return self._run is not None and self._run.id == command

    async def _take(self, command: Message) -> None:
        known = self._journal.find(command["id"])
        if self._is_under_way(command["id"]):
            return
        if known is not None:
            await self._tell(known)
        elif self._run is not None:
            await self._end(command["id"], unsent("busy", "Another command is under way."))
        else:
            self._run = Run(command, browser=self._browser, journal=self._journal, say=self._say)
            self._task = self._start(self._carry_out(self._run))

    async def _carry_out(self, run: Run) -> None:
        outcome = await run.outcome(self._site)
        await self._tell_state()
        entry = self._journal.end(run.id, outcome.result, outcome.body)
        self._run = self._task = None
        await self._tell(entry)

    async def _end(self, command: str, outcome: Outcome) -> None:
        await self._tell(self._journal.end(command, outcome.result, outcome.body))

    async def _tell(self, entry: Entry) -> None:
        """Send a result, after the pieces of its body for as long as that is kept."""
        if entry.result is None:
            raise LookupError(f"command {entry.id} has no result")
        message = {"type": "result", "id": entry.id, **entry.result}
        async with self._telling:
            if message["outcome"] == "answered":
                message |= {"parts": len(pieces(entry.body)), "kept": not entry.received}
                for index, piece in enumerate(pieces(entry.body)):
                    data = encoded(piece)
                    await self._say({"type": "part", "id": entry.id, "index": index, "data": data})
            await self._say(message)
