"""Which tenant's schema the connection is in: the one door to django-tenants.

Whoever enters a schema leaves it again; code that runs outside `inside` runs in public.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol, cast

from django.db import ProgrammingError, connection
from django_tenants.utils import get_public_schema_name, get_tenant_model

from tasks.errors import PermanentError

PUBLIC: str = get_public_schema_name()


class TenantLike(Protocol):
    """What is needed to know of a tenant."""

    schema_name: str


class UnknownTenantError(PermanentError):
    """No tenant has this schema name."""

    default_advice = "Check how it is spelt."


class NotMigratedError(PermanentError):
    """The database has no tables yet."""

    default_advice = "Run `manage.py migrate_schemas` first."


def current_schema() -> str:
    """The schema that the connection is in."""
    return cast("str", cast("Any", connection).schema_name)


def current() -> TenantLike:
    """The tenant that the connection is in, to come back to it later with `inside`."""
    return cast("TenantLike", cast("Any", connection).tenant)


def leave() -> None:
    """Back to the public schema, wherever the connection was."""
    cast("Any", connection).set_schema_to_public()


def enter(tenant: TenantLike) -> None:
    """Into the tenant's schema; prefer `inside`, which also leaves it."""
    cast("Any", connection).set_tenant(tenant)


@contextmanager
def inside(tenant: TenantLike) -> Iterator[None]:
    """Inside the tenant's schema; back where it was afterwards, whatever happened."""
    former = cast("Any", connection).tenant
    enter(tenant)
    try:
        yield
    finally:
        enter(former)


def tenant_named(schema_name: str) -> TenantLike:
    """The tenant's row. UnknownTenantError when there is none: a schema of that name would
    answer from public otherwise, without a word."""
    try:
        tenant = _tenants().filter(schema_name=schema_name).first()
    except ProgrammingError as error:
        raise NotMigratedError("The database has no tables yet.") from error
    if tenant is None:
        raise UnknownTenantError(f"There is no tenant with the schema “{schema_name}”.")
    return cast("TenantLike", tenant)


def every_tenant() -> list[TenantLike]:
    """All tenants but the public schema, by name."""
    return list(_tenants().order_by("schema_name"))


def schema_names() -> Any:
    """Of all tenants, as a query in which another one looks."""
    return _tenants().values("schema_name")


def _tenants() -> Any:
    return get_tenant_model().objects.exclude(schema_name=PUBLIC)
