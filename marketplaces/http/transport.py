"""One exchange over libcurl, whose time-out spans connect to last byte on a monotonic clock.

libcurl calls no Python code while it works: a signal that arrives meanwhile is handled between two
short waits, and what its handler raises (KeyboardInterrupt, SystemExit) passes through untouched.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import threading
import time
from dataclasses import dataclass, field
from enum import Enum, auto
from io import BytesIO

import certifi
import pycurl

from marketplaces.http.messages import Request, is_loopback

ANSWER_LIMIT_BYTES = 10 * 1024 * 1024
_CONNECT_SECONDS = 10.0
_WAIT_SECONDS = 0.5
_LAST_LOOK_SECONDS = 0.2
"""After the time-out, for the answer to a request that has left: a process that was frozen finds
in its socket what came meanwhile, and a refresh token that rotates is nowhere else to be had."""
_QUICK_EXIT = 322
"""CURLOPT_QUICK_EXIT: do not wait for a name server that is still silent at the time-out."""


class FailureKind(Enum):
    """What went wrong, as far as a person needs to know."""

    TIME_OUT = auto()
    INSECURE = auto()
    """No TLS connection that can be trusted."""
    UNREADABLE = auto()
    """An answer that is no HTTP."""
    TOO_LARGE = auto()
    """An answer of more than ANSWER_LIMIT_BYTES."""
    BROKEN = auto()


_KINDS = {
    pycurl.E_OPERATION_TIMEDOUT: FailureKind.TIME_OUT,
    pycurl.E_SSL_CONNECT_ERROR: FailureKind.INSECURE,
    pycurl.E_PEER_FAILED_VERIFICATION: FailureKind.INSECURE,
    pycurl.E_SSL_CACERT_BADFILE: FailureKind.INSECURE,
    pycurl.E_SSL_CIPHER: FailureKind.INSECURE,
    pycurl.E_UNSUPPORTED_PROTOCOL: FailureKind.UNREADABLE,
    pycurl.E_FTP_WEIRD_SERVER_REPLY: FailureKind.UNREADABLE,
    pycurl.E_BAD_CONTENT_ENCODING: FailureKind.UNREADABLE,
    pycurl.E_FILESIZE_EXCEEDED: FailureKind.TOO_LARGE,
}
"""By libcurl's numbers; whatever else fails has broken off."""


@dataclass(frozen=True, slots=True)
class Failure:
    """No complete answer came."""

    code: int
    """libcurl's CURLE_ number."""
    text: str
    """libcurl's words: evidence, and nothing for a seller."""
    may_have_left: bool
    """False only when the connection was never ready to carry a request."""

    @property
    def kind(self) -> FailureKind:
        return _KINDS.get(self.code, FailureKind.BROKEN)


@dataclass(slots=True)
class Answer:
    status: int
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class _Connections(threading.local):
    """The open connections of one thread of one process; only reads use them again."""

    def __init__(self) -> None:
        self.multi = pycurl.CurlMulti()


_connections = _Connections()
_left_to_the_parent: list[_Connections] = []


def _after_fork() -> None:
    """Closing the parent's connections here would say good-bye on the parent's sockets."""
    global _connections  # noqa: PLW0603 - one per process is the point
    _left_to_the_parent.append(_connections)
    _connections = _Connections()


os.register_at_fork(after_in_child=_after_fork)


def exchange(request: Request, *, seconds: float, proxy: str = "") -> Answer | Failure:
    """Send `request` once and wait for the whole answer, `seconds` at the most.

    Nothing more of the request leaves after that, also when the process was frozen in between.
    """
    lines: list[bytes] = []
    body = BytesIO()
    curl = pycurl.Curl()
    try:
        _set_up(curl, request, seconds, proxy)
        curl.setopt(pycurl.HEADERFUNCTION, lines.append)
        curl.setopt(pycurl.WRITEFUNCTION, body.write)
        failed = _run(_connections.multi, curl, seconds)
        if failed is not None:
            return Failure(failed[0], failed[1], _may_have_left(curl, request))
        return Answer(curl.getinfo(pycurl.RESPONSE_CODE), _headers(lines), body.getvalue())
    finally:
        curl.close()


def _set_up(curl: pycurl.Curl, request: Request, seconds: float, proxy: str) -> None:
    curl.setopt(pycurl.URL, request.url)
    curl.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
    curl.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1)
    curl.setopt(pycurl.FOLLOWLOCATION, 0)
    curl.setopt(pycurl.NOSIGNAL, 1)
    curl.setopt(_QUICK_EXIT, 1)
    curl.setopt(pycurl.CAINFO, certifi.where())
    curl.setopt(pycurl.MAXFILESIZE_LARGE, ANSWER_LIMIT_BYTES)
    curl.setopt(pycurl.ACCEPT_ENCODING, "")
    curl.setopt(pycurl.CONNECTTIMEOUT_MS, max(1, int(min(seconds, _CONNECT_SECONDS) * 1000)))
    curl.setopt(pycurl.PROXY, "" if is_loopback(request.host) else proxy)
    if request.public_only and not proxy:
        curl.setopt(pycurl.OPENSOCKETFUNCTION, _public_socket)
    _set_up_message(curl, request)


def _public_socket(
    _purpose: int, address: tuple[int, int, int, tuple[str | bytes, int]]
) -> socket.socket | int:
    """libcurl asks for the socket once the name is looked up: what is checked is what is called."""
    family, kind, protocol, (host, *_) = address
    name = host.decode() if isinstance(host, bytes) else host
    try:
        is_public = ipaddress.ip_address(name.partition("%")[0]).is_global
    except ValueError:
        is_public = False
    return socket.socket(family, kind, protocol) if is_public else pycurl.SOCKET_BAD


def _set_up_message(curl: pycurl.Curl, request: Request) -> None:
    lines = [f"{name}: {value}" for name, value in request.headers.items()]
    # Without a value, libcurl leaves its own header out: the form's type that it would name for
    # an empty POST, and the "100 Continue" that it would wait for before a large one.
    lines.append(f"Content-Type: {request.content_type}".rstrip())
    curl.setopt(pycurl.HTTPHEADER, [*lines, "Expect:"])
    curl.setopt(pycurl.USERAGENT, "StoFlow")
    if request.method == "HEAD":
        curl.setopt(pycurl.NOBODY, 1)
    if request.is_write:
        curl.setopt(pycurl.POSTFIELDS, request.content)
        curl.setopt(pycurl.CUSTOMREQUEST, request.method)
        # libcurl repeats a request by itself when a reused connection turns out dead.
        curl.setopt(pycurl.FRESH_CONNECT, 1)
        curl.setopt(pycurl.FORBID_REUSE, 1)


def _run(multi: pycurl.CurlMulti, curl: pycurl.Curl, seconds: float) -> tuple[int, str] | None:
    """None once the answer is complete, else libcurl's number and text of the failure.

    libcurl's own time-out would be declared before what has arrived is read.
    """
    ends_at, is_last_look = time.monotonic() + seconds, False
    multi.add_handle(curl)
    try:
        while multi.perform()[1]:
            _wait(multi, ends_at - time.monotonic())
            if time.monotonic() < ends_at:
                continue
            if is_last_look or not curl.getinfo(pycurl.POSTTRANSFER_TIME_T):
                return pycurl.E_OPERATION_TIMEDOUT, f"No whole answer in {seconds:.3f} s"
            ends_at, is_last_look = time.monotonic() + _LAST_LOOK_SECONDS, True
        _, _, failed = multi.info_read()
        return (failed[0][1], failed[0][2]) if failed else None
    finally:
        multi.remove_handle(curl)


def _wait(multi: pycurl.CurlMulti, seconds: float) -> None:
    try:
        if multi.select(max(0.0, min(seconds, _WAIT_SECONDS))) == -1:
            time.sleep(0.01)  # nothing to wait on yet: the name is looked up
    except pycurl.error:  # a signal came, and its handler let us go on
        return


def _may_have_left(curl: pycurl.Curl, request: Request) -> bool:
    """Nothing is sent before the connection, with TLS its handshake, stands.

    Two counters of libcurl must agree that it never stood; in doubt the request has left. (Its
    PRETRANSFER_TIME tells nothing: a failed look-up of the name sets it too.)
    """
    ready = pycurl.APPCONNECT_TIME_T if request.url.startswith("https") else pycurl.CONNECT_TIME_T
    return bool(curl.getinfo(ready) or curl.getinfo(pycurl.REQUEST_SIZE))


def _headers(lines: list[bytes]) -> dict[str, str]:
    """Those of the last answer: a "100 Continue" or a proxy's own come before it."""
    headers: dict[str, str] = {}
    for line in lines:
        if line.startswith(b"HTTP/"):
            headers = {}
            continue
        name, colon, value = line.decode("latin-1").partition(":")
        if colon:
            name = name.strip().lower()
            value = value.strip()
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers
