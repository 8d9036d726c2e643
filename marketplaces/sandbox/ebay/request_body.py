"""Reads JSON bodies and headers the way eBay's gateway does, before any business rule."""

import json
from typing import Any

from marketplaces.sandbox.ebay.enums import LOCALES
from marketplaces.sandbox.ebay.errors import refusal
from marketplaces.sandbox.messages import Call, RefusedError

Json = dict[str, Any]
Shape = dict[str, Any]
"""Field -> type, `[type]` for an array, or a Shape; unknown fields are passed over, as eBay does."""


def json_object(call: Call, shape: Shape) -> Json:
    """The body, typed as the shape says, or eBay's 400 with error 2004."""
    if call.content_type != "application/json":
        raise _unreadable("Content-Type must be application/json")
    try:
        body = json.loads(call.body)
        # Half of a surrogate pair is JSON, but no text that could be stored or answered.
        json.dumps(body, ensure_ascii=False).encode()
    except ValueError as mistake:
        raise _unreadable("Could not parse the request body as JSON") from mistake
    if not isinstance(body, dict):
        raise _unreadable("The request body must be a JSON object")
    _check(body, shape, "")
    return body


def require_language(call: Call) -> str:
    """The locale of a write that needs one."""
    language = call.headers.get("Content-Language", "")
    if language not in LOCALES:
        raise refusal(400, 25709, field="header Content-Language")
    return language


def check_accepted_language(call: Call) -> None:
    """Refuse an `Accept-Language` that is no locale. Unconfirmed: developers report it of `*`."""
    accepted = call.headers.get("Accept-Language")
    if accepted is not None and accepted.partition(",")[0].partition(";")[0] not in LOCALES:
        raise refusal(400, 25709, field="header Accept-Language")


def _check(value: Any, shape: Any, path: str) -> None:
    if isinstance(shape, dict):
        _check_object(value, shape, path)
    elif isinstance(shape, list):
        if not isinstance(value, list):
            raise _unserializable(path)
        for each in value:
            _check(each, shape[0], path)
    elif not isinstance(value, shape) or (shape is int and isinstance(value, bool)):
        raise _unserializable(path)


def _check_object(value: Any, shape: Shape, path: str) -> None:
    if not isinstance(value, dict):
        raise _unserializable(path)
    for name, inner in shape.items():
        if value.get(name) is not None:
            _check(value[name], inner, f"{path}.{name}" if path else name)


def _unserializable(path: str) -> RefusedError:
    return _unreadable(f"Could not serialize field [{path}]")


def _unreadable(reason: str) -> RefusedError:
    return refusal(400, 2004, reason=reason)
