"""What staff read of one task once its row is opened: cause, tries, receipt, request and answer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks import moments
from tasks.clocks import lasting
from tasks.models import MarketplaceJob, MarketplaceTask, Outcome, TaskAttempt
from tasks.sentences import translated
from tasks.standstill import Standstill
from tasks.states import UNFINISHED_JOB, TaskStatus
from tasks.timeline import wait_after, words
from tasks.timeline.doubts import is_refusal, refusal_in_doubt
from tasks.timeline.stops import NOTICEABLE

MOST_ATTEMPTS = 20
LONGEST_TEXT = 20_000

OUTCOME_LOOKS = {
    Outcome.TRANSIENT: ("retried", "refresh"),
    Outcome.PERMANENT: ("failed", "error"),
    Outcome.UNKNOWN: ("unknown", "help"),
    Outcome.INTERRUPTED: ("lost", "link_off"),
}
IN_DOUBT = ("doubted", "help")


READABLE = {
    "listing_id": gettext_lazy("Listing number"),
    "sku": gettext_lazy("SKU"),
    "url": gettext_lazy("Link"),
    "expires_at": gettext_lazy("Expires"),
    "live": gettext_lazy("Live"),
    "changed": gettext_lazy("Changed"),
    "price": gettext_lazy("Price"),
    "quantity": gettext_lazy("Quantity"),
    "ended": gettext_lazy("Ended"),
    "deleted": gettext_lazy("Deleted"),
    "warnings": gettext_lazy("Warnings"),
    "tags_left_out": gettext_lazy("Tags left out"),
    "pieces_left_out": gettext_lazy("Pieces left out"),
}
"""The keys of receipts that tell a person something, and what they are called."""
SENTENCES = frozenset({"pieces_left_out"})
"""Those of them whose value is a stored sentence."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A fact and its name."""

    name: str
    value: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """The request and the answer of one try, as they were stored: without secrets."""

    asked: str
    request: str
    answered: str
    answer: str
    rest: str


@dataclass(frozen=True, slots=True)
class AttemptView:
    number: int
    look: str
    icon: str
    outcome: str
    message: str
    advice: str
    worker: str
    started_at: datetime
    ended_at: datetime
    lasted: str
    waited: str
    """What followed, until the next try."""
    error_class: str
    traceback: str
    exchange: Exchange | None


@dataclass(frozen=True, slots=True)
class TaskView:
    task: MarketplaceTask
    attempts: list[AttemptView]
    """The newest first."""
    older: int
    receipt: list[Pair]
    raw_receipt: str
    raw_payload: str
    lasted: str
    given_up: str
    """What to do since its job has given up; an attempt's advice may be to wait for the next."""
    refusal: str = ""
    """The marketplace's words, while a look has to confirm them."""
    is_held: bool = False
    """Nobody's work goes on: an attempt's advice, to wait for the next, is no use."""

    @property
    def last(self) -> AttemptView | None:
        return self.attempts[0] if self.attempts else None

    @property
    def cause(self) -> AttemptView | None:
        """The try that explains why the task is where it is; None when it went well."""
        is_well = self.task.status in {TaskStatus.COMPLETED, TaskStatus.CANCELLED}
        return None if is_well else self.last

    @property
    def advice(self) -> str:
        if self.cause is None or self.is_held:
            return ""
        return self.given_up or self.cause.advice

    @property
    def is_unknown(self) -> bool:
        return self.task.status == TaskStatus.UNKNOWN


def details_of(
    job: MarketplaceJob,
    task: MarketplaceTask,
    listing_url: str = "",
    *,
    standstill: Standstill | None,
) -> TaskView:
    """Reads the newest attempts of a task of `job`, with all that they kept; one query.

    `listing_url` is where the job's listing is live; `standstill`: why nobody's work
    goes on.
    """
    newest = TaskAttempt.objects.filter(job_id=task.job_id, task_id=task.pk).order_by("-id")
    stored = list(newest[:MOST_ATTEMPTS])
    followed_at = [task.started_at, *(attempt.started_at for attempt in stored)]
    attempts = [_attempt(*pair) for pair in zip(stored, followed_at, strict=False)]
    oldest = attempts[-1].number if attempts else 1
    took = task.started_at and task.completed_at and task.completed_at - task.started_at
    return TaskView(
        task=task,
        attempts=attempts,
        older=oldest - 1,
        receipt=_pairs(task.result, listing_url),
        raw_receipt=indented(task.result),
        raw_payload=indented(task.payload),
        lasted=lasting(took.total_seconds()) if took else "",
        given_up=job.error_advice if {job.status, task.status} == {TaskStatus.FAILED.value} else "",
        refusal=_refusal(job, task, stored),
        is_held=standstill is not None,
    )


def _refusal(
    job: MarketplaceJob, task: MarketplaceTask, newest_first: Sequence[TaskAttempt]
) -> str:
    """ "" also once a person is asked: then nobody knows."""
    if job.status not in UNFINISHED_JOB or task.status != TaskStatus.UNKNOWN:
        return ""
    refused = refusal_in_doubt(newest_first)
    return refused.message if refused else ""


def indented(value: Any) -> str:
    """A JSON value for reading; empty when there is none."""
    if value in (None, {}, [], ""):
        return ""
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True)[:LONGEST_TEXT]


def _attempt(attempt: TaskAttempt, followed_at: datetime | None) -> AttemptView:
    """`followed_at`: when the next try began, if there was one."""
    look, icon = IN_DOUBT if is_refusal(attempt) else OUTCOME_LOOKS[Outcome(attempt.outcome)]
    lasted = (attempt.ended_at - attempt.started_at).total_seconds()
    return AttemptView(
        number=attempt.number,
        look=look,
        icon=icon,
        outcome=_outcome_words(attempt),
        message=attempt.message,
        advice=attempt.advice,
        worker=attempt.worker,
        started_at=attempt.started_at,
        ended_at=attempt.ended_at,
        lasted=lasting(lasted),
        waited=_waited(attempt, followed_at),
        error_class=attempt.error_class,
        traceback=attempt.traceback,
        exchange=_exchange(attempt.evidence),
    )


def _waited(attempt: TaskAttempt, followed_at: datetime | None) -> str:
    if followed_at is None or followed_at - attempt.ended_at < NOTICEABLE:
        return ""
    wait = wait_after(attempt.outcome, attempt.error_class)
    return words.wait_words(wait, (followed_at - attempt.ended_at).total_seconds())


def _outcome_words(attempt: TaskAttempt) -> str:
    if is_refusal(attempt):
        return _("Refused, to be confirmed by a later look")
    said = {
        Outcome.TRANSIENT: _("Did not succeed, may work later"),
        Outcome.PERMANENT: _("Refused for good"),
        Outcome.UNKNOWN: _("No definite answer"),
        Outcome.INTERRUPTED: _("The worker was lost"),
    }
    return said[Outcome(attempt.outcome)]


def _exchange(evidence: Any) -> Exchange | None:
    if not isinstance(evidence, Mapping) or not evidence:
        return None
    request, answer = _mapping(evidence.get("request")), _mapping(evidence.get("answer"))
    rest = {key: value for key, value in evidence.items() if key not in {"request", "answer"}}
    asked = f"{request.get('method', '')} {request.get('url', '')}".strip()
    return Exchange(asked, _message(request), _answered(answer), _message(answer), indented(rest))


def _answered(answer: Mapping[str, Any]) -> str:
    if not answer:
        return ""
    said = {"status": answer.get("status", "?"), "ms": answer.get("milliseconds", "?")}
    return _("%(status)s, after %(ms)s ms") % said


def _message(message: Mapping[str, Any]) -> str:
    """Headers, an empty line, and the body: indented where it is JSON."""
    headers = _mapping(message.get("headers"))
    lines = [f"{name}: {value}" for name, value in headers.items()]
    body = _readable(message.get("body"))
    return "\n".join([*lines, *(["", body] if body else [])]).strip()[:LONGEST_TEXT]


def _readable(body: Any) -> str:
    if not isinstance(body, str):
        return indented(body)
    try:
        return indented(json.loads(body))
    except ValueError:
        return body


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _pairs(receipt: Any, listing_url: str) -> list[Pair]:
    """What a person reads; the rest is shown as it was stored."""
    stored = _mapping(receipt)
    pairs = []
    for key, name in READABLE.items():
        value = stored.get(key)
        if key == "listing_id" and value and str(value) in listing_url:
            pairs.append(Pair(str(name), str(value), url=listing_url))
        elif key in SENTENCES and value:
            pairs.append(Pair(str(name), translated(str(value))))
        elif value not in (None, "", [], {}):
            pairs.append(_pair(str(name), value))
    return pairs


def _pair(name: str, value: Any) -> Pair:
    if isinstance(value, bool):
        return Pair(name, _("yes") if value else _("no"))
    if isinstance(value, list):
        return Pair(name, "; ".join(str(each) for each in value)[:LONGEST_TEXT])
    text = str(value)
    if (at := _moment(text)) is not None:
        return Pair(name, moments.exact(at))
    is_link = text.startswith(("https://", "http://"))
    return Pair(name, text[:LONGEST_TEXT], url=text if is_link else "")


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
