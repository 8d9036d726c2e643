from django.db import migrations, models


class Migration(migrations.Migration):
    """What is left of each marketplace's limits, for all workers."""

    dependencies = [("dispatch", "0004_names")]

    operations = [
        migrations.CreateModel(
            name="RateLimit",
            fields=[
                ("key", models.CharField(max_length=200, primary_key=True, serialize=False)),
                ("state", models.JSONField(default=list)),
                ("blocked_until", models.DateTimeField(blank=True, null=True)),
                ("block_reason", models.TextField(blank=True)),
                ("used_at", models.DateTimeField()),
            ],
            options={"db_table": "rate_limits"},
        ),
    ]
