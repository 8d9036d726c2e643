"""Photos: files go to members of the tenant only, and nothing else than photos goes to anybody."""

from __future__ import annotations

import io
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import pytest
from PIL import Image

from marketplaces.admin.photos import address, frame
from marketplaces.models import Product, ProductImage
from stoflow.tenants.models import Tenant
from tests.marketplaces.catalogue_import.builders import draw
from tests.tasks.admin.conftest import PUBLIC, TENANT, Browser, text_of

PHOTOS = f"{TENANT}marketplaces/product/photos/"


def photo_of(storage: Path, name: str = "t1/images/ab/photo.jpg", **options: Any) -> ProductImage:
    data = draw(storage / name, **options)
    product = Product.objects.create(sku=name, title="Mug")
    checksum = sha256(data).hexdigest()
    return ProductImage.objects.create(product=product, position=1, file=name, checksum=checksum)


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else cast("bytes", answer.content)


def test_a_member_gets_the_file_with_its_type_and_nothing_that_sniffs_or_shares_it(
    viewer: Browser, storage: Path
) -> None:
    photo = photo_of(storage)
    answer = viewer.get(f"{PHOTOS}{photo.pk}/original/")
    assert body(answer) == (storage / "t1/images/ab/photo.jpg").read_bytes()
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"].startswith("private")
    assert "sandbox" in answer["Content-Security-Policy"]


@pytest.mark.parametrize(("size", "pixels"), [("small", 96), ("large", 480)])
def test_reduced_photos_fit_into_their_frame(
    viewer: Browser, storage: Path, size: str, pixels: int
) -> None:
    photo = photo_of(storage, "t1/images/ab/wide.png", size=(2000, 1000))
    answer = viewer.get(f"{PHOTOS}{photo.pk}/{size}/")
    assert answer["Content-Type"] == "image/jpeg"
    with Image.open(io.BytesIO(body(answer))) as image:
        assert image.size == (pixels, pixels // 2)


def test_nobody_else_gets_it(
    storage: Path, stranger: Browser, nobody: Browser, superuser: Browser, rightless: Browser
) -> None:
    photo = photo_of(storage)
    path = f"{PHOTOS}{photo.pk}/original/"
    assert stranger.get(path).status_code == 404
    assert nobody.get(path).status_code == 302
    assert superuser.get(path.replace(TENANT, PUBLIC)).status_code in {403, 404}
    assert rightless.get(path).status_code == 403


@pytest.mark.parametrize(
    "name",
    [
        "t2/images/ab/photo.jpg",
        "t1/images/../../secret_key.jpg",
        "t1/images/ab/page.html",
        "t1/images/ab/drawing.svg",
        "t1/other/photo.jpg",
        "/etc/passwd",
        "t1/images/ab/missing.jpg",
    ],
)
def test_a_row_that_names_another_file_shows_none(
    viewer: Browser, storage: Path, name: str
) -> None:
    draw(storage / "t2/images/ab/photo.jpg")
    draw(storage / "secret_key.jpg")
    for other in ("page.html", "drawing.svg"):
        (storage / "t1/images/ab").mkdir(parents=True, exist_ok=True)
        (storage / "t1/images/ab" / other).write_text("<script>alert(1)</script>")
    product = Product.objects.create(sku="S", title="Mug")
    photo = ProductImage.objects.create(product=product, position=1, file=name, checksum="1" * 64)
    for size in ("original", "small"):
        assert viewer.get(f"{PHOTOS}{photo.pk}/{size}/").status_code == 404


def test_a_damaged_file_a_link_and_an_unknown_size_are_not_found(
    viewer: Browser, storage: Path
) -> None:
    damaged = photo_of(storage)
    (storage / "t1/images/ab/photo.jpg").write_bytes(b"\xff\xd8\xff no photo")
    assert viewer.get(f"{PHOTOS}{damaged.pk}/small/").status_code == 404
    assert viewer.get(f"{PHOTOS}{damaged.pk}/huge/").status_code == 404
    assert viewer.get(f"{PHOTOS}999999/small/").status_code == 404
    assert viewer.get(f"{PHOTOS}{10**30}/small/").status_code == 404


def test_a_link_stays_a_link_that_tells_the_other_side_nothing(tenant: Tenant) -> None:
    photo = ProductImage(pk=1, url='https://p.example/a.jpg?"x"', checksum="1" * 64)
    html = frame(photo)
    assert 'referrerpolicy="no-referrer"' in html
    assert 'loading="lazy"' in html
    assert 'src="https://p.example/a.jpg?&quot;x&quot;"' in html


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//evil", "ftp://a/b"])
def test_what_is_no_web_address_is_the_sign_for_no_photo(tenant: Tenant, url: str) -> None:
    photo = ProductImage(pk=1, url=url, checksum="1" * 64)
    assert address(photo, "small") == ""
    assert "<img" not in frame(photo)


def test_the_product_s_page_shows_every_photo(viewer: Browser, storage: Path) -> None:
    photo = photo_of(storage)
    link = ProductImage.objects.create(
        product=photo.product, position=2, url="https://p.example/b.jpg", checksum="2" * 64
    )
    page = text_of(viewer.get(f"{TENANT}marketplaces/product/{photo.product_id}/change/"))
    assert f"/photos/{photo.pk}/large/?v={photo.checksum[:12]}" in page
    assert f'src="{link.url}"' in page
