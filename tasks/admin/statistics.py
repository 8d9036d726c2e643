"""Finished runs: what is left of jobs once `cleanup_jobs` has removed them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks.admin.base import TenantPage
from tasks.admin.filters import ActionFilter, MarketplaceFilter, OneOf
from tasks.admin.folding import folded_json
from tasks.admin.looks import COLOURS, display
from tasks.clocks import lasting
from tasks.models import MarketplaceJobStats
from tasks.moments import moment
from tasks.states import FINAL_JOB, in_order
from tasks.wording import status_name, work_name


class OutcomeFilter(OneOf):
    title = gettext_lazy("result")
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(status, status_name(status)) for status in in_order(FINAL_JOB)]


@admin.register(MarketplaceJobStats)
class FinishedRunAdmin(TenantPage[MarketplaceJobStats]):
    list_display = ("work", "result", "took", "steps", "tries", "ended")
    list_display_links = ("work",)
    list_filter = (OutcomeFilter, MarketplaceFilter, ActionFilter)
    search_fields = ("^error_class",)
    search_help_text = gettext_lazy(
        "Beginning of the kind of error, such as TransientError. A run outlives its job and "
        "keeps neither the job's number nor its product."
    )
    nothing_yet = gettext_lazy("No job has ended yet. Every run of a job leaves one line here.")
    fields = (
        ("work", "outcome_in_words"),
        ("ended", "took"),
        ("steps", "failed_steps"),
        "tries",
        "technical",
    )

    @display(description=gettext_lazy("what"))
    def work(self, run: MarketplaceJobStats) -> str:
        return work_name(run.action, run.marketplace)

    @display(description=gettext_lazy("outcome"), label=COLOURS)
    def result(self, run: MarketplaceJobStats) -> tuple[str, str]:
        return run.outcome, status_name(run.outcome)

    @display(description=gettext_lazy("outcome"))
    def outcome_in_words(self, run: MarketplaceJobStats) -> str:
        return status_name(run.outcome)

    @display(description=gettext_lazy("took"))
    def took(self, run: MarketplaceJobStats) -> str:
        return lasting(run.duration_ms / 1000)

    @display(description=gettext_lazy("ended"))
    def ended(self, run: MarketplaceJobStats) -> str:
        return moment(run.created_at)

    @display(description=gettext_lazy("steps"))
    def steps(self, run: MarketplaceJobStats) -> str:
        return str(run.task_count)

    @display(description=gettext_lazy("failed steps"))
    def failed_steps(self, run: MarketplaceJobStats) -> str:
        return str(run.failed_task_count)

    @display(description=gettext_lazy("tries that did not succeed"))
    def tries(self, run: MarketplaceJobStats) -> str:
        return str(run.attempt_count)

    @display(description=gettext_lazy("technical"))
    def technical(self, run: MarketplaceJobStats) -> str:
        told = {"error_class": run.error_class, "milliseconds_per_step": run.step_ms}
        shown = {name: value for name, value in told.items() if value}
        return folded_json(_("Kind of error and time of each step"), shown)
