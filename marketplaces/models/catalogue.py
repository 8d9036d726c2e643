"""What a seller owns: products and their images, unaware of any marketplace."""

from __future__ import annotations

from pathlib import PurePosixPath

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext

from tasks.tenancy import current_schema


def image_path(image: ProductImage, filename: str) -> str:
    """Where an uploaded image lies: by tenant and content, so that no two tenants share a file."""
    suffix = PurePosixPath(filename).suffix.lower()
    return f"{current_schema()}/images/{image.checksum[:2]}/{image.checksum}{suffix}"


class Product(models.Model):
    """One thing to sell. A variant of a shop export is a product of its own."""

    sku = models.CharField("SKU", max_length=100, unique=True)
    """The seller's own; made from handle and option values where the export has none."""
    title = models.CharField(max_length=500)
    description = models.TextField(blank=True)
    """Sanitised HTML."""
    brand = models.CharField(max_length=200, blank=True)
    product_type = models.CharField(max_length=200, blank=True)
    tags = models.JSONField(default=list, blank=True)
    options = models.JSONField(default=dict, blank=True)
    """Option name to value, e.g. {"Size": "Medium"}."""
    condition = models.CharField(max_length=50, blank=True)
    barcode = models.CharField(max_length=50, blank=True)
    price = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, default="EUR")
    stock = models.IntegerField(null=True, blank=True)
    """Pieces on hand; null = unknown, which is not the same as none."""
    handle = models.CharField(max_length=255, blank=True, db_index=True)
    """What the rows of one product share in a shop export."""
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "products"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(stock__gte=0), name="stock_is_never_negative"),
            models.CheckConstraint(condition=Q(price__gte=0), name="price_is_never_negative"),
        ]

    def __str__(self) -> str:
        return self.title


class ProductImage(models.Model):
    """One photo of a product: a link, or a file of our own."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="images")
    position = models.PositiveIntegerField()
    """1 = shown first."""
    url = models.URLField(max_length=2000, blank=True)
    file = models.FileField(upload_to=image_path, max_length=500, blank=True)
    checksum = models.CharField(max_length=64)
    """sha256, hexadecimal, of the file's bytes; of the link's text where there is only a link."""
    alt_text = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "product_images"
        ordering = ["product", "position"]
        constraints = [
            models.UniqueConstraint(fields=["product", "position"], name="one_image_per_position"),
            models.UniqueConstraint(
                fields=["product", "checksum"], name="each_image_once_per_product"
            ),
            models.CheckConstraint(
                condition=(Q(url="") & ~Q(file="")) | (~Q(url="") & Q(file="")),
                name="image_is_link_or_file",
            ),
        ]

    def __str__(self) -> str:
        return gettext("%(product)s, photo %(number)s") % {
            "product": self.product,
            "number": self.position,
        }
