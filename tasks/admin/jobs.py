"""Jobs: what failed or waits, and why, before anything else."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from tasks.admin.causes_page import CausesPage
from tasks.admin.job_actions import JobActions
from tasks.admin.job_list import JobList
from tasks.admin.job_page import JobPage
from tasks.models import MarketplaceJob


@admin.register(MarketplaceJob)
class JobAdmin(JobList, JobPage, CausesPage, JobActions):
    def get_queryset(self, request: HttpRequest) -> QuerySet[MarketplaceJob]:
        # A job refers to its account, whose row holds tokens: the names are on the job itself.
        return super().get_queryset(request).select_related("batch")
