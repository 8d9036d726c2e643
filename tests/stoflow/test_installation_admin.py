"""The installation's own pages: who may enter which seller."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, Group, User
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from stoflow.tenants.admin import seller_name
from stoflow.tenants.models import Membership, Tenant
from stoflow.tenants.roles import SUPPORT
from tasks.dispatch.models import Lane
from tests.tasks.admin.conftest import PUBLIC, Browser, let_in, text_of


@pytest.fixture
def root(tenant: Tenant) -> Browser:
    return Browser(User.objects.create_superuser("root"), tenant)


@pytest.fixture
def colleague(tenant: Tenant) -> User:
    return User.objects.create_user("mia", is_staff=True)


def test_a_superuser_lets_somebody_into_a_seller(
    root: Browser, colleague: User, tenant: Tenant
) -> None:
    browser, role = Browser(colleague, tenant), Group.objects.get(name=SUPPORT)
    assert browser.get("/t/t1/admin/").status_code == 404
    root.post(f"{PUBLIC}tenants/membership/add/", user=colleague.pk, tenant=tenant.pk, role=role.pk)
    assert Membership.objects.filter(user=colleague, tenant=tenant).exists()
    assert browser.get("/t/t1/admin/").status_code == 200


def test_a_superuser_shows_somebody_out_again(
    root: Browser, colleague: User, tenant: Tenant
) -> None:
    membership = let_in(colleague, tenant)
    root.post(f"{PUBLIC}tenants/membership/{membership.pk}/delete/", post="yes")
    assert Browser(colleague, tenant).get("/t/t1/admin/").status_code == 404


def test_a_user_is_made_inactive_and_never_deleted(root: Browser, colleague: User) -> None:
    page = f"{PUBLIC}auth/user/{colleague.pk}/"
    assert root.post(f"{page}delete/", post="yes").status_code == 403
    assert root.get(f"{page}change/").status_code == 200
    assert User.objects.filter(pk=colleague.pk).exists()


def test_no_seller_is_made_changed_or_deleted_in_a_form(root: Browser, tenant: Tenant) -> None:
    page = f"{PUBLIC}tenants/tenant/"
    assert root.post(f"{page}add/", name="New", schema_name="new").status_code == 403
    assert root.post(f"{page}{tenant.pk}/delete/", post="yes").status_code == 403
    assert Tenant.objects.filter(schema_name="new").count() == 0


def test_the_seller_s_page_shows_and_takes_members(
    root: Browser, colleague: User, tenant: Tenant
) -> None:
    let_in(colleague, tenant)
    page = text_of(root.get(f"{PUBLIC}tenants/tenant/{tenant.pk}/change/"))
    assert "mia" in page


def test_the_roles_are_looked_at_and_never_edited(root: Browser) -> None:
    role = Group.objects.get(name=SUPPORT)
    page = f"{PUBLIC}auth/group/"
    assert "Can change job" in text_of(root.get(f"{page}{role.pk}/change/"))
    assert root.post(f"{page}{role.pk}/change/", name="x").status_code == 403
    assert root.post(f"{page}{role.pk}/delete/", post="yes").status_code == 403
    assert root.post(f"{page}add/", name="x").status_code == 403


def test_a_user_s_page_shows_where_they_may_go_and_no_permissions_of_their_own(
    root: Browser, colleague: User, tenant: Tenant
) -> None:
    let_in(colleague, tenant, SUPPORT)
    page = text_of(root.get(f"{PUBLIC}auth/user/{colleague.pk}/change/"))
    assert "Seller t1" in page
    assert "user_permissions" not in page


def test_the_head_of_a_page_names_the_seller_to_who_is_signed_in(
    colleague: User, tenant: Tenant
) -> None:
    request = RequestFactory().get("/")
    request.user, request.tenant = colleague, tenant  # type: ignore[attr-defined]
    assert seller_name(request) == "Seller t1"
    request.tenant = None  # type: ignore[attr-defined]
    assert seller_name(request) == "All sellers"
    request.user = AnonymousUser()
    assert seller_name(request) == ""


def test_a_membership_is_added_and_taken_away_on_the_page_of_its_user(
    root: Browser, colleague: User, tenant: Tenant
) -> None:
    page = f"{PUBLIC}auth/user/{colleague.pk}/change/"
    joined = colleague.date_joined
    form: dict[str, Any] = {
        "username": "mia",
        "is_active": "on",
        "date_joined_0": f"{joined:%Y-%m-%d}",
        "date_joined_1": f"{joined:%H:%M:%S}",
        "memberships-TOTAL_FORMS": 1,
        "memberships-0-user": colleague.pk,
    }
    support = Group.objects.get(name=SUPPORT)
    added = {"memberships-0-tenant": tenant.pk, "memberships-0-role": support.pk}
    root.post(page, **form | added | {"memberships-INITIAL_FORMS": 0})
    [membership] = Membership.objects.filter(user=colleague)
    assert (membership.tenant, membership.role) == (tenant, support)
    gone = {"memberships-0-id": membership.pk, "memberships-0-DELETE": "on"}
    root.post(page, **form | gone | {"memberships-INITIAL_FORMS": 1})
    assert not Membership.objects.filter(user=colleague).exists()


def test_memberships_by_the_hundred_cost_a_page_no_more_queries(
    root: Browser, colleague: User, tenant: Tenant
) -> None:
    """Of a user and of a seller alike; and a role's permissions are read at once."""
    pages = [
        f"{PUBLIC}auth/user/{colleague.pk}/change/",
        f"{PUBLIC}tenants/tenant/{tenant.pk}/change/",
        f"{PUBLIC}tenants/membership/",
    ]
    let_in(colleague, tenant)
    for page in pages:
        root.get(page)
    few = [queries_of(root, page) for page in pages]
    role = Group.objects.get(name=SUPPORT)
    others = User.objects.bulk_create(User(username=f"sam{number}") for number in range(30))
    Membership.objects.bulk_create(Membership(user=u, tenant=tenant, role=role) for u in others)
    sellers = [Tenant(schema_name=f"s{number}", name=f"S {number}") for number in range(30)]
    Tenant.objects.bulk_create(sellers)
    Membership.objects.bulk_create(Membership(user=colleague, tenant=t, role=role) for t in sellers)
    assert [queries_of(root, page) for page in pages] == few
    assert queries_of(root, f"{PUBLIC}auth/group/{role.pk}/change/") < 15


def queries_of(browser: Browser, page: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(page).status_code == 200
    return len(queries)


def test_the_list_of_accounts_work_calls_sellers_by_their_names(root: Browser) -> None:
    Lane.objects.create(schema_name="t1", account_id=7, marketplace="ebay", account_name="Main")
    lanes = f"{PUBLIC}dispatch/lane/"
    for search in ("", "Seller t1"):
        assert ">Seller t1</a>" in text_of(root.get(lanes, q=search))
