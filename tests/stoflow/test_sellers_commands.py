"""django-tenants' commands that would bring a short name to a second life are refused."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from stoflow.tenants.models import RetiredShortName, Tenant
from stoflow.tenants.short_names import ShortNameError
from tasks import tenancy
from tasks.models import MarketplaceJob
from tests.stoflow.test_short_names import execute, has_schema


@pytest.fixture
def gamma(db: None) -> Tenant:
    tenant = Tenant(schema_name="gamma", name="Gamma")
    Tenant.objects.bulk_create([tenant])
    execute("CREATE SCHEMA gamma")
    return tenant


REFUSED = {
    "rename_schema": ["--rename_from=gamma", "--rename_to=delta"],
    "clone_tenant": ["--clone_from=gamma"],
    "create_missing_schemas": [],
    "delete_tenant": ["--schema=gamma", "--noinput"],
    "create_domain": ["--schema=gamma"],
    "delete_domain": ["--schema=gamma"],
    "create_tenant_superuser": ["--schema=gamma"],
}


@pytest.mark.parametrize("command", REFUSED)
def test_a_command_that_breaks_the_promise_changes_nothing_and_says_what_to_do(
    gamma: Tenant, command: str
) -> None:
    with pytest.raises(CommandError, match=r"StoFlow.+\. .+\.") as refused:
        call_command(command, *REFUSED[command])
    assert refused.value.returncode == 2
    assert has_schema("gamma")
    assert not has_schema("delta")
    assert names() == {"t1", "t2", "gamma"}


def test_a_schema_that_is_gone_is_not_made_anew_empty(gamma: Tenant) -> None:
    """Its products would be counted from 1 again, with keys of listings that are live."""
    execute("DROP SCHEMA gamma")
    gamma.name = "Gamma & Sons"
    with pytest.raises(ShortNameError, match="has no schema any more"):
        gamma.save()
    with pytest.raises(ShortNameError, match="has no schema any more"):
        gamma.create_schema(check_if_exists=True)
    assert not has_schema("gamma")


@pytest.mark.parametrize(
    "name", ["a b", "1a", "é", "", "A", "a-b", "a" * 41, "pg_a", "information_schema"]
)
def test_a_name_that_no_page_can_show_is_refused_before_anything_is_made(
    db: None, name: str
) -> None:
    with pytest.raises((ShortNameError, ValidationError)):
        Tenant(schema_name=name, name="Seller").save(verbosity=0)
    with pytest.raises((ShortNameError, ValidationError)):
        Tenant.objects.bulk_create([Tenant(schema_name=name, name="Seller")])
    with pytest.raises(ValidationError):
        Tenant(schema_name=name, name="Seller").full_clean()
    assert names() == {"t1", "t2"}
    assert not RetiredShortName.objects.exists()


def test_the_installation_s_own_schema_is_no_seller_s(db: None) -> None:
    with pytest.raises(CommandError, match="the installation's own schema"):
        create_tenant("public", "--name=X")
    assert names() == {"t1", "t2"}


def names() -> set[str]:
    return set(Tenant.objects.values_list("schema_name", flat=True))


def create_tenant(*arguments: str) -> str:
    said = StringIO()
    call_command("create_tenant", *arguments, stdout=said)
    return said.getvalue()


def test_a_seller_is_made_by_a_command(committed: Tenant) -> None:
    tenancy.leave()
    said = create_tenant("theta", "--name=Theta & Sons")
    assert said == "Added: Theta & Sons (theta). Its pages are at /t/theta/admin/.\n"
    theta = Tenant.objects.get(schema_name="theta")
    with tenancy.inside(theta):
        assert not MarketplaceJob.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["a b", "--name=X"], "lower-case letters"),
        (["gamma", "--name=X"], "already exists"),
        (["delta", "--name= "], "cannot be blank"),
        (["delta", f"--name={'x' * 201}"], "at most 200"),
    ],
)
def test_a_seller_that_cannot_be_is_refused(
    gamma: Tenant, arguments: list[str], words: str
) -> None:
    with pytest.raises(CommandError, match=words) as refused:
        create_tenant(*arguments)
    assert refused.value.returncode == 2
    assert names() == {"t1", "t2", "gamma"}
