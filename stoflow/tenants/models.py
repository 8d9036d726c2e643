"""The sellers (one PostgreSQL schema each) and the staff who may enter them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils.translation import gettext_lazy as _
from django_tenants.models import TenantMixin

from stoflow.tenants import roles, short_names
from tasks.sentences import translated
from tasks.tenancy import PUBLIC

SCHEMA_NAME = RegexValidator(
    r"\A(?!pg_)[a-z][a-z0-9_]{0,39}\Z",
    _(
        "A short name has 1 to 40 lower-case letters, digits and underscores, a letter first, and "
        "does not begin with pg_."
    ),
)


class TenantQuerySet(models.QuerySet["Tenant"]):
    """Many at once have no schema made for them, and no other rights to names than one by one."""

    def bulk_create(self, objs: Iterable[Tenant], *args: Any, **kwargs: Any) -> list[Tenant]:
        tenants = list(objs)
        short_names.require_unused(tenant.schema_name for tenant in tenants)
        for tenant in tenants:
            SCHEMA_NAME(tenant.schema_name)
        return super().bulk_create(tenants, *args, **kwargs)

    def update(self, **values: Any) -> int:
        if "schema_name" in values:
            raise short_names.never_changed()
        return super().update(**values)


class Tenant(TenantMixin):  # type: ignore[misc] # django-tenants is not typed
    """One seller. Saving a new one creates its schema with all tables.

    Deleting one leaves the schema, and retires the short name (docs/adr/0049).
    """

    schema_name = models.CharField(
        _("short name"), max_length=40, unique=True, validators=[SCHEMA_NAME]
    )
    name = models.CharField(_("name"), max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    auto_create_schema = True
    is_being_made = False
    """Until the schema is there. What cannot be made is deleted, and nobody has ever met it."""

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = _("seller")
        verbose_name_plural = _("sellers")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        if self.schema_name == PUBLIC:
            raise ValidationError(
                {"schema_name": _("“public” is the installation's own schema, and no seller's.")}
            )
        try:
            self._require_own_short_name()
        except short_names.ShortNameError as error:
            said = f"{translated(error.message)} {translated(error.advice)}"
            raise ValidationError({"schema_name": said}) from error

    def save(self, *args: Any, **kwargs: Any) -> None:
        """ShortNameError, before anything is made, when the short name cannot be this seller's.

        ValidationError when it is none.
        """
        self._require_own_short_name()
        if self._state.adding:
            SCHEMA_NAME(self.schema_name)
        self.is_being_made = self._state.adding
        try:
            super().save(*args, **kwargs)
        finally:
            self.is_being_made = False

    def create_schema(self, *args: Any, **kwargs: Any) -> Any:
        """For a new seller. ShortNameError when the one of a former seller is gone."""
        if not self.is_being_made:
            short_names.require_schema(self.schema_name)
        return super().create_schema(*args, **kwargs)

    def _require_own_short_name(self) -> None:
        if self._state.adding:
            short_names.require_unused([self.schema_name])
        else:
            names = Tenant.objects.filter(pk=self.pk).values_list("schema_name", flat=True)
            short_names.require_same(names.first(), self.schema_name)


class RetiredShortName(models.Model):
    """A short name of a seller who was removed; no other seller ever gets it."""

    name = models.CharField(max_length=40, primary_key=True)
    retired_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "retired_short_names"

    def __str__(self) -> str:
        return self.name


@receiver(post_delete, sender=Tenant)
def _retire(instance: Tenant, using: str, **_: Any) -> None:
    """In the transaction of the removal: what is taken back has retired nothing."""
    if instance.schema_name != PUBLIC and not instance.is_being_made:
        name = RetiredShortName(name=instance.schema_name)
        RetiredShortName.objects.using(using).bulk_create([name], ignore_conflicts=True)


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
