"""What an exception says about a request: that it had no effect, or that nobody knows."""

from __future__ import annotations

from typing import Any

from tasks.errors import (
    AuthorizationError,
    LookFailedError,
    NeedsPersonError,
    NotTriedError,
    OutageError,
    OutcomeUnknownError,
    PermanentError,
    PostponedError,
    RateLimitedError,
    ReceiptGoneError,
    RefusalInDoubtError,
    TransientError,
)
from tasks.models import Outcome
from tasks.sentences import sentence

DEFINITE = (
    PermanentError,
    TransientError,
    AuthorizationError,
    RateLimitedError,
    PostponedError,
    NotTriedError,
    ReceiptGoneError,
)
"""Errors by which a client says that the request definitely had no effect."""

KEEPS_ITS_MEANING = (AuthorizationError, RateLimitedError, NeedsPersonError)
"""Errors that decide about the lane or ask a person, also when they end a look."""


def may_have_acted(error: BaseException) -> bool:
    """Whether what a step sent may have taken effect."""
    return not isinstance(error, DEFINITE) or error.may_have_acted


def outcome_of(error: BaseException) -> Outcome:
    return Outcome.PERMANENT if isinstance(error, PermanentError) else Outcome.TRANSIENT


def as_unknown(error: BaseException, *, looked: bool) -> BaseException:
    """The same event, said as what it means for a request that may have taken effect."""
    if isinstance(error, (OutcomeUnknownError, *KEEPS_ITS_MEANING)):
        return error
    known: dict[str, Any] = {
        "evidence": getattr(error, "evidence", None),
        "retry_after": getattr(error, "retry_after", None),
    }
    said = str(error) or type(error).__name__
    unknown: OutcomeUnknownError
    if looked and isinstance(error, TransientError):
        unknown = LookFailedError(
            sentence("The marketplace could not be asked: {said}", said=said), **known
        )
    else:
        unknown = OutcomeUnknownError(
            sentence("No definite answer came back: {said}", said=said), **known
        )
    unknown.__cause__ = error
    return unknown.with_traceback(error.__traceback__)


def as_definite(error: BaseException) -> BaseException:
    """For a step that may be repeated, an unknown outcome is a reason to try again."""
    if not isinstance(error, OutcomeUnknownError):
        return error
    transient = OutageError(error.message, evidence=error.evidence, retry_after=error.retry_after)
    transient.__cause__ = error
    return transient.with_traceback(error.__traceback__)


def may_be_outage(error: BaseException, *, looked: bool) -> bool:
    """Whether the marketplace itself gave no usable answer; a look that cannot tell was answered."""
    if isinstance(error, RefusalInDoubtError):
        return False
    return isinstance(error, OutageError) or (isinstance(error, OutcomeUnknownError) and not looked)
