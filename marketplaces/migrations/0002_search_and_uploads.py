from django.db import migrations, models

import marketplaces.models.uploads
from tasks.words import Words

_WORDS = Words.template % {"expressions": "title"}


class Migration(migrations.Migration):
    """Products by words, SKU and bar code, listings by their id; uploads of catalogues."""

    dependencies = [("marketplaces", "0001_initial")]

    operations = [
        migrations.RunSQL(
            f"CREATE INDEX ix_products_words ON products USING gin (({_WORDS}))",
            "DROP INDEX ix_products_words",
        ),
        migrations.RunSQL(
            "CREATE INDEX ix_products_sku_begins ON products (upper(sku::text) text_pattern_ops)",
            "DROP INDEX ix_products_sku_begins",
        ),
        migrations.RunSQL(
            "CREATE INDEX ix_products_barcode ON products (barcode) WHERE barcode <> ''",
            "DROP INDEX ix_products_barcode",
        ),
        migrations.RunSQL(
            "CREATE INDEX ix_listings_external_id ON listings (external_id) "
            "WHERE external_id <> ''",
            "DROP INDEX ix_listings_external_id",
        ),
        migrations.RunSQL(
            "CREATE INDEX ix_listings_key ON listings (key)", "DROP INDEX ix_listings_key"
        ),
        migrations.AddField("listing", "sent_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("listing", "checked_at", models.DateTimeField(blank=True, null=True)),
        migrations.CreateModel(
            name="CatalogueUpload",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "token",
                    models.CharField(
                        default=marketplaces.models.uploads.new_token, max_length=43, unique=True
                    ),
                ),
                ("uploaded_by", models.CharField(max_length=150)),
                ("file_name", models.CharField(max_length=200)),
                ("currency", models.CharField(max_length=3)),
                ("content", models.BinaryField()),
                ("preview", models.JSONField()),
                ("result", models.JSONField(null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("begun_at", models.DateTimeField(null=True)),
            ],
            options={"db_table": "catalogue_uploads"},
        ),
    ]
