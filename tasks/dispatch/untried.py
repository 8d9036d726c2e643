"""What an account does after an error that says that nothing could even be tried."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tasks.dispatch import lanes
from tasks.errors import NotTriedError, OfflineError, RestError

MOMENT = timedelta(seconds=1)
"""A seller's side that is said to be missing and to be there goes on no faster than that."""


def make_wait(account_id: int, error: NotTriedError) -> None:
    """Nobody on the account goes on until what the error names is over."""
    if isinstance(error, RestError):
        lanes.rest(account_id, until=error.until)
    elif isinstance(error, OfflineError) and not lanes.offline(
        account_id, reason=str(error), since=error.since, still=error.still
    ):
        lanes.rest(account_id, until=datetime.now(UTC) + MOMENT)
