"""Tells the list of jobs about their products: SKU, first photo, live listing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from marketplaces.admin.photos import first_photos, frame
from marketplaces.models import Listing, ListingStatus, Product
from tasks.admin.subjects import Subject, tell_with
from tasks.models import MarketplaceJob


@tell_with
def subjects_of(jobs: Sequence[MarketplaceJob], *, with_photos: bool) -> Mapping[int, Subject]:
    ids = {job.product_id for job in jobs if job.product_id is not None}
    skus = dict(Product.objects.filter(pk__in=ids).values_list("pk", "sku"))
    photos = first_photos(ids) if with_photos else {}
    urls = _live_urls(ids)
    return {
        job.pk: Subject(
            sku=skus.get(job.product_id or 0, ""),
            photo=frame(photos.get(job.product_id or 0)) if with_photos else "",
            listing_url=urls.get((job.account_id, job.product_id), ""),
        )
        for job in jobs
    }


def _live_urls(product_ids: set[int]) -> dict[tuple[int | None, int | None], str]:
    live = Listing.objects.filter(product_id__in=product_ids, status=ListingStatus.LIVE)
    rows = live.values_list("account_id", "product_id", "url")
    return {(account, product): url for account, product, url in rows}
