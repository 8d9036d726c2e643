"""The ledger of sales, and what staff do about one: put pieces back, mark it as dealt with."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplaces.admin.accounts import SECRETS
from marketplaces.admin.sale_chain import sales_rows, stock_words
from marketplaces.models import Product, Sale, SaleFollowUp
from marketplaces.sales import staff
from marketplaces.sales.attention import BY_HAND, NOT_PUT_BACK, OVERSOLD
from marketplaces.sales.unclaimed import UNCLAIMED, is_unclaimed
from tasks.action_forms import ConfirmForm
from tasks.admin.base import TenantPage
from tasks.admin.buttons import with_choice
from tasks.admin.cells import two_lines
from tasks.admin.exports import Exportable
from tasks.admin.filters import AccountFilter, AccountMarketplaceFilter, OneOf, ProductFilter, as_id
from tasks.admin.job_actions import may_act
from tasks.admin.live_page import LivePage, live
from tasks.admin.looks import display
from tasks.admin.search import MOST_ROWS, terms_of
from tasks.moments import moment
from tasks.staff_actions import Wish
from tasks.wording import marketplace_name
from tasks.words import IsAnyOf, has_words


class SaleAttentionFilter(OneOf):
    title = gettext_lazy("needs a person")
    parameter_name = "attention"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("oversold", _("Oversold")),
            ("cancelled", _("Cancelled, not put back in stock")),
            ("unclaimed", _("Counted as sold, but no order has come")),
            ("by-hand", _("Still for sale elsewhere, to be ended by hand")),
            ("no-order", _("No order known yet")),
        ]

    def matching(self, value: str) -> Q:
        by_hand = SaleFollowUp.objects.filter(BY_HAND, sale=OuterRef("pk"))
        return {
            "oversold": OVERSOLD,
            "cancelled": NOT_PUT_BACK,
            "unclaimed": UNCLAIMED,
            "by-hand": Q(Exists(by_hand)),
            "no-order": Q(order_line=None),
        }[value]


def _order_number(sale: Sale) -> str:
    return sale.order_line.order.external_id if sale.order_line else ""


def _order_link(sale: Sale) -> str:
    if sale.order_line is None:
        return _("none has come") if is_unclaimed(sale) else _("not known yet")
    page = reverse("admin:marketplaces_order_change", args=[sale.order_line.order_id])
    return format_html('<a class="list-link" href="{}">{}</a>', page, _order_number(sale))


class SaleForm(ConfirmForm):
    """How many pieces are put back; of no meaning for the other deed."""

    pieces = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)


@admin.register(Sale)
class SaleAdmin(LivePage[Sale], TenantPage[Sale], Exportable[Sale]):
    list_display = ("product_sold", "on", "pieces", "stock", "beyond", "order_link", "when")
    list_display_links = ("product_sold",)
    list_filter = (SaleAttentionFilter, AccountMarketplaceFilter, AccountFilter, ProductFilter)
    ordering = ("-pk",)
    search_fields = ("listing_external_id",)
    search_help_text = gettext_lazy("Listing id, words of a product's title, or beginning of a SKU")
    nothing_yet = gettext_lazy(
        "Nothing was sold yet. Sales come with the orders that StoFlow fetches: every few minutes "
        "by itself (see “Synchronisation and orders” on the account's page), or with “Fetch orders "
        "now” there."
    )
    fields = (
        "chain",
        ("product_link", "order_known"),
        ("account_name", "listing_id"),
        "occurred",
    )
    export_columns = (
        (gettext_lazy("Id"), lambda sale: sale.pk),
        (gettext_lazy("Product"), lambda sale: sale.product_name),
        (gettext_lazy("Marketplace"), lambda sale: marketplace_name(sale.account.marketplace)),
        (gettext_lazy("Account"), lambda sale: sale.account.name),
        (gettext_lazy("Listing id"), lambda sale: sale.listing_external_id),
        (gettext_lazy("Pieces"), lambda sale: sale.quantity),
        (gettext_lazy("Stock before"), lambda sale: sale.stock_before),
        (gettext_lazy("Stock after"), lambda sale: sale.stock_after),
        (gettext_lazy("Oversold"), lambda sale: sale.oversold),
        (gettext_lazy("Put back"), lambda sale: sale.returned),
        (gettext_lazy("Order"), _order_number),
        (gettext_lazy("Sold at"), lambda sale: sale.occurred_at),
    )

    class Media:
        css = {"all": ("marketplaces/sales.css", "tasks/actions.css")}

    def get_urls(self) -> list[URLPattern]:
        act = self.admin_site.admin_view(self.act_view)
        return [
            path("<int:sale_id>/act/", act, name="marketplaces_sale_act"),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Sale]:
        tokens = (f"account__{secret}" for secret in (*SECRETS, "settings"))
        sales = super().get_queryset(request).defer(*tokens)
        return sales.select_related("account", "order_line__order")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Sale], search_term: str
    ) -> tuple[QuerySet[Sale], bool]:
        found = Q()
        for term in terms_of(search_term):
            named = has_words("title", term) | Q(sku__istartswith=term)
            products = Product.objects.filter(named).order_by().values("pk")[:MOST_ROWS]
            about = Q(listing_external_id=term) | Q(IsAnyOf("product_id", products))
            if (number := as_id(term)) is not None:
                about |= Q(pk=number)
            found &= about
        return queryset.filter(found), False

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Sale | None:
        sale = super().get_object(request, object_id, from_field)
        if sale is not None:
            # What shows the chain is given no request.
            sale.may_act = may_act(request)  # type: ignore[attr-defined]
        return sale

    def act_view(self, request: HttpRequest, sale_id: int) -> HttpResponse:
        """GET tells what would be done, POST does it."""
        if not (self.has_view_permission(request) and may_act(request)):
            raise PermissionDenied
        sale = get_object_or_404(self.get_queryset(request), pk=sale_id)
        asked = request.POST if request.method == "POST" else request.GET
        do = asked.get("do", "")
        if do not in {staff.PUT_BACK, staff.SETTLE}:
            raise Http404
        page = reverse("admin:marketplaces_sale_change", args=[sale.pk])
        if request.method == "POST":
            return self._act(request, do, sale, page)
        pieces = staff.returnable(sale)
        is_done = not (pieces if do == staff.PUT_BACK else staff.needs_settling(sale))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Put pieces back in stock?")
            if do == staff.PUT_BACK
            else _("Mark this sale as dealt with?"),
            "sale": sale,
            "sentences": [_("There is nothing to do.")] if is_done else _told(do, pieces),
            "form": SaleForm.fresh(do=do, pieces=pieces or None),
            "confirm": "" if is_done else _confirm(do),
            "do": do,
            "do_url": with_choice(request, reverse("admin:marketplaces_sale_act", args=[sale.pk])),
            "back_url": page,
            "media": self.media,
        }
        return TemplateResponse(request, "admin/marketplaces/sale_preview.html", context)

    def _act(self, request: HttpRequest, do: str, sale: Sale, page: str) -> HttpResponse:
        form = SaleForm(request.POST)
        if not form.is_valid():
            messages.error(request, _("The form was incomplete: nothing was done."))
            return HttpResponseRedirect(page)
        wish = Wish(
            do,
            by=request.user.get_username(),
            reason=form.cleaned_data["reason"],
            scope_words=sale.product_name,
            scope={"sale": sale.pk},
            expected=1,
            key=form.cleaned_data["key"],
        )
        if do == staff.PUT_BACK:
            action = staff.put_back(wish, sale, form.cleaned_data["pieces"] or 0)
        else:
            action = staff.settle(wish, sale)
        return HttpResponseRedirect(reverse("admin:tasks_staffaction_change", args=[action.pk]))

    @display(description=gettext_lazy("product"))
    def product_sold(self, sale: Sale) -> str:
        return format_html('<span class="row-text">{}</span>', sale.product_name)

    @display(description=gettext_lazy("sold on"))
    def on(self, sale: Sale) -> str:
        return two_lines(marketplace_name(sale.account.marketplace), sale.account.name)

    @display(description=gettext_lazy("pieces"))
    def pieces(self, sale: Sale) -> str:
        return str(sale.quantity)

    @display(description=gettext_lazy("stock"))
    def stock(self, sale: Sale) -> str:
        return two_lines(stock_words(sale), "")

    @display(description=gettext_lazy("oversold"), label={"OVERSOLD": "danger"})
    def beyond(self, sale: Sale) -> tuple[str, str] | str:
        return ("OVERSOLD", _("Oversold")) if sale.oversold else ""

    @display(description=gettext_lazy("order"))
    def order_link(self, sale: Sale) -> str:
        return _order_link(sale)

    @display(description=gettext_lazy("order"))
    @live
    def order_known(self, sale: Sale) -> str:
        return _order_link(sale)

    @display(description=gettext_lazy("sold"))
    def when(self, sale: Sale) -> str:
        return two_lines(moment(sale.occurred_at), "")

    @display(description=gettext_lazy("what it did"))
    @live
    def chain(self, sale: Any) -> str:
        rows = sales_rows([sale], may_act=sale.may_act)
        context = {"rows": list(rows.values()), "is_page": 1}
        return render_to_string("admin/marketplaces/sale_rows.html", context)

    @display(description=gettext_lazy("product"))
    def product_link(self, sale: Sale) -> str:
        if sale.product_id is None:
            return sale.product_name
        page = reverse("admin:marketplaces_product_change", args=[sale.product_id])
        return format_html('<a class="list-link is-wide" href="{}">{}</a>', page, sale.product_name)

    @display(description=gettext_lazy("account"))
    def account_name(self, sale: Sale) -> str:
        page = reverse("admin:marketplaces_account_change", args=[sale.account_id])
        name = f"{marketplace_name(sale.account.marketplace)}, {sale.account.name}"
        return format_html('<a class="list-link is-wide" href="{}">{}</a>', page, name)

    @display(description=gettext_lazy("listing id"))
    def listing_id(self, sale: Sale) -> str:
        return sale.listing_external_id

    @display(description=gettext_lazy("sold"))
    def occurred(self, sale: Sale) -> str:
        return moment(sale.occurred_at)


def _told(do: str, pieces: int) -> list[str]:
    if do == staff.SETTLE:
        return [
            _("Nothing is changed at a marketplace, and the stock stays as it is."),
            _("The sale no longer counts among those that need a person."),
        ]
    return [
        _("The stock goes up by %(count)d.") % {"count": pieces},
        _("Nothing is put up for sale by itself: publish the product again where you want it."),
    ]


def _confirm(do: str) -> str:
    return _("Put back in stock") if do == staff.PUT_BACK else _("Mark as dealt with")
