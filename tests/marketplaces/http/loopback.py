"""A server on this machine that does to each connection exactly what a test tells it."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

Behaviour = Callable[[socket.socket, bytes], bool | None]
"""Gets the connection and the request; True keeps the connection open for another request."""


class LoopbackServer:
    """Behaves as the list says, one behaviour for each request; the last one goes on for ever."""

    def __init__(self, *behaviours: Behaviour, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self._behaviours = list(behaviours)
        self._tls = tls
        self._ended = threading.Event()
        self._open: list[socket.socket] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._accept, daemon=True)

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    def url(self, path: str = "/") -> str:
        scheme = "https" if self._tls else "http"
        return f"{scheme}://127.0.0.1:{self.port}{path}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        socket.create_connection(("127.0.0.1", self.port)).close()
        self._thread.join(10)
        self._socket.close()
        for connection in self._open:
            connection.close()

    def wait(self, seconds: float) -> None:
        """Sleep, but not beyond the end of the test."""
        self._ended.wait(seconds)

    def _accept(self) -> None:
        while not self._ended.is_set():
            connection, _ = self._socket.accept()
            if self._ended.is_set():
                connection.close()
                return
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
            self.connections += 1
            while (request := read_request(connection)) and self._behave(connection, request):
                pass
        except OSError:
            pass
        finally:
            connection.close()

    def _behave(self, connection: socket.socket, request: bytes) -> bool | None:
        self.requests.append(request)
        behaviour = self._behaviours[0]
        if len(self._behaviours) > 1:
            self._behaviours.pop(0)
        return behaviour(connection, request)


def read_request(connection: socket.socket) -> bytes:
    """Head and body of one request; empty when the other side has closed."""
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(65536)
        if not part:
            return b""
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            while len(body) < int(value):
                body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def answer(
    status: int = 200,
    body: bytes = b"{}",
    headers: Iterable[str] = (),
    *,
    keep_open: bool = False,
) -> Behaviour:
    """A complete answer."""

    def behave(connection: socket.socket, request: bytes) -> bool:
        lines = [f"HTTP/1.1 {status} Text", f"Content-Length: {len(body)}", *headers, "", ""]
        connection.sendall("\r\n".join(lines).encode() + body)
        return keep_open

    return behave


def reset(connection: socket.socket, request: bytes) -> None:
    """Cut with a TCP reset after the request was read."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def close(connection: socket.socket, request: bytes) -> None:
    """Close without a word after the request was read."""


def cut_in_the_answer(connection: socket.socket, request: bytes) -> None:
    """Promise more bytes than are sent."""
    connection.sendall(b'HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{"offerId": "1')


def garbage(connection: socket.socket, request: bytes) -> None:
    """Say something that is not HTTP."""
    connection.sendall(b"220 mail ready\r\n\r\n")


def dripping(connection: socket.socket, request: bytes) -> None:
    """One byte every tenth of a second, which no time-out between bytes would ever end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    for _ in range(100):
        connection.sendall(b"x")
        time.sleep(0.1)


def endless(connection: socket.socket, request: bytes) -> None:
    """More than anybody wants, with no length given beforehand."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    for _ in range(400):
        connection.sendall(chunk)
    connection.sendall(b"0\r\n\r\n")
