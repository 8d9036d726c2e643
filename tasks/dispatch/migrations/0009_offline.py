from django.db import migrations, models


class Migration(migrations.Migration):
    """A lane may rest between two calls, or wait for the seller's side."""

    dependencies = [("dispatch", "0008_paused_count")]

    operations = [
        migrations.AddField(
            model_name="lane",
            name="rests_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="lane",
            name="offline_since",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="lane",
            name="offline_reason",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
    ]
