"""Pauses of jobs and of accounts: the one in force in columns, those that are over kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from tasks.models import MarketplaceJob, StaffActionOutcome

MOST_OF_AN_ACCOUNT = 200
PAUSE_ACCOUNT, RESUME_ACCOUNT = "pause_account", "resume_account"
"""What staff's actions on an account's work are called."""

LIFTED = """
paused_at = NULL, paused_by = '', pause_reason = '',
pauses = CASE WHEN {job}paused_at IS NULL THEN {job}pauses ELSE {job}pauses || jsonb_build_array(
    jsonb_build_object('from', {job}paused_at, 'to', clock_timestamp(),
                       'by', {job}paused_by, 'reason', {job}pause_reason)) END
"""
"""Assignments of an UPDATE of marketplace_jobs; `job` is the table's alias with its dot, or ""."""


class Pause(NamedTuple):
    """Nobody went on with the work from `start` on, because a person did not want it."""

    start: datetime
    end: datetime | None
    """None: it is in force."""
    by: str
    reason: str
    is_of_account: bool = False


def of_job(job: MarketplaceJob) -> list[Pause]:
    """Every pause of the job itself, oldest first."""
    ended = [
        Pause(_moment(each["from"]), _moment(each["to"]), each["by"], each["reason"])
        for each in job.pauses
    ]
    if job.paused_at is None:
        return ended
    return [*ended, Pause(job.paused_at, None, job.paused_by, job.pause_reason)]


def of_account(job: MarketplaceJob) -> list[Pause]:
    """The pauses of its account's work since the job was asked for, as staff's actions tell them;
    that which is in force is the lane's to tell. One query."""
    if job.account_id is None:
        return []
    lines = (
        StaffActionOutcome.objects.filter(
            account_id=job.account_id,
            job_id=None,
            done=True,
            action__kind__in=[PAUSE_ACCOUNT, RESUME_ACCOUNT],
        )
        .order_by("-action_id")
        .values_list("action__kind", "action__at", "action__by", "action__reason")
    )
    newest = list(lines[:MOST_OF_AN_ACCOUNT])
    return [pause for pause in _paired(newest[::-1]) if pause.end and pause.end > job.created_at]


def _paired(lines: list[tuple[str, datetime, str, str]]) -> Iterator[Pause]:
    begun: tuple[datetime, str, str] | None = None
    for kind, at, by, reason in lines:
        if kind == PAUSE_ACCOUNT:
            begun = at, by, reason
        elif begun is not None:
            yield Pause(begun[0], at, begun[1], begun[2], is_of_account=True)
            begun = None


def _moment(stored: str) -> datetime:
    return datetime.fromisoformat(stored)
