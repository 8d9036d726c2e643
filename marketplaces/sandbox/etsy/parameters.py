"""Reads numbers and choices of paths and queries, and refuses what the document doesn't allow."""

from collections.abc import Sequence

from marketplaces.sandbox.etsy.errors import refusal
from marketplaces.sandbox.messages import Call

LONGEST_NUMBER = 18
"""Digits that surely fit into 64 bits."""


def path_id(call: Call, name: str) -> int:
    return _number(name, call.params[name], least=1)


def number(call: Call, name: str, *, default: int, least: int, most: int | None = None) -> int:
    value = _number(name, call.query.get(name, str(default)), least=least)
    if most is not None and value > most:
        raise refusal(400, f"Expected a value of at most {most} for '{name}' (got {value}).")
    return value


def optional_number(call: Call, name: str, *, least: int) -> int | None:
    return _number(name, call.query[name], least=least) if call.query.get(name) else None


def choice(call: Call, name: str, allowed: Sequence[str], *, default: str) -> str:
    value = call.query.get(name, default)
    if value not in allowed:
        raise refusal(400, f"Invalid value for '{name}': '{value}'.")
    return value


def optional_flag(call: Call, name: str) -> bool | None:
    value = call.query.get(name, "").lower()
    if value not in {"", "true", "false", "1", "0"}:
        raise refusal(400, f"Expected boolean value for '{name}' (got '{value}').")
    return value in {"true", "1"} if value else None


def words(call: Call, name: str, allowed: Sequence[str]) -> list[str]:
    """Comma separated, each one of those that are allowed."""
    found = [each for each in call.query.get(name, "").split(",") if each]
    for each in found:
        if each not in allowed:
            raise refusal(400, f"Invalid value for '{name}': '{each}'.")
    return found


def ids(call: Call, name: str, *, most: int) -> list[int]:
    """Comma separated; at least one is needed."""
    texts = [each for each in call.query.get(name, "").split(",") if each]
    if not texts or len(texts) > most:
        raise refusal(400, f"'{name}' takes 1 to {most} ids.")
    return [_number(name, each, least=1) for each in texts]


def _number(name: str, text: str, *, least: int) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > LONGEST_NUMBER:
        raise refusal(400, f"Expected int value for '{name}' (got '{text}').")
    if int(text) < least:
        raise refusal(400, f"Expected a value of at least {least} for '{name}' (got {text}).")
    return int(text)
