"""The table of moves, every pair of it."""

from __future__ import annotations

import itertools

import pytest

from tasks.errors import MoveRefusedError
from tasks.states import (
    FINAL_JOB,
    JOB_MOVES,
    RETRYABLE_JOB,
    TASK_MOVES,
    UNFINISHED_JOB,
    BatchStatus,
    JobCounts,
    JobStatus,
    TaskStatus,
    batch_status,
    check_job_move,
    check_task_move,
)

ALLOWED_JOB_MOVES = {
    ("PENDING", "RUNNING"),
    ("PENDING", "CANCELLED"),
    ("PENDING", "EXPIRED"),
    ("RUNNING", "COMPLETED"),
    ("RUNNING", "FAILED"),
    ("RUNNING", "CANCELLED"),
    ("FAILED", "PENDING"),
    ("CANCELLED", "PENDING"),
    ("EXPIRED", "PENDING"),
    ("RUNNING", "PENDING"),
}
ALLOWED_TASK_MOVES = {
    ("PENDING", "RUNNING"),
    ("PENDING", "CANCELLED"),
    ("RUNNING", "COMPLETED"),
    ("RUNNING", "FAILED"),
    ("RUNNING", "UNKNOWN"),
    ("RUNNING", "PENDING"),
    ("COMPLETED", "PENDING"),
    ("FAILED", "RUNNING"),
    ("FAILED", "PENDING"),
    ("FAILED", "CANCELLED"),
    ("UNKNOWN", "COMPLETED"),
    ("UNKNOWN", "RUNNING"),
    ("UNKNOWN", "PENDING"),
    ("CANCELLED", "PENDING"),
}


@pytest.mark.parametrize(("former", "wanted"), [*itertools.product(JobStatus, JobStatus)])
def test_a_job_moves_only_as_the_table_says(former: JobStatus, wanted: JobStatus) -> None:
    if (former, wanted) in ALLOWED_JOB_MOVES:
        check_job_move(former, wanted)
    else:
        with pytest.raises(MoveRefusedError, match=f"{former} cannot become {wanted}"):
            check_job_move(former, wanted)


@pytest.mark.parametrize(("former", "wanted"), [*itertools.product(TaskStatus, TaskStatus)])
def test_a_task_moves_only_as_the_table_says(former: TaskStatus, wanted: TaskStatus) -> None:
    if (former, wanted) in ALLOWED_TASK_MOVES:
        check_task_move(former, wanted)
    else:
        with pytest.raises(MoveRefusedError, match=f"{former} cannot become {wanted}"):
            check_task_move(former, wanted)


def test_the_tables_name_every_status() -> None:
    assert set(JOB_MOVES) == set(JobStatus)
    assert set(TASK_MOVES) == set(TaskStatus)
    assert set(JobStatus) == FINAL_JOB | UNFINISHED_JOB
    assert not FINAL_JOB & UNFINISHED_JOB


def test_every_final_job_but_a_completed_one_can_be_retried() -> None:
    assert FINAL_JOB - {JobStatus.COMPLETED} == RETRYABLE_JOB
    assert all(JOB_MOVES[status] == {JobStatus.PENDING} for status in RETRYABLE_JOB)


def test_an_unknown_task_is_never_failed_or_cancelled_without_an_answer() -> None:
    assert not TASK_MOVES[TaskStatus.UNKNOWN] & {TaskStatus.FAILED, TaskStatus.CANCELLED}


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        (JobCounts(), BatchStatus.COMPLETED),
        (JobCounts(total=2), BatchStatus.PENDING),
        (JobCounts(total=2, started=True), BatchStatus.RUNNING),
        (JobCounts(total=2, cancelled=1), BatchStatus.RUNNING),
        (JobCounts(total=2, completed=2), BatchStatus.COMPLETED),
        (JobCounts(total=2, completed=1, failed=1), BatchStatus.PARTIALLY_FAILED),
        (JobCounts(total=2, completed=1, expired=1), BatchStatus.PARTIALLY_FAILED),
        (JobCounts(total=2, failed=2), BatchStatus.FAILED),
        (JobCounts(total=2, expired=2), BatchStatus.FAILED),
        (JobCounts(total=2, failed=1, cancelled=1), BatchStatus.FAILED),
        (JobCounts(total=2, cancelled=2), BatchStatus.CANCELLED),
        (JobCounts(total=2, completed=1, cancelled=1), BatchStatus.CANCELLED),
    ],
)
def test_the_status_of_a_batch_follows_from_its_jobs(
    counts: JobCounts, expected: BatchStatus
) -> None:
    assert batch_status(counts) == expected
