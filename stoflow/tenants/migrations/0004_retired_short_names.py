"""The short names of removed sellers, as far as lanes or schemas that were left tell of them."""

from __future__ import annotations

from typing import Any

from django.db import migrations, models

# A table that every seller's schema has had from the first version on.
_SCHEMAS = """
SELECT n.nspname FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid
WHERE c.relname = 'marketplace_jobs' AND n.nspname <> 'public' AND length(n.nspname) <= 40
"""
_LANES = "SELECT DISTINCT schema_name FROM public.lanes"


def retire_those_of_removed_sellers(apps: Any, schema_editor: Any) -> None:
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        cursor.execute(_SCHEMAS)
        names = {row[0] for row in cursor.fetchall()}
        cursor.execute("SELECT to_regclass('public.lanes') IS NOT NULL")
        if cursor.fetchone()[0]:
            cursor.execute(_LANES)
            names |= {row[0] for row in cursor.fetchall()}
    tenants = apps.get_model("tenants", "Tenant").objects.using(connection.alias)
    retired = apps.get_model("tenants", "RetiredShortName").objects.using(connection.alias)
    names -= set(tenants.values_list("schema_name", flat=True))
    retired.bulk_create([retired.model(name=name) for name in sorted(names)], ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0003_names"),
    ]

    operations = [
        migrations.CreateModel(
            name="RetiredShortName",
            fields=[
                ("name", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("retired_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={"db_table": "retired_short_names"},
        ),
        migrations.RunPython(retire_those_of_removed_sellers, migrations.RunPython.noop),
    ]
