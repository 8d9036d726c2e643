"""Tells the pages of jobs about their products: SKU, first photo, live listing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from marketplaces.admin.photos import first_photos, frame
from marketplaces.models import Listing, ListingStatus, Product, Sale, SaleFollowUp
from tasks.admin.subjects import Subject, tell_with
from tasks.models import MarketplaceJob

WEB = ("https://", "http://")


@tell_with
def subjects_of(jobs: Sequence[MarketplaceJob], *, with_photos: bool) -> Mapping[int, Subject]:
    ids = {job.product_id for job in jobs if job.product_id is not None}
    skus = dict(Product.objects.filter(pk__in=ids).values_list("pk", "sku"))
    photos = first_photos(ids) if with_photos else {}
    listings, causes = _listings(ids), _causes([job.pk for job in jobs])
    return {
        job.pk: Subject(
            sku=skus.get(job.product_id or 0, ""),
            photo=frame(photos.get(job.product_id or 0)) if with_photos else "",
            **_links(listings.get((job.account_id, job.product_id))),
            **causes.get(job.pk, {}),
        )
        for job in jobs
    }


def _listings(product_ids: set[int]) -> dict[tuple[int | None, int | None], Listing]:
    """By account and product."""
    found = Listing.objects.filter(product_id__in=product_ids)
    rows = found.only("account_id", "product_id", "status", "url")
    return {(listing.account_id, listing.product_id): listing for listing in rows}


def _causes(job_ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """The order or sale that asked for a job, with its page; of several the first one."""
    asked = SaleFollowUp.objects.filter(job_id__in=job_ids).order_by("-pk")
    rows = asked.select_related("sale__order_line__order").only(
        "job_id", "sale__order_line__order__external_id"
    )
    return {one.job_id: _cause(one.sale) for one in rows if one.job_id is not None}


def _cause(sale: Sale) -> dict[str, str]:
    if sale.order_line is None:
        page = reverse("admin:marketplaces_sale_change", args=[sale.pk])
        return {"because": _("Sale %(number)s") % {"number": sale.pk}, "because_page": page}
    order = sale.order_line.order
    page = reverse("admin:marketplaces_order_change", args=[order.pk])
    return {"because": _("Order %(number)s") % {"number": order}, "because_page": page}


def _links(listing: Listing | None) -> dict[str, str]:
    if listing is None:
        return {}
    is_open = listing.status == ListingStatus.LIVE and listing.url.startswith(WEB)
    return {
        "listing_url": listing.url if is_open else "",
        "listing_page": reverse("admin:marketplaces_listing_change", args=[listing.pk]),
    }
