"""Making an inventory location at eBay, for a seller who has none."""

from __future__ import annotations

from typing import Any, Self
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from marketplaces.admin.connecting import ConnectingPages, check_or_say
from marketplaces.connecting import marketplace_for
from marketplaces.ebay import locations
from marketplaces.ebay.account_settings import EbaySettings
from marketplaces.ebay.locations import Place
from marketplaces.models import Account
from tasks.errors import StoFlowError
from tasks.sentences import translated
from tasks.staff_actions import Wish


def _text(label: Any, autocomplete: str, most: int, **rest: Any) -> forms.CharField:
    widget = forms.TextInput({"autocomplete": autocomplete, "class": "sf-input"})
    return forms.CharField(label=label, max_length=most, required=False, widget=widget, **rest)


class PlaceForm(forms.Form):
    """An address; the key makes the same form, sent twice, one action."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    country = forms.RegexField(
        r"^[A-Za-z]{2}$",
        label=gettext_lazy("Country"),
        help_text=gettext_lazy("Its two letters, such as FR or DE."),
        error_messages={"invalid": gettext_lazy("A country is two letters, such as FR.")},
        widget=forms.TextInput({"autocomplete": "country", "class": "sf-input"}),
    )
    postal_code = _text(gettext_lazy("Postal code"), "postal-code", 16)
    city = _text(gettext_lazy("City"), "address-level2", 128)
    state = _text(
        gettext_lazy("State or province"),
        "address-level1",
        128,
        help_text=gettext_lazy("With the city, needed only where there is no postal code."),
    )
    street = _text(gettext_lazy("Street and number"), "address-line1", 128)
    name = _text(
        gettext_lazy("Name"), "off", 100, help_text=gettext_lazy("Such as Main warehouse.")
    )

    @classmethod
    def fresh(cls, account: Account) -> Self:
        """With the country of the account's eBay site."""
        site = EbaySettings.read(account.settings).marketplace_id
        return cls(initial={"key": uuid4(), "country": site.removeprefix("EBAY_")})

    def clean(self) -> dict[str, Any]:
        sent: dict[str, Any] = super().clean() or {}
        if not sent.get("postal_code") and not (sent.get("city") and sent.get("state")):
            self.add_error(
                "postal_code", _("eBay needs the postal code, or the city and its state.")
            )
        return sent

    def place(self) -> Place:
        sent = {name: value for name, value in self.cleaned_data.items() if name != "key"}
        return Place(**{**sent, "country": sent["country"].upper()})


class LocationPages(ConnectingPages):
    """The page behind “Make an inventory location”."""

    def get_urls(self) -> list[URLPattern]:
        view = require_http_methods(["GET", "HEAD", "POST"])(self.location_view)
        return [
            path(
                "<int:account_id>/location/",
                self.admin_site.admin_view(view),
                name="marketplaces_account_location",
            ),
            *super().get_urls(),
        ]

    def location_view(self, request: HttpRequest, account_id: int) -> HttpResponse:
        """The form; sent, it makes the location at eBay and checks the account again."""
        self._require_manager(request)
        account = self.account_or_404(request, account_id)
        marketplace = marketplace_for(account.marketplace)
        if marketplace is None or account.marketplace != "ebay":
            raise Http404
        if request.method != "POST":
            return self._location_form(request, account, PlaceForm.fresh(account))
        form = PlaceForm(request.POST)
        if not form.is_valid():
            return self._location_form(request, account, form, status=422)
        wish = Wish(
            locations.KIND,
            by=request.user.get_username(),
            scope_words=account.name,
            scope={"account": account.pk},
            expected=1,
            key=form.cleaned_data["key"],
        )
        try:
            locations.make(account, form.place(), wish)
        except StoFlowError as error:
            form.add_error(None, translated(error.message))
            return self._location_form(request, account, form, status=422)
        messages.success(request, _("eBay has the inventory location now."))
        check_or_say(request, marketplace, account)
        return HttpResponseRedirect(
            reverse("admin:marketplaces_account_missing", args=[account.pk])
        )

    def _location_form(
        self, request: HttpRequest, account: Account, form: PlaceForm, status: int = 200
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Make an inventory location at eBay"),
            "account": account,
            "form": form,
            "media": self.media,
        }
        template = "admin/marketplaces/ebay_location.html"
        return TemplateResponse(request, template, context, status=status)
