from django.db import migrations, models


class Migration(migrations.Migration):
    """Who imports an upload, until when it counts as alive, and what it has saved so far."""

    dependencies = [("marketplaces", "0008_deleted_listings")]

    operations = [
        migrations.AddField("catalogueupload", "created_count", models.IntegerField(default=0)),
        migrations.AddField("catalogueupload", "updated_count", models.IntegerField(default=0)),
        migrations.AddField("catalogueupload", "lease_token", models.UUIDField(null=True)),
        migrations.AddField("catalogueupload", "leased_until", models.DateTimeField(null=True)),
        migrations.AddField("catalogueupload", "action_key", models.UUIDField(null=True)),
    ]
