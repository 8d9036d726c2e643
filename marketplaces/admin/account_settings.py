"""What a seller has chosen on an account, as a form that any marketplace's fields fill."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from marketplaces.admin.connecting import ConnectingPages, check_or_say
from marketplaces.connecting import (
    Connector,
    Field,
    Flag,
    Found,
    Table,
    Words,
    account_settings,
    connector_for,
)
from marketplaces.connecting.fields import Choice, Options
from marketplaces.models import Account

EMPTY_ROWS = 3
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Shown:
    """A field as the page draws it."""

    field: Field
    value: Any
    """A text, or for a table its rows of word and value."""
    options: Options = ()
    faults: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """Which control: text, select or table."""
        if self.field.kind == "table":
            return "table"
        return "select" if self.options else "text"

    @property
    def label(self) -> str:
        return str(self.field.label)

    @property
    def text(self) -> str:
        """The value in words, for those who may only look."""
        return str(dict(self.options).get(self.value, self.value))

    @property
    def filled_rows(self) -> list[tuple[str, str]]:
        """The rows of a table that say something, in words."""
        return [
            (word, str(dict(self.options).get(text, text))) for word, text in self.value if text
        ]


class AccountSettingsPages(ConnectingPages):
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
        connector = connector_for(account.marketplace)
        if connector is None or not connector.fields:
            raise Http404
        if request.method != "POST":
            return self._form(request, account, connector, list(_present(connector, account)))
        if not self.may_change_accounts(request):
            raise PermissionDenied
        return self._saved(request, account, connector)

    def _saved(self, request: HttpRequest, account: Account, connector: Connector) -> HttpResponse:
        values = {field.name: _sent(field, request.POST) for field in connector.fields}
        faults = {field.name: field.faults(values[field.name]) for field in connector.fields}
        if any(faults.values()):
            shown = list(_shown(connector, account, values, faults))
            return self._form(request, account, connector, shown, status=422)
        if account_settings.save(account, values, by=request.user.get_username()):
            messages.success(request, _("The settings are saved."))
            if account.refresh_token:
                check_or_say(request, connector, account)
        else:
            messages.info(request, _("Nothing was changed."))
        return HttpResponseRedirect(
            reverse("admin:marketplaces_account_missing", args=[account.pk])
        )

    def _form(
        self,
        request: HttpRequest,
        account: Account,
        connector: Connector,
        shown: list[Shown],
        status: int = 200,
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Settings of %(account)s") % {"account": account},
            "account": account,
            "marketplace": connector.marketplace_name,
            "shown": shown,
            "has_faults": any(each.faults for each in shown),
            "may_change": self.may_change_accounts(request),
            "media": self.media,
        }
        template = "admin/marketplaces/account_settings.html"
        return TemplateResponse(request, template, context, status=status)


def _present(connector: Connector, account: Account) -> Iterator[Shown]:
    values = {field.name: field.shown(account.settings) for field in connector.fields}
    return _shown(connector, account, values, {})


def _shown(
    connector: Connector,
    account: Account,
    values: Mapping[str, Any],
    faults: Mapping[str, list[str]],
) -> Iterator[Shown]:
    choices = account.found.get("choices", {})
    for field in connector.fields:
        value = values[field.name]
        told = tuple(faults.get(field.name, ()))
        if isinstance(field, Table):
            yield Shown(field, _rows(field, value), field.options, told)
        else:
            shown = ", ".join(value) if isinstance(value, list) else value
            yield Shown(field, shown, _options(field, shown, choices.get(field.name, [])), told)


def _options(field: Field, value: str, found: list[list[str]]) -> Options:
    """What can be chosen; a value that is no longer offered stays as it is until it is changed."""
    if isinstance(field, Choice | Flag):
        offered = field.options
    elif isinstance(field, Found) and found:
        offered = tuple((each[0], f"{each[1]} ({each[0]})") for each in found)
    else:
        return ()
    known = value in {choice for choice, _label in offered}
    return offered if known or not value else (*offered, (value, value))


def _rows(table: Table, value: Mapping[str, str]) -> list[tuple[str, str]]:
    """What is set, then the seller's words that have nothing yet, then room for more."""
    words = [word for word in account_settings.words_of_products(table) if word not in value]
    return [*value.items(), *((word, "") for word in words), *([("", "")] * EMPTY_ROWS)]


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
