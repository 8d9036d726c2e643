"""A seller's connection to one marketplace."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext as _

from marketplaces.encryption import EncryptedTextField
from tasks.wording import marketplace_name


class Account(models.Model):
    """Credentials, shop and policies of one seller on one marketplace."""

    marketplace = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    settings = models.JSONField(default=dict, blank=True)
    """What the marketplace's own folder reads: site, policies, defaults; no secrets."""
    refresh_token = EncryptedTextField(blank=True)
    access_token = EncryptedTextField(blank=True)
    access_token_expires_at = models.DateTimeField(null=True, blank=True)
    sync_every_minutes = models.PositiveIntegerField(null=True, blank=True, default=360)
    """How long after a sync the next one begins; null = only when somebody asks."""
    orders_every_minutes = models.PositiveIntegerField(null=True, blank=True, default=10)
    """The same for fetching orders."""
    last_synced_at = models.DateTimeField(null=True, blank=True)
    """When the last complete reading of all listings began."""
    last_orders_at = models.DateTimeField(null=True, blank=True)
    """When the last complete reading of orders began: the next one reads what changed since."""
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "accounts"
        constraints = [
            models.UniqueConstraint(
                fields=["marketplace", "name"], name="one_account_per_marketplace_and_name"
            )
        ]

    def __str__(self) -> str:
        return _("%(account)s on %(marketplace)s") % {
            "account": self.name,
            "marketplace": marketplace_name(self.marketplace),
        }

    def __repr__(self) -> str:
        return f"<Account {self.pk}: {self}>"
