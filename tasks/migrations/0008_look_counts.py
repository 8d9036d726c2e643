"""Looks that reached nobody are counted apart; refused credentials are no limit."""

from typing import ClassVar

from django.db import migrations, models

WAIT_REASONS = [
    ("RETRY", "waits to try the failed task again"),
    ("LOOK", "waits to look whether the last request took effect"),
    ("TURN", "waits for its next turn"),
    ("SHUTDOWN", "waits for a worker: the last one was shut down"),
    ("PAUSED", "is paused"),
    ("LIMIT", "waits for the marketplace's limit to pass"),
    ("APPLICATION", "waits: the marketplace does not accept StoFlow's own credentials"),
    ("CONSENT", "waits for the seller to connect the account again"),
    ("INTERRUPTED", "waits for a worker: the last one died"),
    ("RECEIPTS", "repeats tasks whose results have expired"),
    ("CANCEL", "will be cancelled once it is known what its last request did"),
]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("tasks", "0007_size")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="marketplacejob",
            name="unanswered_look_count",
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AlterField(
            model_name="marketplacejob",
            name="wait_reason",
            field=models.CharField(blank=True, choices=WAIT_REASONS, max_length=20),
        ),
    ]
