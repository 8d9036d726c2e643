"""Orders: what was bought where, and on its page what that did to stock and to other listings."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from marketplaces.admin.accounts import SECRETS
from marketplaces.admin.prices import money
from marketplaces.admin.sale_chain import lines_of
from marketplaces.models import Order, OrderLine, OrderStatus, Sale
from marketplaces.sales.attention import NOT_PUT_BACK, OVERSOLD
from tasks.admin.base import TenantPage
from tasks.admin.cells import outside_link, two_lines
from tasks.admin.exports import Exportable
from tasks.admin.filters import AccountFilter, AccountMarketplaceFilter, OneOf
from tasks.admin.job_actions import may_act
from tasks.admin.live_page import LivePage, live
from tasks.admin.looks import display
from tasks.admin.search import MOST_ROWS, terms_of
from tasks.moments import moment
from tasks.wording import marketplace_name
from tasks.words import IsAnyOf, has_words

CANCELLED = "CANCELLED"
STATUSES: dict[str, Any] = {**dict(OrderStatus.choices), CANCELLED: gettext_lazy("Cancelled")}
COLOURS = {"UNPAID": "info", "PAID": "primary", "SENT": "success", "CLOSED": "default"}


class OrderStatusFilter(OneOf):
    title = gettext_lazy("status")
    parameter_name = "status__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(status, str(words)) for status, words in STATUSES.items()]

    def matching(self, value: str) -> Q:
        if value == CANCELLED:
            return Q(cancelled_at__isnull=False)
        return Q(status=value, cancelled_at__isnull=True)


class OrderAttentionFilter(OneOf):
    title = gettext_lazy("needs a person")
    parameter_name = "attention"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("oversold", _("Oversold")),
            ("cancelled", _("Cancelled, not put back in stock")),
            ("unknown", _("Product not known")),
        ]

    def matching(self, value: str) -> Q:
        of_order = Sale.objects.filter(order_line__order=OuterRef("pk"))
        untied = OrderLine.objects.filter(order=OuterRef("pk"), product=None, product_name="")
        return {
            "oversold": Q(Exists(of_order.filter(OVERSOLD))),
            "cancelled": Q(Exists(of_order.filter(NOT_PUT_BACK)), cancelled_at__isnull=False),
            "unknown": Q(Exists(untied)),
        }[value]


@admin.register(Order)
class OrderAdmin(LivePage[Order], TenantPage[Order], Exportable[Order]):
    list_display = ("order", "what", "on", "state", "sum", "stock", "placed")
    list_display_links = ("order",)
    list_filter = (
        OrderStatusFilter,
        OrderAttentionFilter,
        AccountMarketplaceFilter,
        AccountFilter,
    )
    ordering = ("-placed_at", "-pk")
    search_fields = ("external_id",)
    search_help_text = gettext_lazy(
        "Order id, words of a title, beginning of a SKU, or a listing id"
    )
    nothing_yet = gettext_lazy(
        "No order is known yet. Orders come when StoFlow fetches them: every few minutes by itself "
        "(see “Synchronisation and orders” on the account's page), or with “Fetch orders now” there."
    )
    fieldsets = (
        (None, {"fields": ("chain",)}),
        (
            gettext_lazy("Order"),
            {
                "fields": (
                    ("number", "account_link"),
                    ("status_in_words", "sum_in_words"),
                    ("placed", "told"),
                    "at_marketplace",
                )
            },
        ),
    )
    export_columns = (
        (gettext_lazy("Order"), lambda order: order.external_id),
        (gettext_lazy("Marketplace"), lambda order: marketplace_name(order.account.marketplace)),
        (gettext_lazy("Account"), lambda order: order.account.name),
        (gettext_lazy("Status"), lambda order: _status(order)[1]),
        (gettext_lazy("Placed at"), lambda order: order.placed_at),
        (gettext_lazy("Cancelled at"), lambda order: order.cancelled_at),
        (gettext_lazy("Total"), lambda order: order.total),
        (gettext_lazy("Currency"), lambda order: order.currency),
        (gettext_lazy("Pieces"), lambda order: sum(line.quantity for line in order.dressed)),
        (gettext_lazy("Products"), lambda order: "; ".join(row.title for row in order.dressed)),
        (gettext_lazy("SKU"), lambda order: "; ".join(row.sku for row in order.dressed)),
        (gettext_lazy("Oversold"), lambda order: order.oversold),
        (gettext_lazy("Address"), lambda order: order.url),
    )

    class Media:
        css = {"all": ("marketplaces/sales.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        tokens = (f"account__{secret}" for secret in (*SECRETS, "settings"))
        return super().get_queryset(request).select_related("account").defer(*tokens)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        return queryset.filter(orders_about(search_term)), False

    def dress(self, rows: Sequence[Order]) -> None:
        """Lines and oversold pieces of every row: two queries."""
        numbers = [order.pk for order in rows]
        lines = OrderLine.objects.filter(order_id__in=numbers).order_by("order_id", "pk")
        by_order = {key: list(of) for key, of in groupby(lines, key=lambda line: line.order_id)}
        sales = Sale.objects.filter(order_line__order_id__in=numbers, oversold__gt=0)
        pieces: dict[int, int] = {}
        for key, count in sales.values_list("order_line__order_id", "oversold"):
            pieces[key] = pieces.get(key, 0) + count
        for order in rows:
            row: Any = order
            row.dressed = by_order.get(order.pk, [])
            row.oversold = pieces.get(order.pk, 0)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Order | None:
        order = super().get_object(request, object_id, from_field)
        if order is not None:
            # What shows the chain is given no request.
            order.may_act = may_act(request)  # type: ignore[attr-defined]
        return order

    @display(description=gettext_lazy("order"))
    def order(self, order: Order) -> str:
        return order.external_id

    @display(description=gettext_lazy("what"))
    def what(self, order: Any) -> str:
        if not order.dressed:
            return ""
        first, more = order.dressed[0], len(order.dressed) - 1
        others = ngettext("and %(n)d more", "and %(n)d more", more) % {"n": more} if more else ""
        title = f"{first.quantity} x {first.title}"
        return format_html(
            '<span class="row-text">{}<br><small>{}</small></span>',
            title,
            " · ".join(filter(None, [first.sku, others])),
        )

    @display(description=gettext_lazy("account"))
    def on(self, order: Order) -> str:
        return two_lines(marketplace_name(order.account.marketplace), order.account.name)

    @display(description=gettext_lazy("status"), label={**COLOURS, CANCELLED: "warning"})
    def state(self, order: Order) -> tuple[str, str]:
        return _status(order)

    @display(description=gettext_lazy("total"))
    def sum(self, order: Order) -> str:
        return two_lines(money(order.total, order.currency), "")

    @display(description=gettext_lazy("stock"), label={"OVERSOLD": "danger"})
    def stock(self, order: Any) -> tuple[str, str] | str:
        return ("OVERSOLD", _("Oversold")) if order.oversold else ""

    @display(description=gettext_lazy("placed"))
    def placed(self, order: Order) -> str:
        return two_lines(moment(order.placed_at), "")

    @display(description=gettext_lazy("what it did"))
    @live
    def chain(self, order: Any) -> str:
        rows = lines_of(order.pk, may_act=order.may_act)
        for row in rows:
            row["price"] = money(row["line"].price, order.currency)
        return render_to_string("admin/marketplaces/order_lines.html", {"rows": rows})

    @display(description=gettext_lazy("order"))
    def number(self, order: Order) -> str:
        return order.external_id

    @display(description=gettext_lazy("account"))
    def account_link(self, order: Order) -> str:
        page = reverse("admin:marketplaces_account_change", args=[order.account_id])
        name = f"{marketplace_name(order.account.marketplace)}, {order.account.name}"
        return format_html('<a class="list-link is-wide" href="{}">{}</a>', page, name)

    @display(description=gettext_lazy("status"))
    @live
    def status_in_words(self, order: Order) -> str:
        words = _status(order)[1]
        if order.cancelled_at is None:
            return words
        return format_html_join(", ", "{}", [(words,), (moment(order.cancelled_at),)])

    @display(description=gettext_lazy("total"))
    def sum_in_words(self, order: Order) -> str:
        return money(order.total, order.currency)

    @display(description=gettext_lazy("last changed there"))
    @live
    def told(self, order: Order) -> str:
        return moment(order.changed_at)

    @display(description=gettext_lazy("at the marketplace"))
    def at_marketplace(self, order: Order) -> str:
        return outside_link(order.url, marketplace_name(order.account.marketplace))


def orders_about(text: str) -> Q:
    """Orders by their ids, or with a line that `text` says something about."""
    found = Q()
    for term in terms_of(text):
        lines = OrderLine.objects.filter(
            has_words("title", term) | Q(sku__istartswith=term)
        ).order_by()
        sold = Sale.objects.filter(listing_external_id=term).exclude(order_line=None).order_by()
        about = Q(external_id=term)
        about |= Q(IsAnyOf("pk", lines.values("order_id")[:MOST_ROWS]))
        about |= Q(IsAnyOf("pk", sold.values("order_line__order_id")[:MOST_ROWS]))
        found &= about
    return found


def _status(order: Order) -> tuple[str, str]:
    if order.cancelled_at is not None:
        return CANCELLED, str(STATUSES[CANCELLED])
    return order.status, str(STATUSES.get(order.status, order.status))
