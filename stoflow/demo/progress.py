"""The batch as it happens: a bar, the tasks under way, what went wrong and was put right."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import SubprocessError

import psycopg
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Count
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from stoflow import embedded_database
from tasks.models import MarketplaceJob, MarketplaceTask, TaskAttempt
from tasks.states import FINAL_JOB, UNFINISHED_JOB, JobStatus, in_order

LOOK_SECONDS = 0.25
PLAIN_SECONDS = 3.0
PATIENCE_SECONDS = 600.0
EVENTS_SHOWN = 8


@dataclass(slots=True)
class Watch:
    """Follows the jobs from `first_job` on until all have ended."""

    console: Console
    first_job: int
    last_attempt: int
    events: list[str] = field(default_factory=list)
    _printed_at: float = 0.0

    def until_ended(self, at_each_look: Callable[[], None]) -> bool:
        """Show progress until no job is unfinished; False when nothing moves for ten minutes."""
        moved_at, seen = time.monotonic(), ""
        with Live(console=self.console, auto_refresh=False, transient=True) as live:
            while time.monotonic() - moved_at < PATIENCE_SECONDS:
                time.sleep(LOOK_SECONDS)
                try:
                    at_each_look()
                    counts = self._look(live)
                except (DatabaseError, OSError) as error:
                    self._wait_for_what_was_killed(error)
                    continue
                if not any(counts.get(status) for status in in_order(UNFINISHED_JOB)):
                    return True
                if (now := f"{counts}{self._tasks_done()}") != seen:
                    moved_at, seen = time.monotonic(), now
        return False

    def _look(self, live: Live) -> dict[str, int]:
        self._collect_events()
        counts = self._counts()
        self._show(live, counts)
        return counts

    def _wait_for_what_was_killed(self, error: Exception) -> None:
        """The database or the sandbox has gone: start the embedded server again, and go on."""
        self.console.print(f"  Interrupted: {str(error).splitlines()[0]}", soft_wrap=True)
        connection.close()
        if embedded_database.started_here():
            with suppress(psycopg.OperationalError, SubprocessError):
                # The old server may still be ending: the next look tries again.
                embedded_database.start(Path(settings.VAR_DIR) / "postgres")

    def _counts(self) -> dict[str, int]:
        # Accounts synchronise by themselves: what nobody asked for in a batch goes on for ever.
        asked = MarketplaceJob.objects.filter(pk__gte=self.first_job, batch__isnull=False)
        rows = asked.values_list("status")
        return dict(rows.annotate(Count("pk")).order_by("status"))

    def _tasks_done(self) -> int:
        return MarketplaceTask.objects.filter(
            job_id__gte=self.first_job, status="COMPLETED"
        ).count()

    def _collect_events(self) -> None:
        attempts = TaskAttempt.objects.filter(pk__gt=self.last_attempt).select_related(
            "job", "task"
        )
        for attempt in attempts.order_by("pk"):
            self.last_attempt = attempt.pk
            step = attempt.task.name if attempt.task else "Plan"
            self.events.append(f"“{attempt.job.product_name}”, {step}: {attempt.message}")
            if not self.console.is_terminal:
                self.console.print(f"  {self.events[-1]}", soft_wrap=True)

    def _show(self, live: Live, counts: dict[str, int]) -> None:
        if self.console.is_terminal:
            live.update(self._picture(counts), refresh=True)
        elif time.monotonic() - self._printed_at > PLAIN_SECONDS:
            self._printed_at = time.monotonic()
            self.console.print(_sentence(counts))

    def _picture(self, counts: dict[str, int]) -> RenderableType:
        total = sum(counts.values())
        done = sum(counts.get(status, 0) for status in in_order(FINAL_JOB))
        bar = ProgressBar(total=max(total, 1), completed=done, width=50)
        shown = Table.grid(padding=(0, 2))
        for job in self._under_way():
            shown.add_row(Text("●", style="blue"), job.product_name, _doing(job))
        events = [Text(f"  ! {event}", style="yellow") for event in self.events[-EVENTS_SHOWN:]]
        return Group(bar, Text(_sentence(counts)), shown, *events)

    def _under_way(self) -> list[MarketplaceJob]:
        running = MarketplaceJob.objects.filter(
            pk__gte=self.first_job, status=JobStatus.RUNNING.value
        )
        return list(running.order_by("pk")[:6])


def _doing(job: MarketplaceJob) -> str:
    if job.lease_token is None:
        return job.wait_sentence
    task = MarketplaceTask.objects.filter(job=job, status="RUNNING").first()
    return task.name if task else "starting"


def _sentence(counts: dict[str, int]) -> str:
    done = sum(counts.get(status, 0) for status in in_order(FINAL_JOB))
    return (
        f"{done} of {sum(counts.values())} jobs have ended: "
        f"{counts.get(JobStatus.COMPLETED, 0)} completed, {counts.get(JobStatus.FAILED, 0)} failed."
    )
