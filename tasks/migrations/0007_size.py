from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """Indexes without which a page would read a whole table.

    That of finished runs is made by hand: Django builds an index with an operator class only where
    its app for PostgreSQL is installed.
    """

    dependencies = [("tasks", "0006_search")]

    operations = [
        migrations.AddIndex(
            "marketplacejob", models.Index(fields=["created_at"], name="ix_jobs_created")
        ),
        migrations.RemoveIndex("staffactionoutcome", "ix_outcomes_account"),
        migrations.AddIndex(
            "staffactionoutcome",
            models.Index(
                fields=["account_id", "action"],
                name="ix_outcomes_account",
                condition=Q(account_id__isnull=False, job_id__isnull=True),
            ),
        ),
        migrations.RunSQL(
            "CREATE INDEX ix_job_stats_error ON marketplace_job_stats "
            "(upper(error_class::text) text_pattern_ops)",
            "DROP INDEX ix_job_stats_error",
        ),
    ]
