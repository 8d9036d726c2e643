"""What travels between the HTTP edge and a marketplace's rules: a call, and its answer.

Handlers are plain functions from one to the other. They run inside one database transaction and
never touch a socket, so that a fault can be put before, between and after without their knowing.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from marketplaces.sandbox.state import State


@dataclass(kw_only=True)
class Call:
    """One request as it arrived, with what the handler finds out about it for the log."""

    route: str
    method: str
    path: str
    origin: str
    """Scheme and host as the caller wrote them, for links in answers."""
    params: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    seller: str = ""
    subject: str = ""
    """What the call is about: a SKU, or the checksum of an image."""
    others: Sequence["Call"] = ()
    """Those under way when this one came, whose callers were still waiting then."""
    violations: list[str] = field(default_factory=list)
    """What the caller must never do; noted also when the call is refused."""

    @property
    def content_type(self) -> str:
        """The media type alone, in lower case, without its parameters."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the marketplace says; `effect` tells whether its state changed."""

    status: int
    body: Any = None
    """JSON; None = no body."""
    page: str = ""
    """HTML instead of JSON, where the vendor's answer is for a person."""
    headers: Mapping[str, str] = field(default_factory=dict)
    effect: bool = False

    @property
    def content(self) -> bytes:
        if self.page:
            return self.page.encode()
        return b"" if self.body is None else json.dumps(self.body).encode()

    @property
    def content_type(self) -> str | None:
        if self.page:
            return "text/html; charset=utf-8"
        return None if self.body is None else "application/json"


class RefusedError(Exception):
    """The marketplace says no; whatever the handler had begun is rolled back."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"refused with status {answer.status}")
        self.answer = answer


Handler = Callable[[State, Call], Answer]


@dataclass(frozen=True)
class Route:
    """One operation of the vendor's API; its name is what faults and counters refer to."""

    method: str
    template: str
    handler: Handler

    @property
    def name(self) -> str:
        return f"{self.method} {self.template}"
