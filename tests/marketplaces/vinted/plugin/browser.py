"""A seller's browser that a test plays by hand, message by message, over a real WebSocket."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from socket import SHUT_RDWR
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

Message = dict[str, Any]
USER = "4711"
READY = {"state": "ready", "site": "www.vinted.fr", "user_id": USER, "login": "marie"}


@dataclass
class Browser:
    """One browser with StoFlow's plugin; nothing is said that the test does not say."""

    address: str
    token: str
    installation: str = field(default_factory=lambda: str(uuid.uuid4()))
    wire: ClientConnection | None = None
    _open: ExitStack = field(default_factory=ExitStack, repr=False)

    def connect(self, *, vinted: Message | None = None, **hello: Any) -> Message:
        """Say hello; the server's answer to it."""
        self.wire = self._open.enter_context(connect(self.address))
        self.say(
            {
                "type": "hello",
                "protocol": 1,
                "version": "1.0.0",
                "token": self.token,
                "installation": self.installation,
                "vinted": vinted or READY,
                **hello,
            }
        )
        return self.hear()

    def take_place(self) -> None:
        """Connect as soon as another browser's place is free.

        A browser that closes is answered before its place is given back.
        """
        for _ in range(400):
            if self.connect()["type"] == "welcome":
                return
            self.close()
            time.sleep(0.05)
        raise AssertionError("The place is not free.")

    def say(self, message: Message) -> None:
        assert self.wire is not None
        self.wire.send(json.dumps(message))

    def hear(self, seconds: float = 20.0) -> Message:
        assert self.wire is not None
        message: Message = json.loads(self.wire.recv(timeout=seconds))
        return message

    def ask(self, message: Message) -> Message:
        self.say(message)
        return self.hear()

    def hears_nothing(self, seconds: float = 0.3) -> bool:
        try:
            self.hear(seconds)
        except TimeoutError:
            return True
        return False

    def close_code(self) -> int | None:
        """The code with which the server ends the connection, once it has."""
        assert self.wire is not None
        try:
            while True:
                self.wire.recv(timeout=20)
        except ConnectionClosed as ended:
            return None if ended.rcvd is None else ended.rcvd.code

    def answer(self, command: Message, status: int = 200, body: bytes = b"{}") -> Message:
        """Begin a command, have Vinted answer, and tell; the server's last word."""
        assert self.ask({"type": "begin", "id": command["id"]})["type"] == "go"
        return self.tell(command, status, body)

    def tell(self, command: Message, status: int = 200, body: bytes = b"{}") -> Message:
        pieces = [body[at : at + 131_072] for at in range(0, len(body), 131_072)]
        for index, piece in enumerate(pieces):
            data = base64.b64encode(piece).decode()
            self.say({"type": "part", "id": command["id"], "index": index, "data": data})
        return self.ask(
            {
                "type": "result",
                "id": command["id"],
                "outcome": "answered",
                "status": status,
                "headers": {"content-type": "application/json"},
                "size": len(body),
                "sha256": hashlib.sha256(body).hexdigest(),
                "parts": len(pieces),
                "kept": True,
            }
        )

    def drop(self) -> None:
        """Lose the connection without a word."""
        if self.wire is not None:
            with suppress(OSError):
                self.wire.socket.shutdown(SHUT_RDWR)
            self.wire = None

    def close(self) -> None:
        self.wire = None
        self._open.close()


@contextmanager
def meanwhile(act: Callable[[], object]) -> Iterator[None]:
    """What the browser does while the test's own thread waits as a worker does."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            act()
        except BaseException as error:  # noqa: BLE001 - raised again in the test's thread
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        thread.join(20)
        if failed:
            raise failed[0]
