from django.db import migrations, models


class Migration(migrations.Migration):
    """The pauses of a job that are over."""

    dependencies = [("tasks", "0009_wait_reason")]

    operations = [
        migrations.AddField(
            "marketplacejob",
            "pauses",
            models.JSONField(
                blank=True, default=list, db_default=models.Value([], models.JSONField())
            ),
        ),
    ]
