"""What went over the wire, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self


@dataclass(frozen=True)
class Sent:
    """A request; `target` is path and query."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""

    @classmethod
    def read(cls, raw: bytes) -> Self:
        """From the bytes of one HTTP/1.1 request."""
        head, _, content = raw.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        method, target, _ = first.split(" ")
        return cls(method, target, dict(line.split(": ", 1) for line in lines), content)

    @property
    def content_type(self) -> str:
        return next((v for k, v in self.headers.items() if k.lower() == "content-type"), "")


@dataclass(frozen=True)
class Answered:
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""

    @property
    def content_type(self) -> str:
        found = (v for k, v in self.headers.items() if k.lower() == "content-type")
        return next(found, "").partition(";")[0]
