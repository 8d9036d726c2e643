"""What becomes of one job under an action of staff: the sentences of both the preview and the deed.

A preview names the course by looking, the deed by doing; both say it in the same words. They are
stored, so they are in English; a page shows them with `translated`.
"""

from __future__ import annotations

from enum import Enum

from tasks.sentences import sentence
from tasks.wording import action_in_english, status_word


class Course(Enum):
    """A course that needs nothing else to be said."""

    RUNS_AGAIN = sentence("It will run again; what it has done is kept.")
    CANCELLED = sentence("It is cancelled.")
    CANCELLED_AFTER_TASK = sentence(
        "It will be cancelled after the task that runs now, unless it is live by then."
    )
    CANCELLED_ONCE_KNOWN = sentence(
        "It will be cancelled once it is known what its last request did."
    )
    TOO_LATE_TO_CANCEL = sentence(
        "It is too late: the listing is live, and the job will only save that."
    )
    PAUSED = sentence("It is paused; a task that runs now is finished first.")
    PAUSED_ALREADY = sentence("It is paused already.")
    RESUMED = sentence("It goes on.")
    GONE = sentence("The job is no longer there.")
    ACCOUNT_REMOVED = sentence("Its account was removed.")
    PRODUCT_REMOVED = sentence("Its product was removed.")
    WAITING_ALREADY = sentence("The same is waiting already.")
    BEING_CANCELLED = sentence("The job is being cancelled.")
    LANE_PAUSED = sentence("No job of this account is begun until the work is resumed.")
    LANE_RESUMED = sentence("Work on this account goes on.")
    LANE_PAUSED_ALREADY = sentence("Work on this account is paused already.")
    LANE_NOT_PAUSED = sentence("Work on this account is not paused.")
    LANE_LET_GO_ON = sentence(
        "Work on this account goes on, and stops again if it is refused again."
    )
    LANE_NOT_STOPPED = sentence("Work on this account does not wait for anybody to let it go on.")

    def __str__(self) -> str:
        return str(self.value)


def not_retryable(status: str) -> str:
    return sentence("The job is {status}.", status=status_word(status))


def ended_already(status: str) -> str:
    return sentence("The job has ended already: it is {status}.", status=status_word(status))


def superseded(job_id: int, action: str, status: str) -> str:
    return sentence(
        "Job {id} ({action}, {status}) is newer.",
        id=job_id,
        action=action_in_english(action),
        status=status_word(status),
    )


def not_chosen(status: str) -> str:
    """Named by its id, and not as the selection wants it."""
    return sentence("It is {status}, and that was not chosen.", status=status_word(status))
