from django.db import migrations

from tasks.words import Words

_WORDS = Words.template % {"expressions": "product_name"}


class Migration(migrations.Migration):
    """Jobs by the words of their product's name, and those that wait for a person.

    Made by hand: Django builds an index with an operator of PostgreSQL only where its app for
    PostgreSQL is installed.
    """

    dependencies = [("tasks", "0005_cause_key")]

    operations = [
        migrations.RunSQL(
            f"CREATE INDEX ix_jobs_words ON marketplace_jobs USING gin (({_WORDS}))",
            "DROP INDEX ix_jobs_words",
        ),
        migrations.RunSQL(
            "CREATE INDEX ix_jobs_needs_person ON marketplace_jobs (id DESC) WHERE needs_person",
            "DROP INDEX ix_jobs_needs_person",
        ),
    ]
