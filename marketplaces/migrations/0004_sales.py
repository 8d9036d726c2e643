import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
from django.db import migrations, models

from tasks.words import Words


_WORDS = Words.template % {"expressions": "title"}


class Migration(migrations.Migration):
    """Orders, their lines, the ledger of sales and what followed from it."""

    dependencies = [
        ("marketplaces", "0003_listing_status"),
    ]

    operations = [
        migrations.CreateModel(
            name="Order",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("external_id", models.CharField(max_length=100)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("UNPAID", "Not paid yet"),
                            ("PAID", "To be sent"),
                            ("SENT", "Sent"),
                            ("CLOSED", "Closed"),
                        ],
                        max_length=20,
                    ),
                ),
                ("placed_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "total",
                    models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True),
                ),
                ("currency", models.CharField(blank=True, max_length=3)),
                ("url", models.URLField(blank=True, max_length=500)),
                ("recorded_at", models.DateTimeField(auto_now_add=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to="marketplaces.account",
                    ),
                ),
            ],
            options={
                "verbose_name": "order",
                "verbose_name_plural": "orders",
                "db_table": "orders",
            },
        ),
        migrations.CreateModel(
            name="OrderLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("external_id", models.CharField(max_length=100)),
                ("listing_external_id", models.CharField(blank=True, max_length=100)),
                ("sku", models.CharField(blank=True, max_length=100, verbose_name="SKU")),
                ("title", models.CharField(max_length=500)),
                ("quantity", models.PositiveIntegerField()),
                (
                    "price",
                    models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True),
                ),
                ("product_name", models.CharField(blank=True, max_length=500)),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="marketplaces.order",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="order_lines",
                        to="marketplaces.product",
                    ),
                ),
            ],
            options={
                "db_table": "order_lines",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Sale",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("product_name", models.CharField(max_length=500)),
                ("listing_external_id", models.CharField(blank=True, max_length=100)),
                ("quantity", models.PositiveIntegerField()),
                ("seen_by_sync", models.BooleanField(default=False)),
                ("stock_before", models.IntegerField(blank=True, null=True)),
                ("stock_after", models.IntegerField(blank=True, null=True)),
                ("oversold", models.PositiveIntegerField(default=0)),
                ("returned", models.PositiveIntegerField(default=0)),
                ("occurred_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sales",
                        to="marketplaces.account",
                    ),
                ),
                (
                    "order_line",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="sales",
                        to="marketplaces.orderline",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="sales",
                        to="marketplaces.product",
                    ),
                ),
            ],
            options={
                "verbose_name": "sale",
                "verbose_name_plural": "sales",
                "db_table": "sales",
            },
        ),
        migrations.CreateModel(
            name="SaleFollowUp",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("account_name", models.CharField(max_length=200)),
                ("marketplace", models.CharField(max_length=20)),
                ("action", models.CharField(max_length=20)),
                ("job_id", models.BigIntegerField(blank=True, null=True)),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="marketplaces.account",
                    ),
                ),
                (
                    "sale",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="follow_ups",
                        to="marketplaces.sale",
                    ),
                ),
            ],
            options={
                "db_table": "sale_follow_ups",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="SoldBefore",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("listing_external_id", models.CharField(max_length=100)),
                ("quantity", models.PositiveIntegerField()),
                ("since", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="marketplaces.account",
                    ),
                ),
            ],
            options={
                "db_table": "sold_before",
            },
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["external_id"], name="ix_orders_external_id"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["-placed_at", "-id"], name="ix_orders_placed"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("cancelled_at__isnull", False)),
                fields=["-id"],
                name="ix_orders_cancelled",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.UniqueConstraint(
                fields=("account", "external_id"), name="one_order_per_account_and_external_id"
            ),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.UniqueConstraint(
                fields=("order", "external_id"), name="each_line_once_per_order"
            ),
        ),
        migrations.AddIndex(
            model_name="sale",
            index=models.Index(fields=["account", "listing_external_id"], name="ix_sales_listing"),
        ),
        migrations.AddIndex(
            model_name="sale",
            index=models.Index(
                condition=models.Q(("oversold__gt", 0), ("settled_at__isnull", True)),
                fields=["-id"],
                name="ix_sales_oversold",
            ),
        ),
        migrations.AddConstraint(
            model_name="sale",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__gte", 1)), name="sale_of_a_piece_or_more"
            ),
        ),
        migrations.AddConstraint(
            model_name="sale",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "returned__lte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("quantity"), "-", models.F("oversold")
                        ),
                    )
                ),
                name="no_more_put_back_than_taken",
            ),
        ),
        migrations.AddIndex(
            model_name="salefollowup",
            index=models.Index(
                condition=models.Q(("job_id__isnull", False)),
                fields=["job_id"],
                name="ix_follow_ups_job",
            ),
        ),
        migrations.AddIndex(
            model_name="salefollowup",
            index=models.Index(
                condition=models.Q(("job_id__isnull", True), ("settled_at__isnull", True)),
                fields=["id"],
                name="ix_follow_ups_by_hand",
            ),
        ),
        migrations.AddConstraint(
            model_name="soldbefore",
            constraint=models.UniqueConstraint(
                fields=("account", "listing_external_id"), name="counted_once_per_listing"
            ),
        ),
        migrations.RunSQL(
            f"CREATE INDEX ix_order_lines_words ON order_lines USING gin (({_WORDS}))",
            "DROP INDEX ix_order_lines_words",
        ),
        migrations.RunSQL(
            "CREATE INDEX ix_order_lines_sku_begins "
            "ON order_lines (upper(sku::text) text_pattern_ops)",
            "DROP INDEX ix_order_lines_sku_begins",
        ),
    ]
