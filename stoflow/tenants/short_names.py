"""A short name is given to one seller and never again (docs/adr/0049).

Our keys at the marketplaces are made of it. The next seller of that name would take the former
one's listings for theirs.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from tasks.errors import PermanentError
from tasks.sentences import sentence
from tasks.tenancy import PUBLIC

_LEAVE_IT = sentence("Leave the short name as it is, and change the seller's name instead.")


class ShortNameError(PermanentError):
    """No seller can have this short name."""

    default_advice = sentence("Choose another short name.")

    def __str__(self) -> str:
        # It is met in a shell, where nobody sees the advice otherwise.
        return f"{self.message} {self.advice}"


# Names that differ in case only are one to django-tenants. Whoever removes a seller of this name at
# the moment is waited for: the statement after this one sees the name that they have retired.
_WAIT = """
SELECT 1 FROM public.tenants_tenant WHERE lower(schema_name) = ANY(%s) ORDER BY id FOR KEY SHARE
"""
_RETIRED = "SELECT name FROM public.retired_short_names WHERE lower(name) = ANY(%s) LIMIT 1"
_STANDING = """
SELECT nspname FROM pg_namespace
WHERE lower(nspname) = ANY(%s) AND NOT EXISTS (
    SELECT 1 FROM public.tenants_tenant WHERE lower(schema_name) = lower(nspname)
) LIMIT 1
"""

_THERE = "SELECT nspname FROM pg_namespace WHERE nspname = ANY(%s)"


def require_unused(names: Iterable[str]) -> None:
    """Raise ShortNameError unless new sellers may have these names.

    A seller who is there already is none of this function's business: the database refuses a
    second one of the same name.
    """
    wanted = sorted({name.lower() for name in names} - {PUBLIC})
    _first(_WAIT, wanted)
    if (name := _first(_RETIRED, wanted)) is not None:
        raise ShortNameError(
            sentence(
                "“{name}” was the short name of a seller who was removed, and is never used again.",
                name=name,
            )
        )
    if (name := _first(_STANDING, wanted)) is not None:
        raise ShortNameError(
            sentence(
                "The database has a schema “{name}” that belongs to no seller: a new seller would "
                "get all that is in it.",
                name=name,
            )
        )


def require_same(former: str | None, name: str) -> None:
    """Raise ShortNameError when a seller is about to get another short name."""
    if former is not None and former != name:
        raise ShortNameError(
            sentence("The short name “{name}” cannot become “{other}”.", name=former, other=name),
            advice=_LEAVE_IT,
        )


def never_changed() -> ShortNameError:
    """For an update of rows that are not looked at."""
    return ShortNameError(sentence("A short name is never changed."), advice=_LEAVE_IT)


def require_schema(name: str) -> None:
    """Raise ShortNameError when a seller's schema is gone: a new one would begin at product 1."""
    if _first(_THERE, [name]) is None:
        raise ShortNameError(
            sentence(
                "“{name}” has no schema any more. A new one would be empty, and its keys those of "
                "listings that are live.",
                name=name,
            ),
            advice=sentence("Restore the schema from a backup, or remove the seller."),
        )


def _first(sql: str, names: list[str]) -> str | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, [names])
        row = cursor.fetchone()
    return None if row is None else str(row[0])
