"""Four people at the admin's door, and a browser that leaves the test in the tenant t1."""

from __future__ import annotations

from typing import Any, cast

import pytest
from django.contrib.auth.models import Group, User
from django.http import HttpResponse
from django.test import Client
from django.urls import set_script_prefix
from django.utils import timezone

from marketplaces.models import Listing, ProductImage, UnmatchedListing
from stoflow.tenants.models import Membership, Tenant
from stoflow.tenants.roles import ROLES, VIEWER, permissions_of
from tasks import staff_actions, tenancy
from tests.marketplaces.sales.builders import sell
from tests.tasks.conftest import Bench

TENANT = "/t/t1/admin/"
PUBLIC = "/admin/"


class Browser:
    """One person's browser; None: nobody is signed in."""

    def __init__(self, user: User | None, tenant: Tenant) -> None:
        self.client, self.tenant = Client(), tenant
        if user is not None:
            self.client.force_login(user)

    def get(self, path: str, **query: Any) -> HttpResponse:
        return self._visit(self.client.get, path, query)

    def follow(self, path: str) -> HttpResponse:
        """Where an address leads in the end."""
        return self._visit(self.client.get, path, follow=True)

    def post(self, path: str, follow: bool = False, **data: Any) -> HttpResponse:
        return self._visit(self.client.post, path, data, follow=follow)

    def _visit(self, method: Any, *arguments: Any, **options: Any) -> HttpResponse:
        set_script_prefix("/")  # as a WSGI server does before each request
        try:
            return cast("HttpResponse", method(*arguments, **options))
        finally:
            set_script_prefix("/")
            tenancy.enter(self.tenant)


def text_of(response: HttpResponse) -> str:
    return response.content.decode()


def staff(name: str, tenant: Tenant | None, *permissions: str) -> User:
    """A member of the tenant in the least of the roles that hold these permissions."""
    user = User.objects.create_user(name, is_staff=True)
    if tenant is not None:
        held = {role: {name.partition(".")[2] for name in permissions_of(role)} for role in ROLES}
        role = next(role for role in ROLES if held[role].issuperset(permissions))
        let_in(user, tenant, role)
    return user


def let_in(user: User, tenant: Tenant, role: str = VIEWER) -> Membership:
    return Membership.objects.create(user=user, tenant=tenant, role=Group.objects.get(name=role))


@pytest.fixture
def superuser(tenant: Tenant) -> Browser:
    return Browser(User.objects.create_superuser("root"), tenant)


@pytest.fixture
def member(tenant: Tenant) -> Browser:
    """Of t1; may see and act."""
    return Browser(staff("mia", tenant, "change_marketplacejob"), tenant)


@pytest.fixture
def viewer(tenant: Tenant) -> Browser:
    """Of t1; may only see."""
    return Browser(staff("vic", tenant), tenant)


@pytest.fixture
def stranger(tenant: Tenant, other_tenant: Tenant) -> Browser:
    """Of t2; may do everything there."""
    return Browser(staff("sten", other_tenant, "change_marketplacejob"), tenant)


@pytest.fixture
def nobody(tenant: Tenant) -> Browser:
    return Browser(None, tenant)


@pytest.fixture
def shop(bench: Bench) -> Bench:
    """One row of everything: a failed job of a batch, its listing, photo and lane."""
    job = bench.work_until_ended(bench.request(script={"create": ["unknown", "permanent"]}))
    product = bench.products[0]
    ProductImage.objects.create(
        product=product, position=1, url="https://example.org/toy.jpg", checksum="0" * 64
    )
    Listing.objects.create(account=bench.account, product=product, key="K1", external_id="EXT-1")
    bench.account.refresh_token = "SECRET-REFRESH"
    bench.account.access_token = "SECRET-ACCESS"
    bench.account.save()
    sell(bench.account, product)
    UnmatchedListing.objects.create(
        account=bench.account, external_id="EXT-2", why="NO_PRODUCT", last_seen_at=timezone.now()
    )
    assert job.status == "FAILED"
    staff_actions.begin(staff_actions.Wish("retry", by="sam"))
    return bench


@pytest.fixture
def rightless(tenant: Tenant) -> Browser:
    """Of t1, in a role that allows nothing."""
    Group.objects.create(name="rightless")
    user = User.objects.create_user("lee", is_staff=True)
    let_in(user, tenant, "rightless")
    return Browser(user, tenant)
