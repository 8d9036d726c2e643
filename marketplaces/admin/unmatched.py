"""Live listings that belong to no product here, and what to do about each."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from marketplaces.admin.prices import money
from marketplaces.models import UnmatchedListing, WhyUnmatched
from tasks.admin.base import TenantPage
from tasks.admin.cells import outside_link, two_lines
from tasks.admin.filters import AccountFilter, AccountMarketplaceFilter, OneOf
from tasks.admin.looks import display
from tasks.moments import moment
from tasks.wording import marketplace_name

WHAT_TO_DO = {
    WhyUnmatched.NO_PRODUCT: gettext_lazy(
        "Import the product, or give it this SKU; the next synchronisation matches them. A listing "
        "that StoFlow shall leave alone can stay here."
    ),
    WhyUnmatched.NO_SKU: gettext_lazy(
        "Enter the product's SKU in the listing at the marketplace; the next synchronisation "
        "matches them."
    ),
    WhyUnmatched.SHARED_SKU: gettext_lazy(
        "End the listings that are too many at the marketplace, or give each a SKU of its own."
    ),
    WhyUnmatched.PRODUCT_TAKEN: gettext_lazy(
        "Decide which of the two shall stay, and end the other one at the marketplace."
    ),
}


class WhyFilter(OneOf):
    title = gettext_lazy("why")
    parameter_name = "why__exact"
    path = "why"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(why.value, str(why.label)) for why in WhyUnmatched]


@admin.register(UnmatchedListing)
class UnmatchedListingAdmin(TenantPage[UnmatchedListing]):
    list_display = ("subject", "on", "reason", "at_marketplace", "offer", "seen")
    list_display_links = ("subject",)
    list_filter = (WhyFilter, AccountMarketplaceFilter, AccountFilter)
    ordering = ("-pk",)
    search_fields = ("external_id__exact", "sku__exact")
    search_help_text = gettext_lazy("Listing id or SKU")
    nothing_yet = gettext_lazy(
        "Every live listing that a synchronisation has seen belongs to a product here."
    )
    fields = (
        ("subject", "on"),
        "reason",
        "what_to_do",
        ("at_marketplace", "external_id", "sku"),
        ("offer", "said"),
        ("first_seen", "seen"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[UnmatchedListing]:
        tokens = ("account__refresh_token", "account__access_token", "account__settings")
        return super().get_queryset(request).select_related("account").defer(*tokens)

    @display(description=gettext_lazy("listing"))
    def subject(self, listing: UnmatchedListing) -> str:
        return two_lines(listing.title or listing.external_id, listing.sku)

    @display(description=gettext_lazy("account"))
    def on(self, listing: UnmatchedListing) -> str:
        return two_lines(marketplace_name(listing.account.marketplace), listing.account.name)

    @display(description=gettext_lazy("why"))
    def reason(self, listing: UnmatchedListing) -> str:
        return str(WhyUnmatched(listing.why).label)

    @display(description=gettext_lazy("what to do"))
    def what_to_do(self, listing: UnmatchedListing) -> str:
        return str(WHAT_TO_DO[WhyUnmatched(listing.why)])

    @display(description=gettext_lazy("live listing"))
    def at_marketplace(self, listing: UnmatchedListing) -> str:
        return outside_link(listing.url, marketplace_name(listing.account.marketplace))

    @display(description=gettext_lazy("price and quantity"))
    def offer(self, listing: UnmatchedListing) -> str:
        price = money(listing.price, listing.currency)
        return two_lines(price, "" if listing.quantity is None else str(listing.quantity))

    @display(description=gettext_lazy("first seen"))
    def first_seen(self, listing: UnmatchedListing) -> str:
        return two_lines(moment(listing.first_seen_at), "")

    @display(description=gettext_lazy("last seen"))
    def seen(self, listing: UnmatchedListing) -> str:
        return two_lines(moment(listing.last_seen_at), "")
