"""Forms as they stand on the wire, both kinds, as names and values."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, urlencode

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"


def media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def fields(content: bytes) -> dict[str, str]:
    return dict(parse_qsl(content.decode(), keep_blank_values=True))


def form(values: dict[str, str]) -> bytes:
    return urlencode(values).encode()


def parts(content: bytes, content_type: str) -> dict[str, bytes]:
    """Each part by its name, with its head and without the boundaries."""
    pieces = content.split(_boundary(content_type))[1:-1]
    return {_name(piece): piece for piece in pieces}


def multipart(pieces: Iterable[bytes], content_type: str) -> bytes:
    boundary = _boundary(content_type)
    return b"".join(boundary + piece for piece in pieces) + boundary + b"--\r\n"


def text_part(name: str, value: str) -> bytes:
    return f'\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()


def _boundary(content_type: str) -> bytes:
    return b"--" + content_type.partition("boundary=")[2].strip('"').encode()


def _name(piece: bytes) -> str:
    found = re.search(rb'[ ;]name="([^"]*)"', piece)
    assert found is not None, "a part has no name"
    return found[1].decode()
