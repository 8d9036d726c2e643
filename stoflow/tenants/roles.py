"""What a member may do inside a seller: three roles, each a group that holds these permissions.

The groups are StoFlow's own: every migration of the installation sets them to this table, so that
a permission that is new in the code reaches everybody whose role has it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from django.apps import AppConfig
from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.utils.translation import gettext_lazy

VIEWER: Final = "viewer"
SUPPORT: Final = "support"
MANAGER: Final = "manager"

APPS: Final = ("tasks", "marketplaces", "dispatch")
"""Where a seller's own things are: what these apps have may be viewed by every member."""

_ACT = {
    "tasks.change_marketplacejob",  # retry, cancel, pause, answer
    "tasks.add_batchjob",  # publish, update or withdraw chosen products
}
_RUN_THE_SHOP = {
    "dispatch.change_lane",  # pause and resume the work on an account
    "marketplaces.add_product",  # import a catalogue
    "marketplaces.change_account",
}
BEYOND_VIEWING: Final[dict[str, frozenset[str]]] = {
    VIEWER: frozenset(),
    SUPPORT: frozenset(_ACT),
    MANAGER: frozenset(_ACT | _RUN_THE_SHOP),
}
ROLES: Final = tuple(BEYOND_VIEWING)
"""From the one that may least to the one that may most."""


_NAMES = {
    VIEWER: gettext_lazy("viewer"),
    SUPPORT: gettext_lazy("support"),
    MANAGER: gettext_lazy("manager"),
}


def role_name(group: str) -> str:
    """What a role is called where a person reads it; other groups are called as they are."""
    return str(_NAMES.get(group, group))


def permissions_of(role: str) -> frozenset[str]:
    """What the role may do, as `app.codename`: the whole table in one line each."""
    return BEYOND_VIEWING[role].union(_views())


def _views() -> Iterator[str]:
    for config in _app_configs():
        for model in config.get_models():
            yield f"{config.label}.view_{model._meta.model_name}"


def make(apps: Any = installed, *, using: str = "default") -> None:
    """Make the groups, or bring them up to date; `apps` may be a migration's.

    Django makes permissions only after the last migration, so they are made here first.
    """
    for config in _app_configs():
        create_permissions(config, verbosity=0, using=using)
    permission, group = apps.get_model("auth", "Permission"), apps.get_model("auth", "Group")
    known = {
        f"{app}.{codename}": pk
        for pk, app, codename in permission.objects.using(using)
        .filter(content_type__app_label__in=APPS)
        .values_list("pk", "content_type__app_label", "codename")
    }
    for role in ROLES:
        row, _ = group.objects.using(using).get_or_create(name=role)
        row.permissions.set([known[name] for name in permissions_of(role)])


def _app_configs() -> list[AppConfig]:
    return [installed.get_app_config(label) for label in APPS]
