"""Staff who may enter some of the made-up sellers, and one who may enter all of them."""

from __future__ import annotations

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User

from stoflow.tenants.models import Membership, Tenant
from stoflow.tenants.roles import ROLES

STAFF = 200
SELLERS_OF_ONE = 20


def employ(schema: str, tenants: list[Tenant]) -> None:
    """Make users who cannot sign in, and their memberships; what is there already stays."""
    names = [f"{schema}_staff_{number:03}" for number in range(1, STAFF + 1)]
    User.objects.bulk_create(
        [User(username=name, password=make_password(None)) for name in names],
        ignore_conflicts=True,
    )
    users = list(User.objects.filter(username__in=names).order_by("username"))
    roles = list(Group.objects.filter(name__in=ROLES).order_by("name"))
    everywhere, *others = users
    rows = [Membership(user=everywhere, tenant=tenant, role=roles[0]) for tenant in tenants]
    for number, user in enumerate(others):
        first = number * SELLERS_OF_ONE % len(tenants)
        # The first seller is everybody's.
        mine = {tenants[0], *tenants[first : first + SELLERS_OF_ONE]}
        rows += [
            Membership(user=user, tenant=tenant, role=roles[number % len(roles)]) for tenant in mine
        ]
    Membership.objects.bulk_create(rows, ignore_conflicts=True)
