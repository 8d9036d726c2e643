"""The catalogue: products, how each is sold, and its page with photos, listings and jobs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from marketplaces.admin.catalogue_filters import FailedFilter, LackFilter, LiveFilter, NotLiveFilter
from marketplaces.admin.catalogue_import import ImportPages
from marketplaces.admin.catalogue_search import PRODUCTS_SEARCHED, products_about
from marketplaces.admin.photos import first_photos, frame, photo_answer
from marketplaces.admin.prices import money
from marketplaces.admin.product_actions import ProductActions
from marketplaces.admin.product_page import ProductPage
from marketplaces.models import Listing, ListingStatus, Product
from tasks.admin.base import TenantPage
from tasks.admin.cells import outside_link, two_lines
from tasks.admin.exports import Exportable
from tasks.admin.looks import COLOURS, display
from tasks.models import MarketplaceJob
from tasks.moments import moment
from tasks.wording import marketplace_name, status_name, work_name


@admin.register(Product)
class ProductAdmin(
    TenantPage[Product], Exportable[Product], ProductPage, ProductActions, ImportPages
):
    list_display = ("product", "sku", "cost", "pieces", "live_on", "last_job", "changed")
    list_display_links = ("product",)
    list_filter = (LiveFilter, NotLiveFilter, FailedFilter, LackFilter)
    list_defer = ("description", "tags", "options")
    ordering = ("-pk",)
    search_fields = ("title",)
    search_help_text = PRODUCTS_SEARCHED
    nothing_yet = gettext_lazy(
        "The catalogue is empty. Import the shop's product export, a CSV file: what it would do "
        "is shown before anything is stored."
    )
    next_step = "admin/marketplaces/import_button.html"
    export_columns = (
        (gettext_lazy("Id"), lambda product: product.pk),
        (gettext_lazy("Title"), lambda product: product.title),
        (gettext_lazy("SKU"), lambda product: product.sku),
        (gettext_lazy("Bar code"), lambda product: product.barcode),
        (gettext_lazy("Brand"), lambda product: product.brand),
        (gettext_lazy("Price"), lambda product: product.price),
        (gettext_lazy("Currency"), lambda product: product.currency),
        (gettext_lazy("Stock"), lambda product: product.stock),
        (gettext_lazy("Live on"), lambda product: ", ".join(map(_account_of, _live(product)))),
        (
            gettext_lazy("Live listings"),
            lambda product: " ".join(row.url for row in _live(product)),
        ),
        (gettext_lazy("Last job"), lambda product: _work(_last_job(product))),
        (gettext_lazy("Status"), lambda product: _status(_last_job(product))),
        (gettext_lazy("Changed at"), lambda product: product.updated_at),
    )

    def get_urls(self) -> list[URLPattern]:
        photo = path(
            "photos/<int:key>/<slug:size>/",
            self.admin_site.admin_view(require_safe(self.photo_view)),
            name="marketplaces_product_photo",
        )
        return [photo, *super().get_urls()]

    def photo_view(self, request: HttpRequest, key: int, size: str) -> HttpResponseBase:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return photo_answer(key, size)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Product], search_term: str
    ) -> tuple[QuerySet[Product], bool]:
        return queryset.filter(products_about(search_term)), False

    def dress(self, rows: Sequence[Product]) -> None:
        """Photos, live listings and the last job of every row: three queries."""
        photos = first_photos(product.pk for product in rows)
        for product in rows:
            product.photo = photos.get(product.pk)  # type: ignore[attr-defined]
        self.dress_for_export(rows)

    def dress_for_export(self, rows: Sequence[Product]) -> None:
        ids = [product.pk for product in rows]
        live, jobs = _live_listings(ids), _last_jobs(ids)
        for product in rows:
            row: Any = product
            row.live_listings = live.get(product.pk, [])
            row.last_job = jobs.get(product.pk)

    @display(description=gettext_lazy("product"))
    def product(self, product: Any) -> str:
        return format_html(
            '<span class="row-subject">{}<span class="row-title">{}<small>{}</small></span></span>',
            frame(product.photo),
            product.title,
            product.brand,
        )

    @display(description=gettext_lazy("price"))
    def cost(self, product: Product) -> str:
        return two_lines(money(product.price, product.currency), "")

    @display(description=gettext_lazy("stock"))
    def pieces(self, product: Product) -> str:
        return _("not known") if product.stock is None else str(product.stock)

    @display(description=gettext_lazy("live on"))
    def live_on(self, product: Any) -> str:
        links = format_html_join("", "{}", ((_link(listing),) for listing in _live(product)))
        return format_html('<span class="row-links">{}</span>', links) if links else ""

    @display(description=gettext_lazy("last job"))
    def last_job(self, product: Any) -> str:
        job = _last_job(product)
        if job is None:
            return ""
        page = reverse("admin:tasks_marketplacejob_change", args=[job.pk])
        label = {"href": page, "text": _status(job), "type": COLOURS[job.status]}
        return two_lines(render_to_string("unfold/helpers/label.html", label), _work(job))

    @display(description=gettext_lazy("changed"))
    def changed(self, product: Product) -> str:
        return two_lines(moment(product.updated_at), "")


def _live(product: Any) -> list[Listing]:
    listings: list[Listing] = product.live_listings
    return listings


def _last_job(product: Any) -> MarketplaceJob | None:
    job: MarketplaceJob | None = product.last_job
    return job


def _account_of(listing: Listing) -> str:
    return f"{marketplace_name(listing.account.marketplace)} ({listing.account.name})"


def _link(listing: Listing) -> str:
    name = _account_of(listing)
    return outside_link(listing.url, name) or format_html("<span>{}</span>", name)


def _work(job: MarketplaceJob | None) -> str:
    return "" if job is None else work_name(job.action, job.marketplace)


def _status(job: MarketplaceJob | None) -> str:
    return "" if job is None else status_name(job.status)


def _live_listings(product_ids: Iterable[int]) -> Mapping[int, list[Listing]]:
    live = Listing.objects.filter(product_id__in=list(product_ids), status=ListingStatus.LIVE)
    # Named one by one: the account's row holds tokens.
    rows = live.select_related("account").only(
        "product_id", "url", "account__name", "account__marketplace"
    )
    ordered = rows.order_by("product_id", "account__marketplace", "account_id")
    groups = groupby(ordered, key=lambda listing: listing.product_id)
    return {product_id: list(listings) for product_id, listings in groups}


def _last_jobs(product_ids: Iterable[int]) -> Mapping[int, MarketplaceJob]:
    jobs = MarketplaceJob.objects.filter(product_id__in=list(product_ids))
    newest = jobs.order_by("product_id", "-pk").distinct("product_id")
    wanted = newest.only("product_id", "marketplace", "action", "status")
    return {job.product_id: job for job in wanted if job.product_id is not None}
