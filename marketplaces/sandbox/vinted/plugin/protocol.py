"""The messages, checked against the schema in both directions."""

import base64
import binascii
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

VERSION = 1
LONGEST_MESSAGE = 262_144
"""Bytes of one message, in UTF-8."""
PIECE = 131_072
"""Bytes of a file or of a body in one message, before base64."""
LONGEST_BODY = 64 * PIECE
LONGEST_DETAIL = 500
"""Characters of a result's detail."""

BAD_MESSAGE, TOO_LONG = 4400, 1009
REASONS = {
    BAD_MESSAGE: "message",
    TOO_LONG: "message",
    4401: "token",
    4409: "occupied",
    4426: "version",
}
"""Why a server ends a connection, by the code with which it does."""

SCHEMA = Path(__file__).resolve().parents[3] / "vinted" / "extension" / "protocol.schema.json"

Message = dict[str, Any]


class BadMessageError(ValueError):
    """It is no message of the protocol; the text says why, and quotes nothing of it."""


def read(text: str) -> Message:
    """One of the server's messages."""
    if len(text.encode()) > LONGEST_MESSAGE:
        raise BadMessageError("The message is too long.")
    try:
        message = json.loads(text)
    except ValueError:
        raise BadMessageError("The message is no JSON.") from None
    _check(message, "from_server")
    return dict(message)


def written(message: Mapping[str, Any]) -> str:
    """One of ours, as it is sent."""
    _check(message, "from_plugin")
    text = json.dumps(message, separators=(",", ":"))
    if len(text) > LONGEST_MESSAGE:  # json.dumps writes ASCII
        raise BadMessageError("The message is too long.")
    return text


def encoded(piece: bytes) -> str:
    return base64.b64encode(piece).decode()


def decoded(data: str) -> bytes:
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error:
        raise BadMessageError("A piece is no base64.") from None


def pieces(body: bytes) -> list[bytes]:
    return [body[at : at + PIECE] for at in range(0, len(body), PIECE)]


def _check(message: object, side: str) -> None:
    kind = message.get("type") if isinstance(message, dict) else None
    validators = _validators(side)
    validator = validators.get(kind if isinstance(kind, str) else "") or validators[""]
    fault = next(validator.iter_errors(message), None)
    if fault is not None:
        raise BadMessageError(f"The message does not fit the schema, at {fault.json_path}.")


@cache
def _validators(side: str) -> dict[str, Draft202012Validator]:
    """One for each type of message, as trying all of them costs several times as much; "" is for all."""
    definitions = json.loads(SCHEMA.read_text())["$defs"]
    schemas = {"": definitions[side]["oneOf"]}
    for each in schemas[""]:
        kind = definitions[each["$ref"].rpartition("/")[2]]["properties"]["type"]["const"]
        schemas.setdefault(kind, []).append(each)
    return {
        kind: Draft202012Validator({"oneOf": possible, "$defs": definitions})
        for kind, possible in schemas.items()
    }
