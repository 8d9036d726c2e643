"""Connecting a shop from the list of accounts, and what is missing before it can publish."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from marketplaces.connecting import (
    Connector,
    Marketplace,
    check,
    connector_for,
    consents,
    marketplace_for,
    marketplaces,
)
from marketplaces.models import Account
from tasks.admin.base import TenantPage
from tasks.admin.buttons import sent_back
from tasks.errors import StoFlowError
from tasks.sentences import translated

ACCOUNTS = "admin:marketplaces_account_changelist"


class ConnectingPages(TenantPage[Account]):
    """The pages behind “Connect eBay” and “What is missing”."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path(
                "connect/<str:marketplace>/",
                wrap(self.connect_new),
                name="marketplaces_account_connect",
            ),
            path(
                "<int:account_id>/connect/",
                wrap(self.connect_again),
                name="marketplaces_account_connect_again",
            ),
            path(
                "<int:account_id>/missing/",
                wrap(require_safe(self.missing_view)),
                name="marketplaces_account_missing",
            ),
            path(
                "<int:account_id>/check/",
                wrap(self.check_view),
                name="marketplaces_account_check",
            ),
            *super().get_urls(),
        ]

    def may_change_accounts(self, request: HttpRequest) -> bool:
        permitted = request.user.has_perm("marketplaces.change_account")
        return self.is_here() and bool(permitted)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        offered = marketplaces() if self.may_change_accounts(request) else []
        return super().changelist_view(request, {"offered": offered, **(extra_context or {})})

    def connect_new(self, request: HttpRequest, marketplace: str) -> HttpResponse:
        self._require_manager(request)
        connector = _connector(marketplace)
        return sent_back(request, reverse(ACCOUNTS)) or self._begin(request, connector)

    def connect_again(self, request: HttpRequest, account_id: int) -> HttpResponse:
        self._require_manager(request)
        account = self.account_or_404(request, account_id)
        page = reverse("admin:marketplaces_account_change", args=[account.pk])
        connector = _connector(account.marketplace)
        return sent_back(request, page) or self._begin(request, connector, account)

    def missing_view(self, request: HttpRequest, account_id: int) -> HttpResponse:
        """What the last check found; asks nobody."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        account = self.account_or_404(request, account_id)
        marketplace = _marketplace(account)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("What is missing before the first publication?"),
            "account": account,
            "marketplace": marketplace.marketplace_name,
            "missing": [translated(each) for each in account.found.get("missing", [])],
            "lacks_location": _lacks_location(account),
            "may_change": self.may_change_accounts(request),
            "media": self.media,
        }
        return TemplateResponse(request, "admin/marketplaces/account_missing.html", context)

    def check_view(self, request: HttpRequest, account_id: int) -> HttpResponse:
        """Ask the marketplace, then show what it said."""
        self._require_manager(request)
        account = self.account_or_404(request, account_id)
        page = reverse("admin:marketplaces_account_missing", args=[account.pk])
        if back := sent_back(request, page):
            return back
        check_or_say(request, _marketplace(account), account)
        return HttpResponseRedirect(page)

    def account_or_404(self, request: HttpRequest, account_id: int) -> Account:
        account = self.get_queryset(request).filter(pk=account_id).first()
        if account is None:
            raise Http404
        return account

    def _require_manager(self, request: HttpRequest) -> None:
        if not self.may_change_accounts(request):
            raise PermissionDenied

    def _begin(
        self, request: HttpRequest, connector: Connector, account: Account | None = None
    ) -> HttpResponse:
        try:
            address = consents.begin(connector, user_id=request.user.pk or 0, account=account)
        except StoFlowError as error:
            messages.error(request, f"{translated(error.message)} {translated(error.advice)}")
            return HttpResponseRedirect(reverse(ACCOUNTS))
        return HttpResponseRedirect(address)


def check_or_say(request: HttpRequest, marketplace: Marketplace, account: Account) -> None:
    """Check, or tell the person why that was not possible now."""
    try:
        check(marketplace, account)
    except StoFlowError as error:
        messages.error(
            request,
            _("%(marketplace)s could not be asked: %(reason)s")
            % {"marketplace": marketplace.marketplace_name, "reason": translated(error.message)},
        )


def _lacks_location(account: Account) -> bool:
    """Whether the last check found that the seller has none at eBay, where no page makes one."""
    choices = account.found.get("choices", {})
    return not choices.get("merchant_location_key", True) and not account.settings.get(
        "merchant_location_key"
    )


def _marketplace(account: Account) -> Marketplace:
    found = marketplace_for(account.marketplace)
    if found is None:
        raise Http404
    return found


def _connector(marketplace: str) -> Connector:
    connector = connector_for(marketplace)
    if connector is None:
        raise Http404
    return connector
