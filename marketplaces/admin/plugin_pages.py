"""Connecting an account through the seller's browser: its code, shown once, and what it says."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Media
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from django.utils.translation import gettext as _

from marketplaces.admin.confirming import ConfirmingPages, page_of
from marketplaces.admin.plugin_forms import ConnectForm
from marketplaces.models import Account
from marketplaces.vinted import terms
from marketplaces.vinted.plugin import calls, codes, forgetting, presence
from tasks import account_actions
from tasks.action_forms import ConfirmForm
from tasks.admin.looks import standstill_words, work_in_words
from tasks.dispatch import presence as workers
from tasks.dispatch.models import Lane
from tasks.errors import StoFlowError
from tasks.sentences import translated
from tasks.staff_actions import Wish
from tasks.standstill import Standstill

MEDIA = Media(css={"all": ["marketplaces/plugin.css"]}, js=["marketplaces/plugin.js"])
REFRESH_SECONDS = 5


class PluginPages(ConfirmingPages):
    """The pages behind “Connect Vinted”, and those of such an account."""

    def get_urls(self) -> list[URLPattern]:
        return [
            self.account_page("connect/vinted/", self.connect_plugin, "connect_plugin", post=True),
            self.account_page("<int:account_id>/browser/", self.browser_view, "browser"),
            self.account_page("<int:account_id>/browser/calls/", self.calls_view, "calls"),
            self.account_page("<int:account_id>/browser/code/", self.code_view, "code", post=True),
            self.account_page(
                "<int:account_id>/browser/revoke/", self.revoke_view, "revoke", post=True
            ),
            self.account_page(
                "<int:account_id>/browser/member/", self.member_view, "member", post=True
            ),
            *super().get_urls(),
        ]

    def connect_plugin(self, request: HttpRequest) -> HttpResponse:
        """The form; sent, it makes the account and answers with its code."""
        self._require_manager(request)
        try:
            codes.require_address()
        except StoFlowError as error:
            return self._said(request, error, reverse("admin:marketplaces_account_changelist"))
        if request.method != "POST":
            return self._connect_form(request, ConnectForm.fresh())
        form = ConnectForm(request.POST)
        if not form.is_valid():
            return self._connect_form(request, form)
        sent = form.cleaned_data
        wish = Wish(
            terms.KIND,
            by=request.user.get_username(),
            scope_words=sent["name"],
            expected=1,
            key=sent["key"],
        )
        try:
            made = codes.connect(wish, site=sent["site"])
        except StoFlowError as error:
            form.add_error("name", translated(error.message))
            return self._connect_form(request, form)
        return self._told_once(request, made)

    def code_view(self, request: HttpRequest, account_id: int) -> HttpResponse:
        """GET tells what a new code means, POST makes it and answers with it."""
        self._require_manager(request)
        account = self._of_a_plugin(request, account_id)
        if request.method == "POST":
            wish = self._wish(request, account, codes.NEW_CODE)
            if wish is None:
                return self._incomplete(request, account)
            try:
                return self._told_once(request, codes.renew(account, wish))
            except StoFlowError as error:
                return self._said(request, error, page_of(account))
        told = [
            _("The present code is void at once, and a plugin that uses it is sent away."),
            _("The new one is shown once, and has to be pasted into the plugin."),
            _("The account's work waits meanwhile; nothing is lost."),
        ]
        form = ConfirmForm.fresh(do=codes.NEW_CODE)
        title, button = _("Make a new connection code?"), _("Make a new code")
        return self._confirm(request, account, title=title, told=told, form=form, confirm=button)

    def revoke_view(self, request: HttpRequest, account_id: int) -> HttpResponse:
        self._require_manager(request)
        account = self._of_a_plugin(request, account_id)
        if request.method == "POST":
            wish = self._wish(request, account, codes.REVOKE)
            if wish is None:
                return self._incomplete(request, account)
            action = codes.revoke(account, wish)
            return HttpResponseRedirect(reverse("admin:tasks_staffaction_change", args=[action.pk]))
        told = [
            _("The connection code is void at once, and the plugin is sent away."),
            _("A call that is under way may still take effect; StoFlow finds out what it did."),
            _("The account's work waits until there is a new code; nothing is lost."),
        ]
        form = ConfirmForm.fresh(do=codes.REVOKE)
        title, button = _("Revoke the connection code?"), _("Revoke")
        return self._confirm(request, account, title=title, told=told, form=form, confirm=button)

    def member_view(self, request: HttpRequest, account_id: int) -> HttpResponse:
        """GET tells what forgetting the account's member would mean, POST does it."""
        self._require_manager(request)
        account = self._of_a_plugin(request, account_id)
        if request.method == "POST":
            wish = self._wish(request, account, forgetting.KIND)
            if wish is None:
                return self._incomplete(request, account)
            action = forgetting.forget(account, wish)
            return HttpResponseRedirect(reverse("admin:tasks_staffaction_change", args=[action.pk]))
        preview = forgetting.preview(account)
        told = [translated(preview.refusal)] if preview.refusal else preview.sentences
        return self._confirm(
            request,
            account,
            title=_("Forget the account's member at Vinted?"),
            told=told,
            form=ConfirmForm.fresh(do=forgetting.KIND),
            confirm="" if preview.refusal else _("Forget the member"),
        )

    def browser_view(self, request: HttpRequest, account_id: int) -> HttpResponse:
        """The part of the account's page that refreshes itself."""
        self._require_view(request)
        account = self._of_a_plugin(request, account_id)
        context = self.browser_context(request, account) | {"original": account}
        return TemplateResponse(request, "admin/marketplaces/plugin_live.html", context)

    def calls_view(self, request: HttpRequest, account_id: int) -> HttpResponse:
        self._require_view(request)
        account = self._of_a_plugin(request, account_id)
        context = {
            "title": _("Calls through the browser"),
            "account": account,
            "calls": calls.last_of(account.pk),
            "most": calls.MOST,
            "back_url": page_of(account),
        }
        return self._render(request, "admin/marketplaces/plugin_calls.html", context)

    def browser_context(self, request: HttpRequest, account: Account) -> dict[str, Any]:
        """What the account's page says of the plugin."""
        lane = account_actions.lane_of(account.pk)
        standstill = None if lane is None else workers.look().standstill
        browser = presence.browser_of(account.pk)
        return {
            "lane": lane,
            "may_go_on": account_actions.may_go_on(lane),
            "work": work_in_words(lane, standstill=standstill),
            "browser": browser,
            "next_call": _next_call(browser.presence, lane, standstill=standstill),
            "confirmed": terms.confirmed(account.pk),
            "terms": terms.NOTICE,
            "may_connect": self.may_change_accounts(request),
            "live_url": reverse("admin:marketplaces_account_browser", args=[account.pk]),
            "refresh_seconds": REFRESH_SECONDS,
        }

    def _of_a_plugin(self, request: HttpRequest, account_id: int) -> Account:
        account = self.account_or_404(request, account_id)
        if account.marketplace != codes.MARKETPLACE:
            raise Http404
        return account

    def _require_view(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _connect_form(self, request: HttpRequest, form: ConnectForm) -> HttpResponse:
        context = {"title": _("Connect Vinted"), "form": form, "terms": terms.NOTICE}
        status = 422 if form.errors else 200
        return self._render(request, "admin/marketplaces/plugin_connect.html", context, status)

    def _told_once(self, request: HttpRequest, made: codes.Made) -> HttpResponse:
        """The answer to the form itself: a page to come back to would have to keep the code."""
        context = {
            "title": _("The connection code") if made.code else _("This form was sent before"),
            "account": made.account,
            "code": made.code,
            "site": made.account.settings.get("site", ""),
            "back_url": page_of(made.account),
        }
        return self._render(request, "admin/marketplaces/plugin_code.html", context)

    def _render(
        self, request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        media = self.media + MEDIA
        return super()._render(request, template, {"media": media, **context}, status)

    def _said(self, request: HttpRequest, error: StoFlowError, page: str) -> HttpResponse:
        messages.error(request, f"{translated(error.message)} {translated(error.advice)}")
        return HttpResponseRedirect(page)


def _next_call(
    browser: presence.Presence, lane: Lane | None, *, standstill: Standstill | None
) -> str:
    """What a call waits for; "" while it may go, or only rests."""
    if account_actions.may_go_on(lane):
        return _("once somebody lets the work go on")
    if lane is not None and lane.paused_at is not None:
        return _("once somebody resumes the account's work")
    if not browser.is_ready:
        return _("waits for the seller's browser")
    return "" if standstill is None else standstill_words(standstill)
