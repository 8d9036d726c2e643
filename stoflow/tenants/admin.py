"""The installation's own pages: sellers, who may enter them, and the lanes of all of them.

Staff see what belongs to the tenants that they are members of; superusers see everything, and only
they decide who may go where.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Now
from django.http import HttpRequest
from django.utils.html import format_html

from stoflow.tenants.middleware import PREFIX
from stoflow.tenants.models import Membership, Tenant
from tasks.admin.base import InPublic, ModelAdmin, PublicPage, TabularInline
from tasks.admin.filters import MarketplaceFilter
from tasks.admin.looks import display, lane_situation
from tasks.dispatch.models import Lane

if not TYPE_CHECKING:
    from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

STOPPED = (
    Q(paused_at__isnull=False) | Q(consent_needed_at__isnull=False) | Q(blocked_until__gt=Now())
)


def seller_name(request: HttpRequest) -> str:
    """Where one is, for the head of every page (UNFOLD's SITE_SUBHEADER); strangers learn nothing."""
    if not request.user.is_authenticated:
        return ""
    tenant: Tenant | None = getattr(request, "tenant", None)
    return "All sellers" if tenant is None else tenant.name


class SuperusersOnly(InPublic[Any]):
    """Who may enter what is not decided by those who may enter something."""

    def is_allowed(self, request: HttpRequest) -> bool:
        return self.is_here() and bool(request.user.is_superuser)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.is_allowed(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.is_allowed(request)

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return self.is_allowed(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.is_allowed(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.is_allowed(request)


class MemberRows(SuperusersOnly, TabularInline[Membership, Any]):
    model = Membership
    extra = 0


@admin.register(Tenant)
class TenantAdmin(PublicPage[Tenant]):
    list_display = ("name", "schema_name", "work", "open")
    search_fields = ("name", "schema_name")
    ordering = ("name", "pk")
    fields = ("name", "schema_name", "created_at", "open")
    inlines = (MemberRows,)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.is_here()

    def has_view_permission(self, request: HttpRequest, obj: Tenant | None = None) -> bool:
        return self.is_here()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tenant]:
        lanes = Lane.objects.filter(schema_name=OuterRef("schema_name")).values("schema_name")
        stopped = lanes.annotate(number=Count("pk", filter=STOPPED)).values("number")
        tenants: QuerySet[Tenant] = super().get_queryset(request).exclude(schema_name="public")
        tenants = tenants.annotate(stopped=Coalesce(Subquery(stopped), 0))
        if request.user.is_superuser:
            return tenants
        return tenants.filter(memberships__user_id=request.user.pk)

    @display(description="work")
    def work(self, tenant: Any) -> str:
        return f"{tenant.stopped} accounts are stopped" if tenant.stopped else "goes on"

    @display(description="open")
    def open(self, tenant: Tenant) -> str:
        return format_html('<a href="{}{}/admin/">Open</a>', PREFIX, tenant.schema_name)


@admin.register(Membership)
class MembershipAdmin(SuperusersOnly, ModelAdmin[Membership]):
    list_display = ("user", "tenant", "created_at")
    list_select_related = ("user", "tenant")
    search_fields = ("user__username", "tenant__name", "tenant__schema_name")
    show_full_result_count = False
    autocomplete_fields = ("user", "tenant")


@admin.register(Lane)
class LaneAdmin(PublicPage[Lane]):
    list_display = ("id", "schema_name", "account_name", "marketplace", "state", "due_at")
    list_filter = (MarketplaceFilter,)
    ordering = ("schema_name", "account_id")
    search_fields = ("schema_name", "account_name")
    fields = (
        ("schema_name", "account_name", "marketplace"),
        "state",
        ("concurrency", "due_at", "served_at"),
        ("paused_at", "paused_by", "consent_needed_at", "blocked_until"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lane]:
        lanes = super().get_queryset(request)
        if request.user.is_superuser:
            return lanes
        mine = Tenant.objects.filter(memberships__user_id=request.user.pk)
        return lanes.filter(schema_name__in=mine.values("schema_name"))

    @display(description="work")
    def state(self, lane: Lane) -> str:
        return lane_situation(lane)


admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(SuperusersOnly, DjangoUserAdmin, ModelAdmin[User]):  # type: ignore[type-arg]
    if not TYPE_CHECKING:
        form = UserChangeForm
        add_form = UserCreationForm
        change_password_form = AdminPasswordChangeForm

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Never: every tenant's history refers to users. Untick "active" instead."""
        return False


@admin.register(Group)
class GroupAdmin(SuperusersOnly, DjangoGroupAdmin, ModelAdmin[Group]):
    actions: ClassVar[list[str]] = []  # type: ignore[misc]
