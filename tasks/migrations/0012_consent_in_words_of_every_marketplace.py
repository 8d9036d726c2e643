from django.db import migrations, models


class Migration(migrations.Migration):
    """What a job waits for at the seller's is said in words that are true of every marketplace."""

    dependencies = [("tasks", "0011_rest_and_offline")]

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
                    ("CONSENT", "waits for the seller: the account's page tells what for"),
                    ("INTERRUPTED", "waits for a worker: the last one died"),
                    ("RECEIPTS", "repeats tasks whose results have expired"),
                    ("CANCEL", "will be cancelled once it is known what its last request did"),
                ],
                max_length=20,
            ),
        )
    ]
