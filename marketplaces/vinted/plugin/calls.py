"""The last calls that an account's browser was asked to make, without what was in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models.fields.json import KT

from marketplaces.http.redaction import shown_url
from marketplaces.models import CommandStatus, PluginCommand
from marketplaces.vinted.plugin.reasons import REASONS
from tasks.models import MarketplaceTask
from tasks.sentences import sentence

MOST = 20

_STATUS: dict[str, str] = {
    CommandStatus.QUEUED: sentence("Waits for the browser."),
    CommandStatus.SENT: sentence("The browser has it and may not act yet."),
    CommandStatus.GRANTED: sentence("Under way."),
    CommandStatus.ANSWERED: sentence("Vinted answered."),
    CommandStatus.UNSENT: sentence("Nothing was sent."),
    CommandStatus.LOST: sentence("No answer: nobody knows whether it took effect."),
    CommandStatus.VOID: sentence("Given up before it was sent."),
}


@dataclass(frozen=True, slots=True)
class Call:
    """One command."""

    at: datetime
    method: str
    path: str
    """With its query, without secrets."""
    status: str
    """A sentence, as `reason`."""
    reason: str
    """Why it was not sent or not answered; often empty."""
    http_status: int | None
    """Vinted's; of what was not sent, to the question who is signed in."""
    seconds: float | None
    """From the leave to make it to the answer."""
    writes: bool
    job_id: int | None
    task: str
    """The name of the task that it was for."""

    @property
    def went_well(self) -> bool:
        return self.http_status is not None and self.http_status < 400 and not self.reason


def last_of(account_id: int) -> list[Call]:
    """The newest first; two queries."""
    rows: list[Mapping[str, Any]] = list(
        PluginCommand.objects.filter(account=account_id)
        .annotate(method=KT("request__method"), path=KT("request__path"))
        .order_by("-created_at")
        .values(
            "created_at",
            "granted_at",
            "ended_at",
            "method",
            "path",
            "status",
            "reason",
            "http_status",
            "writes",
            "task_id",
        )[:MOST]
    )
    ids = {row["task_id"] for row in rows if row["task_id"] is not None}
    named = MarketplaceTask.objects.filter(pk__in=ids).values_list("pk", "job_id", "name")
    tasks: dict[int | None, tuple[int | None, str]] = {pk: (job, name) for pk, job, name in named}
    return [_call(row, *tasks.get(row["task_id"], (None, ""))) for row in rows]


def _call(row: Mapping[str, Any], job_id: int | None, task: str) -> Call:
    reason = row["reason"]
    seconds = None
    if row["granted_at"] and row["ended_at"]:
        seconds = (row["ended_at"] - row["granted_at"]).total_seconds()
    return Call(
        at=row["created_at"],
        method=row["method"] or "",
        path=shown_url(row["path"] or ""),
        status=_STATUS[row["status"]],
        reason=REASONS.get(reason, reason),
        http_status=row["http_status"],
        seconds=seconds,
        writes=row["writes"],
        job_id=job_id,
        task=task,
    )
