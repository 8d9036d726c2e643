from django.db import migrations, models


class Migration(migrations.Migration):
    """When a task that runs again had been done before."""

    dependencies = [("tasks", "0010_pauses")]

    operations = [
        migrations.AddField(
            "marketplacetask",
            "former_runs",
            models.JSONField(
                blank=True, default=list, db_default=models.Value([], models.JSONField())
            ),
        ),
    ]
