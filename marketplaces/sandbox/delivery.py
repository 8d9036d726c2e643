"""How an answer reaches the caller, or doesn't: whole, cut off, by halves, drop by drop.

The spoilt ways write to the socket past aiohttp and close it; the response that aiohttp is then
given finds the connection closed, which it takes as a caller that left.
"""

import asyncio
from http import HTTPStatus

from aiohttp import web

from marketplaces.sandbox.messages import Answer


def whole(answer: Answer) -> web.Response:
    headers = dict(answer.headers)
    if answer.content_type is not None:
        headers["Content-Type"] = answer.content_type
    return web.Response(status=answer.status, headers=headers, body=answer.content or None)


def is_gone(request: web.Request) -> bool:
    """Whether the caller has closed the connection, as far as the kernel knows."""
    return request.transport is None or request.transport.is_closing()


def cut(request: web.Request) -> web.Response:
    """Close the connection without a byte of answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def half(request: web.Request, answer: Answer) -> web.Response:
    """Send the head and half of the body (half of the head, if there is no body), then close."""
    raw = _raw(answer)
    missing = len(answer.content) // 2 or len(raw) // 2
    if request.transport is not None:
        request.transport.write(raw[:-missing])
        request.transport.close()
    return web.Response()


async def drip(request: web.Request, answer: Answer, *, delay: float) -> web.Response:
    """Send one byte at a time: a time-out between two reads never strikes, a total one does."""
    for byte in _raw(answer):
        if request.transport is None or request.transport.is_closing():
            break
        request.transport.write(bytes([byte]))
        await asyncio.sleep(delay)
    if request.transport is not None:
        request.transport.close()
    return web.Response()


def _raw(answer: Answer) -> bytes:
    headers = {**answer.headers, "Connection": "close"}
    if answer.content_type is not None:
        headers["Content-Type"] = answer.content_type
        headers["Content-Length"] = str(len(answer.content))
    lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + answer.content
