"""The messages of the plugin's protocol, checked against the schema that is part of the plugin."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from jsonschema import Draft202012Validator

VERSION = 1
LONGEST_MESSAGE = 262_144
"""Bytes of one message, in UTF-8."""
PIECE = 131_072
"""Bytes of a file or of a body that one message carries, before base64."""
LONGEST_BODY = 64 * PIECE

TOKEN, OCCUPIED, OLD_VERSION, BAD_MESSAGE = "token", "occupied", "version", "message"
CLOSE_CODES = {TOKEN: 4401, OCCUPIED: 4409, OLD_VERSION: 4426, BAD_MESSAGE: 4400}

READY, NO_TAB, SIGNED_OUT, CHALLENGE = "ready", "no_tab", "signed_out", "challenge"

SCHEMA = Path(__file__).parent.parent / "extension" / "protocol.schema.json"

Message = dict[str, Any]


class BadMessageError(ValueError):
    """The text is no message of the protocol."""


def read(text: str) -> Message:
    """A message of a plugin's."""
    message = _parsed(text)
    _check(message, "from_plugin")
    return dict(message)


def protocol_of(text: str) -> int | None:
    """The number in a hello of whatever version; None where there is none to be read."""
    try:
        message = _parsed(text)
    except BadMessageError:
        return None
    is_hello = isinstance(message, dict) and message.get("type") == "hello"
    number = message.get("protocol") if is_hello else None
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def _parsed(text: str) -> Any:
    """BadMessageError for what is no JSON, and for what no message of a plugin has: fractions, NUL,
    halves of a character."""
    try:
        if len(text.encode()) > LONGEST_MESSAGE:
            raise BadMessageError("The message is too long.")
        message = json.loads(text, parse_float=_no_number, parse_constant=_no_number)
        json.dumps(message, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise BadMessageError("The message is no JSON of the protocol.") from error
    if "\\u0000" in text:
        raise BadMessageError("The message has a character that no text has.")
    return message


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)


def written(message: Message) -> str:
    """One of our messages, as it is sent."""
    _check(message, "from_server")
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


def bounds_of(message: str, name: str) -> tuple[float, float]:
    """The least and the greatest number that the schema allows there."""
    rule = _definitions()[message]["properties"][name]
    return rule["minimum"], rule["maximum"]


def is_older(version: str, least: str) -> bool:
    return _numbers(version) < _numbers(least)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))


def _check(message: object, side: str) -> None:
    kind = message.get("type") if isinstance(message, dict) else None
    validators = _validators(side)
    validator = validators.get(kind if isinstance(kind, str) else "") or validators[""]
    fault = next(validator.iter_errors(message), None)
    if fault is not None:
        # The message itself may hold a token or somebody's data: only its place is named.
        raise BadMessageError(f"The message does not fit the schema, at {fault.json_path}.")


@cache
def _validators(side: str) -> dict[str, Draft202012Validator]:
    """One for each type of message, as trying all of them costs several times as much; "" is for all."""
    definitions = _definitions()
    schemas = {"": definitions[side]["oneOf"]}
    for each in schemas[""]:
        kind = definitions[each["$ref"].rpartition("/")[2]]["properties"]["type"]["const"]
        schemas.setdefault(kind, []).append(each)
    return {
        kind: Draft202012Validator({"oneOf": possible, "$defs": definitions})
        for kind, possible in schemas.items()
    }


@cache
def _definitions() -> dict[str, Any]:
    definitions: dict[str, Any] = json.loads(SCHEMA.read_text())["$defs"]
    return definitions
