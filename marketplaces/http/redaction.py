"""What staff may see of an exchange: enough to understand it, and no secret."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

if TYPE_CHECKING:
    from marketplaces.http.messages import Request, Response

REMOVED = "[removed]"
SHOWN_CHARACTERS = 4_000
_SCANNED_CHARACTERS = 5 * SHOWN_CHARACTERS
_PARSED_BYTES = 1_000_000
_HARMLESS = frozenset({"token_type", "token_expires_in", "refresh_token_expires_in"})
_SECRET_NAME = re.compile(
    r"token|secret|passw|authori[sz]ation|api[-_]?key|cookie|credential|assertion|code_verifier",
    re.IGNORECASE,
)
_QUOTED_PAIR = re.compile(r'("(?P<name>[\w-]+)"\s*:\s*)"(?:[^"\\]|\\.)*("|$)')
_FORM_PAIR = re.compile(r"\b(?P<name>[\w-]+)=(?P<value>[^&\s\"'<>]+)")
_BEARER = re.compile(r"\b(Bearer|Basic)\s+[\w.~+/=#^-]+", re.IGNORECASE)


def evidence(request: Request, response: Response | None = None) -> dict[str, Any]:
    """The request and, where there is one, the answer."""
    sensitive = _sensitive_texts(request)
    seen: dict[str, Any] = {
        "request": {
            "method": request.method,
            "url": shown_url(request.url, sensitive),
            "headers": _shown_headers(request.headers, sensitive),
            "body": _shown_body(request.content, request.content_type, sensitive),
        }
    }
    if response is not None:
        seen["answer"] = {
            "status": response.status,
            "headers": _shown_headers(response.headers, sensitive),
            "body": _shown_body(response.body, response.headers.get("content-type", ""), sensitive),
            "milliseconds": response.milliseconds,
        }
    return seen


def shown_url(url: str, sensitive: tuple[str, ...] = ()) -> str:
    """`url` without a password or the secrets of its query."""
    parts = urlsplit(url)
    query = urlencode(
        [
            (name, REMOVED if _is_secret(name) or name == "code" else value)
            for name, value in parse_qsl(parts.query, keep_blank_values=True)
        ],
        safe="[]:/,",
    )
    host = parts.netloc.rpartition("@")[2]
    return _without(urlunsplit((parts.scheme, host, parts.path, query, "")), sensitive)


def _sensitive_texts(request: Request) -> tuple[str, ...]:
    """The longest first, so that no rest of one stays behind."""
    texts = set(request.sensitive)
    for name, value in request.headers.items():
        if _is_secret(name):
            texts.add(value)
            texts.add(value.partition(" ")[2])
    return tuple(sorted((text for text in texts if len(text) >= 4), key=len, reverse=True))


def _shown_headers(headers: Mapping[str, str], sensitive: tuple[str, ...]) -> dict[str, str]:
    return {
        name: REMOVED if _is_secret(name) else _without(value, sensitive)[:SHOWN_CHARACTERS]
        for name, value in headers.items()
    }


def _shown_body(content: bytes, content_type: str, sensitive: tuple[str, ...]) -> str:
    if not content:
        return ""
    if content_type.startswith(("multipart/", "image/", "application/octet-stream")):
        return f"({len(content)} bytes of {content_type.partition(';')[0]})"
    text = content.decode(errors="replace")
    if len(content) <= _PARSED_BYTES:
        text = _without_named_values(text)
    text = _without(text, sensitive)[:_SCANNED_CHARACTERS]
    return _storable(_shortened(_without_pairs(text)))


def _storable(text: str) -> str:
    """Without what no column takes: NUL, and halves of a character, which JSON can name."""
    return text.replace("\0", "\ufffd").encode(errors="replace").decode()


def _without_named_values(text: str) -> str:
    try:
        document = json.loads(text)
    except ValueError:
        return text
    return json.dumps(_cleaned(document), ensure_ascii=False)


def _cleaned(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: REMOVED if _is_secret(name) else _cleaned(inner) for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_cleaned(inner) for inner in value]
    return _without_pairs(value[:_SCANNED_CHARACTERS]) if isinstance(value, str) else value


def _without_pairs(text: str) -> str:
    """Also reaches JSON inside a JSON string, a cut-off body, and plain text."""

    def quoted(match: re.Match[str]) -> str:
        return f'{match[1]}"{REMOVED}"' if _is_secret(match["name"]) else match[0]

    def form(match: re.Match[str]) -> str:
        hidden = _is_secret(match["name"]) or match["name"] == "code"
        return f"{match['name']}={REMOVED}" if hidden else match[0]

    text = _QUOTED_PAIR.sub(quoted, text)
    text = _FORM_PAIR.sub(form, text)
    return _BEARER.sub(rf"\1 {REMOVED}", text)


def _is_secret(name: str) -> bool:
    name = unquote(name).lower()
    return name not in _HARMLESS and _SECRET_NAME.search(name) is not None


def _without(text: str, sensitive: tuple[str, ...]) -> str:
    for secret in filter(None, sensitive):
        for form in {secret, json.dumps(secret)[1:-1], urlencode({"": secret})[1:]}:
            text = text.replace(form, REMOVED)
    return text


def _shortened(text: str) -> str:
    if len(text) <= SHOWN_CHARACTERS:
        return text
    return f"{text[:SHOWN_CHARACTERS]} … ({len(text)} characters in all)"
