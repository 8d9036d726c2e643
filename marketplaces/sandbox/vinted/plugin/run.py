"""One command, from its arrival to its result."""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from marketplaces.sandbox.vinted.plugin.allowed import is_allowed
from marketplaces.sandbox.vinted.plugin.browser import (
    CHALLENGE,
    READY,
    Browser,
    NobodySaidError,
    Reply,
    Seen,
    SiteError,
)
from marketplaces.sandbox.vinted.plugin.journal import Journal
from marketplaces.sandbox.vinted.plugin.protocol import (
    LONGEST_DETAIL,
    PIECE,
    BadMessageError,
    Message,
    decoded,
)

Json = dict[str, Any]
Say = Callable[[Message], Awaitable[None]]

BEGIN_SECONDS = 5.0
"""How old a leave may be when the request leaves."""
CHUNK_SECONDS = 30.0


@dataclass(frozen=True)
class Outcome:
    """The result's message, without what depends on how it is sent; and the body."""

    result: Json
    body: bytes = b""


class _UnsentError(Exception):
    """Certainly nothing was sent."""

    def __init__(self, reason: str, detail: str, *, reply: Reply | None = None) -> None:
        super().__init__(detail)
        self.reason = reason
        self.reply = reply
        """Vinted's to the question who is signed in, where it does not say."""


class Run:
    """Until it is begun it can be dropped without a trace; from then on it ends with an outcome."""

    def __init__(self, command: Message, *, browser: Browser, journal: Journal, say: Say) -> None:
        self.id: str = command["id"]
        self.is_begun = False
        self._command = command
        self._request: Json = command["request"]
        self._browser = browser
        self._journal = journal
        self._say = say
        self._heard: asyncio.Queue[Message] = asyncio.Queue()

    def hear(self, message: Message) -> None:
        """`chunk` or `go`."""
        self._heard.put_nowait(message)

    async def outcome(self, site: str) -> Outcome:
        """Carry it out, for the account that lists on this site."""
        try:
            file = await self._prepare(site)
            await self._get_leave()
        except _UnsentError as refused:
            return unsent(refused.reason, str(refused), reply=refused.reply)
        self._journal.begin(self.id)
        self.is_begun = True
        return await self._act(file)

    async def _prepare(self, site: str) -> bytes:
        writes = self._command["writes"]
        if not is_allowed(self._request, writes=writes):
            raise _UnsentError("not_allowed", f"{self._request['method']} is not on the list")
        if site != self._browser.site:
            raise _UnsentError("no_tab", f"There is no tab of {site} here.")
        form = self._request["form"]
        file = b"" if form is None else await self._fetch(form["file"])
        await self._check_user(writes=writes)
        return file

    async def _fetch(self, file: Json) -> bytes:
        """The file, piece by piece; never more of it than was announced."""
        content = b""
        while len(content) < file["size"]:
            await self._say({"type": "need", "id": self.id, "offset": len(content)})
            content += await self._piece(len(content), most=file["size"] - len(content))
        if hashlib.sha256(content).hexdigest() != file["sha256"]:
            raise _UnsentError("file", "The file's checksum is wrong.")
        return content

    async def _piece(self, offset: int, *, most: int) -> bytes:
        try:
            async with asyncio.timeout(CHUNK_SECONDS):
                chunk = await self._expect("chunk")
            piece = decoded(chunk["data"])
        except (TimeoutError, BadMessageError) as error:
            raise _UnsentError("file", str(error) or "The file did not come.") from None
        if chunk["offset"] != offset or not 0 < len(piece) <= min(PIECE, most):
            raise _UnsentError("file", f"The piece at {offset} is not the one that was needed.")
        return piece

    async def _check_user(self, *, writes: bool) -> None:
        """Asked before what is asked in a user's name, each write, and when it was nobody before."""
        seen, wanted = self._browser.seen, self._command["as_user"]
        in_a_name = writes or wanted is not None
        if seen.state != CHALLENGE and (in_a_name or seen.state != READY):
            seen = await self._ask()
        if seen.state != READY:
            raise _UnsentError(seen.state, seen.detail)
        if in_a_name and seen.user_id != wanted:
            raise _UnsentError("wrong_user", f"{seen.login} is signed in.")

    async def _ask(self) -> Seen:
        try:
            return await self._browser.ask()
        except NobodySaidError as error:
            raise _UnsentError("vinted", str(error), reply=error.reply) from None
        except SiteError as error:
            raise _UnsentError("vinted", str(error)) from None

    async def _get_leave(self) -> None:
        """Return while the leave is fresh; each begin has one answer, so a late one asks again."""
        while True:
            asked = time.monotonic()
            await self._say({"type": "begin", "id": self.id})
            await self._expect("go")
            if time.monotonic() - asked <= BEGIN_SECONDS:
                return

    async def _expect(self, kind: str) -> Message:
        while True:
            message = await self._heard.get()
            if message["type"] == kind:
                return message

    async def _act(self, file: bytes) -> Outcome:
        try:
            reply = await self._browser.send(self._request, file, self._command["answer_seconds"])
        except SiteError as error:
            return Outcome(_told("unknown", error.reason, str(error)))
        result = {
            "outcome": "answered",
            "status": reply.status,
            "headers": reply.headers,
            "size": len(reply.body),
            "sha256": hashlib.sha256(reply.body).hexdigest(),
        }
        return Outcome(result, reply.body)


def unsent(reason: str, detail: str, *, reply: Reply | None = None) -> Outcome:
    said: Json = {} if reply is None else {"status": reply.status}
    if reply is not None and "retry-after" in reply.headers:
        said["retry_after"] = reply.headers["retry-after"]
    return Outcome(_told("unsent", reason, detail) | said)


def _told(outcome: str, reason: str, detail: str) -> Json:
    return {"outcome": outcome, "reason": reason, "detail": detail[:LONGEST_DETAIL]}
