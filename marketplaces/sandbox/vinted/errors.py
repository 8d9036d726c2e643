"""Vinted's failures: an object with a code and a message, and `errors` where fields are wrong.

The codes are unconfirmed; `errors`, `message` and a body with `captcha-delivery` were seen.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from marketplaces.sandbox.messages import Answer, RefusedError

WORDS = {
    400: ("bad_request", "Sorry, something is wrong with this request"),
    401: ("invalid_authentication_token", "Your session has ended, please log in again"),
    403: ("access_denied", "You are not allowed to do this"),
    404: ("not_found", "Sorry, this does not exist"),
    429: ("rate_limited", "Too many requests"),
    500: ("server_error", "Sorry, something went wrong"),
}
"""By status: `message_code` and `message`."""

CODES = {400: 99, 401: 100, 403: 106, 404: 104, 429: 107}
UNKNOWN_CODE = 1

CHALLENGE = {"url": "https://geo.captcha-delivery.com/captcha/?initialCid=sandbox&t=fe&s=0"}
"""DataDome's answer to a script whose visitor should prove to be a person."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with an item."""

    field: str
    value: str
    """What is wrong, in words for the seller."""


def answer(status: int, message: str = "", problems: Iterable[Problem] = ()) -> Answer:
    code, usual = WORDS.get(status, WORDS[400] if status < 500 else WORDS[500])
    body = {
        "code": CODES.get(status, UNKNOWN_CODE),
        "message": message or usual,
        "message_code": code,
        "errors": [{"field": each.field, "value": each.value} for each in problems],
    }
    return Answer(status=status, body=body)


def refusal(status: int, message: str = "") -> RefusedError:
    return RefusedError(answer(status, message))


def invalid(problems: Iterable[Problem]) -> RefusedError:
    found = list(problems)
    message = "Sorry, there are some errors: " + "; ".join(each.value for each in found)
    refused = answer(400, message, found)
    return RefusedError(
        Answer(status=400, body={**refused.body, "message_code": "validation_error"})
    )


def challenge() -> Answer:
    return Answer(status=403, body=CHALLENGE)


def bare(status: int) -> Answer:
    """A failure that knows its status and little else."""
    return Answer(status=status) if status < 400 else answer(status)
