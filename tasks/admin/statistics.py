"""Finished runs: what is left of jobs once `cleanup_jobs` has removed them."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy

from tasks.admin.base import TenantPage
from tasks.admin.filters import ActionFilter, MarketplaceFilter
from tasks.admin.folding import folded_json
from tasks.admin.looks import COLOURS, display
from tasks.models import MarketplaceJobStats


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
    list_filter = (MarketplaceFilter, ActionFilter)
    search_fields = ("error_class", "outcome")
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
