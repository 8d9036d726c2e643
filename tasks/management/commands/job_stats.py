"""manage.py job_stats"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.timesince import timesince

from tasks import tenancy
from tasks.dispatch import presence
from tasks.management import arguments
from tasks.management.tables import Column, Row, render
from tasks.standstill import Standstill
from tasks.stats import Figures, Runs, Scope, figures

_STANDSTILLS = {
    Standstill.NO_WORKERS: "Nothing goes on: no workers are running. Start `manage.py run_workers`.",
    Standstill.CLOCKS: "Nothing goes on: the clocks of the workers' machines are wrong. Put them "
    "right.",
}


class Command(BaseCommand):
    help = (
        "What has run and how well, from the statistics that outlive the jobs; what waits now, "
        "for what, and which lanes are stopped. The success rate leaves cancelled runs out; "
        "durations are those of completed runs, waiting included. csv gives the finished runs only."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        arguments.add_tenants(parser)
        arguments.add_kind(parser)
        parser.add_argument("--since", metavar="TIME", help="runs since: ISO time, or 2h, 3d ago")
        parser.add_argument("--format", choices=["table", "json", "csv"], default="table")

    def handle(self, *_: Any, **options: Any) -> None:
        tenants = arguments.tenants(options)
        marketplace, action = arguments.kind(options)
        since = arguments.moment("--since", options["since"])
        found = _of_all(tenants, Scope(marketplace, action, since))
        if options["format"] == "json":
            self.stdout.write(json.dumps(asdict(found), cls=DjangoJSONEncoder, indent=2))
        elif options["format"] == "csv":
            self.stdout.write(_csv(found.runs), ending="")
        else:
            self._print(found, since)

    def _print(self, found: Figures, since: datetime | None) -> None:
        period = f" since {_time(since)}" if since else ""
        if not found.runs:
            self.stdout.write(f"No run has finished{period}.")
        self._section(f"Finished runs{period}", _RUNS, _run_rows(found))
        self._section("Slowest steps", _STEPS, _step_rows(found))
        self._section("Most frequent errors", _ERRORS, _error_rows(found))
        self._section("Waiting or running now", _WAITING, _waiting_rows(found))
        if found.waiting and (standstill := presence.look().standstill) is not None:
            self.stdout.write(self.style.WARNING(_STANDSTILLS[standstill]))
        self._section("Lanes that are stopped or due", _LANES, _lane_rows(found))
        if not found.waiting:
            self.stdout.write("No job is waiting or running.")

    def _section(self, title: str, columns: Sequence[Column], rows: Iterable[Row]) -> None:
        listed = list(rows)
        if listed:
            self.stdout.write(self.style.MIGRATE_HEADING(title))
            table = render(columns, listed, terminal=self.stdout.isatty())
            self.stdout.write(f"{table}\n", ending="")


def _of_all(tenants: list[tenancy.TenantLike], scope: Scope) -> Figures:
    everything = Figures([], [], [], [], [])
    for tenant in tenants:
        with tenancy.inside(tenant):
            found = figures(scope)
        for field in fields(Figures):
            getattr(everything, field.name).extend(getattr(found, field.name))
    return everything


_KIND = [Column("Tenant"), Column("Marketplace"), Column("Action")]


def _numbers(*names: str) -> list[Column]:
    return [Column(name, right=True) for name in names]


_RUNS = [
    *_KIND,
    *_numbers("Runs", "Completed", "Failed", "Cancelled", "Expired", "Success", "Failed tries"),
    *_numbers("Median", "95 %"),
]
_STEPS = [*_KIND, Column("Step"), *_numbers("Runs", "Median", "95 %", "Longest")]
_ERRORS = [*_KIND, Column("Error"), *_numbers("Runs"), Column("Last seen")]
_WAITING = [*_KIND, Column("Jobs that"), *_numbers("Jobs", "Oldest"), Column("Next at")]
_LANES = [Column("Tenant"), Column("Marketplace"), Column("Account"), Column("Stopped")]
_LANES += _numbers("Due since")


def _run_rows(found: Figures) -> Iterable[Row]:
    for run in found.runs:
        counts = [run.runs, run.completed, run.failed, run.cancelled, run.expired]
        rate = "" if run.success_rate is None else f"{run.success_rate:.1%}"
        times = [_duration(run.median_ms), _duration(run.p95_ms)]
        kind = [run.tenant, run.marketplace, run.action]
        yield Row([*kind, *counts, rate, run.failed_attempts, *times])


def _step_rows(found: Figures) -> Iterable[Row]:
    for step in found.steps:
        times = map(_duration, (step.median_ms, step.p95_ms, step.longest_ms))
        yield Row([step.tenant, step.marketplace, step.action, step.step, step.runs, *times])


def _error_rows(found: Figures) -> Iterable[Row]:
    for error in found.errors:
        what = [error.error_class, error.runs, _time(error.last_at)]
        yield Row([error.tenant, error.marketplace, error.action, *what])


def _waiting_rows(found: Figures) -> Iterable[Row]:
    for waiting in found.waiting:
        what = [f"{waiting.situation} ({waiting.status.lower()})", waiting.jobs]
        times = [_age(waiting.oldest_at), _time(waiting.next_at)]
        yield Row([waiting.tenant, waiting.marketplace, waiting.action, *what, *times])


def _lane_rows(found: Figures) -> Iterable[Row]:
    for lane in found.lanes:
        style = "yellow" if lane.stopped else ""
        cells = [lane.tenant, lane.marketplace, lane.lane, lane.stopped, _age(lane.overdue_since)]
        yield Row(cells, style)


def _csv(runs: list[Runs]) -> str:
    text = io.StringIO()
    table = csv.DictWriter(text, [field.name for field in fields(Runs)], lineterminator="\n")
    table.writeheader()
    table.writerows(asdict(run) for run in runs)
    return text.getvalue()


def _time(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}"


def _age(moment: datetime | None) -> str:
    return "" if moment is None else timesince(moment, depth=1).replace("\xa0", " ")


def _duration(milliseconds: int | None) -> str:
    if milliseconds is None:
        return ""
    if milliseconds < 10_000:
        return f"{milliseconds} ms"
    minutes, seconds = divmod(milliseconds // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {seconds:02} s"
