"""Etsy's failures: `{"error": text}`, OAuth's pair, and the list that checks of a listing answer."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace

from marketplaces.sandbox.messages import Answer, RefusedError

TEXTS = {
    400: "There was a problem with the request data.",
    401: "The request lacks valid authentication credentials.",
    403: "The request attempted to perform an operation it is not allowed to.",
    404: "A resource could not be found.",
    409: "There was a request conflict with the current state of the target resource.",
    429: "Exceeded the rate limit.",
    500: "Server Error",
    503: "Service Unavailable",
}
"""The document's words for each status; 500 as in open-api#549."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a listing (open-api#472, open-api#622)."""

    field: str
    type: str
    message: str


def refusal(status: int, text: str = "") -> RefusedError:
    return RefusedError(Answer(status=status, body={"error": text or TEXTS[status]}))


def invalid(problems: Iterable[Problem]) -> RefusedError:
    """400 with a list instead of an object, which clients have to expect (open-api#622)."""
    body = [
        {"path": f"/{each.field}", "type": each.type, "message": each.message} for each in problems
    ]
    return RefusedError(Answer(status=400, body=body))


def oauth_answer(status: int, code: str, description: str) -> Answer:
    return Answer(status=status, body={"error": code, "error_description": description})


def oauth_refusal(status: int, code: str, description: str) -> RefusedError:
    return RefusedError(oauth_answer(status, code, description))


def bare(status: int) -> Answer:
    """A failure that knows its status and little else."""
    if status < 400:
        return stamped(Answer(status=status))
    default = TEXTS[400] if status < 500 else TEXTS[500]
    return stamped(Answer(status=status, body={"error": TEXTS.get(status, default)}))


def stamped(answer: Answer) -> Answer:
    """With the header that Etsy's support asks for."""
    return replace(answer, headers={**answer.headers, "X-Etsy-Request-Uuid": uuid.uuid4().hex})
