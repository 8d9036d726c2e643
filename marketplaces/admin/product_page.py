"""The page of one product: photos, facts, where it is listed, what was done with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from marketplaces.admin.photos import address, frame
from marketplaces.admin.prices import money
from marketplaces.admin.sale_chain import stock_words
from marketplaces.models import Listing, Product, Sale
from tasks.admin.base import QuickList
from tasks.admin.folding import folded
from tasks.admin.live_page import LivePage, live
from tasks.admin.looks import COLOURS, display, situation, standstill_of
from tasks.models import MarketplaceJob
from tasks.moments import moment
from tasks.standstill import Standstill
from tasks.states import JobStatus
from tasks.wording import marketplace_name, status_name, titled, work_name

JOBS_SHOWN = SALES_SHOWN = 20
LISTING_COLOURS = {
    "LIVE": "success",
    "DRAFT": "info",
    "WITHDRAWN": "warning",
    "SOLD": "primary",
    "ENDED": "default",
}
LISTING_STATUSES = {
    "DRAFT": gettext_lazy("Not live yet"),
    "LIVE": pgettext_lazy("listing", "Live"),
    "WITHDRAWN": gettext_lazy("Withdrawn"),
    "SOLD": gettext_lazy("Sold out"),
    "ENDED": gettext_lazy("Ended"),
}


class ProductPage(LivePage[Product], QuickList[Product]):
    """What the page needs; the list of products is `marketplaces.admin.catalogue`."""

    fieldsets = (
        (None, {"fields": ("photos",)}),
        (
            gettext_lazy("Product"),
            {
                "fields": (
                    "title",
                    ("sku", "barcode"),
                    ("price_and_currency", "stock_in_words"),
                    ("condition", "handle"),
                    ("brand", "product_type"),
                    ("option_values", "tag_list"),
                    "text",
                    ("came", "last_changed"),
                )
            },
        ),
        (gettext_lazy("Listings"), {"fields": ("listings",)}),
        (gettext_lazy("Sales, newest first"), {"fields": ("sales",)}),
        (gettext_lazy("Jobs, newest first"), {"fields": ("jobs",)}),
    )

    @display(description=gettext_lazy("photos"))
    def photos(self, product: Product) -> str:
        photos = [
            {
                "frame": frame(photo, size="large", text=photo.alt_text or _("Photo")),
                "address": address(photo, "original"),
                "position": photo.position,
                "alt_text": photo.alt_text,
                "is_link": bool(photo.url),
            }
            for photo in product.images.all()
        ]
        return render_to_string("admin/marketplaces/photos.html", {"photos": photos})

    @display(description=gettext_lazy("price"))
    def price_and_currency(self, product: Product) -> str:
        return money(product.price, product.currency)

    @display(description=gettext_lazy("stock"))
    @live
    def stock_in_words(self, product: Product) -> str:
        return _("not known") if product.stock is None else str(product.stock)

    @display(description=gettext_lazy("options"))
    def option_values(self, product: Product) -> str:
        return ", ".join(titled(name, str(value)) for name, value in product.options.items())

    @display(description=gettext_lazy("tags"))
    def tag_list(self, product: Product) -> str:
        return ", ".join(map(str, product.tags))

    @display(description=gettext_lazy("description"))
    def text(self, product: Product) -> str:
        return folded("HTML", product.description)

    @display(description=gettext_lazy("in the catalogue since"))
    def came(self, product: Product) -> str:
        return moment(product.created_at)

    @display(description=gettext_lazy("changed"))
    @live
    def last_changed(self, product: Product) -> str:
        return moment(product.updated_at)

    @display(description=gettext_lazy("listings"))
    @live
    def listings(self, product: Product) -> str:
        rows = Listing.objects.filter(product=product).select_related("account")
        wanted = rows.only(*_LISTING_COLUMNS).order_by("account__marketplace", "account_id")
        return render_to_string(
            "admin/marketplaces/listing_rows.html", {"rows": [_listing_row(row) for row in wanted]}
        )

    @display(description=gettext_lazy("sales"))
    @live
    def sales(self, product: Product) -> str:
        sales = Sale.objects.filter(product=product).order_by("-pk").only(*_SALE_COLUMNS)
        newest = list(sales.select_related("account", "order_line__order")[: SALES_SHOWN + 1])
        every = reverse("admin:marketplaces_sale_changelist")
        context = {
            "rows": [_sale_row(sale) for sale in newest[:SALES_SHOWN]],
            "every": f"{every}?product__id__exact={product.pk}",
            "has_more": len(newest) > SALES_SHOWN,
        }
        return render_to_string("admin/marketplaces/product_sales.html", context)

    @display(description=gettext_lazy("jobs"))
    @live
    def jobs(self, product: Product) -> str:
        jobs = MarketplaceJob.objects.filter(product=product).order_by("-pk")
        newest = list(jobs.defer("payload", "result", "pauses")[: JOBS_SHOWN + 1])
        every = reverse("admin:tasks_marketplacejob_changelist")
        context = {
            "rows": _job_rows(newest[:JOBS_SHOWN]),
            "every": f"{every}?product__id__exact={product.pk}",
            "has_more": len(newest) > JOBS_SHOWN,
        }
        return render_to_string("admin/marketplaces/job_rows.html", context)


# The account's row holds tokens, so what is read of it is named.
_LISTING_COLUMNS = (
    "status",
    "url",
    "external_id",
    "sent_at",
    "checked_at",
    "account__name",
    "account__marketplace",
)


def _listing_row(listing: Listing) -> dict[str, Any]:
    return {
        "page": reverse("admin:marketplaces_listing_change", args=[listing.pk]),
        "account": f"{marketplace_name(listing.account.marketplace)}, {listing.account.name}",
        "status": LISTING_STATUSES[listing.status],
        "colour": LISTING_COLOURS[listing.status],
        "url": listing.url if listing.url.startswith(("https://", "http://")) else "",
        "listing": listing,
    }


_SALE_COLUMNS = (
    "quantity",
    "stock_before",
    "stock_after",
    "oversold",
    "occurred_at",
    "account__name",
    "account__marketplace",
    "order_line__order__external_id",
)


def _sale_row(sale: Sale) -> dict[str, Any]:
    order = sale.order_line.order if sale.order_line else None
    return {
        "page": reverse("admin:marketplaces_sale_change", args=[sale.pk]),
        "order": order,
        "order_page": reverse("admin:marketplaces_order_change", args=[order.pk]) if order else "",
        "account": f"{marketplace_name(sale.account.marketplace)}, {sale.account.name}",
        "stock": stock_words(sale),
        "sale": sale,
    }


def _job_rows(jobs: Sequence[MarketplaceJob]) -> list[dict[str, Any]]:
    standstill = standstill_of(jobs)
    return [_job_row(job, standstill=standstill) for job in jobs]


def _job_row(job: MarketplaceJob, *, standstill: Standstill | None) -> dict[str, Any]:
    return {
        "page": reverse("admin:tasks_marketplacejob_change", args=[job.pk]),
        "what": work_name(job.action, job.marketplace),
        "status": status_name(job.status),
        "colour": COLOURS[job.status],
        "situation": ""
        if job.status == JobStatus.COMPLETED
        else situation(job, standstill=standstill),
        "job": job,
    }
