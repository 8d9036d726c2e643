"""A seller's connections and the work on each, without a trace of their tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import BooleanField, Case, Q, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplaces.admin.account_settings import AccountSettingsPages
from marketplaces.admin.ebay_location import LocationPages
from marketplaces.admin.sweeps import SweepPages
from marketplaces.connecting import claims, marketplace_for
from marketplaces.models import Account
from marketplaces.vinted.plugin import codes, presence
from tasks.admin.account_actions import AccountActions
from tasks.admin.cells import two_lines
from tasks.admin.exports import Exportable
from tasks.admin.filters import MarketplaceFilter
from tasks.admin.folding import folded_json
from tasks.admin.lane_filters import AccountHeldUpFilter
from tasks.admin.looks import display, standstill_of_lanes, work_in_words
from tasks.dispatch.models import Lane
from tasks.moments import moment
from tasks.sentences import translated
from tasks.standstill import Standstill
from tasks.tenancy import current_schema
from tasks.wording import marketplace_name

SECRETS = ("refresh_token", "access_token")
LIVE = ("connection", "work")
JOB_LINKS = (
    (gettext_lazy("Waiting"), "status__exact=PENDING"),
    (gettext_lazy("Running"), "status__exact=RUNNING"),
    (gettext_lazy("Failed"), "status__exact=FAILED"),
    (gettext_lazy("Needs a person"), "needs_person__exact=1"),
)


def _connected(account: Any) -> str:
    if _is_a_plugin_s(account):
        browser = _browser(account)
        return _("Yes") if browser.is_ready else translated(browser.absence)
    lane = _lane_of(account)
    if lane is not None and lane.consent_needed_at is not None:
        return _("No: the seller has to connect it again")
    if account.is_connected:
        return _("Yes")
    return _("No: it was disconnected") if account.shop_id else _("No: there is no sign-in yet")


def _work(account: Account) -> str:
    return work_in_words(_lane_of(account), standstill=_standstill(account))


@admin.register(Account)
class AccountAdmin(
    LocationPages, SweepPages, AccountSettingsPages, AccountActions, Exportable[Account]
):
    list_display = ("account", "market", "connection", "work", "jobs", "changed")
    list_display_links = ("account",)
    list_filter = (MarketplaceFilter, AccountHeldUpFilter)
    list_defer = ("settings", "found")
    search_fields = ("name", "pk__exact")
    search_help_text = gettext_lazy("Name or id of the account")
    nothing_yet = gettext_lazy(
        "This seller has connected no marketplace yet. A manager presses “Connect …” above this "
        "list, the seller agrees at the marketplace, and products can be published."
    )
    change_form_outer_before_template = "admin/marketplaces/account_buttons.html"
    fields = (
        ("name", "market"),
        "connection",
        "work",
        "jobs",
        "readiness",
        "sweeps",
        "changed",
        "choices",
    )
    export_columns = (
        (gettext_lazy("Number"), lambda account: account.pk),
        (gettext_lazy("Account"), lambda account: account.name),
        (gettext_lazy("Marketplace"), lambda account: marketplace_name(account.marketplace)),
        (gettext_lazy("Connected"), _connected),
        (gettext_lazy("Work on this account"), _work),
        (gettext_lazy("Changed"), lambda account: account.updated_at),
    )

    def get_fields(self, request: HttpRequest, obj: Account | None = None) -> Any:
        """Of a browser, what changes while one looks is said in the part that refreshes itself."""
        fields = super().get_fields(request, obj)
        if obj is None or not _is_a_plugin_s(obj):
            return fields
        return [each for each in fields if each not in LIVE]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        account = self.get_object(request, object_id)
        context = {"may_connect": self.may_change_accounts(request), **(extra_context or {})}
        if account is not None:
            context |= {
                "marketplace": marketplace_for(account.marketplace),
                "shop_taken": translated(claims.warning_of(account)),
            }
            if _is_a_plugin_s(account):
                context |= self.browser_context(request, account)
        return super().change_view(request, object_id, form_url, context)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        # What is not read cannot be shown: only whether there is a token leaves the database.
        has_token = Case(
            When(~Q(refresh_token=""), then=Value(True)),
            default=Value(False),
            output_field=BooleanField(),
        )
        return super().get_queryset(request).defer(*SECRETS).annotate(is_connected=has_token)

    def dress(self, rows: Sequence[Account]) -> None:
        lanes = _lanes([account.pk for account in rows])
        browsers = presence.of_accounts(each.pk for each in rows if _is_a_plugin_s(each))
        standstill = standstill_of_lanes(lanes.values())
        for account in rows:
            account.standstill = standstill  # type: ignore[attr-defined]
            account.presence = browsers.get(account.pk)  # type: ignore[attr-defined]
            account.lane = lanes.get(account.pk)  # type: ignore[attr-defined]

    @display(description=gettext_lazy("account"))
    def account(self, account: Account) -> str:
        return two_lines(account.name, "")

    @display(description=gettext_lazy("marketplace"))
    def market(self, account: Account) -> str:
        return marketplace_name(account.marketplace)

    @display(description=gettext_lazy("connected"))
    def connection(self, account: Any) -> str:
        told = _connected(account)
        if _is_a_plugin_s(account):
            small = moment(since) if (since := _browser(account).since) else ""
        else:
            small = _sign_in(account) if _is_signed_in(account) else ""
        below = format_html("<br><small>{}</small>", small) if small else ""
        return format_html('<span class="row-text">{}{}</span>', told, below)

    @display(description=gettext_lazy("work on this account"))
    def work(self, account: Account) -> str:
        lane = _lane_of(account)
        since = (lane.paused_at or lane.consent_needed_at or lane.offline_since) if lane else None
        small = format_html("<br><small>{}</small>", moment(since)) if since else ""
        return format_html('<span class="row-text">{}{}</span>', _work(account), small)

    @display(description=gettext_lazy("its jobs"))
    def jobs(self, account: Account) -> str:
        page = reverse("admin:tasks_marketplacejob_changelist")
        links = (
            (f"{page}?account={account.pk}&{narrowed}", words) for words, narrowed in JOB_LINKS
        )
        if _lane_of(account) is None:
            return ""
        joined = format_html_join(" · ", '<a class="list-link" href="{}">{}</a>', links)
        return format_html('<span class="row-text">{}</span>', joined)

    @display(description=gettext_lazy("by itself"))
    def sweeps(self, account: Account) -> str:
        return self.sweeps_link(account)

    @display(description=gettext_lazy("changed"))
    def changed(self, account: Account) -> str:
        return two_lines(moment(account.updated_at), "")

    @display(description=gettext_lazy("missing to publish"))
    def readiness(self, account: Account) -> str:
        if account.checked_at is None:
            return _("Not checked yet")
        missing = account.found.get("missing", [])
        words = format_html_join("", "{}<br>", ((capfirst(translated(each)),) for each in missing))
        return format_html(
            '<span class="row-text">{}<small>{}</small></span>',
            words or format_html("{}<br>", _("Nothing")),
            moment(account.checked_at),
        )

    @display(description=gettext_lazy("settings"))
    def choices(self, account: Account) -> str:
        return folded_json(_("As they are stored"), account.settings)


def _is_a_plugin_s(account: Account) -> bool:
    return account.marketplace == codes.MARKETPLACE


def _is_signed_in(account: Any) -> bool:
    lane = _lane_of(account)
    return account.is_connected and (lane is None or lane.consent_needed_at is None)


def _browser(account: Any) -> presence.Presence:
    """The seller's browser; from the list's own query, or by one of its own."""
    if not hasattr(account, "presence"):
        account.presence = presence.of_accounts([account.pk])[account.pk]
    browser: presence.Presence = account.presence
    return browser


def _sign_in(account: Account) -> str:
    """What the end of the present access token means: it is renewed by itself, so no alarm."""
    ends = account.access_token_expires_at
    if ends is None:
        return _("the sign-in is renewed with the next job")
    if ends > timezone.now():
        return format_html(_("sign-in ends {when} and is renewed by itself"), when=moment(ends))
    return format_html(_("sign-in ended {when}; the next job renews it"), when=moment(ends))


def _lane_of(account: Any) -> Lane | None:
    """From the list's own query, or on an account's page by a query of its own."""
    if not hasattr(account, "lane"):
        account.lane = _lanes([account.pk]).get(account.pk)
    lane: Lane | None = account.lane
    return lane


def _standstill(account: Any) -> Standstill | None:
    """Why nobody's work is begun; as `_lane_of`."""
    if not hasattr(account, "standstill"):
        lane = _lane_of(account)
        account.standstill = None if lane is None else standstill_of_lanes([lane])
    standstill: Standstill | None = account.standstill
    return standstill


def _lanes(account_ids: Sequence[int]) -> dict[int, Lane]:
    lanes = Lane.objects.filter(schema_name=current_schema(), account_id__in=account_ids)
    return {lane.account_id: lane for lane in lanes}
