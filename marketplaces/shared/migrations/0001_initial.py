from django.db import migrations, models

import marketplaces.encryption


class Migration(migrations.Migration):
    """The marketplaces' categories and StoFlow's own tokens, for all tenants."""

    initial = True
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="ApplicationToken",
            fields=[
                ("client", models.CharField(max_length=300, primary_key=True, serialize=False)),
                ("access_token", marketplaces.encryption.EncryptedTextField()),
                ("expires_at", models.DateTimeField()),
            ],
            options={"db_table": "application_tokens"},
        ),
        migrations.CreateModel(
            name="Category",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("marketplace", models.CharField(max_length=20)),
                ("site", models.CharField(blank=True, max_length=20)),
                ("number", models.CharField(max_length=20)),
                ("path", models.CharField(blank=True, max_length=500)),
                ("path_at", models.DateTimeField(blank=True, null=True)),
                ("rules", models.JSONField(blank=True, null=True)),
                ("rules_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={"db_table": "marketplace_categories"},
        ),
        migrations.AddConstraint(
            "category",
            models.UniqueConstraint(
                fields=["marketplace", "site", "number"], name="each_category_once"
            ),
        ),
    ]
