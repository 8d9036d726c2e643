"""A step that could not even be tried: its task becomes what it was, and the account waits."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction

from tasks import evidence, progress
from tasks.dispatch.untried import make_wait
from tasks.endings import end_job
from tasks.errors import NotTriedError, OfflineError
from tasks.letting_go import hold, is_cancelled
from tasks.models import MarketplaceJob, MarketplaceTask, WaitReason
from tasks.states import JobStatus, TaskStatus, check_task_move

logger = logging.getLogger(__name__)


def put_back(
    job: MarketplaceJob,
    task: MarketplaceTask | None,
    error: NotTriedError,
    *,
    known: Mapping[str, Any] | None = None,
) -> None:
    """Undo the begin of `task` (None: nothing was planned yet) and let the job go.

    No attempt is written and nothing is counted: what was counted at the claim is given back. What
    the job says of an earlier failure stays. `known`: what was known of the task before its begin.
    """
    with transaction.atomic():
        hold(job)
        status = None if task is None else _former(job, task, known or {})
        if is_cancelled(job, status):
            if not end_job(job.pk, JobStatus.CANCELLED, token=job.lease_token):
                raise progress.lease_lost(job)
        else:
            progress.let_go(job, _reason(error))
        if job.account_id is not None:
            make_wait(job.account_id, error)
    level = logging.INFO if isinstance(error, OfflineError) else logging.DEBUG
    logger.log(level, "task.untried job=%s task=%s %s", job.pk, task and task.pk, error)


def _reason(error: NotTriedError) -> WaitReason:
    return WaitReason.OFFLINE if isinstance(error, OfflineError) else WaitReason.REST


_UNDO_BEGIN = """
UPDATE marketplace_tasks
SET status = %(status)s, result = %(known)s::jsonb, error_message = '',
    attempt_count = GREATEST(attempt_count - 1, 0),
    started_at = CASE WHEN attempt_count > 1 THEN started_at END
WHERE id = %(task)s AND job_id = %(job)s AND status = 'RUNNING'
"""


def _former(job: MarketplaceJob, task: MarketplaceTask, known: Mapping[str, Any]) -> TaskStatus:
    """The task as it was: in doubt still, or not begun. What a person answered is kept for it."""
    if task.status != TaskStatus.RUNNING:
        return TaskStatus(task.status)
    status = TaskStatus.UNKNOWN if evidence.ANSWER in known else TaskStatus.PENDING
    check_task_move(TaskStatus.RUNNING, status)
    stored = progress.as_json(known) if known else None
    parameters = {"status": status.value, "known": stored, "task": task.pk, "job": job.pk}
    with connection.cursor() as cursor:
        cursor.execute(_UNDO_BEGIN, parameters)
        if cursor.rowcount != 1:
            raise progress.lease_lost(job)
    return status
