"""What a seller has chosen on an account, as a form that any marketplace's fields fill."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from marketplaces.admin.categories import MEDIA, CategoryPages
from marketplaces.admin.connecting import check_or_say
from marketplaces.admin.shown_settings import Shown, present, shown
from marketplaces.connecting import (
    Field,
    Marketplace,
    Table,
    Words,
    account_settings,
    marketplace_for,
)
from marketplaces.models import Account

LONGEST = 200


class AccountSettingsPages(CategoryPages):
    """The page of an account's settings: managers change them, everybody else reads them."""

    def get_urls(self) -> list[URLPattern]:
        view = require_http_methods(["GET", "HEAD", "POST"])(self.settings_view)
        return [
            path(
                "<int:account_id>/settings/",
                self.admin_site.admin_view(view),
                name="marketplaces_account_settings",
            ),
            *super().get_urls(),
        ]

    def settings_view(self, request: HttpRequest, account_id: int) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        account = self.account_or_404(request, account_id)
        marketplace = marketplace_for(account.marketplace)
        if marketplace is None or not marketplace.fields:
            raise Http404
        if request.method != "POST":
            return self._form(request, account, marketplace, present(marketplace, account))
        if not self.may_change_accounts(request):
            raise PermissionDenied
        return self._saved(request, account, marketplace)

    def _saved(
        self, request: HttpRequest, account: Account, marketplace: Marketplace
    ) -> HttpResponse:
        values = {field.name: _sent(field, request.POST) for field in marketplace.fields}
        faults = {field.name: field.faults(values[field.name]) for field in marketplace.fields}
        if any(faults.values()):
            told = list(shown(marketplace, account, values, faults))
            return self._form(request, account, marketplace, told, status=422)
        if account_settings.save(account, values, by=request.user.get_username()):
            messages.success(request, _("The settings are saved."))
            if marketplace.may_be_asked(account):
                check_or_say(request, marketplace, account)
        else:
            messages.info(request, _("Nothing was changed."))
        return HttpResponseRedirect(
            reverse("admin:marketplaces_account_missing", args=[account.pk])
        )

    def _form(
        self,
        request: HttpRequest,
        account: Account,
        marketplace: Marketplace,
        fields: list[Shown],
        status: int = 200,
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Settings of %(account)s") % {"account": account},
            "account": account,
            "marketplace": marketplace.marketplace_name,
            "shown": fields,
            "has_faults": any(each.faults for each in fields),
            "may_change": self.may_change_accounts(request),
            "media": self.media + MEDIA,
        }
        template = "admin/marketplaces/account_settings.html"
        return TemplateResponse(request, template, context, status=status)


def _sent(field: Field, form: QueryDict) -> Any:
    if isinstance(field, Words):
        parts = map(_clean, form.get(field.name, "").split(","))
        return [each for each in parts if each]
    if not isinstance(field, Table):
        return _clean(form.get(field.name, ""))
    words = form.getlist(f"{field.name}-word")
    values = form.getlist(f"{field.name}-value")
    pairs = zip_longest(map(_clean, words), map(_clean, values), fillvalue="")
    return {word: value for word, value in pairs if word and value}


def _clean(text: str) -> str:
    return text.replace("\0", "").strip()[:LONGEST]
