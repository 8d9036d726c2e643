"""StoFlow's side of docs/plugin-protocol.md, played by a test message by message.

Written from the document; all that a plugin says is held against the schema as it comes.
"""

import asyncio
import base64
import hashlib
import json
import queue
import threading
import uuid
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import WSMsgType, web
from jsonschema import Draft202012Validator

from marketplaces.sandbox.process import PROJECT

SCHEMA = PROJECT / "marketplaces/vinted/extension/protocol.schema.json"
PIECE = 131_072
SECONDS = 30.0

Message = dict[str, Any]

_schema = json.loads(SCHEMA.read_text())
_from_plugin = Draft202012Validator({"$ref": "#/$defs/from_plugin", "$defs": _schema["$defs"]})


@dataclass
class Connection:
    """One connection of the plugin's, from its first message to its end."""

    socket: web.WebSocketResponse
    request: web.BaseRequest
    loop: asyncio.AbstractEventLoop
    site: str
    answers_pings: bool = True
    pings: int = 0
    heard: "queue.Queue[Message]" = field(default_factory=queue.Queue)
    ended: threading.Event = field(default_factory=threading.Event)

    # -- what the server says

    def say(self, kind: str, **fields: Any) -> None:
        self.say_text(json.dumps({"type": kind, **fields}))

    def say_text(self, text: str) -> None:
        asyncio.run_coroutine_threadsafe(self.socket.send_str(text), self.loop).result(SECONDS)

    def welcome(self, **changes: Any) -> Message:
        """Hear the plugin's hello and answer it; the hello."""
        hello = self.hear("hello")
        welcome = {
            "protocol": 1,
            "heartbeat_seconds": 20,
            "account": "Léa at Vinted",
            "user_id": None,
            "site": self.site,
            "member_of": None,
            "stopped": False,
        } | changes
        self.say("welcome", **welcome)
        return hello

    def refuse(self, reason: str, code: int, message: str = "No.") -> None:
        self.hear("hello")
        self.say("refused", reason=reason, message=message, least_version=None)
        self.close(code)

    def command(self, method: str, path: str, **changes: Any) -> str:
        """Tell the plugin of one; its id."""
        command = {
            "id": str(uuid.uuid4()),
            "request": {
                "method": method,
                "path": f"/api/v2/{path}",
                "headers": {},
                "json": None,
                "form": None,
            },
            "writes": method != "GET",
            "as_user": None,
            "answer_seconds": 10,
        }
        command["request"] |= changes.pop("request", {})
        self.say("command", **(command | changes))
        return str((command | changes)["id"])

    def go(self, command: str) -> None:
        """Hear that the plugin is ready, and let it."""
        assert self.hear("begin")["id"] == command
        self.say("go", id=command)

    def received(self, command: str) -> None:
        self.say("received", id=command)

    # -- what the plugin says

    def hear(self, kind: str, seconds: float = SECONDS) -> Message:
        """The next message, which has to be of this kind."""
        message = self.heard.get(timeout=seconds)
        assert message["type"] == kind, message
        return message

    def hears_nothing(self, seconds: float = 0.2) -> bool:
        try:
            unwanted = self.heard.get(timeout=seconds)
        except queue.Empty:
            return True
        raise AssertionError(unwanted)

    def result(self, command: str) -> tuple[Message, bytes]:
        """A result, and the body that came in pieces before it, which has to be whole."""
        body, index = b"", 0
        while True:
            message = self.heard.get(timeout=SECONDS)
            assert message["id"] == command, message
            if message["type"] == "result":
                break
            assert (message["type"], message["index"]) == ("part", index), message
            piece = base64.b64decode(message["data"], validate=True)
            assert 0 < len(piece) <= PIECE
            body, index = body + piece, index + 1
        if message["outcome"] == "answered":
            assert message["parts"] == index
        if message.get("kept"):
            assert message["size"] == len(body)
            assert message["sha256"] == hashlib.sha256(body).hexdigest()
        return message, body

    def unsent(self, command: str) -> str:
        """The reason why certainly nothing was sent."""
        result, _ = self.result(command)
        assert result["outcome"] == "unsent", result
        return str(result["reason"])

    def answered(self, command: str) -> tuple[int, Any]:
        """Vinted's status and JSON."""
        result, body = self.result(command)
        assert result["outcome"] == "answered", result
        return result["status"], json.loads(body)

    # -- the end

    def close(self, code: int = 1000) -> None:
        async def end() -> None:
            await self.socket.close(code=code)

        asyncio.run_coroutine_threadsafe(end(), self.loop).result(SECONDS)

    def drop(self) -> None:
        """Lose the connection without a word."""
        transport = self.request.transport
        assert transport is not None
        self.loop.call_soon_threadsafe(transport.abort)
        assert self.ended.wait(SECONDS)

    def closed_by_plugin(self) -> int | None:
        """The code with which the plugin ended it."""
        assert self.ended.wait(SECONDS)
        return self.socket.close_code


class StoflowServer:
    """Listens on a port of its own, in a thread of its own."""

    def __init__(self, site: str) -> None:
        self.site = site
        self._loop = asyncio.new_event_loop()
        self._connections: queue.Queue[Connection] = queue.Queue()
        self._open: list[Connection] = []
        self._ready = threading.Event()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.port = 0

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/t/demo/plugin/"

    def accept(self, seconds: float = SECONDS) -> Connection:
        """The plugin's next connection."""
        return self._connections.get(timeout=seconds)

    def welcome(self, **changes: Any) -> Connection:
        connection = self.accept()
        connection.welcome(**changes)
        return connection

    def nobody_comes(self, seconds: float) -> bool:
        try:
            self.accept(seconds)
        except queue.Empty:
            return True
        return False

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(SECONDS)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        app = web.Application()
        app.router.add_get("/t/demo/plugin/", self._connection)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.port).start()
        self.port = runner.addresses[0][1]
        self._ready.set()
        await self._stop.wait()
        for each in self._open:
            await each.socket.close()
        await runner.cleanup()

    async def _connection(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=262_144, timeout=0.5)
        await socket.prepare(request)
        connection = Connection(socket, request, asyncio.get_running_loop(), self.site)
        self._open.append(connection)
        self._connections.put(connection)
        async for frame in socket:
            assert frame.type is WSMsgType.TEXT
            message = json.loads(frame.data)
            _from_plugin.validate(message)
            if message["type"] != "ping":
                connection.heard.put(message)
                continue
            connection.pings += 1
            if connection.answers_pings:
                await socket.send_str('{"type": "pong"}')
        connection.ended.set()
        return socket
