"""The sellers (one PostgreSQL schema each) and the staff who may enter them."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_tenants.models import TenantMixin

from stoflow.tenants import roles

SCHEMA_NAME = RegexValidator(
    r"\A[a-z][a-z0-9_]{0,39}\Z",
    "A schema name has 1 to 40 lower-case letters, digits and underscores, a letter first.",
)


class Tenant(TenantMixin):  # type: ignore[misc] # django-tenants is not typed
    """One seller. Saving a new one creates its schema with all tables."""

    schema_name = models.CharField(
        _("short name"), max_length=40, unique=True, validators=[SCHEMA_NAME]
    )
    name = models.CharField(_("name"), max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    auto_create_schema = True

    class Meta:
        verbose_name = _("seller")
        verbose_name_plural = _("sellers")

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A member of staff may enter a tenant, and do there what the role's group holds."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    tenant = models.ForeignKey(
        Tenant, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("seller")
    )
    role = models.ForeignKey(
        Group,
        on_delete=models.PROTECT,
        related_name="memberships",
        limit_choices_to={"name__in": roles.ROLES},
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(fields=["user", "tenant"], name="one_membership_per_tenant")
        ]

    def __str__(self) -> str:
        role = roles.role_name(self.role.name)
        return f"{self.user}, {self.tenant} ({role})"
