"""The one door to the outside.

Every request has a total time-out, is refused inside a database transaction, follows no redirect,
and fails as one of the types of `tasks.errors`. A write is sent at most once.
"""

from marketplaces.http.door import AnswerTooLargeError, OutsideCallInTransactionError, send
from marketplaces.http.messages import (
    FilePart,
    InsecureUrlError,
    Request,
    Response,
    is_loopback,
    seconds_to_wait,
)

__all__ = [
    "AnswerTooLargeError",
    "FilePart",
    "InsecureUrlError",
    "OutsideCallInTransactionError",
    "Request",
    "Response",
    "is_loopback",
    "seconds_to_wait",
    "send",
]
