"""A refusal that is not believed yet, among the tries of a task."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

from tasks.errors import LookFailedError, RefusalInDoubtError
from tasks.models import Outcome


class Failed(Protocol):
    """What is read of a try that did not succeed."""

    @property
    def outcome(self) -> str: ...
    @property
    def error_class(self) -> str: ...


AnyTry = TypeVar("AnyTry", bound=Failed)


def is_refusal(attempt: Failed) -> bool:
    """Whether the marketplace refused it, and a look has to confirm that."""
    return attempt.error_class == RefusalInDoubtError.__name__


def refusal_in_doubt(newest_first: Iterable[AnyTry]) -> AnyTry | None:
    """Of a task whose outcome is unknown, the refusal that only looks in vain have followed."""
    for attempt in newest_first:
        if is_refusal(attempt):
            return attempt
        if not _told_nothing(attempt):
            return None
    return None


def _told_nothing(attempt: Failed) -> bool:
    """It was a look that asked nobody, or too early."""
    is_look = attempt.error_class == LookFailedError.__name__
    return is_look or attempt.outcome == Outcome.TRANSIENT
