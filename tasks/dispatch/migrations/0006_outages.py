import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    """The circuit breaker of each lane."""

    dependencies = [("dispatch", "0005_rate_limits")]

    operations = [
        migrations.AddField(
            model_name="lane",
            name="outage_since",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="lane",
            name="outage_pauses",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="lane",
            name="outage_jobs",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), db_default=[], default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="lane",
            name="answered_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
