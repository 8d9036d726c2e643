from django.db import migrations, models


class Migration(migrations.Migration):
    """A job may pause between two calls, or wait for the seller's side."""

    dependencies = [("tasks", "0010_pauses")]

    operations = [
        migrations.AlterField(
            model_name="marketplacejob",
            name="wait_reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("RETRY", "waits to try the failed task again"),
                    ("LOOK", "waits to look whether the last request took effect"),
                    ("TURN", "waits for its next turn"),
                    ("SHUTDOWN", "waits for a worker: the last one was shut down"),
                    ("PAUSED", "is paused"),
                    ("LIMIT", "waits for the marketplace's limit to pass"),
                    ("REST", "pauses between two calls"),
                    ("OFFLINE", "waits until the seller's side is there again"),
                    ("OUTAGE", "waits until the marketplace answers again"),
                    (
                        "APPLICATION",
                        "waits: the marketplace does not accept StoFlow's own credentials",
                    ),
                    ("CONSENT", "waits for the seller to connect the account again"),
                    ("INTERRUPTED", "waits for a worker: the last one died"),
                    ("RECEIPTS", "repeats tasks whose results have expired"),
                    ("CANCEL", "will be cancelled once it is known what its last request did"),
                ],
                max_length=20,
            ),
        )
    ]
