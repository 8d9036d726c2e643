"""What goes out and what comes back, as values."""

from __future__ import annotations

import ipaddress
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

from marketplaces.http.redaction import evidence
from tasks.errors import OutcomeUnknownError, PermanentError, TransientError
from tasks.sentences import sentence

READS = frozenset({"GET", "HEAD"})


class InsecureUrlError(PermanentError):
    """The address is not https, and its host is not this machine."""

    default_advice = sentence(
        "Correct the base URL in the settings; only loopback may be plain http."
    )


@dataclass(frozen=True, slots=True)
class FilePart:
    """One file of a multipart form."""

    name: str
    """The form's field."""
    filename: str
    content_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Request:
    """One request. Its repr shows neither headers nor body nor the URL's query."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    content: bytes = field(default=b"", repr=False)
    content_type: str = ""
    timeout: float = 30.0
    """Seconds from the first connect to the last byte; the step's deadline may shorten them."""
    account: str = ""
    """Whose request it is, for the log."""
    sensitive: tuple[str, ...] = field(default=(), repr=False)
    """Texts that must not appear in logs or evidence, beside those known by their name."""
    public_only: bool = False
    """Whether only https and only addresses of the public internet will do: for links that people
    typed, which must not lead into our own network."""

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        secure = parts.scheme == "https" or (
            parts.scheme == "http" and is_loopback(parts.hostname or "") and not self.public_only
        )
        if not secure or not parts.hostname:
            raise InsecureUrlError(
                sentence(
                    "StoFlow does not call {scheme}://{hostname}.",
                    scheme=parts.scheme,
                    hostname=parts.hostname,
                )
            )

    @property
    def is_write(self) -> bool:
        return self.method not in READS

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @classmethod
    def with_json(cls, method: str, url: str, document: object, **rest: Any) -> Self:
        """A request that carries `document` as JSON."""
        content = json.dumps(document, ensure_ascii=False).encode()
        return cls(method, url, content=content, content_type="application/json", **rest)

    @classmethod
    def with_form(cls, method: str, url: str, fields: Mapping[str, str], **rest: Any) -> Self:
        """A request that carries `fields` as an HTML form would."""
        content_type = "application/x-www-form-urlencoded"
        return cls(
            method, url, content=urlencode(fields).encode(), content_type=content_type, **rest
        )

    @classmethod
    def with_files(
        cls,
        method: str,
        url: str,
        *parts: FilePart,
        fields: Mapping[str, str] | None = None,
        **rest: Any,
    ) -> Self:
        """A multipart/form-data request made of files held in memory and of plain fields."""
        boundary = secrets.token_hex(16)
        encoded = [_encoded_field(*field, boundary) for field in (fields or {}).items()]
        encoded += [_encoded(part, boundary) for part in parts]
        content = b"".join(encoded) + f"--{boundary}--\r\n".encode()
        content_type = f"multipart/form-data; boundary={boundary}"
        return cls(method, url, content=content, content_type=content_type, **rest)


@dataclass(frozen=True)
class Response:
    """A complete answer, whatever its status. Header names are in lower case."""

    request: Request
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    milliseconds: int = 0

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @cached_property
    def document(self) -> Any:
        """The body as JSON; None when it is not JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    @cached_property
    def evidence(self) -> dict[str, Any]:
        """What an attempt row may keep of this exchange: short, and free of secrets."""
        return evidence(self.request, self)

    def json_object(self) -> dict[str, Any]:
        """The body as a JSON object.

        OutcomeUnknownError when it is none and the request was a write: it may have taken effect.
        """
        if isinstance(self.document, dict):
            return self.document
        error = OutcomeUnknownError if self.request.is_write else TransientError
        raise error(
            sentence(
                "The marketplace answered {status} with something that cannot be read.",
                status=self.status,
            ),
            evidence=self.evidence,
        )


def seconds_to_wait(retry_after: str | None) -> float | None:
    """The header Retry-After, which holds seconds or a date (RFC 9110 section 10.2.3)."""
    if not retry_after:
        return None
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        moment = parsedate_to_datetime(retry_after)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def is_loopback(host: str) -> bool:
    """Whether `host` names this machine, without asking any name server."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _encoded(part: FilePart, boundary: str) -> bytes:
    head = (
        f"--{boundary}\r\n"
        f'Content-Disposition: form-data; name="{_quoted(part.name)}"; '
        f'filename="{_quoted(part.filename)}"\r\n'
        f"Content-Type: {part.content_type}\r\n\r\n"
    )
    return head.encode() + part.content + b"\r\n"


def _encoded_field(name: str, value: str, boundary: str) -> bytes:
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(name)}"\r\n\r\n'
    return f"{head}{value}\r\n".encode()


def _quoted(text: str) -> str:
    """As the HTML standard escapes names of form fields and files."""
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
