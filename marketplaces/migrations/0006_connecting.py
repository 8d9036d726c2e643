import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

import marketplaces.encryption


class Migration(migrations.Migration):
    """Which shop an account is, what was found there, and consents that are being asked for."""

    dependencies = [("marketplaces", "0005_sync")]

    operations = [
        migrations.AddField(
            "account",
            "shop_id",
            models.CharField(blank=True, default="", max_length=100),
            preserve_default=False,
        ),
        migrations.AddField("account", "found", models.JSONField(blank=True, default=dict)),
        migrations.AddField("account", "checked_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddConstraint(
            "account",
            models.UniqueConstraint(
                fields=["marketplace", "shop_id"],
                name="one_account_per_shop",
                condition=~Q(shop_id=""),
            ),
        ),
        migrations.CreateModel(
            name="ConsentRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("state_hash", models.CharField(max_length=64, unique=True)),
                ("marketplace", models.CharField(max_length=20)),
                ("user_id", models.BigIntegerField()),
                ("verifier", marketplaces.encryption.EncryptedTextField(blank=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("expires_at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="marketplaces.account",
                    ),
                ),
            ],
            options={"db_table": "consent_requests"},
        ),
    ]
