"""Listings: where each product is, how it stands there, and under which id."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from marketplaces.admin.accounts import SECRETS
from marketplaces.admin.catalogue_search import LISTINGS_SEARCHED, listings_about
from marketplaces.admin.photos import first_photos, frame
from marketplaces.admin.product_page import LISTING_COLOURS, LISTING_STATUSES
from marketplaces.models import Listing, ListingStatus
from marketplaces.sync import differences, missing
from tasks.admin.base import TenantPage
from tasks.admin.cells import outside_link, two_lines
from tasks.admin.exports import Exportable
from tasks.admin.filters import AccountFilter, AccountMarketplaceFilter, OneOf, ProductFilter
from tasks.admin.folding import folded_json
from tasks.admin.live_page import LivePage, live
from tasks.admin.looks import display
from tasks.moments import moment
from tasks.sentences import translated
from tasks.wording import marketplace_name

DIFFERENCES = {
    "price": gettext_lazy("Price: %(there)s at %(marketplace)s, %(here)s here"),
    "quantity": gettext_lazy("Quantity: %(there)s at %(marketplace)s, %(here)s here"),
}


class ListingStatusFilter(OneOf):
    title = gettext_lazy("status")
    parameter_name = "status__exact"
    path = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(status, str(words)) for status, words in LISTING_STATUSES.items()]


@admin.register(Listing)
class ListingAdmin(LivePage[Listing], TenantPage[Listing], Exportable[Listing]):
    list_display = (
        "subject",
        "on",
        "state",
        "live_listing",
        "listing_id",
        "last_sent",
        "last_checked",
    )
    list_display_links = ("subject",)
    list_filter = (ListingStatusFilter, AccountMarketplaceFilter, AccountFilter, ProductFilter)
    list_defer = ("mapped", "details", "product__description", "product__tags", "product__options")
    ordering = ("-pk",)
    search_fields = ("external_id",)
    search_help_text = LISTINGS_SEARCHED
    nothing_yet = gettext_lazy(
        "No product was put on a marketplace yet. Choose products in the list of products and "
        "publish them."
    )
    next_step = "admin/tasks/to_products.html"
    fields = (
        ("product_link", "account_link"),
        ("status_in_words", "address"),
        ("identity", "key"),
        ("live_since", "sent"),
        "checked",
        "differs",
        "closed_because",
        "further_ids",
        "last_mapped",
    )
    export_columns = (
        (gettext_lazy("Id"), lambda listing: listing.pk),
        (gettext_lazy("Product"), lambda listing: listing.product.title),
        (gettext_lazy("SKU"), lambda listing: listing.product.sku),
        (gettext_lazy("Marketplace"), lambda row: marketplace_name(row.account.marketplace)),
        (gettext_lazy("Account"), lambda listing: listing.account.name),
        (gettext_lazy("Status"), lambda listing: LISTING_STATUSES[listing.status]),
        (gettext_lazy("Listing id"), lambda listing: listing.external_id),
        (gettext_lazy("Our key"), lambda listing: listing.key),
        (gettext_lazy("Address"), lambda listing: listing.url),
        (gettext_lazy("Last sent at"), lambda listing: listing.sent_at),
        (gettext_lazy("Last seen live at"), lambda listing: listing.checked_at),
        (gettext_lazy("Live since"), lambda listing: listing.published_at),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Listing]:
        tokens = (f"account__{secret}" for secret in (*SECRETS, "settings"))
        listings = super().get_queryset(request)
        return listings.select_related("product", "account").defer(*tokens)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Listing], search_term: str
    ) -> tuple[QuerySet[Listing], bool]:
        return queryset.filter(listings_about(search_term)), False

    def dress(self, rows: Sequence[Listing]) -> None:
        photos = first_photos(listing.product_id for listing in rows)
        for listing in rows:
            listing.photo = photos.get(listing.product_id)  # type: ignore[attr-defined]

    def dress_for_export(self, rows: Sequence[Listing]) -> None:
        """A file shows no photo."""

    @display(description=gettext_lazy("product"))
    def subject(self, listing: Any) -> str:
        return format_html(
            '<span class="row-subject">{}<span class="row-title">{}<small>{}</small></span></span>',
            frame(listing.photo),
            listing.product.title,
            listing.product.sku,
        )

    @display(description=gettext_lazy("account"))
    def on(self, listing: Listing) -> str:
        return two_lines(marketplace_name(listing.account.marketplace), listing.account.name)

    @display(description=gettext_lazy("status"), label=LISTING_COLOURS)
    def state(self, listing: Listing) -> tuple[str, str]:
        """A label in the list; the page of one listing has only words."""
        return listing.status, str(LISTING_STATUSES[listing.status])

    @display(description=gettext_lazy("status"))
    @live
    def status_in_words(self, listing: Listing) -> str:
        return str(LISTING_STATUSES[listing.status])

    @display(description=gettext_lazy("live listing"))
    def live_listing(self, listing: Listing) -> str:
        return outside_link(listing.url, marketplace_name(listing.account.marketplace))

    @display(description=gettext_lazy("listing id"))
    def listing_id(self, listing: Listing) -> str:
        return listing.external_id

    @display(description=gettext_lazy("last sent"))
    def last_sent(self, listing: Listing) -> str:
        return two_lines(moment(listing.sent_at), "")

    @display(description=gettext_lazy("last seen live"))
    def last_checked(self, listing: Listing) -> str:
        return two_lines(moment(listing.checked_at), "")

    @display(description=gettext_lazy("live listing"))
    @live
    def address(self, listing: Listing) -> str:
        return outside_link(listing.url, marketplace_name(listing.account.marketplace))

    @display(description=gettext_lazy("listing id"))
    @live
    def identity(self, listing: Listing) -> str:
        return listing.external_id

    @display(description=gettext_lazy("last sent"))
    @live
    def sent(self, listing: Listing) -> str:
        return moment(listing.sent_at)

    @display(description=gettext_lazy("last seen live"))
    @live
    def checked(self, listing: Listing) -> str:
        return moment(listing.checked_at)

    @display(description=gettext_lazy("live since"))
    @live
    def live_since(self, listing: Listing) -> str:
        return moment(listing.published_at)

    @display(description=gettext_lazy("product"))
    def product_link(self, listing: Listing) -> str:
        page = reverse("admin:marketplaces_product_change", args=[listing.product_id])
        link = '<a class="list-link is-wide" href="{}">{}</a>'
        return format_html(link, page, listing.product)

    @display(description=gettext_lazy("account"))
    def account_link(self, listing: Listing) -> str:
        page = reverse("admin:marketplaces_account_change", args=[listing.account_id])
        name = f"{marketplace_name(listing.account.marketplace)}, {listing.account.name}"
        return format_html('<a class="list-link is-wide" href="{}">{}</a>', page, name)

    @display(description=gettext_lazy("differs from the product"))
    @live
    def differs(self, listing: Listing) -> str:
        """What the seller, or a sale, has changed there; nothing overwrites it by itself."""
        marketplace = marketplace_name(listing.account.marketplace)
        gone = _missing_words(listing)
        found = differences.of(listing)
        lines = [
            DIFFERENCES[each.field]
            % {"marketplace": marketplace, "there": each.there, "here": each.here}
            for each in found
        ]
        # An update leaves out what is missing.
        if any(each.field != "quantity" or not gone for each in found):
            lines.append(
                _("An update sends what stands here; or change the product to what is there.")
            )
        lines += [gone] if gone else []
        if not lines:
            return _("Nothing that is known")
        return format_html_join("", "{}<br>", ((line,) for line in lines))

    @display(description=gettext_lazy("over because"))
    @live
    def closed_because(self, listing: Listing) -> str:
        closed = listing.details.get("closed") if listing.status != ListingStatus.LIVE else None
        if not closed:
            return ""
        read_at = datetime.fromisoformat(closed["at"])
        return two_lines(translated(closed["said"]), moment(read_at))

    @display(description=gettext_lazy("further ids"))
    def further_ids(self, listing: Listing) -> str:
        return folded_json("Ids", listing.details)

    @display(description=gettext_lazy("as last sent or to be sent"))
    def last_mapped(self, listing: Listing) -> str:
        return folded_json("Payload", listing.mapped)


def _missing_words(listing: Listing) -> str:
    """Empty when nothing is missing there, or orders have told of it."""
    pieces = missing.unexplained(listing) if listing.status == ListingStatus.LIVE else 0
    if not pieces:
        return ""
    told = {"marketplace": marketplace_name(listing.account.marketplace), "n": pieces}
    if missing.is_awaited(listing):
        return (
            ngettext(
                "%(marketplace)s shows %(n)d piece fewer than was due: it may have been bought "
                "there; the orders are being fetched.",
                "%(marketplace)s shows %(n)d pieces fewer than were due: they may have been bought "
                "there; the orders are being fetched.",
                pieces,
            )
            % told
        )
    return (
        ngettext(
            "%(marketplace)s shows %(n)d piece fewer than was due, and no order that was fetched "
            "tells of it: the seller may offer fewer there by choice.",
            "%(marketplace)s shows %(n)d pieces fewer than were due, and no order that was fetched "
            "tells of them: the seller may offer fewer there by choice.",
            pieces,
        )
        % told
    )
