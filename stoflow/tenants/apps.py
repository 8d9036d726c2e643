from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.contrib.admin import apps as django_admin
from django.contrib.admin import autodiscover
from django.contrib.admin.checks import check_admin_app, check_dependencies
from django.core import checks
from django.core.checks import CheckMessage
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy


class TenantsConfig(AppConfig):
    name = "stoflow.tenants"
    label = "tenants"
    verbose_name = gettext_lazy("Sellers")
    default = True

    def ready(self) -> None:
        post_migrate.connect(_bring_roles_up_to_date, sender=self)


class StaffAdminConfig(django_admin.SimpleAdminConfig):
    """Django's admin with StoFlow's front page and rules of entry.

    Its pages are loaded with their addresses (stoflow/urls.py), and not by who shows none: it is a
    third of what a worker would have to load.
    """

    default = False
    default_site = "stoflow.tenants.site.StaffSite"

    def ready(self) -> None:
        checks.register(check_dependencies, checks.Tags.admin)
        checks.register(_check_pages, checks.Tags.admin)


def _check_pages(**options: Any) -> list[CheckMessage]:
    """Django's own check of them, once they are loaded."""
    autodiscover()
    messages: list[CheckMessage] = check_admin_app(**options)
    return messages


def _bring_roles_up_to_date(apps: Any, using: str, **_: Any) -> None:
    """A later migration may have brought models, and so permissions, that a role holds."""
    tenancy = import_module("tasks.tenancy")
    if tenancy.current_schema() != tenancy.PUBLIC or not _has_roles(apps):
        return
    import_module("stoflow.tenants.roles").make(using=using)


def _has_roles(apps: Any) -> bool:
    """Whether the migrations so far have brought the roles, or have just taken them back."""
    try:
        membership = apps.get_model("tenants", "Membership")
    except LookupError:
        return False
    return "role" in {field.name for field in membership._meta.fields}
