"""The exports that shops really write, and the sample that comes with the project."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from marketplaces import catalogue_import
from marketplaces.catalogue_import import import_catalogue
from marketplaces.models import Product, ProductImage
from stoflow.tenants.models import Tenant

PROJECT = Path(__file__).resolve().parents[3]
EXPORTS = PROJECT.parent / "shared" / "data"
SAMPLE = Path(catalogue_import.__file__).parents[1] / "sample_catalogue"


def export(name: str) -> Path:
    path = EXPORTS / name
    if not path.exists():
        pytest.skip(f"the shop export {name} is not beside this project")
    return path


@pytest.mark.parametrize(
    ("name", "products", "handles"),
    [("apparel.csv", 22, 20), ("jewelery.csv", 23, 20)],  # codespell:ignore jewelery
)
def test_a_real_export_is_imported_whole_and_twice_is_once(
    name: str, products: int, handles: int, tenant: Tenant
) -> None:
    report = import_catalogue(export(name))
    assert (report.created, report.rejections, report.warnings) == (products, [], [])
    assert Product.objects.values("handle").distinct().count() == handles
    assert not Product.objects.filter(images=None).exists()
    assert import_catalogue(export(name)).unchanged == products


def test_the_variants_of_a_real_export_are_told_apart(tenant: Tenant) -> None:
    import_catalogue(export("apparel.csv"))
    import_catalogue(export("jewelery.csv"))  # codespell:ignore jewelery
    tops = Product.objects.filter(handle="classic-varsity-top").values_list("title", "sku")
    assert list(tops) == [
        (f"Classic Varsity Top - {size}", f"classic-varsity-top/{size.lower()}")
        for size in ("Small", "Medium", "Large")
    ]
    black = Product.objects.get(sku="chain-bracelet/black")
    assert (black.stock, [image.position for image in black.images.all()]) == (0, [1, 2])
    first = black.images.get(position=1)
    assert first.url.endswith("/7-chakra-bracelet_925x.jpg")


def test_the_sample_is_imported_without_a_word(tenant: Tenant, storage: Path) -> None:
    report = import_catalogue(SAMPLE / "catalogue.csv")
    assert (report.created, report.rejections, report.warnings) == (24, [], [])
    assert import_catalogue(SAMPLE / "catalogue.csv").unchanged == 24


def test_two_products_of_the_sample_are_refused_by_marketplaces(
    tenant: Tenant, storage: Path
) -> None:
    import_catalogue(SAMPLE / "catalogue.csv")
    too_long = [found.sku for found in Product.objects.all() if len(found.title) > 80]
    without_photo = Product.objects.filter(images=None).values_list("sku", flat=True)
    assert (too_long, list(without_photo)) == (["MA-3003"], ["FC-1006"])
    assert Product.objects.filter(price=None).count() == 0


def test_the_photos_of_the_sample_are_all_used_different_large_enough_and_light(
    tenant: Tenant, storage: Path
) -> None:
    import_catalogue(SAMPLE / "catalogue.csv")
    photos = sorted((SAMPLE / "photos").iterdir())
    used = ProductImage.objects.exclude(file="").values("checksum").distinct().count()
    assert used == len(photos)
    assert sum(photo.stat().st_size for photo in photos) < 400_000
    for photo in photos:
        with Image.open(photo) as image:
            assert min(image.size) >= 500
