"""A product's presence on one account."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from marketplaces.models.accounts import Account
from marketplaces.models.catalogue import Product


class ListingStatus(models.TextChoices):
    """What we know of a listing at its marketplace."""

    DRAFT = "DRAFT", _("Not live yet")
    LIVE = "LIVE", _("Live")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")
    """Taken off sale by us or by the seller; the marketplace keeps it, and it can be shown again."""
    SOLD = "SOLD", _("Sold out")
    """The marketplace says that the last piece was bought."""
    ENDED = "ENDED", _("Ended")
    """Over, or gone from the marketplace, for another reason."""


class Listing(models.Model):
    """One per (account, product): written as an intent before the first outside call."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="listings")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="listings")
    key = models.CharField(max_length=50)
    """Our own key at the marketplace, from tenant and product: eBay's SKU."""
    external_id = models.CharField(max_length=100, blank=True)
    """The marketplace's id of the live listing; empty until one is known."""
    url = models.URLField(max_length=500, blank=True)
    status = models.CharField(max_length=10, choices=ListingStatus, default=ListingStatus.DRAFT)
    mapped = models.JSONField(default=dict, blank=True)
    """The last payload made from the product, as it is (to be) sent."""
    sent_hash = models.CharField(max_length=64, blank=True)
    """sha256 of the payload that the marketplace has confirmed; empty = none yet."""
    details = models.JSONField(default=dict, blank=True)
    """Further ids of the marketplace, e.g. {"offer_id": "…"}."""
    sent_at = models.DateTimeField(null=True, blank=True)
    """When `sent_hash` was confirmed: what is live is what the product was then."""
    checked_at = models.DateTimeField(null=True, blank=True)
    """When the marketplace last showed it live."""
    published_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "listings"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "product"], name="one_listing_per_account_and_product"
            ),
            models.UniqueConstraint(
                fields=["account", "key"], name="one_listing_per_account_and_key"
            ),
            models.UniqueConstraint(
                fields=["account", "external_id"],
                name="one_listing_per_account_and_external_id",
                condition=~Q(external_id=""),
            ),
        ]

    def __str__(self) -> str:
        return gettext("%(product)s on %(account)s") % {
            "product": self.product,
            "account": self.account,
        }


class DeletedListing(models.Model):
    """What StoFlow has deleted itself.

    A read that lags behind, or is older, still shows it, and an order that was placed before may
    be told after.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.SET_NULL, null=True, related_name="+")
    key = models.CharField(max_length=50)
    external_id = models.CharField(max_length=100, blank=True)
    deleted_at = models.DateTimeField()

    class Meta:
        db_table = "deleted_listings"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "key"], name="one_deletion_per_account_and_key"
            )
        ]

    def __str__(self) -> str:
        return self.key
