"""A product as a marketplace's mapping and validation see it: plain values, read once."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from PIL import Image, UnidentifiedImageError

from marketplaces.models import Product, ProductImage


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo. Of a link only the address is known; a file that is no image has no format."""

    position: int
    checksum: str
    url: str = ""
    format: str = ""
    """Pillow's name of it, e.g. JPEG."""
    width: int = 0
    height: int = 0
    byte_count: int = 0
    alt_text: str = ""

    @property
    def is_link(self) -> bool:
        return bool(self.url)


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """All of a product that a listing shows."""

    title: str
    description: str
    """HTML, as the seller wrote it."""
    brand: str
    product_type: str
    options: Mapping[str, str]
    condition: str
    barcode: str
    price: Decimal | None
    currency: str
    stock: int | None
    pictures: tuple[Picture, ...]
    tags: tuple[str, ...] = ()


def facts_of(product: Product) -> ProductFacts:
    """Opens the product's image files."""
    return ProductFacts(
        title=product.title.strip(),
        description=product.description,
        brand=product.brand.strip(),
        product_type=product.product_type,
        options={str(name): str(value) for name, value in product.options.items()},
        condition=product.condition.strip(),
        barcode=product.barcode.strip(),
        price=product.price,
        currency=product.currency,
        stock=product.stock,
        pictures=tuple(_picture(image) for image in product.images.all()),
        tags=tuple(str(tag) for tag in product.tags),
    )


def _picture(image: ProductImage) -> Picture:
    if image.url:
        return Picture(image.position, image.checksum, url=image.url, alt_text=image.alt_text)
    try:
        return _measured(image)
    except (OSError, UnidentifiedImageError, ValueError, Image.DecompressionBombError):
        return Picture(image.position, image.checksum, alt_text=image.alt_text)


def _measured(image: ProductImage) -> Picture:
    with warnings.catch_warnings(), image.file.open("rb") as file:
        # The marketplaces' limits on pixels are below Pillow's, and ours speak to the seller.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        with Image.open(file) as picture:
            return Picture(
                image.position,
                image.checksum,
                format=picture.format or "",
                width=picture.width,
                height=picture.height,
                byte_count=image.file.size,
                alt_text=image.alt_text,
            )
