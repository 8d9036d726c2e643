"""What can go wrong, as types that say whether trying again makes sense.

A person who reads an error gets three things: what happened (the message), why (the cause), and
what to do (the advice). `tasks.retries` turns the class into a decision; nothing else does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from tasks import storable
from tasks.sentences import sentence


class StoFlowError(Exception):
    """The base of every error that StoFlow raises on purpose."""

    default_advice: ClassVar[str] = ""

    def __init__(
        self,
        message: str,
        *,
        advice: str | None = None,
        evidence: Mapping[str, Any] | None = None,
    ) -> None:
        # Both may quote a marketplace.
        self.message = storable.text(message)
        super().__init__(self.message)
        self.advice = self.default_advice if advice is None else storable.text(advice)
        self.evidence: dict[str, Any] = dict(evidence or {})
        """The request and the answer that led here, free of secrets; shown to staff."""
        self.may_have_acted = False
        """Whether the request may have taken effect all the same; then a creating step looks before
        it acts again. Says so of errors that else mean that it had none."""

    def __str__(self) -> str:
        return self.message


class PermanentError(StoFlowError):
    """Trying again changes nothing until a person has put something right."""

    default_advice = sentence("Correct what the message names, then retry the job.")


class TransientError(StoFlowError):
    """It definitely had no effect and may well work later."""

    default_advice = sentence("Nothing to do: StoFlow tries again by itself.")

    def __init__(
        self,
        message: str,
        *,
        advice: str | None = None,
        evidence: Mapping[str, Any] | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, advice=advice, evidence=evidence)
        self.retry_after = retry_after
        """Seconds that the other side asked us to wait."""


class OutageError(TransientError):
    """The marketplace could not be reached, or fails at everything: perhaps for everybody.

    Several of these in a row, by different jobs, make the whole account wait
    (`tasks.dispatch.outages`).
    """


class OutcomeUnknownError(StoFlowError):
    """The request left and no definite answer came back: look before acting again."""

    default_advice = sentence(
        "Nothing to do: StoFlow looks at the marketplace before it does anything more."
    )

    def __init__(
        self,
        message: str,
        *,
        advice: str | None = None,
        evidence: Mapping[str, Any] | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, advice=advice, evidence=evidence)
        self.retry_after = retry_after
        """Seconds that the other side asked us to wait."""


class LookFailedError(OutcomeUnknownError):
    """Nobody could be asked whether it took effect, or it is too early to believe the answer."""


class RefusalInDoubtError(OutcomeUnknownError):
    """The marketplace refused it, and may have done it before: look before believing that.

    No outage, and it costs no attempt: a step that acts after the look sends nothing, and raises the
    refusal itself.
    """

    default_advice = sentence(
        "Nothing to do: it goes on by itself. The refusal is believed once a later look shows that "
        "nothing came of it."
    )


class AuthorizationError(StoFlowError):
    """The marketplace no longer accepts our credentials: the whole lane waits for the seller."""

    default_advice = sentence("Ask the seller to connect the account again.")


class RateLimitedError(StoFlowError):
    """The marketplace asks everyone on this account to wait; it costs the job no attempt."""

    default_advice = sentence(
        "Nothing to do: work on this account goes on by itself at the time given."
    )

    def __init__(
        self,
        message: str,
        *,
        until: datetime | None = None,
        retry_after: float | None = None,
        advice: str | None = None,
        evidence: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message, advice=advice, evidence=evidence)
        self.until = until
        self.retry_after = retry_after
        """Seconds to wait, as the marketplace said them. `until` wins when both are given."""


class ApplicationRefusedError(RateLimitedError):
    """The marketplace does not recognise StoFlow itself, whoever the seller is.

    Like a limit, it holds up all work on the account for a while and costs no job an attempt.
    """

    default_advice = sentence(
        "Tell the operators to correct StoFlow's own client id and secret. The seller need not "
        "connect the account again, and the work goes on by itself."
    )


class PostponedError(StoFlowError):
    """Nothing was sent, and nothing may be before a time: this job waits, all others go on.

    It costs the job no attempt, and the account's lane stays open.
    """

    default_advice = sentence("Nothing to do: the job goes on by itself at the time given.")

    def __init__(
        self,
        message: str,
        *,
        until: datetime,
        advice: str | None = None,
        evidence: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message, advice=advice, evidence=evidence)
        self.until = until


class NotTriedError(StoFlowError):
    """Nothing was tried, and the account as a whole waits for a while.

    From a step or a look, the task becomes again what it was before it was begun: this is no
    failure, leaves no attempt and counts nowhere. A creating step raises it before its one write
    or not at all, since nobody looks for an effect afterwards.
    """

    default_advice = sentence("Nothing to do: the work goes on by itself.")


class RestError(NotTriedError):
    """Our own pause between two calls on the account; work on it goes on at `until`."""

    def __init__(self, message: str, *, until: datetime) -> None:
        super().__init__(message)
        self.until = until


class OfflineError(NotTriedError):
    """The seller's side, without which nothing can be sent, is not there.

    The account waits until the marketplace's own code calls `tasks.dispatch.lanes.online`. The
    message says in a seller's words what is missing; staff read it as long as the account waits.
    """

    default_advice = sentence(
        "Ask the seller to do what the message names. Work on the account then goes on by itself."
    )

    def __init__(
        self,
        message: str,
        *,
        since: datetime | None = None,
        still: Callable[[], str] | None = None,
        advice: str | None = None,
    ) -> None:
        super().__init__(message, advice=advice)
        self.since = since
        """When the seller's side was last there, where that is known; else it is now."""
        self.still = still
        """What is missing, asked once more when nobody else can write the lane; "" when the
        seller's side has come back meanwhile."""


class ReceiptGoneError(StoFlowError):
    """A receipt that an earlier task earned is no longer valid (an uploaded photo expired).

    The one error that makes a COMPLETED task PENDING again.
    """

    default_advice = sentence("Nothing to do: StoFlow repeats the step whose result has expired.")

    def __init__(
        self,
        message: str,
        *,
        task_ids: Iterable[int],
        evidence: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message, evidence=evidence)
        self.task_ids = tuple(task_ids)


class NeedsPersonError(PermanentError):
    """It cannot be known whether a request took effect, so a person is asked."""

    default_advice = sentence(
        "Look at the marketplace, then answer the question on the failed task: "
        "does it exist there or not?"
    )


class DecisionNeededError(NeedsPersonError):
    """All is known, but only a person may decide whether it is done; raised by a deciding step."""

    default_advice = sentence("Read the question on this job, then decide.")


class LeaseLostError(StoFlowError):
    """Another worker owns the job now, or it was ended: this worker changes nothing more."""


class WorkerDiedError(StoFlowError):
    """The worker vanished in the middle of a task (killed, out of memory, power)."""

    default_advice = sentence("Nothing to do: another worker goes on where this one stopped.")


class JobKillsWorkersError(PermanentError):
    """Workers died again and again at the same place of one job."""

    default_advice = sentence(
        "Something in this job ends the worker process, most often memory (a huge photo). "
        "Look at the product, then retry the job; if it happens again, tell the operators."
    )


class MoveRefusedError(StoFlowError):
    """A change of status that the table of moves does not allow, or that came too late."""

    default_advice = sentence("Reload the page: the job has moved on since it was shown.")


class UnknownHandlerError(PermanentError):
    """No handler is installed for this marketplace and action."""

    default_advice = sentence("Install the marketplace's folder again, or cancel the job.")
