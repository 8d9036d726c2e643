"""Splits a `multipart/form-data` body that has already been read (aiohttp's reader wants a stream)."""

import email.message
from dataclasses import dataclass

from marketplaces.sandbox.messages import Call


class BadMultipartError(ValueError):
    """The body can't be split; the text says why."""


@dataclass(frozen=True)
class Part:
    name: str
    content: bytes


def parts_of(call: Call) -> list[Part]:
    if call.content_type != "multipart/form-data":
        raise BadMultipartError("Content-Type must be multipart/form-data")
    boundary = _parameter(call.headers["Content-Type"], "boundary")
    if not boundary:
        raise BadMultipartError("the multipart boundary is missing")
    # RFC 2046: a boundary line begins with CRLF, which belongs to it and not to the content.
    pieces = (b"\r\n" + call.body).split(b"\r\n--" + boundary.encode())
    return [_part(piece) for piece in pieces[1:] if not piece.startswith(b"--")]


def _part(piece: bytes) -> Part:
    head, _, content = piece.partition(b"\r\n\r\n")
    for line in head.decode(errors="replace").split("\r\n"):
        name, _, value = line.partition(":")
        if name.strip().lower() == "content-disposition":
            return Part(_parameter(value, "name"), content)
    return Part("", content)


def _parameter(header: str, name: str) -> str:
    message = email.message.Message()
    message["Content-Type"] = header.strip()
    value = message.get_param(name)
    return value if isinstance(value, str) else ""
