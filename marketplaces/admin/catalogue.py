"""The catalogue: products and their photos."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from marketplaces.admin.product_actions import ProductActions
from marketplaces.models import Listing, Product, ProductImage
from tasks.admin.base import ReadOnly, TabularInline, TenantPage
from tasks.admin.folding import folded
from tasks.admin.looks import display

_LARGEST_ID = 2**63 - 1


class ImageRows(ReadOnly[ProductImage], TabularInline[ProductImage, Product]):
    model = ProductImage
    verbose_name_plural = "photos"
    fields = ("position", "link", "alt_text")
    readonly_fields = fields
    hide_title = True
    can_delete = False
    extra = max_num = 0

    @display(description="photo")
    def link(self, image: ProductImage) -> str:
        if image.url.startswith(("https://", "http://")):
            return format_html(
                '<a href="{}" rel="noreferrer noopener">{}</a>', image.url, image.url
            )
        return image.url or str(image.file)


@admin.register(Product)
class ProductAdmin(TenantPage[Product], ProductActions):
    list_display = ("id", "title", "sku", "brand", "price", "currency", "stock", "updated_at")
    list_display_links = ("id", "title")
    sortable_by = ("id", "sku")
    search_fields = ("title",)
    search_help_text = "Title, SKU, bar code, id, or a marketplace's listing id"
    inlines = (ImageRows,)
    fields = (
        "title",
        ("sku", "barcode", "handle"),
        ("price", "currency", "stock"),
        ("brand", "product_type", "condition"),
        ("option_values", "tag_list"),
        "text",
        ("created_at", "updated_at"),
        "elsewhere",
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Product], search_term: str
    ) -> tuple[QuerySet[Product], bool]:
        listed = Listing.objects.filter(external_id=search_term.strip()).values("product_id")
        found = Q(title__icontains=search_term) | Q(sku__icontains=search_term)
        found |= Q(barcode=search_term) | Q(pk__in=listed)
        if search_term.isdecimal() and int(search_term) <= _LARGEST_ID:
            found |= Q(pk=int(search_term))
        return queryset.filter(found), False

    @display(description="options")
    def option_values(self, product: Product) -> str:
        return ", ".join(f"{name}: {value}" for name, value in product.options.items())

    @display(description="tags")
    def tag_list(self, product: Product) -> str:
        return ", ".join(map(str, product.tags))

    @display(description="description")
    def text(self, product: Product) -> str:
        return folded("HTML", product.description)

    @display(description="see also")
    def elsewhere(self, product: Product) -> str:
        pages = ["admin:tasks_marketplacejob_changelist", "admin:marketplaces_listing_changelist"]
        jobs, listings = map(reverse, pages)
        return format_html(
            '<a href="{}?product__id__exact={pk}">Jobs</a>, '
            '<a href="{}?product__id__exact={pk}">listings</a>',
            jobs,
            listings,
            pk=product.pk,
        )
