"""What the server says to what a plugin says: all but the wire.

Every method runs in a thread of its own database connection and enters the seller's schema for as
long as it takes; between two of them nothing is held.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from uuid import UUID

from marketplaces.vinted.plugin import commands, connections, members, protocol
from marketplaces.vinted.plugin.commands import Result
from marketplaces.vinted.plugin.connections import NOT_KNOWN, Opened, Refused
from marketplaces.vinted.plugin.protocol import BadMessageError, Message
from tasks import tenancy
from tasks.tenancy import UnknownTenantError


class DisplacedError(Exception):
    """The connection no longer has the account's place."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.message)
        self.refused = refused


@dataclass(slots=True)
class Conversation:
    """One plugin's, from its hello to the end of its connection."""

    schema: str
    opened: Opened
    _standing: Message = field(init=False, repr=False)
    """What the plugin knows of how its account stands."""
    _parts: dict[str, dict[int, bytes]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self._standing = {name: self.opened.welcome[name] for name in members.STANDING}

    @property
    def address(self) -> tuple[str, int]:
        """Whose plugin it is, for whoever wakes it."""
        return self.schema, self.opened.account_id

    def reply(self, message: Message) -> list[Message]:
        """Our answers, in order; BadMessageError when the message makes no sense here."""
        with _inside(self.schema):
            return self._reply(message)

    def begin(self) -> list[Message]:
        """What the plugin is told first: what an earlier connection was told and did not end."""
        with _inside(self.schema):
            found = commands.unfinished(self.opened.account_id, self.opened.holder)
            return [found] if found is not None else self._next()

    def wake(self) -> list[Message]:
        """What there is to be said now; DisplacedError when the plugin has lost its place."""
        with _inside(self.schema):
            self._hold()
            connections.conclude(self.opened.holder)
            return self._news()

    def end(self) -> None:
        with _inside(self.schema):
            connections.close_place(self.opened.holder)

    # -- replies

    def _reply(self, message: Message) -> list[Message]:
        match message["type"]:
            case "ping":
                return self._ping()
            case "state":
                return self._state(message)
            case "need":
                return self._need(message)
            case "begin":
                return self._begin(message)
            case "part":
                return self._part(message)
            case "result":
                return self._result(message)
            case kind:
                raise BadMessageError(f"A plugin says {kind} once, when it comes.")

    def _news(self) -> list[Message]:
        """How the account stands by now, if that has changed, and the next command."""
        standing = members.standing(self.opened.account_id)
        if standing == self._standing:
            return self._next()
        self._standing = standing
        return [{"type": "standing", **standing}, *self._next()]

    def _next(self) -> list[Message]:
        found = commands.next_command(self.opened.account_id, self.opened.holder)
        return [] if found is None else [found]

    def _hold(self) -> None:
        displaced = connections.displaced(self.opened)
        if displaced is not None:
            raise DisplacedError(displaced)

    def _ping(self) -> list[Message]:
        self._hold()
        connections.seen(self.opened)
        return [{"type": "pong"}, *self._news()]

    def _state(self, message: Message) -> list[Message]:
        self._hold()
        connections.report(self.opened.holder, message["vinted"])
        return self._news()

    def _need(self, message: Message) -> list[Message]:
        found = commands.chunk(UUID(message["id"]), self.opened.holder, message["offset"])
        return [found or {"type": "stop", "id": message["id"]}]

    def _begin(self, message: Message) -> list[Message]:
        granted = commands.grant(UUID(message["id"]), self.opened.holder)
        return [{"type": "go" if granted else "stop", "id": message["id"]}]

    def _part(self, message: Message) -> list[Message]:
        if message["id"] not in self._parts:
            self._parts = {message["id"]: {}}
        try:
            piece = base64.b64decode(message["data"], validate=True)
        except binascii.Error:
            raise BadMessageError("A piece of a body is no base64.") from None
        self._parts[message["id"]][message["index"]] = piece
        return []

    def _result(self, message: Message) -> list[Message]:
        body = b""
        if message["outcome"] == "answered" and message["kept"]:
            body = self._body(message)
        commands.store(self.opened.account_id, self.opened.holder, Result(message, body))
        self._parts.pop(message["id"], None)
        return [{"type": "received", "id": message["id"]}, *self._next()]

    def _body(self, message: Message) -> bytes:
        pieces = self._parts.get(message["id"], {})
        if sorted(pieces) != list(range(message["parts"])):
            raise BadMessageError("Pieces of a body are missing.")
        body = b"".join(pieces[index] for index in sorted(pieces))
        is_whole = len(body) == message["size"]
        if not is_whole or hashlib.sha256(body).hexdigest() != message["sha256"]:
            raise BadMessageError("A body did not arrive as it was sent.")
        return body


def open_conversation(schema: str, text: str) -> Conversation | Refused:
    """What a plugin's first message leads to; whether there is such a seller makes no difference."""
    spoken = protocol.protocol_of(text)
    if spoken is not None and spoken < protocol.VERSION:
        return connections.too_old()
    hello = protocol.read(text)
    if hello["type"] != "hello" or hello["protocol"] != protocol.VERSION:
        raise BadMessageError("A plugin says hello first, in this protocol.")
    try:
        with _inside(schema):
            opened = connections.open_place(hello)
    except UnknownTenantError:
        return NOT_KNOWN
    return opened if isinstance(opened, Refused) else Conversation(schema, opened)


def _inside(schema: str) -> AbstractContextManager[None]:
    return tenancy.inside(tenancy.tenant_named(schema))
