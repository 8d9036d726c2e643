"""Finished runs: what is left of jobs once `cleanup_jobs` has removed them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from tasks.admin.base import TenantPage
from tasks.admin.filters import ActionFilter, MarketplaceFilter, OneOf
from tasks.admin.folding import folded_json
from tasks.admin.looks import COLOURS, display
from tasks.admin.wording import status_words
from tasks.models import MarketplaceJobStats
from tasks.states import FINAL_JOB, in_order


class OutcomeFilter(OneOf):
    title = gettext_lazy("result")
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(status, status_words(status)) for status in in_order(FINAL_JOB)]


@admin.register(MarketplaceJobStats)
class FinishedRunAdmin(TenantPage[MarketplaceJobStats]):
    list_display = (
        "id",
        "marketplace",
        "action",
        "result",
        "error_class",
        "task_count",
        "failed_task_count",
        "attempt_count",
        "duration_ms",
        "created_at",
    )
    list_filter = (OutcomeFilter, MarketplaceFilter, ActionFilter)
    search_fields = ("^error_class",)
    search_help_text = gettext_lazy("Beginning of the error's class")
    nothing_yet = gettext_lazy("No job has ended yet. Every run of a job leaves one line here.")
    fields = (
        ("marketplace", "action", "result"),
        ("error_class", "created_at", "duration_ms"),
        ("task_count", "failed_task_count", "attempt_count"),
        "steps",
    )

    @display(description="outcome", label=COLOURS)
    def result(self, run: MarketplaceJobStats) -> str:
        return run.outcome

    @display(description="milliseconds per step")
    def steps(self, run: MarketplaceJobStats) -> str:
        return folded_json("Steps", run.step_ms)
