"""Sends a request under the rules of the house."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable

from django.conf import settings
from django.db import connections

from marketplaces.http.messages import Request, Response
from marketplaces.http.redaction import evidence, shown_url
from marketplaces.http.transport import (
    ANSWER_LIMIT_BYTES,
    Answer,
    Failure,
    FailureKind,
    exchange,
)
from tasks import deadlines
from tasks.errors import OutageError, OutcomeUnknownError, StoFlowError, TransientError
from tasks.sentences import sentence

logger = logging.getLogger(__name__)

_READ_TRIES = 3
_PAUSE_SECONDS = 0.2
_LEAST_SECONDS = 0.05
_LIMIT_MEGABYTES = ANSWER_LIMIT_BYTES // 1024**2


class AnswerTooLargeError(OutageError):
    """There is an answer to a read, and it is longer than any that StoFlow takes."""


class OutsideCallInTransactionError(RuntimeError):
    """A programming error: locks would be held for as long as somebody else's server likes."""


def send(request: Request, before: Callable[[], None] | None = None) -> Response:
    """The complete answer to `request`, whatever its status.

    `before` is called each time that the request is about to leave, and may refuse by raising.

    A write is sent once; a read is tried again within its time when the connection fails or the
    answer is a 5xx. Raises OutageError when the other side could not be reached or gave no answer
    and the request definitely had no effect, and OutcomeUnknownError when a write may have had one.
    """
    _refuse_inside_transaction()
    ends_at = time.monotonic() + _seconds_for(request)
    for tries_left in reversed(range(1 if request.is_write else _READ_TRIES)):
        if before is not None:
            before()
        outcome = _try(request, ends_at)
        if not (tries_left and _worth_another_try(outcome) and _pause(ends_at)):
            break
    if isinstance(outcome, StoFlowError):
        raise outcome
    return outcome


def _refuse_inside_transaction() -> None:
    if any(connection.in_atomic_block for connection in connections.all(initialized_only=True)):
        raise OutsideCallInTransactionError(
            sentence(
                "A request to the outside was made inside a database transaction: "
                "make the call first, then open the transaction."
            )
        )


def _seconds_for(request: Request) -> float:
    remaining = deadlines.remaining_seconds()
    seconds = request.timeout if remaining is None else min(request.timeout, remaining)
    if seconds < _LEAST_SECONDS:
        raise TransientError(
            sentence(
                "The step's time was used up before {host} was called: nothing was sent.",
                host=request.host,
            ),
            evidence=evidence(request),
        )
    return seconds


def _try(request: Request, ends_at: float) -> Response | StoFlowError:
    started = time.monotonic()
    outcome = exchange(
        request,
        seconds=max(ends_at - started, _LEAST_SECONDS),
        proxy=getattr(settings, "OUTGOING_PROXY", ""),
    )
    milliseconds = round((time.monotonic() - started) * 1000)
    _log(request, outcome, milliseconds)
    if isinstance(outcome, Failure):
        return _error(request, outcome, milliseconds)
    return Response(request, outcome.status, outcome.headers, outcome.body, milliseconds)


def _error(request: Request, failure: Failure, milliseconds: int) -> StoFlowError:
    seen = evidence(request) | {"failure": failure.text, "curl_code": failure.code}
    if not failure.may_have_left:
        return OutageError(_unreached(request.host, failure.kind), evidence=seen)
    said = _unanswered(request.host, failure.kind, milliseconds / 1000)
    if not request.is_write:
        is_too_large = failure.kind is FailureKind.TOO_LARGE
        return (AnswerTooLargeError if is_too_large else OutageError)(said, evidence=seen)
    return OutcomeUnknownError(
        sentence("The request left, but no complete answer came back: {reason}", reason=said),
        evidence=seen,
    )


def _unreached(host: str, kind: FailureKind) -> str:
    if kind is FailureKind.INSECURE:
        return sentence("{host} offered no connection that is secure: nothing was sent.", host=host)
    return sentence("{host} could not be reached: nothing was sent.", host=host)


def _unanswered(host: str, kind: FailureKind, seconds: float) -> str:
    if kind is FailureKind.TIME_OUT:
        lasted = round(seconds) if seconds >= 1 else round(seconds, 1)
        return sentence("{host} did not answer within {number} s.", host=host, number=lasted)
    if kind is FailureKind.UNREADABLE:
        return sentence("{host} gave an answer that cannot be read.", host=host)
    if kind is FailureKind.TOO_LARGE:
        return sentence(
            "{host} gave an answer of more than {limit} MB.", host=host, limit=_LIMIT_MEGABYTES
        )
    return sentence("{host} broke off before its answer was complete.", host=host)


def _worth_another_try(outcome: Response | StoFlowError) -> bool:
    if isinstance(outcome, Response):
        return outcome.status >= 500 and "retry-after" not in outcome.headers
    return isinstance(outcome, TransientError) and not isinstance(outcome, AnswerTooLargeError)


def _pause(ends_at: float) -> bool:
    """Wait a moment; False, at once, when that would use up the time."""
    seconds = _PAUSE_SECONDS * random.uniform(0.5, 1.5)  # noqa: S311 - spreads load, guards nothing
    if time.monotonic() + seconds + _LEAST_SECONDS > ends_at:
        return False
    time.sleep(seconds)
    return True


def _log(request: Request, outcome: Answer | Failure, milliseconds: int) -> None:
    result = outcome.status if isinstance(outcome, Answer) else f"no answer ({outcome.code})"
    routine = not request.is_write and isinstance(outcome, Answer) and outcome.status < 400
    url = shown_url(request.url, request.sensitive)
    logger.log(
        logging.DEBUG if routine else logging.INFO,
        "%s %s -> %s in %d ms [%s]",
        request.method,
        url,
        result,
        milliseconds,
        request.account or "-",
        extra={
            "http_method": request.method,
            "http_url": url,
            "http_result": str(result),
            "http_milliseconds": milliseconds,
            "account": request.account,
        },
    )
