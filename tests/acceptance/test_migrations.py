"""Every migration runs in every schema, back to nothing and forward again."""

from __future__ import annotations

from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import connection

from stoflow.tenants.models import Membership, Tenant
from tasks import tenancy
from tests.acceptance.conftest import Database

TENANT_TABLES = {
    "tasks": {
        "batch_jobs",
        "marketplace_jobs",
        "marketplace_tasks",
        "task_attempts",
        "marketplace_job_stats",
        "staff_actions",
        "staff_action_outcomes",
    },
    "marketplaces": {"products", "product_images", "accounts", "listings", "catalogue_uploads"},
}


def tables(schema: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema])
        return {row[0] for row in cursor.fetchall()}


def migrate(*arguments: str) -> None:
    call_command("migrate_schemas", *arguments, verbosity=0)
    tenancy.leave()


def test_the_tables_of_a_tenant_go_and_come_back_in_every_schema(database: Database) -> None:
    before = {schema: tables(schema) for schema in ("public", "t1", "t2")}
    # Those of tasks point at products, and go first.
    migrate("marketplaces", "zero")
    for schema in ("t1", "t2"):
        assert not tables(schema) & (TENANT_TABLES["tasks"] | TENANT_TABLES["marketplaces"])
    migrate()
    assert {schema: tables(schema) for schema in before} == before


def test_the_public_tables_go_and_come_back(database: Database) -> None:
    dispatch = {"lanes", "worker_presences"}
    shared = {"marketplace_categories", "application_tokens"}
    assert dispatch | shared <= tables("public")
    assert not shared & tables("t1")
    migrate("dispatch", "zero")
    migrate("shared", "zero")
    assert not (dispatch | shared) & tables("public")
    migrate()
    assert dispatch | shared <= tables("public")


def test_tenant_tables_live_in_tenant_schemas_only(database: Database) -> None:
    for wanted in TENANT_TABLES.values():
        assert not wanted & tables("public")
        for tenant in Tenant.objects.all():
            assert wanted <= tables(tenant.schema_name)


def test_the_names_that_the_design_fixes_are_there(database: Database) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE schemaname = 't1'")
        indexes = {row[0] for row in cursor.fetchall()}
        cursor.execute(
            "SELECT column_name FROM information_schema.columns "
            "WHERE table_schema = 't1' AND table_name = 'marketplace_tasks'"
        )
        columns = {row[0] for row in cursor.fetchall()}
        cursor.execute(
            "SELECT confdeltype FROM pg_constraint WHERE conname = 'marketplace_tasks_job_id_fk'"
        )
        cascades = {row[0] for row in cursor.fetchall()}
    assert {"ix_marketplace_tasks_job_position", "ix_marketplace_tasks_job_status"} <= indexes
    assert columns == {
        "id", "job_id", "name", "position", "status", "step", "payload", "result",
        "error_message", "attempt_count", "created_at", "started_at", "completed_at",
    }  # fmt: skip
    assert cascades == {"c"}


def test_the_roles_go_and_come_back_and_members_keep_their_place(database: Database) -> None:
    user = User.objects.create_user("mia")
    tenant = Tenant.objects.get(schema_name="t1")
    Membership.objects.create(user=user, tenant=tenant, role=Group.objects.get(name="manager"))
    migrate("tenants", "0001")
    assert not Group.objects.exists()
    migrate()
    assert Membership.objects.get().role.name == "viewer"
    assert Group.objects.get(name="manager").permissions.filter(codename="change_lane").exists()
