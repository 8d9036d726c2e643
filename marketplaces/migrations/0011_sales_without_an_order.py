from django.db import migrations, models


class Migration(migrations.Migration):
    """Sales that no order has claimed are looked for on every page."""

    dependencies = [("marketplaces", "0010_deleted_listings_keep_their_product")]

    operations = [
        migrations.AddIndex(
            model_name="sale",
            index=models.Index(
                fields=["-id"],
                name="ix_sales_without_order",
                condition=models.Q(order_line__isnull=True, settled_at__isnull=True),
            ),
        ),
    ]
