from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    """Which seller of the installation a shop belongs to."""

    dependencies = [("shared", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="ShopClaim",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("marketplace", models.CharField(max_length=20)),
                ("shop_id", models.CharField(max_length=100)),
                ("schema_name", models.CharField(max_length=40)),
                ("account_id", models.BigIntegerField()),
                ("claimed_at", models.DateTimeField(db_default=Now())),
            ],
            options={"db_table": "shop_claims"},
        ),
        migrations.AddConstraint(
            "shopclaim",
            models.UniqueConstraint(
                fields=["marketplace", "shop_id"], name="each_shop_of_one_seller"
            ),
        ),
        migrations.AddIndex(
            "shopclaim",
            models.Index(fields=["schema_name", "account_id"], name="ix_claims_account"),
        ),
    ]
