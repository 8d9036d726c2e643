"""Photos on the staff's pages: links stay links, files are served to members of the tenant only."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from marketplaces.models import ProductImage
from marketplaces.photos import PhotoNotShownError, original, reduced

SIZES = {"small": 96, "large": 480, "original": 0}
"""Pixels; 0 = the file as it is."""
PHOTO = "admin:marketplaces_product_photo"


def photo_answer(key: int, size: str) -> HttpResponseBase:
    """A photo's file. Its address carries its checksum, so browsers keep it; proxies must not."""
    photo = get_object_or_404(ProductImage.objects.only("file"), pk=key)
    try:
        answer = _answer(photo, size)
    except (KeyError, PhotoNotShownError) as error:
        raise Http404 from error
    answer["Cache-Control"] = "private, max-age=86400, immutable"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def _answer(photo: ProductImage, size: str) -> HttpResponseBase:
    if pixels := SIZES[size]:
        return HttpResponse(reduced(photo, pixels), content_type="image/jpeg")
    file, kind = original(photo)
    return FileResponse(file, content_type=kind)


def first_photos(product_ids: Iterable[int]) -> dict[int, ProductImage]:
    """The photo that stands first, by product; one query."""
    photos = ProductImage.objects.filter(product_id__in=list(product_ids))
    first = photos.order_by("product_id", "position").distinct("product_id")
    return {photo.product_id: photo for photo in first}


def address(photo: ProductImage, size: str) -> str:
    """Where a browser finds it; "" for a link that is neither http nor https."""
    if photo.url:
        return photo.url if photo.url.startswith(("https://", "http://")) else ""
    return f"{reverse(PHOTO, args=[photo.pk, size])}?v={photo.checksum[:12]}"


def frame(photo: ProductImage | None, *, size: str = "small", text: str = "") -> SafeString:
    """The photo, or a sign that there is none; `text` for who cannot see it."""
    source = address(photo, size) if photo else ""
    sign = format_html(
        '<span class="material-symbols-outlined" aria-hidden="true" title="{}">{}</span>',
        _("The photo cannot be shown") if source else _("No photo"),
        "image" if source else "no_photography",
    )
    if not source:
        return format_html('<span class="photo">{}</span>', sign)
    return format_html(
        '<span class="photo"><img src="{}" alt="{}" loading="lazy" decoding="async" '
        'referrerpolicy="no-referrer">{}</span>',
        source,
        text,
        sign,
    )
