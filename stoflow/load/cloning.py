"""Many tenants quickly: the schema of one, written down once and made again under other names.

Constraints and indexes keep the names that the migrations gave them, so that later migrations
find them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.db import connection, transaction

from stoflow.tenants.models import Tenant

_TABLES = """
SELECT c.oid::regclass::text FROM pg_class c
WHERE c.relnamespace = %s::regnamespace AND c.relkind = 'r' ORDER BY c.oid
"""
# Foreign keys last: what they point at has to be there.
_CONSTRAINTS = """
SELECT format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname,
              pg_get_constraintdef(oid))
FROM pg_constraint
WHERE connamespace = %s::regnamespace AND contype IN ('p', 'u', 'c', 'x', 'f')
ORDER BY contype = 'f', oid
"""
_INDEXES = """
SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE c.relnamespace = %s::regnamespace
  AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype <> 'f')
ORDER BY i.indexrelid
"""


_NEW = "\0"
"""Stands in the statements for the new schema and its dot."""
_HISTORY = (
    f"INSERT INTO {_NEW}django_migrations (app, name, applied) "
    "SELECT app, name, applied FROM {schema}.django_migrations ORDER BY id"
)


class Template:
    """The statements that make the schema of an existing tenant again, its rows left out."""

    def __init__(self, tenant: Tenant) -> None:
        self.schema = tenant.schema_name
        with transaction.atomic():
            with connection.cursor() as cursor:
                # With nothing on the path, every name is written with its schema.
                cursor.execute("SET LOCAL search_path = ''")
            self._statements = [
                *(
                    f"CREATE TABLE {self._renamed(table)} (LIKE {table} INCLUDING DEFAULTS "
                    "INCLUDING GENERATED INCLUDING IDENTITY INCLUDING STORAGE)"
                    for table in self._told(_TABLES)
                ),
                *(self._renamed(made) for made in self._told(_CONSTRAINTS)),
                *(self._renamed(made) for made in self._told(_INDEXES)),
                _HISTORY.format(schema=self.schema),
            ]

    def make(self, tenants: Sequence[Tenant]) -> None:
        """The schemas and the rows of new tenants."""
        with transaction.atomic():
            Tenant.objects.bulk_create(tenants)
            with connection.cursor() as cursor:
                for tenant in tenants:
                    cursor.execute(f'CREATE SCHEMA "{tenant.schema_name}"')
                    script = ";\n".join(self._statements)
                    cursor.execute(script.replace(_NEW, f"{tenant.schema_name}."))

    def _told(self, query: str) -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute(query, [self.schema])
            return [row[0] for row in cursor.fetchall()]

    def _renamed(self, statement: str) -> str:
        return re.sub(rf"\b{self.schema}\.", _NEW, statement)
