"""manage.py retry_failed"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tasks import staff_actions, tenancy
from tasks.management import arguments
from tasks.management.tables import Column, Row, render
from tasks.models import BatchJob, MarketplaceJob, StaffAction
from tasks.selection import Answer, Selection, retry_page
from tasks.states import RETRYABLE_JOB, in_order

SOME_SKIPPED = 1
COLUMNS = [
    Column("Tenant", width=8),
    Column("Job", right=True, width=7),
    Column("What", width=30),
    Column("Error", width=30),
    Column("What happens", width=20),
]


class Command(BaseCommand):
    help = (
        "Retry jobs that have failed. What a job has done is kept and not done again; a job that "
        "a newer one makes void is skipped. Where it is unknown what the last request did, the "
        "retry only looks at the marketplace again and acts on what it sees: it never guesses. "
        "Exit code: 0 all were retried or there was nothing to do, 1 some were skipped, "
        "2 wrong usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        arguments.add_tenants(parser)
        arguments.add_kind(parser)
        parser.add_argument("--batch", metavar="ID", help="only jobs of this batch")
        parser.add_argument("--job", action="append", metavar="ID", help="this job; repeatable")
        parser.add_argument(
            "--error", default="", metavar="TEXT", help="class of the error, or part of its message"
        )
        parser.add_argument("--since", metavar="TIME", help="ended since: ISO time, or 2h, 3d ago")
        parser.add_argument(
            "--status",
            action="append",
            help="FAILED (default), CANCELLED or EXPIRED; may be repeated",
        )
        parser.add_argument("--limit", metavar="N", help="at most so many jobs in all")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")

    def handle(self, *_: Any, **options: Any) -> None:
        tenants = arguments.tenants(options)
        selection = _selection(options)
        limit = arguments.at_least_one("--limit", options["limit"])
        _check_ids(selection, tenants)
        self.dry_run = bool(options["dry_run"])
        self.shown, self.retried, self.skipped = 0, 0, 0
        try:
            self._retry(selection, tenants, limit)
        except KeyboardInterrupt:
            self._summarise()
            raise CommandError("Interrupted; the jobs named above stay as they are said.") from None
        self._summarise()
        if self.skipped:
            raise CommandError(
                f"{self.skipped} of {self.shown} jobs {self._word('were', 'would be')} skipped.",
                returncode=SOME_SKIPPED,
            )

    def _retry(
        self, selection: Selection, tenants: list[tenancy.TenantLike], limit: int | None
    ) -> None:
        for tenant in tenants:
            with tenancy.inside(tenant):
                self._retry_inside(tenant.schema_name, selection, limit)

    def _retry_inside(self, schema: str, selection: Selection, limit: int | None) -> None:
        """Recorded as one action of this tenant, unless there is nothing to do."""
        action: StaffAction | None = None
        try:
            for page in _up_to(limit, self, selection):
                if action is None and not self.dry_run:
                    action = _recorded(selection)
                self._show(schema, retry_page(selection, page, action=action))
        finally:
            if action is not None:
                staff_actions.finish(action)

    def _show(self, schema: str, answers: list[Answer]) -> None:
        rows = [self._row(schema, answer) for answer in answers]
        table = render(COLUMNS, rows, terminal=self.stdout.isatty(), header=self.shown == 0)
        self.stdout.write(table, ending="")
        self.shown += len(answers)
        self.retried += sum(answer.retried for answer in answers)
        self.skipped += sum(not answer.retried for answer in answers)

    def _row(self, schema: str, answer: Answer) -> Row:
        job = answer.job
        error = ": ".join(filter(None, [job.error_class, job.error_message[:120]]))
        style = "" if answer.retried else "yellow"
        return Row([schema, job.pk, job, error, self._what_happens(answer)], style)

    def _what_happens(self, answer: Answer) -> str:
        if not answer.retried:
            return f"{self._word('skipped', 'would be skipped')}: {answer.reason}"
        looks = ": only looks again whether its request took effect" if answer.looks_first else ""
        return self._word("retried", "would be retried") + looks

    def _summarise(self) -> None:
        if not self.shown:
            self.stdout.write("No job matches: there is nothing to retry.")
            return
        if self.dry_run:
            self.stdout.write("Dry run: nothing was changed.")
        done, left = self._word("Retried", "Would retry"), self._word("skipped", "would skip")
        self.stdout.write(f"{done} {self.retried}, {left} {self.skipped}.")

    def _word(self, done: str, planned: str) -> str:
        return planned if self.dry_run else done


def _up_to(
    limit: int | None, command: Command, selection: Selection
) -> Iterator[list[MarketplaceJob]]:
    """The pages of a tenant until the command has shown `limit` jobs in all."""
    for page in selection.pages():
        left = None if limit is None else limit - command.shown
        if left == 0:
            return
        yield list(islice(page, left))


def _selection(options: dict[str, Any]) -> Selection:
    one_schema = len(set(options["schema"] or [])) == 1
    if (options["batch"] or options["job"]) and not one_schema:
        raise arguments.wrong(
            "--batch and --job need one --schema: every tenant counts its jobs from 1."
        )
    marketplace, action = arguments.kind(options)
    ids = [arguments.at_least_one("--job", text) for text in options["job"] or []]
    return Selection(
        statuses=arguments.statuses("--status", options["status"], in_order(RETRYABLE_JOB)),
        marketplace=marketplace,
        action=action,
        batch_id=arguments.at_least_one("--batch", options["batch"]),
        job_ids=tuple(number for number in ids if number is not None),
        error=options["error"],
        since=arguments.moment("--since", options["since"]),
    )


def _check_ids(selection: Selection, tenants: list[tenancy.TenantLike]) -> None:
    """Batches and jobs that are named must be there: a slip of the finger is not "nothing to do"."""
    if selection.batch_id is None and not selection.job_ids:
        return
    tenant = tenants[0]
    with tenancy.inside(tenant):
        if selection.batch_id and not BatchJob.objects.filter(pk=selection.batch_id).exists():
            raise arguments.wrong(f"{tenant.schema_name} has no batch {selection.batch_id}.")
        found = MarketplaceJob.objects.filter(pk__in=selection.job_ids)
        missing = sorted(set(selection.job_ids) - set(found.values_list("pk", flat=True)))
    if missing:
        numbers = ", ".join(map(str, missing))
        raise arguments.wrong(f"{tenant.schema_name} has no job {numbers}.")


def _recorded(selection: Selection) -> StaffAction:
    wish = staff_actions.Wish(
        "retry",
        by=f"{arguments.operator()} (retry_failed)",
        scope_words="manage.py retry_failed",
        scope=selection.as_scope(),
    )
    return staff_actions.begin(wish)[0]
