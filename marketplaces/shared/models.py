"""What concerns all sellers rather than one; in the public schema, for all tenants."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from marketplaces.encryption import EncryptedTextField


class Category(models.Model):
    """A category of a marketplace, as far as somebody has asked about it."""

    marketplace = models.CharField(max_length=20)
    site = models.CharField(max_length=20, blank=True)
    """Where a marketplace has a tree for each country, e.g. EBAY_FR; else empty."""
    number = models.CharField(max_length=20)
    """The marketplace's own id of it."""
    path = models.CharField(max_length=500, blank=True)
    """Names from the root on, with " > " between; empty until the marketplace has told."""
    path_at = models.DateTimeField(null=True, blank=True)
    """When the path was last read."""
    rules = models.JSONField(null=True, blank=True)
    """What the marketplace asks of products in it, as its folder reads it; null = not asked yet."""
    rules_at = models.DateTimeField(null=True, blank=True)
    """When the rules were last read."""

    class Meta:
        db_table = "marketplace_categories"
        constraints = [
            models.UniqueConstraint(
                fields=["marketplace", "site", "number"], name="each_category_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.path} ({self.number})" if self.path else self.number


class ApplicationToken(models.Model):
    """StoFlow's own access token at a marketplace, which reads what everybody may read."""

    client = models.CharField(max_length=300, primary_key=True)
    """Whose token it is: the token endpoint and the application's id there."""
    access_token = EncryptedTextField()
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "application_tokens"

    def __str__(self) -> str:
        return self.client


class ShopClaim(models.Model):
    """Which seller of the installation a shop belongs to, and as which account (docs/adr/0048)."""

    marketplace = models.CharField(max_length=20)
    shop_id = models.CharField(max_length=100)
    """The marketplace's own id of it, as on the account."""
    schema_name = models.CharField(max_length=40)
    account_id = models.BigIntegerField()
    claimed_at = models.DateTimeField(db_default=Now())
    """By the database's clock; another one whenever it is claimed again."""

    class Meta:
        db_table = "shop_claims"
        constraints = [
            models.UniqueConstraint(
                fields=["marketplace", "shop_id"], name="each_shop_of_one_seller"
            ),
        ]
        indexes = [models.Index(fields=["schema_name", "account_id"], name="ix_claims_account")]

    def __str__(self) -> str:
        return f"{self.marketplace} {self.shop_id}: {self.schema_name}/{self.account_id}"
