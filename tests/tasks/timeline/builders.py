"""Jobs, tasks and attempts that were never stored, with times in seconds from one beginning."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from tasks.dispatch.models import Lane
from tasks.models import MarketplaceJob
from tasks.pauses import Pause
from tasks.standstill import Standstill
from tasks.timeline import AttemptFacts, Retry, Row, TaskFacts, Timeline, timeline_of

BEGINNING = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return BEGINNING + timedelta(seconds=seconds)


def job(status: str = "RUNNING", **fields: Any) -> MarketplaceJob:
    """Asked for at 0 and started at 1, unless said otherwise."""
    times = ("created_at", "started_at", "run_started_at", "completed_at", "run_after",
             "leased_until", "paused_at")  # fmt: skip
    known = {
        "created_at": 0.0,
        "started_at": 1.0,
        "run_started_at": 1.0,
        "run_after": 0.0,
        **fields,
    }
    said = {name: at(value) if name in times and value is not None else value
            for name, value in known.items()}  # fmt: skip
    return MarketplaceJob(id=7, status=status, account_name="Shop", **said)


def leased(**fields: Any) -> MarketplaceJob:
    return job(lease_token=uuid4(), leased_by="host:1", **{"leased_until": 1e6, **fields})


def task(
    number: int, status: str = "PENDING", start: float | None = None, end: float | None = None
) -> TaskFacts:
    began, ended = (None if value is None else at(value) for value in (start, end))
    tries = int(start is not None)
    return TaskFacts(number, number, f"Step {number}", status, tries, began, ended)


def attempt(
    task_id: int | None,
    outcome: str,
    start: float,
    end: float,
    error: str = "TransientError",
) -> AttemptFacts:
    return AttemptFacts(1, task_id, outcome, error, at(start), at(end), "It went wrong.")


def lane(**fields: Any) -> Lane:
    return Lane(**fields)


def drawn(
    of: MarketplaceJob,
    *tasks: TaskFacts,
    tries: tuple[AttemptFacts, ...] = (),
    now: float = 100.0,
    on: Lane | None = None,
    account_pauses: Iterable[Pause] = (),
    retries: Sequence[Retry] = (),
    standstill: Standstill | None = None,
) -> Timeline:
    return timeline_of(
        of,
        tasks,
        tries,
        on,
        at(now),
        account_pauses=account_pauses,
        retries=retries,
        standstill=standstill,
    )


def pause(start: float, end: float, by: str = "kim", reason: str = "") -> dict[str, str]:
    """As a job keeps it once it is over."""
    return {"from": at(start).isoformat(), "to": at(end).isoformat(), "by": by, "reason": reason}


def bars(row: Row) -> list[tuple[str, float, float]]:
    """Kind (or what was waited for), start and end."""
    return [
        (
            (bar.wait or bar.kind).value,
            (bar.start - BEGINNING).total_seconds(),
            (bar.end - BEGINNING).total_seconds(),
        )
        for bar in row.bars
    ]
