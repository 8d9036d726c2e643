"""Live listings at a marketplace that belong to no product here."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from marketplaces.models.accounts import Account


class WhyUnmatched(models.TextChoices):
    """Why a sync could not tell which product it is."""

    NO_PRODUCT = "NO_PRODUCT", _("No product has this SKU")
    NO_SKU = "NO_SKU", _("The listing has no SKU")
    SHARED_SKU = "SHARED_SKU", _("Several live listings have this SKU")
    PRODUCT_TAKEN = "PRODUCT_TAKEN", _("The product has another listing on this account")


class UnmatchedListing(models.Model):
    """Written by syncs alone; goes when it is matched or no longer live."""

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="unmatched_listings"
    )
    external_id = models.CharField(max_length=100)
    sku = models.CharField("SKU", max_length=100, blank=True)
    """As the marketplace has it."""
    title = models.CharField(max_length=500, blank=True)
    url = models.URLField(max_length=500, blank=True)
    price = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    currency = models.CharField(max_length=3, blank=True)
    quantity = models.IntegerField(null=True)
    said = models.CharField(max_length=100, blank=True)
    """The marketplace's own words for its status."""
    why = models.CharField(max_length=20, choices=WhyUnmatched)
    first_seen_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField()

    class Meta:
        db_table = "unmatched_listings"
        verbose_name = _("unmatched listing")
        verbose_name_plural = _("unmatched listings")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "external_id"], name="one_unmatched_per_account_and_external_id"
            )
        ]
        indexes = [models.Index(fields=["account", "last_seen_at"], name="ix_unmatched_seen")]

    def __str__(self) -> str:
        return self.title or self.external_id
