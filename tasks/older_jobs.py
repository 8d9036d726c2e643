"""Older jobs that asking for an action makes void: what would become of them, and stopping them.

What waits is cancelled: a withdrawal must not be followed by an older publication. What has begun
is asked to stop, if the action's handler says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection

from tasks import actions, cancel_courses
from tasks.courses import Course
from tasks.endings import Cause, end_job
from tasks.errors import MoveRefusedError
from tasks.handlers import BaseJobHandler
from tasks.models import MarketplaceJob
from tasks.sentences import sentence
from tasks.states import JobStatus
from tasks.wording import action_in_english, subject_of


@dataclass(frozen=True, slots=True)
class Older:
    """A job that is void once the action was asked for."""

    job_id: int
    product_id: int
    action: str
    subject: str
    course: str
    """What becomes of it, as a sentence."""

    @property
    def ends_at_once(self) -> bool:
        return self.course == str(Course.CANCELLED)

    def __str__(self) -> str:
        named = {"id": self.job_id, "action": action_in_english(self.action)}
        if self.ends_at_once:
            return sentence("Job {id} ({action}) is cancelled: it is void then.", **named)
        return f"{sentence('Job {id} ({action}) is void then.', **named)} {self.course}"


_OLDER = f"""
SELECT j.id, j.product_id, j.marketplace, j.action, j.product_name, j.status,
       CASE WHEN j.status = 'PENDING' THEN 'CANCELLED' ELSE {cancel_courses.COURSE} END
FROM marketplace_jobs j
WHERE j.account_id = %(account)s AND j.product_id = ANY(%(products)s::bigint[])
  AND (j.status = 'PENDING' OR (j.status = 'RUNNING' AND %(begun)s))
  AND j.action = ANY(%(void)s::text[])
ORDER BY j.id
"""


def find(
    account_id: int, handler: type[BaseJobHandler], products: Sequence[int | None]
) -> list[Older]:
    """What `stop` would stop now, and how."""
    return [found for found, _status in _found(account_id, handler, products)]


def stop(
    account_id: int,
    handler: type[BaseJobHandler],
    products: Sequence[int | None],
    *,
    requested_by: str = "",
) -> list[Older]:
    """Stop what asking for the handler's action makes void, in the caller's transaction."""
    reason = sentence(
        "This was asked for later: {action}.", action=action_in_english(handler.action)
    )
    cause = Cause("SupersededError", reason, sentence("Nothing to do."))
    stopped = []
    for found, status in _found(account_id, handler, products):
        course = _cancelled(found, cause) if status == JobStatus.PENDING else ""
        # It may have begun since it was found.
        if not course and handler.stops_older:
            course = _stopped(found, requested_by, reason)
        if course:
            stopped.append(replace(found, course=course))
    return stopped


def _found(
    account_id: int, handler: type[BaseJobHandler], products: Sequence[int | None]
) -> Iterator[tuple[Older, str]]:
    """With the status that each has now."""
    void = sorted(handler.supersedes - {handler.action})
    if not void:
        return
    wanted: dict[str, Any] = {
        "account": account_id,
        "products": list(products),
        "void": void,
        "begun": handler.stops_older,
        **cancel_courses.parameters(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_OLDER, wanted)
        rows = cursor.fetchall()
    for job_id, product_id, marketplace, action, product, status, course in rows:
        subject = subject_of(marketplace, action, product)
        yield Older(job_id, product_id, action, subject, str(Course[course])), status


def _cancelled(found: Older, cause: Cause) -> str:
    """Empty when it has begun or ended in the meantime."""
    ended = end_job(
        found.job_id, JobStatus.CANCELLED, token=None, former=JobStatus.PENDING, cause=cause
    )
    return str(Course.CANCELLED) if ended else ""


def _stopped(found: Older, requested_by: str, reason: str) -> str:
    """One that waits (perhaps until tomorrow) ends at once, so that the new one may begin.

    Empty when it has ended in the meantime, which is as good.
    """
    try:
        return actions.cancel(
            MarketplaceJob(pk=found.job_id), requested_by=requested_by or "StoFlow", reason=reason
        )
    except MoveRefusedError:
        return ""
