"""Rows made by the database itself: INSERT … SELECT, so that a million take minutes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.db.models import Field, Model


def insert(model: type[Model], columns: Mapping[str, str], source: str, **values: Any) -> int:
    """Insert what `source` selects from; how many rows. `columns` are SQL expressions by column.

    A column that is not named gets the field's default, as it would from Django.
    """
    defaults = {
        str(field.column): field.get_db_prep_save(field.get_default(), connection)
        for field in model._meta.concrete_fields
        if field.column not in columns and _needs_a_value(field)
    }
    quote = connection.ops.quote_name
    names = ", ".join(quote(name) for name in [*columns, *defaults])
    expressions = [*columns.values(), *(f"%(default_{name})s" for name in defaults)]
    parameters = {f"default_{name}": value for name, value in defaults.items()}
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(model._meta.db_table)} ({names}) "
            f"SELECT {', '.join(expressions)} FROM {source}",
            {**values, **parameters},
        )
        return int(cursor.rowcount)


def continue_numbers(model: type[Model]) -> None:
    """Let the next row that Django makes have the number after the highest."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), "
            f"GREATEST((SELECT max(id) FROM {connection.ops.quote_name(table)}), 1))"
        )


def analyse(model: type[Model]) -> None:
    """Let the planner know how much there is now, as autovacuum would after a while."""
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")


def _needs_a_value(field: Field[Any, Any]) -> bool:
    return not (field.null or field.primary_key or getattr(field, "generated", False))
