"""A tenant whose changes are really committed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import connections

from stoflow.tenants.models import Tenant
from tasks import tenancy


@pytest.fixture
def committed(db: None) -> Iterator[Tenant]:
    """The tenant t1 on a connection with no transaction open; what a test made is removed.

    pytest-django's own way would empty every table afterwards, the tenants' among them.
    """
    inside_transaction = connections["default"]
    connections["default"] = inside_transaction.copy()
    tenant = Tenant.objects.get(schema_name="t1")
    try:
        with tenancy.inside(tenant):
            yield tenant
            _empty("tasks", "marketplaces", "dispatch")
    finally:
        connections["default"].close()
        connections["default"] = inside_transaction


def _empty(*apps_with_tables: str) -> None:
    models = [model for app in apps_with_tables for model in apps.get_app_config(app).get_models()]
    tables = ", ".join(model._meta.db_table for model in models)
    with connections["default"].cursor() as cursor:
        cursor.execute(f"TRUNCATE {tables} CASCADE")
