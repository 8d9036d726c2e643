"""Listings: where each product is, and under which id."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from marketplaces.admin.accounts import SECRETS
from marketplaces.models import Listing
from tasks.admin.base import TenantPage
from tasks.admin.filters import AccountMarketplaceFilter
from tasks.admin.folding import folded_json
from tasks.admin.looks import display


@admin.register(Listing)
class ListingAdmin(TenantPage[Listing]):
    list_display = ("id", "product", "account", "state", "external_id", "published_at")
    list_display_links = ("id", "product")
    list_filter = ("status", AccountMarketplaceFilter)
    ordering = ("-pk",)
    sortable_by = ("id",)
    search_fields = ("product__title", "product__sku", "key", "external_id", "pk__exact")
    search_help_text = "Product, SKU, our key, or the marketplace's id"
    fields = (
        ("product_link", "account", "state"),
        ("external_id", "key", "url"),
        ("published_at", "created_at", "updated_at"),
        "further_ids",
        "last_mapped",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Listing]:
        tokens = (f"account__{secret}" for secret in SECRETS)
        listings = super().get_queryset(request)
        return listings.select_related("product", "account").defer(*tokens)

    @display(description="status", label={"LIVE": "success", "DRAFT": "info", "ENDED": "default"})
    def state(self, listing: Listing) -> str:
        return listing.status

    @display(description="product")
    def product_link(self, listing: Listing) -> str:
        page = reverse("admin:marketplaces_product_change", args=[listing.product_id])
        return format_html('<a href="{}">{}</a>', page, listing.product)

    @display(description="further ids")
    def further_ids(self, listing: Listing) -> str:
        return folded_json("Ids", listing.details)

    @display(description="as last sent or to be sent")
    def last_mapped(self, listing: Listing) -> str:
        return folded_json("Payload", listing.mapped)
