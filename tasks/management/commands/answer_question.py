"""`manage.py answer_question`: what a person saw at the marketplace, for an UNKNOWN task."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tasks import staff_actions, tenancy
from tasks.errors import StoFlowError
from tasks.models import MarketplaceJob, MarketplaceTask
from tasks.open_failures import OPEN_QUESTION
from tasks.states import TaskStatus

REFUSED = 2


class Command(BaseCommand):
    help = (
        "Answer the question of a job that needs a person: did its last request take effect at "
        "the marketplace or not? The job goes on with the answer. Without an answer, the open "
        "questions are listed. Exit code: 0 done, 2 refused."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--schema", required=True, help="the seller's schema")
        parser.add_argument("--job", type=int, help="the job whose question is answered")
        choice = parser.add_mutually_exclusive_group()
        choice.add_argument("--exists", metavar="ID", help="it exists there, with this id")
        choice.add_argument("--absent", action="store_true", help="it does not exist there")
        choice.add_argument("--yes", action="store_true", help="a decision: do it")
        choice.add_argument("--no", action="store_true", help="a decision: leave it")
        parser.add_argument("--by", default="operator", help="who says so, for the history")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            with tenancy.inside(tenancy.tenant_named(options["schema"])):
                chosen = (options["absent"], options["yes"], options["no"])
                if options["exists"] is None and not any(chosen):
                    self._list()
                else:
                    self._answer(options)
        except StoFlowError as error:
            raise CommandError(f"{error.message} {error.advice}", returncode=REFUSED) from None

    def _list(self) -> None:
        for task in _open_questions():
            self.stdout.write(f"Job {task.job_id}, {task.job}: {task.name}. {task.error_message}")
        if not _open_questions():
            self.stdout.write("There are no open questions.")

    def _answer(self, options: dict[str, Any]) -> None:
        task = next((t for t in _open_questions() if t.job_id == options["job"]), None)
        if task is None:
            raise CommandError(
                f"Job {options['job']} has no open question: name one with --job.",
                returncode=REFUSED,
            )
        staff_actions.answer(
            staff_actions.Wish("answer", by=options["by"], scope_words="manage.py answer_question"),
            task,
            exists=options["yes"] or options["exists"] is not None,
            external_id=options["exists"] or "",
        )
        self.stdout.write(f"Job {task.job_id} goes on with that answer.")


def _open_questions() -> list[MarketplaceTask]:
    asking = MarketplaceJob.objects.filter(OPEN_QUESTION).order_by()
    unknown = MarketplaceTask.objects.filter(status=TaskStatus.UNKNOWN, job__in=asking)
    return list(unknown.select_related("job").order_by("pk"))
