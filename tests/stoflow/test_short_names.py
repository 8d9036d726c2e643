"""A short name is given to one seller and to no other after them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from io import StringIO

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.forms import modelform_factory
from django.utils import timezone
from django.utils.translation import override

from stoflow.load.cloning import Template
from stoflow.tenants.models import Membership, RetiredShortName, Tenant
from stoflow.tenants.short_names import ShortNameError
from tasks import tenancy
from tasks.dispatch import lanes, limits, timer, turns
from tasks.dispatch.models import Lane, RateLimit
from tests.tasks.admin.conftest import let_in

Deletion = Callable[[Tenant], object]


def execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def has_schema(name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regnamespace(%s) IS NOT NULL", [name])
        return bool(cursor.fetchone()[0])


@pytest.fixture
def gamma(db: None) -> Tenant:
    """A seller with a schema and an account whose work is paused."""
    tenant = Tenant(schema_name="gamma", name="Gamma")
    Tenant.objects.bulk_create([tenant])
    execute("CREATE SCHEMA gamma")
    execute("CREATE TABLE gamma.marketplace_jobs ()")
    with tenancy.inside(tenant):
        lanes.ensure(1, marketplace="toy", name="Gamma's shop")
        lanes.pause(1, by="old staff", reason="holiday")
    for key in ("ebay-media/gamma/1", "ebay-media/gamma2/1"):
        limits.block(key, until=timezone.now(), reason="eBay's limit")
    return tenant


DELETIONS: dict[str, Deletion] = {
    "of the row": lambda tenant: tenant.delete(),
    "of the row and the schema": lambda tenant: tenant.delete(force_drop=True),
    "of a queryset": lambda tenant: Tenant.objects.filter(pk=tenant.pk).delete(),
}


@pytest.fixture(params=DELETIONS)
def removed(request: pytest.FixtureRequest, gamma: Tenant) -> None:
    let_in(User.objects.create_user("mia"), gamma)
    DELETIONS[request.param](gamma)


def test_what_is_public_of_a_removed_seller_goes_and_the_name_is_kept(removed: None) -> None:
    assert not Tenant.objects.filter(schema_name="gamma").exists()
    assert not Lane.objects.filter(schema_name="gamma").exists()
    assert not Membership.objects.exists()
    assert [limit.key for limit in RateLimit.objects.all()] == ["ebay-media/gamma2/1"]
    assert [each.name for each in RetiredShortName.objects.all()] == ["gamma"]


@pytest.mark.parametrize("is_dropped", [True, False])
def test_no_new_seller_gets_the_short_name_of_a_removed_one(
    removed: None, is_dropped: bool
) -> None:
    if is_dropped:
        execute("DROP SCHEMA IF EXISTS gamma CASCADE")
    before = has_schema("gamma")
    with pytest.raises(ShortNameError, match="removed") as refused:
        Tenant(schema_name="gamma", name="A quite different seller").save(verbosity=0)
    assert refused.value.advice == "Choose another short name."
    assert refused.value.advice in str(refused.value)
    assert not Tenant.objects.filter(schema_name="gamma").exists()
    assert has_schema("gamma") is before


@pytest.mark.parametrize(
    "make",
    [
        lambda tenant: Tenant.objects.bulk_create([tenant]),
        lambda tenant: Template(Tenant.objects.get(schema_name="t1")).make([tenant]),
        lambda tenant: Tenant.objects.create(schema_name=tenant.schema_name, name=tenant.name),
    ],
    ids=["many at once", "copies", "create"],
)
@pytest.mark.parametrize("name", ["gamma", "GAMMA"])
def test_no_other_way_of_making_sellers_gives_the_name_again(
    gamma: Tenant, make: Callable[[Tenant], object], name: str
) -> None:
    gamma.delete(force_drop=True)
    with pytest.raises(ShortNameError):
        make(Tenant(schema_name=name, name="Other"))
    assert not has_schema("gamma")


def test_a_schema_that_stands_without_a_seller_is_given_to_nobody(db: None) -> None:
    execute("CREATE SCHEMA delta")
    with pytest.raises(ShortNameError, match="belongs to no seller"):
        Tenant(schema_name="delta", name="Delta").save(verbosity=0)
    assert not Tenant.objects.filter(schema_name="delta").exists()
    assert has_schema("delta")


def test_the_public_schema_stands_always_and_is_no_seller_s(db: None) -> None:
    Tenant(schema_name="public", name="The installation").save(verbosity=0)
    Tenant.objects.get(schema_name="public").delete()
    assert not RetiredShortName.objects.exists()


def test_a_removal_that_is_taken_back_retires_nothing(gamma: Tenant) -> None:
    with transaction.atomic():
        gamma.delete()
        transaction.set_rollback(True)
    assert not RetiredShortName.objects.exists()
    assert Lane.objects.filter(schema_name="gamma").exists()


def test_a_seller_who_could_not_be_made_has_never_had_the_name(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = Tenant(schema_name="epsilon", name="Epsilon")

    def fail(**_: object) -> None:
        execute("CREATE SCHEMA epsilon")
        raise OSError("The disk is full.")

    monkeypatch.setattr(tenant, "create_schema", fail)
    with pytest.raises(OSError, match="disk"):
        tenant.save(verbosity=0)
    assert not has_schema("epsilon")
    assert not RetiredShortName.objects.exists()
    assert not Tenant.objects.filter(schema_name="epsilon").exists()


def test_a_short_name_stays_as_it_is(gamma: Tenant) -> None:
    gamma.name = "Gamma & Sons"
    gamma.save()
    gamma.schema_name = "zeta"
    with pytest.raises(ShortNameError, match="cannot become"):
        gamma.save()
    assert Tenant.objects.get(pk=gamma.pk).schema_name == "gamma"
    assert not has_schema("zeta")


def test_no_update_of_rows_changes_a_short_name(gamma: Tenant) -> None:
    with pytest.raises(ShortNameError, match="never changed"):
        Tenant.objects.filter(pk=gamma.pk).update(schema_name="zeta")
    gamma.schema_name = "zeta"
    with pytest.raises(ShortNameError, match="never changed"), transaction.atomic():
        Tenant.objects.bulk_update([gamma], ["schema_name"])
    assert Tenant.objects.filter(pk=gamma.pk).update(name="Other") == 1
    assert Tenant.objects.get(pk=gamma.pk).schema_name == "gamma"


def test_a_form_says_so_at_the_field_and_in_the_reader_s_language(gamma: Tenant) -> None:
    gamma.delete()
    form = modelform_factory(Tenant, fields=["schema_name", "name"])
    with override("fr"):
        bound = form({"schema_name": "gamma", "name": "Other"})
        (said,) = bound.errors["schema_name"]
    assert "« gamma »" in said
    assert "Choisissez" in said
    assert form({"schema_name": "eta", "name": "Other"}).is_valid()
    with pytest.raises(ValidationError):
        Tenant(schema_name="gamma", name="Other").full_clean()


def test_the_command_that_makes_sellers_says_so(gamma: Tenant) -> None:
    gamma.delete()
    arguments = ["--schema=gamma", "--tasks=10", "--tenants=1", "--beside-real-sellers"]
    with pytest.raises(CommandError, match="Choose another short name"):
        call_command("seed_load", *arguments, stdout=StringIO())


def test_a_worker_that_was_at_it_begins_no_other_job(gamma: Tenant) -> None:
    with tenancy.inside(gamma):
        lanes.resume(1)
    turn = turns.take()
    assert turn is not None
    gamma.delete()
    turns.settle(turn)
    assert not Lane.objects.exists()


def test_a_lane_that_somebody_made_meanwhile_goes_with_the_next_reconcile(db: None) -> None:
    for schema in ("gone", "t1"):
        Lane.objects.create(schema_name=schema, account_id=1, marketplace="toy")
    timer.reconcile()
    assert [lane.schema_name for lane in Lane.objects.all()] == ["t1"]


def test_names_of_sellers_who_were_removed_before_are_retired_by_the_migration(
    gamma: Tenant,
) -> None:
    Tenant.objects.filter(pk=gamma.pk)._raw_delete("default")
    Lane.objects.filter(schema_name="gamma").delete()
    Lane.objects.create(schema_name="gone", account_id=1, marketplace="toy")
    Lane.objects.create(schema_name="t1", account_id=1, marketplace="toy")
    execute("CREATE SCHEMA somebody_elses")
    migration = import_module("stoflow.tenants.migrations.0004_retired_short_names")
    with connection.schema_editor() as editor:
        migration.retire_those_of_removed_sellers(apps, editor)
    assert {each.name for each in RetiredShortName.objects.all()} == {"gamma", "gone"}


def test_whoever_makes_a_seller_waits_for_a_removal_that_is_under_way(committed: Tenant) -> None:
    tenancy.leave()
    Tenant.objects.bulk_create([Tenant(schema_name="leaving", name="Leaving")])
    is_removed, may_end = threading.Event(), threading.Event()

    def remove() -> None:
        try:
            with transaction.atomic():
                Tenant.objects.filter(schema_name="leaving").delete()
                is_removed.set()
                may_end.wait(10)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        removal = pool.submit(remove)
        assert is_removed.wait(10)
        threading.Timer(0.3, may_end.set).start()
        try:
            with pytest.raises(ShortNameError, match="removed"):
                Tenant.objects.bulk_create([Tenant(schema_name="leaving", name="Other")])
            removal.result()
        finally:
            may_end.set()
