"""Sellers are made, removed and made again, with everything committed."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import connection

from marketplaces.models import Product
from stoflow.tenants.models import RetiredShortName, Tenant
from stoflow.tenants.short_names import ShortNameError
from tasks import tenancy
from tests.acceptance.conftest import Database


def schemas() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace")
        return {row[0] for row in cursor.fetchall()}


def test_the_next_seller_of_the_name_is_refused_and_one_of_another_name_begins_empty(
    database: Database,
) -> None:
    tenant = Tenant.objects.get(schema_name="t2")
    with tenancy.inside(tenant):
        Product.objects.create(sku="OLD", title="Of the former seller")
    tenant.delete()
    for command in ("SELECT 1", "DROP SCHEMA t2 CASCADE"):
        with connection.cursor() as cursor:
            cursor.execute(command)
        before = schemas()
        with pytest.raises(ShortNameError, match="removed"):
            Tenant(schema_name="t2", name="A quite different seller").save(verbosity=0)
        assert schemas() == before
    other = Tenant(schema_name="t3", name="A quite different seller")
    other.save(verbosity=0)
    with tenancy.inside(other):
        assert not Product.objects.exists()


def test_an_upgrade_retires_the_name_of_a_schema_that_was_left(database: Database) -> None:
    call_command("migrate_schemas", "tenants", "0003", verbosity=0)
    tenancy.leave()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM tenants_tenant WHERE schema_name = 't2'")
    call_command("migrate_schemas", verbosity=0)
    tenancy.leave()
    assert [each.name for each in RetiredShortName.objects.all()] == ["t2"]
