import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """What was deleted lately, so that an older read does not bring it back."""

    dependencies = [("marketplaces", "0007_plugin")]

    operations = [
        migrations.CreateModel(
            name="DeletedListing",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=50)),
                ("external_id", models.CharField(blank=True, max_length=100)),
                ("deleted_at", models.DateTimeField()),
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
                "db_table": "deleted_listings",
                "constraints": [
                    models.UniqueConstraint(
                        fields=["account", "key"], name="one_deletion_per_account_and_key"
                    )
                ],
            },
        ),
    ]
