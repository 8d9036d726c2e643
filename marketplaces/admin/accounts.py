"""A seller's connections, without a trace of their tokens."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from marketplaces.models import Account
from tasks.admin.account_actions import AccountActions
from tasks.admin.base import TenantPage
from tasks.admin.filters import MarketplaceFilter
from tasks.admin.folding import folded_json
from tasks.admin.looks import display, lane_situation
from tasks.dispatch.models import Lane
from tasks.tenancy import current_schema

SECRETS = ("refresh_token", "access_token")


@admin.register(Account)
class AccountAdmin(TenantPage[Account], AccountActions):
    list_display = ("id", "name", "marketplace", "access_token_expires_at", "updated_at")
    list_display_links = ("id", "name")
    list_filter = (MarketplaceFilter,)
    search_fields = ("name", "pk__exact")
    fields = (
        ("name", "marketplace"),
        "work",
        ("access_token_expires_at", "created_at", "updated_at"),
        "choices",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        # What is not read cannot be shown.
        return super().get_queryset(request).defer(*SECRETS)

    @display(description="work on this account")
    def work(self, account: Account) -> str:
        lane = Lane.objects.filter(schema_name=current_schema(), account_id=account.pk).first()
        return "has not begun" if lane is None else lane_situation(lane)

    @display(description="settings")
    def choices(self, account: Account) -> str:
        return folded_json("Settings", account.settings)
