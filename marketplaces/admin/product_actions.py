"""Publish, update, withdraw chosen products: offered as far as handlers exist, told beforehand."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from marketplaces import asking, batches
from marketplaces.asking import LABELS, Preview
from marketplaces.models import Account, Product
from tasks.action_forms import ConfirmForm
from tasks.admin.base import QuickList
from tasks.admin.buttons import sent_back, with_choice
from tasks.admin.list_selection import Listed, WrongFilterError, filters_of, listed
from tasks.errors import StoFlowError
from tasks.models import StaffAction
from tasks.staff_actions import Wish
from tasks.wording import action_word, batch_name, marketplace_name, one_after_another, titled

PRODUCTS = "admin:marketplaces_product_changelist"
NAMES = "marketplaces_product_actions"


class ProductsForm(ConfirmForm):
    """Products as they were chosen, and the account."""

    query = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)
    account = forms.IntegerField(min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)
    upto = forms.IntegerField(min_value=0, max_value=2**63 - 1, widget=forms.HiddenInput)


class ProductActions(QuickList[Product]):
    """The actions of the list of products, and the pages that they lead to."""

    list_disable_select_all = False
    change_form_outer_after_template = "admin/tasks/staff_actions_of.html"
    object_history_template = "admin/tasks/history.html"

    class Media:
        css = {"all": ["tasks/actions.css"]}

    def get_actions(
        self, request: HttpRequest
    ) -> dict[str, tuple[Callable[..., str], str, str] | None]:
        actions: dict[str, Any] = super().get_actions(request)
        if not (self.has_view_permission(request) and _may_ask(request)):
            return actions
        for action in asking.offered():
            name = f"ask_{action}"
            actions[name] = (partial(_to_preview, action), name, str(LABELS[action]))
        return actions

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        pages = {"preview": self.preview_view, "ready": self.ready_view, "do": self.do_view}
        return [
            *(path(f"actions/{n}/", view(page), name=f"{NAMES}_{n}") for n, page in pages.items()),
            *super().get_urls(),
        ]

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """What would be asked for, for which products, and the form that asks."""
        do = _checked(self, request, request.GET.get("do", ""))
        account = _account(asking.accounts_for(do), request.GET.get("to", ""))
        try:
            chosen = listed(self, request, request.META.get("QUERY_STRING", ""), ("to",))
        except WrongFilterError as error:
            return _not_understood(request, error)
        newest = chosen.rows.order_by("-pk").values_list("pk", flat=True).first() or 0
        form = ProductsForm.fresh(do=do, query=chosen.query, account=account.pk, upto=newest)
        return self._preview(request, do, account, chosen, form, upto=newest)

    def _preview(
        self,
        request: HttpRequest,
        do: str,
        account: Account,
        chosen: Listed[Product],
        form: ProductsForm,
        *,
        upto: int,
        refused: StoFlowError | None = None,
    ) -> HttpResponse:
        told = asking.preview(account, do, chosen.rows.filter(pk__lte=upto))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _title(do, told),
            "do": do,
            "words": _words(chosen),
            "consequence": asking.CONSEQUENCES.get(do, ""),
            "account": account,
            "accounts": [
                (one, titled(marketplace_name(one.marketplace), one.name), _here(chosen, do, one))
                for one in asking.accounts_for(do)
            ],
            "preview": told,
            "refused": refused,
            "form": form,
            "confirm": _confirm(do, told),
            "do_url": with_choice(request, reverse(f"admin:{NAMES}_do")),
            "ready_url": f"{reverse(f'admin:{NAMES}_ready')}?do={do}&to={account.pk}",
            "back_url": reverse(PRODUCTS),
            "media": self.media,
        }
        return TemplateResponse(request, "admin/marketplaces/product_preview.html", context)

    def ready_view(self, request: HttpRequest) -> HttpResponse:
        """Whether the account is ready; apart from the preview, because it asks the marketplace."""
        do = _checked(self, request, request.GET.get("do", ""))
        account = _account(asking.accounts_for(do), request.GET.get("to", ""))
        fault: StoFlowError | None = None
        try:
            batches.require_ready(account, do)
        except StoFlowError as error:
            fault = error
        context = {"account": account, "fault": fault}
        return TemplateResponse(request, "admin/marketplaces/account_ready.html", context)

    def do_view(self, request: HttpRequest) -> HttpResponse:
        """Queue the batch, once for each key of the form."""
        _require_permission(self, request)
        preview = reverse(f"admin:{NAMES}_preview") if "do" in request.GET else reverse(PRODUCTS)
        if back := sent_back(request, with_choice(request, preview)):
            return back
        do = _checked(self, request, request.POST.get("do", ""))
        form = ProductsForm(request.POST, auto_id="confirm_%s")
        if not form.is_valid():
            return _not_understood(request, _("The form was incomplete: nothing was done."))
        data = form.cleaned_data
        account = _account(asking.accounts_for(do), str(data["account"]))
        try:
            chosen = listed(self, request, data["query"], ("to",))
            action = _ask(request, do, account, chosen, data)
        except WrongFilterError as error:
            return _not_understood(request, error)
        except StoFlowError as error:
            # The same form again: what was chosen and the reason are kept.
            return self._preview(
                request, do, account, chosen, form, upto=data["upto"], refused=error
            )
        return HttpResponseRedirect(reverse("admin:tasks_staffaction_change", args=[action.pk]))


def _ask(
    request: HttpRequest, do: str, account: Account, chosen: Listed[Product], data: dict[str, Any]
) -> StaffAction:
    """Queue the batch; WrongFilterError when it has too many products."""
    meant = chosen.rows.filter(pk__lte=data["upto"]).order_by("pk")
    most = settings.STAFF["previewed"]
    products = list(meant[: most + 1])
    if len(products) > most:
        raise WrongFilterError(
            _("Choose fewer products: a batch takes %(n)s.") % {"n": f"{most:,}"}
        )
    wish = Wish(
        do,
        by=request.user.get_username(),
        reason=data["reason"],
        scope_words=batch_name(do, len(products), account.marketplace),
        scope={"products": _without_account(chosen), "account": account.pk},
        expected=len(products),
        key=data["key"],
    )
    return batches.ask(account, products, wish)


def _may_ask(request: HttpRequest) -> bool:
    return bool(request.user.has_perm("tasks.add_batchjob"))


def _require_permission(page: QuickList[Product], request: HttpRequest) -> None:
    if not (page.has_view_permission(request) and _may_ask(request)):
        raise PermissionDenied


def _checked(page: QuickList[Product], request: HttpRequest, do: str) -> str:
    _require_permission(page, request)
    if do not in asking.offered():
        raise Http404
    return do


def _account(accounts: list[Account], wanted: str) -> Account:
    """The chosen account; the first one when none is."""
    for account in accounts:
        if not wanted or wanted == str(account.pk):
            return account
    raise Http404


def _to_preview(
    do: str, _page: object, request: HttpRequest, products: QuerySet[Product]
) -> HttpResponse:
    query = urlencode({"do": do, **filters_of(request, products)})
    return HttpResponseRedirect(f"{reverse(f'admin:{NAMES}_preview')}?{query}")


def _here(chosen: Listed[Product], do: str, account: Account) -> str:
    query = "&".join(filter(None, [f"do={do}&to={account.pk}", _without_account(chosen)]))
    return f"{reverse(f'admin:{NAMES}_preview')}?{query}"


def _without_account(chosen: Listed[Product]) -> str:
    return "&".join(part for part in chosen.query.split("&") if not part.startswith("to="))


def _not_understood(request: HttpRequest, why: object) -> HttpResponse:
    messages.error(request, str(why))
    return HttpResponseRedirect(reverse(PRODUCTS))


def _words(chosen: Listed[Product]) -> str:
    number = len(chosen.ids)
    ticked = ngettext("%(n)d chosen product", "%(n)d chosen products", number) % {"n": number}
    return one_after_another([*([ticked] if number else []), *chosen.said]) or _("all products")


def _title(do: str, told: Preview) -> str:
    if do == "delete" and not told.is_cut_off:
        return ngettext(
            "Delete the listing of %(n)d product?",
            "Delete the listings of %(n)d products?",
            told.counted,
        ) % {"n": told.counted}
    if told.is_cut_off:
        return _("%(do)s more than %(n)d products?") % {"do": action_word(do), "n": told.counted}
    return ngettext("%(do)s %(n)d product?", "%(do)s %(n)d products?", told.counted) % {
        "do": action_word(do),
        "n": told.counted,
    }


def _confirm(do: str, told: Preview) -> str:
    """None when there is nothing to ask for, or more than a batch takes."""
    if not told.counted or told.is_cut_off:
        return ""
    if do == "delete":
        return ngettext(
            "Delete %(n)d listing for good", "Delete %(n)d listings for good", told.counted
        ) % {"n": told.counted}
    return ngettext("%(do)s %(n)d product", "%(do)s %(n)d products", told.counted) % {
        "do": action_word(do),
        "n": told.counted,
    }
