"""What becomes of one job under an action of staff: the sentences of both the preview and the deed.

A preview names the course by looking, the deed by doing; both say it in the same words.
"""

from __future__ import annotations

from enum import Enum

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks.wording import action_word, status_word


class Course(Enum):
    """A course that needs nothing else to be said."""

    RUNS_AGAIN = gettext_lazy("It will run again; what it has done is kept.")
    CANCELLED = gettext_lazy("It is cancelled.")
    CANCELLED_AFTER_TASK = gettext_lazy(
        "It will be cancelled after the task that runs now, unless it is live by then."
    )
    CANCELLED_ONCE_KNOWN = gettext_lazy(
        "It will be cancelled once it is known what its last request did."
    )
    TOO_LATE_TO_CANCEL = gettext_lazy(
        "It is too late: the listing is live, and the job will only save that."
    )
    PAUSED = gettext_lazy("It is paused; a task that runs now is finished first.")
    RESUMED = gettext_lazy("It goes on.")
    GONE = gettext_lazy("The job is no longer there.")
    ACCOUNT_REMOVED = gettext_lazy("Its account was removed.")
    PRODUCT_REMOVED = gettext_lazy("Its product was removed.")
    WAITING_ALREADY = gettext_lazy("The same is waiting already.")
    BEING_CANCELLED = gettext_lazy("The job is being cancelled.")
    LANE_PAUSED = gettext_lazy("No job of this account is begun until the work is resumed.")
    LANE_RESUMED = gettext_lazy("Work on this account goes on.")
    LANE_PAUSED_ALREADY = gettext_lazy("Work on this account is paused already.")
    LANE_NOT_PAUSED = gettext_lazy("Work on this account is not paused.")

    def __str__(self) -> str:
        return str(self.value)


def not_retryable(status: str) -> str:
    return _("The job is %(status)s.") % {"status": status_word(status)}


def ended_already(status: str) -> str:
    return _("The job has ended already: it is %(status)s.") % {"status": status_word(status)}


def superseded(job_id: int, action: str, status: str) -> str:
    return _("Job %(id)s (%(action)s, %(status)s) is newer.") % {
        "id": job_id,
        "action": action_word(action).lower(),
        "status": status_word(status),
    }
