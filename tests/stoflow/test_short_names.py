"""A removed seller's short name is never used again: keys at marketplaces are made of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection, transaction

from stoflow.tenants import short_names
from stoflow.tenants.models import RetiredName, Tenant
from stoflow.tenants.short_names import ShortNameUsedError
from tasks import tenancy
from tasks.dispatch import lanes
from tasks.dispatch.models import Lane

pytestmark = pytest.mark.django_db

Removal = Callable[[Tenant], object]
REMOVALS: dict[str, Removal] = {
    "the row": lambda seller: seller.delete(),
    "rows by a query": lambda seller: Tenant.objects.filter(pk=seller.pk).delete(),
    "the schema too": lambda seller: seller.delete(force_drop=True),
}


@pytest.fixture
def seller() -> Tenant:
    """With a schema that has no tables, which take seconds to make."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA gamma")
    Tenant.objects.bulk_create([Tenant(schema_name="gamma", name="Gamma")])
    seller: Tenant = Tenant.objects.get(schema_name="gamma")
    return seller


def has_schema(name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regnamespace(%s) IS NOT NULL", [name])
        return bool(cursor.fetchone()[0])


@pytest.mark.parametrize("removal", REMOVALS.values(), ids=REMOVALS)
def test_the_name_of_a_removed_seller_is_refused(seller: Tenant, removal: Removal) -> None:
    removal(seller)
    with pytest.raises(ShortNameUsedError) as refused:
        Tenant(schema_name="gamma", name="A quite different seller").save(verbosity=0)
    assert "“gamma”" in refused.value.message
    assert refused.value.advice == "Choose another short name."
    assert not Tenant.objects.filter(schema_name="gamma").exists()


def test_a_removal_that_is_taken_back_retires_nothing(seller: Tenant) -> None:
    with transaction.atomic():
        seller.delete()
        transaction.set_rollback(True)
    assert not RetiredName.objects.exists()


def test_a_schema_that_nobody_has_is_nobody_s_to_take(seller: Tenant) -> None:
    """Its row was removed by hand, or by a release that retired no names."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM public.tenants_tenant WHERE id = %s", [seller.pk])
    with pytest.raises(ShortNameUsedError):
        Tenant(schema_name="gamma", name="A quite different seller").save(verbosity=0)
    assert has_schema("gamma")


def test_a_seller_that_could_not_be_made_leaves_the_name_free(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr(Tenant, "create_schema", fail)
        with pytest.raises(OSError, match="full"):
            Tenant(schema_name="gamma", name="Gamma").save(verbosity=0)
    assert not Tenant.objects.filter(schema_name="gamma").exists()
    short_names.require_new("gamma")


def test_nothing_of_a_removed_seller_is_left_among_what_all_share(seller: Tenant) -> None:
    with tenancy.inside(seller):
        lanes.ensure(1, marketplace="etsy", name="Old shop", concurrency=1)
        lanes.pause(1, by="mia", reason="on holiday")
    seller.delete()
    assert not Lane.objects.filter(schema_name="gamma").exists()


def test_a_seller_keeps_its_name_when_it_is_edited(seller: Tenant) -> None:
    seller.name = "Gamma & daughters"
    seller.save(verbosity=0)
    assert Tenant.objects.get(schema_name="gamma").name == "Gamma & daughters"
