"""What was sold: orders as the marketplaces tell them, and the ledger of what that did to stock.

Nothing here says who bought: a buyer's name and address are not needed for any of it.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from marketplaces.models.accounts import Account
from marketplaces.models.catalogue import Product


class OrderStatus(models.TextChoices):
    """How far an order is. Cancelled is apart: `Order.cancelled_at`."""

    UNPAID = "UNPAID", _("Not paid yet")
    PAID = "PAID", _("To be sent")
    SENT = "SENT", _("Sent")
    CLOSED = "CLOSED", _("Closed")
    """Paid back, or over for another reason."""


class Order(models.Model):
    """One order of one account, as last told by its marketplace."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="orders")
    external_id = models.CharField(max_length=100)
    status = models.CharField(max_length=20, choices=OrderStatus)
    placed_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    """When the marketplace last changed it; what is older changes nothing here."""
    cancelled_at = models.DateTimeField(null=True, blank=True)
    """As the marketplace tells it, else when the first cancelled state that was seen was made."""
    total = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    url = models.URLField(max_length=500, blank=True)
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "orders"
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "external_id"], name="one_order_per_account_and_external_id"
            )
        ]
        indexes = [
            models.Index(fields=["external_id"], name="ix_orders_external_id"),
            models.Index(fields=["-placed_at", "-id"], name="ix_orders_placed"),
            models.Index(
                fields=["-id"], name="ix_orders_cancelled", condition=Q(cancelled_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.external_id


class OrderLine(models.Model):
    """Pieces of one listing in an order, tied to the product where it is known."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    external_id = models.CharField(max_length=100)
    listing_external_id = models.CharField(max_length=100, blank=True)
    sku = models.CharField("SKU", max_length=100, blank=True)
    """As the marketplace has it: our key, or the seller's own."""
    title = models.CharField(max_length=500)
    quantity = models.PositiveIntegerField()
    """Pieces that are wanted now; 0 = the line was cancelled."""
    price = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    """Of one piece, in the order's currency."""
    product = models.ForeignKey(
        Product, on_delete=models.SET_NULL, null=True, blank=True, related_name="order_lines"
    )
    product_name = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "order_lines"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "external_id"], name="each_line_once_per_order"
            )
        ]

    def __str__(self) -> str:
        return self.title


class Sale(models.Model):
    """Pieces of one listing that were sold, and what that did to the product's stock, once.

    Recorded from an order's line, or from what a sync read; a line that tells of pieces which a
    sync has reported is tied to them. `quantity` is the pieces of this entry alone.
    """

    product = models.ForeignKey(
        Product, on_delete=models.SET_NULL, null=True, blank=True, related_name="sales"
    )
    product_name = models.CharField(max_length=500)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="sales")
    listing_external_id = models.CharField(max_length=100, blank=True)
    quantity = models.PositiveIntegerField()
    order_line = models.ForeignKey(
        OrderLine, on_delete=models.SET_NULL, null=True, blank=True, related_name="sales"
    )
    """Null: no order has told of these pieces yet."""
    seen_by_sync = models.BooleanField(default=False)
    """Whether a sync reported it first."""
    stock_before = models.IntegerField(null=True, blank=True)
    """Null = the stock was not known, and is not known after it either."""
    stock_after = models.IntegerField(null=True, blank=True)
    oversold = models.PositiveIntegerField(default=0)
    """Pieces of `quantity` that were not there any more."""
    returned = models.PositiveIntegerField(default=0)
    """Pieces that staff have put back in stock."""
    occurred_at = models.DateTimeField()
    """When the order was placed; of pieces without an order, when the sync saw it."""
    recorded_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True, blank=True)
    """When staff said that they have dealt with what needed them: see `sales.attention`."""

    class Meta:
        db_table = "sales"
        verbose_name = _("sale")
        verbose_name_plural = _("sales")
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gte=1), name="sale_of_a_piece_or_more"),
            models.CheckConstraint(
                condition=Q(returned__lte=F("quantity") - F("oversold")),
                name="no_more_put_back_than_taken",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "listing_external_id"], name="ix_sales_listing"),
            models.Index(
                fields=["-id"],
                name="ix_sales_oversold",
                condition=Q(oversold__gt=0, settled_at__isnull=True),
            ),
            models.Index(
                fields=["-id"],
                name="ix_sales_without_order",
                condition=Q(order_line__isnull=True, settled_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.product_name}"


class SoldBefore(models.Model):
    """How many pieces a listing had sold before StoFlow began to count it.

    One row for each listing id from the first report on: a listing that is put up again has a new
    id, and begins anew.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    listing_external_id = models.CharField(max_length=100)
    quantity = models.PositiveIntegerField()
    since = models.DateTimeField()

    class Meta:
        db_table = "sold_before"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "listing_external_id"], name="counted_once_per_listing"
            )
        ]

    def __str__(self) -> str:
        return f"{self.listing_external_id}: {self.quantity}"


class SaleFollowUp(models.Model):
    """What a sale asked for at another listing, and the job that does it.

    The job's number is no foreign key: what was asked for stays known when the job is cleaned up.
    """

    sale = models.ForeignKey(Sale, on_delete=models.CASCADE, related_name="follow_ups")
    account = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, related_name="+")
    account_name = models.CharField(max_length=200)
    marketplace = models.CharField(max_length=20)
    action = models.CharField(max_length=20)
    job_id = models.BigIntegerField(null=True, blank=True)
    """Null: StoFlow cannot do it at this marketplace, so somebody has to."""
    settled_at = models.DateTimeField(null=True, blank=True)
    """When staff said that they have done it at the marketplace."""
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "sale_follow_ups"
        ordering = ["pk"]
        indexes = [
            models.Index(
                fields=["job_id"], name="ix_follow_ups_job", condition=Q(job_id__isnull=False)
            ),
            models.Index(
                fields=["id"],
                name="ix_follow_ups_by_hand",
                condition=Q(job_id__isnull=True, settled_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action}: {self.account_name}"
