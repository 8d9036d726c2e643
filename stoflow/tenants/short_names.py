"""A seller's short name is used once: our keys at the marketplaces are made of it.

A seller who came after another one of the same name would have its data, as long as its schema is
there, and its listings afterwards, whose keys would come again (docs/adr/0049).
"""

from __future__ import annotations

from django.db import connection

from tasks.errors import PermanentError
from tasks.sentences import sentence

_IS_USED = """
SELECT EXISTS (SELECT FROM public.tenants_retiredname WHERE schema_name = %(name)s)
    OR EXISTS (SELECT FROM pg_namespace WHERE nspname = %(name)s)
       AND NOT EXISTS (SELECT FROM public.tenants_tenant WHERE schema_name = %(name)s)
"""
_RETIRE = """
INSERT INTO public.tenants_retiredname (schema_name, retired_at)
VALUES (%(name)s, clock_timestamp()) ON CONFLICT DO NOTHING
"""
_DELETE_LANES = "DELETE FROM public.lanes WHERE schema_name = %(name)s"


class ShortNameUsedError(PermanentError):
    """A seller of that short name has been here."""

    default_advice = sentence("Choose another short name.")


def require_new(schema_name: str) -> None:
    """ShortNameUsedError for the name of a seller who was removed, or whose schema still stands.

    That of a present seller is left to the table's own constraint.
    """
    with connection.cursor() as cursor:
        cursor.execute(_IS_USED, {"name": schema_name})
        is_used = cursor.fetchone()[0]
    if is_used:
        raise ShortNameUsedError(
            sentence(
                "The short name “{name}” was a removed seller's, and is never used again.",
                name=schema_name,
            )
        )


def retire(schema_name: str) -> None:
    """The seller's row is being deleted; runs in the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_RETIRE, {"name": schema_name})


def delete_lanes(schema_name: str) -> None:
    """What is left of the seller in the tables that all share; runs in the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_DELETE_LANES, {"name": schema_name})
