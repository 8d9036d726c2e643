"""The server's side of the protocol, written from docs/plugin-protocol.md, as a test wants it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import uuid
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import jsonschema
from aiohttp import WSMsgType, web

from tests.acceptance.processes import until
from tests.marketplaces.vinted.extension.plugged import EXTENSION
from tests.marketplaces.vinted.extension.running import Loop, served

SCHEMA = json.loads((EXTENSION / "protocol.schema.json").read_text())
CODES = {"message": 4400, "token": 4401, "occupied": 4409, "version": 4426}
CHUNK = 131_072
PATIENCE = 60.0
Message = dict[str, Any]


def validator(side: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator({**SCHEMA, "oneOf": [{"$ref": f"#/$defs/{side}"}]})


@dataclass(frozen=True)
class Result:
    """What came of a command, as the plugin told it first."""

    message: Message
    body: bytes

    @property
    def outcome(self) -> str:
        return str(self.message["outcome"])

    @property
    def ending(self) -> tuple[str, str]:
        return self.outcome, self.message["reason"]


@dataclass
class Server:
    """Grants every command at once and acknowledges every result, unless told otherwise."""

    loop: Loop
    port: int = 0
    token: str = "a-token"
    user_id: str | None = None
    member_of: str | None = None
    stopped: bool = False
    site: str = ""
    heartbeat_seconds: float = 5.0
    """Half of that may an answer take on a busy machine."""
    refusal: str | None = None
    go_after: float = 0.0
    grants: bool = True
    acknowledges: bool = True
    answers_pings: bool = True
    chunk: int = CHUNK
    heard: list[Message] = field(default_factory=list)
    told: list[Message] = field(default_factory=list)
    closings: list[int | None] = field(default_factory=list)
    hellos: int = 0
    files: dict[str, bytes] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    _parts: dict[str, dict[int, bytes]] = field(default_factory=lambda: defaultdict(dict))
    _results: dict[str, list[Result]] = field(default_factory=lambda: defaultdict(list))
    _socket: web.WebSocketResponse | None = None
    _going: asyncio.Task[None] | None = None

    @property
    def code(self) -> str:
        """What the seller pastes."""
        return f"ws://127.0.0.1:{self.port}/t/demo/plugin/ {self.token}"

    def command(self, method: str, path: str, *, as_user: str | None = "7", **more: Any) -> str:
        """Sends a command and returns its id. `more`: json, form (fields), file, headers, seconds."""
        made = str(uuid.uuid4())
        self.send(self.message_of(made, method, path, as_user=as_user, **more))
        return made

    def message_of(
        self,
        made: str,
        method: str,
        path: str,
        *,
        as_user: str | None = "7",
        json: Any = None,
        file: bytes | None = None,
        checksum: str | None = None,
        fields: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        seconds: float = 30.0,
    ) -> Message:
        form = None
        if file is not None:
            self.files[made] = file
            form = {
                "fields": fields or {},
                "file": {
                    "field": "photo[file]",
                    "name": "photo.jpg",
                    "content_type": "image/jpeg",
                    "size": len(file),
                    "sha256": checksum or hashlib.sha256(file).hexdigest(),
                },
            }
        return {
            "type": "command",
            "id": made,
            "request": {
                "method": method,
                "path": path,
                "headers": headers or {},
                "json": json,
                "form": form,
            },
            "writes": method != "GET",
            "as_user": as_user,
            "answer_seconds": seconds,
        }

    @property
    def standing(self) -> Message:
        return {
            "user_id": self.user_id,
            "site": self.site,
            "member_of": self.member_of,
            "stopped": self.stopped,
        }

    def tell_standing(self) -> None:
        """As it is by now."""
        self.send({"type": "standing", **self.standing})

    def send(self, message: Message) -> None:
        self.told.append(message)
        self.send_text(json.dumps(message))

    def send_text(self, text: str) -> None:
        assert self._socket is not None
        self.loop.run(self._socket.send_str(text))

    def cut(self) -> None:
        """The connection is lost."""
        assert self._socket is not None
        self.loop.run(self._socket.close(code=1001))

    def result(self, command: str, *, times: int = 1, within: float = PATIENCE) -> Result:
        """The result, once the plugin has sent it so many times; they must all say the same."""
        until(lambda: len(self._results[command]) >= times, within, f"{times} results")
        first, *others = self._results[command]
        for other in others:
            assert other.outcome == first.outcome
        return self._results[command][-1]

    def times(self, command: str) -> int:
        return len(self._results[command])

    def count(self, kind: str, command: str | None = None) -> int:
        return len(self.all(kind, command))

    def all(self, kind: str, command: str | None = None) -> list[Message]:
        return [
            message
            for message in list(self.heard)
            if message["type"] == kind and command in (None, message.get("id"))
        ]

    def until_heard(self, kind: str, command: str | None = None, times: int = 1) -> None:
        until(lambda: self.count(kind, command) >= times, PATIENCE, f"{kind}, {times} times")

    def until_state(self, state: str) -> Message:
        """What the plugin said of Vinted last; waits until its state is `state`."""
        until(lambda: self.vinted.get("state") == state, PATIENCE, f"Vinted is {state}")
        return self.vinted

    @property
    def vinted(self) -> Message:
        told = [message["vinted"] for message in list(self.heard) if "vinted" in message]
        return told[-1] if told else {}

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=262_144)
        await socket.prepare(request)
        self.hellos += 1
        async for frame in socket:
            if frame.type is WSMsgType.TEXT:
                await self._hear(socket, frame.data)
        self.closings.append(socket.close_code)
        return socket

    async def _hear(self, socket: web.WebSocketResponse, text: str) -> None:
        message = json.loads(text)
        self.faults += [error.message for error in validator("from_plugin").iter_errors(message)]
        self.heard.append(message)
        answer = getattr(self, f"_on_{message['type']}", None)
        if answer is not None:
            await answer(socket, message)

    async def _on_hello(self, socket: web.WebSocketResponse, message: Message) -> None:
        reason = self.refusal or ("token" if message["token"] != self.token else None)
        if reason is not None:
            text = f"Refused: {reason}."
            refusal = {"type": "refused", "reason": reason, "message": text}
            await socket.send_json({**refusal, "least_version": "2.0.0"})
            await socket.close(code=CODES[reason])
            return
        self._socket = socket
        await socket.send_json(
            {
                "type": "welcome",
                "protocol": 1,
                "heartbeat_seconds": self.heartbeat_seconds,
                "account": "Ada's shop",
                **self.standing,
            }
        )

    async def _on_ping(self, socket: web.WebSocketResponse, message: Message) -> None:
        if self.answers_pings:
            await socket.send_json({"type": "pong"})

    async def _on_need(self, socket: web.WebSocketResponse, message: Message) -> None:
        offset = message["offset"]
        data = self.files[message["id"]][offset : offset + self.chunk]
        encoded = base64.b64encode(data).decode()
        await socket.send_json({**message, "type": "chunk", "data": encoded})

    async def _on_begin(self, socket: web.WebSocketResponse, message: Message) -> None:
        if self.grants:
            wait, self.go_after = self.go_after, 0.0
            self._going = asyncio.create_task(self._go(socket, message["id"], wait))

    async def _go(self, socket: web.WebSocketResponse, command: str, wait: float) -> None:
        await asyncio.sleep(wait)
        await socket.send_json({"type": "go", "id": command})

    async def _on_part(self, socket: web.WebSocketResponse, message: Message) -> None:
        data = base64.b64decode(message["data"], validate=True)
        self._parts[message["id"]][message["index"]] = data

    async def _on_result(self, socket: web.WebSocketResponse, message: Message) -> None:
        parts = self._parts.pop(message["id"], {})
        body = b"".join(parts[index] for index in range(message.get("parts", 0)))
        self._results[message["id"]].append(Result(message, body))
        if self.acknowledges:
            await socket.send_json({"type": "received", "id": message["id"]})


@contextmanager
def running(loop: Loop) -> Iterator[Server]:
    """Afterwards it tells whether the plugin ever said what the schema does not allow."""
    server = Server(loop)
    application = web.Application()
    application.router.add_get("/t/demo/plugin/", server.handle)
    with served(loop, application) as port:
        server.port = port
        yield server
    assert server.faults == []
