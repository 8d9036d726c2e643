"""Three roles, what each may do, and that it is so in one seller only."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.apps import apps
from django.contrib.auth.models import AnonymousUser, Group, Permission, User
from django.db import connection
from django.db.models import ProtectedError
from django.test.utils import CaptureQueriesContext

from stoflow.tenants import access, roles
from stoflow.tenants.models import Membership, Tenant
from stoflow.tenants.roles import MANAGER, ROLES, SUPPORT, VIEWER
from tasks import tenancy
from tests.tasks.admin.conftest import let_in

ACT = {"tasks.change_marketplacejob", "tasks.add_batchjob"}
RUN = {"dispatch.change_lane", "marketplaces.add_product", "marketplaces.change_account"}


def views() -> set[str]:
    found = Permission.objects.filter(
        codename__startswith="view_",
        content_type__app_label__in=["tasks", "marketplaces", "dispatch"],
    )
    return {f"{p.content_type.app_label}.{p.codename}" for p in found.select_related()}


def held_by(role: str) -> set[str]:
    permissions = Group.objects.get(name=role).permissions.select_related("content_type")
    return {f"{p.content_type.app_label}.{p.codename}" for p in permissions}


@pytest.fixture
def mia(tenant: Tenant) -> User:
    return User.objects.create_user("mia")


@pytest.mark.parametrize(
    ("role", "beyond_viewing"), [(VIEWER, set()), (SUPPORT, ACT), (MANAGER, ACT | RUN)]
)
def test_each_role_holds_just_its_permissions(
    db: None, role: str, beyond_viewing: set[str]
) -> None:
    assert "tasks.view_marketplacejob" in views()
    assert held_by(role) == views() | beyond_viewing


def test_making_the_roles_again_restores_the_table(db: None) -> None:
    before = {role: held_by(role) for role in ROLES}
    Group.objects.get(name=VIEWER).permissions.set(Permission.objects.all())
    Group.objects.get(name=MANAGER).permissions.clear()
    Group.objects.get(name=SUPPORT).delete()
    Permission.objects.filter(codename="view_taskattempt").delete()
    roles.make()
    assert {role: held_by(role) for role in ROLES} == before


def test_who_was_a_member_before_there_were_roles_becomes_a_viewer(
    mia: User, tenant: Tenant
) -> None:
    migration = import_module("stoflow.tenants.migrations.0002_roles")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE tenants_membership ALTER role_id DROP NOT NULL")
        cursor.execute(
            "INSERT INTO tenants_membership (user_id, tenant_id, created_at) VALUES (%s, %s, now())",
            [mia.pk, tenant.pk],
        )
    migration.viewers(apps, None)
    assert Membership.objects.get().role.name == VIEWER


def test_a_role_decides_in_its_own_seller_only(
    mia: User, tenant: Tenant, other_tenant: Tenant
) -> None:
    let_in(mia, tenant, SUPPORT)
    let_in(mia, other_tenant, VIEWER)
    assert mia.has_perm("tasks.change_marketplacejob")
    assert mia.has_module_perms("tasks")
    with tenancy.inside(other_tenant):
        assert not mia.has_perm("tasks.change_marketplacejob")
        assert mia.has_perm("tasks.view_marketplacejob")
    tenancy.leave()
    assert mia.get_all_permissions() == set()
    tenancy.enter(tenant)


def test_groups_and_permissions_of_the_user_itself_count_for_nothing(
    mia: User, tenant: Tenant
) -> None:
    mia.groups.add(Group.objects.get(name=MANAGER))
    mia.user_permissions.set(Permission.objects.all())
    let_in(mia, tenant, VIEWER)
    assert mia.get_all_permissions() == views()
    assert mia.get_user_permissions() == set()
    assert not async_to_sync(mia.ahas_perm)("tasks.change_marketplacejob")


def test_who_is_not_active_may_do_nothing(mia: User, tenant: Tenant) -> None:
    let_in(mia, tenant, MANAGER)
    mia.is_active = False
    assert not mia.has_perm("tasks.view_marketplacejob")
    assert mia.get_all_permissions() == set()
    assert not access.may_enter(mia, "t1")
    assert not access.may_enter(AnonymousUser(), "t1")


def test_superusers_may_do_everything_everywhere(tenant: Tenant) -> None:
    root = User.objects.create_superuser("root")
    assert root.has_perm("tasks.change_marketplacejob")
    assert root.get_all_permissions() >= views() | ACT | RUN
    root.is_active = False
    assert not access.may_enter(root, "t1")


def test_a_person_s_permissions_are_read_once_for_each_seller(
    mia: User, tenant: Tenant, django_assert_num_queries: Any
) -> None:
    let_in(mia, tenant, MANAGER)
    with django_assert_num_queries(1):
        assert access.may_enter(mia, "t1")
        for permission in (*ACT, *RUN, "tasks.delete_batchjob"):
            mia.has_perm(permission)


def test_a_role_in_use_is_not_deleted(mia: User, tenant: Tenant) -> None:
    let_in(mia, tenant, SUPPORT)
    with pytest.raises(ProtectedError):
        Group.objects.get(name=SUPPORT).delete()


def test_what_a_page_costs_does_not_grow_with_what_a_role_holds(mia: User, tenant: Tenant) -> None:
    let_in(mia, tenant, VIEWER)
    with CaptureQueriesContext(connection) as queries:
        mia.get_all_permissions()
    assert len(queries) == 1
