"""Who may enter which seller, and what they may do there.

Asked once per request: the answers are kept on the request's user, one for each schema.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from django.contrib.auth.models import AnonymousUser, User

from stoflow.tenants.models import Membership
from tasks.tenancy import PUBLIC

Visitor = User | AnonymousUser


@dataclass(frozen=True, slots=True)
class Access:
    """What a person may do in one schema."""

    may_enter: bool = False
    permissions: frozenset[str] = field(default_factory=frozenset)


_NONE: Final = Access()
_KEPT = "_access_by_schema"


def access(user: Visitor, schema: str) -> Access:
    """What `user` may do in `schema` by their membership; superusers are the caller's business.

    The public pages belong to everybody who works here: who is a member somewhere, or is marked
    as staff, may enter them, and may change nothing.
    """
    if not user.is_authenticated or not user.is_active:
        return _NONE
    kept: dict[str, Access] = user.__dict__.setdefault(_KEPT, {})
    if schema not in kept:
        kept[schema] = _in_public(user) if schema == PUBLIC else _in_tenant(user, schema)
    return kept[schema]


def may_enter(user: Visitor, schema: str) -> bool:
    """Whether the seller's pages, or the public ones, are there for this person."""
    return bool(user.is_active and user.is_superuser) or access(user, schema).may_enter


def _in_public(user: Any) -> Access:
    member = user.is_staff or Membership.objects.filter(user_id=user.pk).exists()
    return Access(may_enter=member)


def _in_tenant(user: Any, schema: str) -> Access:
    """The membership and its role's permissions in one query; a role without any has one row."""
    held = list(
        Membership.objects.filter(user_id=user.pk, tenant__schema_name=schema).values_list(
            "role__permissions__content_type__app_label", "role__permissions__codename"
        )
    )
    permissions = (f"{app}.{codename}" for app, codename in held if codename)
    return Access(may_enter=bool(held), permissions=frozenset(permissions))
