"""The installation's own pages: sellers, who may enter them, and the lanes of all of them.

They are for superusers: only they see all sellers, and only they decide who may go where. What a
member of staff sees of their own sellers is the front page (`stoflow.tenants.front_pages`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import OuterRef, QuerySet, Subquery
from django.forms import ModelChoiceField
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from stoflow.tenants.middleware import PREFIX
from stoflow.tenants.models import Membership, Tenant
from stoflow.tenants.roles import ROLES, role_name
from tasks.admin.base import InPublic, ModelAdmin, PageOf, PublicPage, TabularInline
from tasks.admin.exports import Exportable
from tasks.admin.filters import MarketplaceFilter
from tasks.admin.lane_filters import HeldUpFilter
from tasks.admin.looks import display, lane_situation, standstill_of_lanes
from tasks.dispatch.models import Lane
from tasks.moments import moment
from tasks.standstill import Standstill
from tasks.tenancy import PUBLIC
from tasks.wording import marketplace_name

if not TYPE_CHECKING:
    from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm


def seller_name(request: HttpRequest) -> str:
    """Where one is, for the head of every page (UNFOLD's SITE_SUBHEADER); strangers learn nothing."""
    if not request.user.is_authenticated:
        return ""
    tenant: Tenant | None = getattr(request, "tenant", None)
    return gettext("All sellers") if tenant is None else tenant.name


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


class SuperusersView(InPublic[Any]):
    """Pages over all sellers, which nobody changes here."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.is_here() and bool(request.user.is_superuser)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.is_here() and bool(request.user.is_superuser)


class RoleFilter(admin.SimpleListFilter):
    title = _("role")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(role, role_name(role)) for role in ROLES]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Membership]
    ) -> QuerySet[Membership]:
        return queryset.filter(role__name=self.value()) if self.value() in ROLES else queryset


class RoleChoice(ModelChoiceField):  # type: ignore[type-arg]
    """Roles by what they are called in the person's language."""

    def label_from_instance(self, obj: Any) -> str:
        return role_name(obj.name)


class RolesByName(PageOf[Membership]):
    """Where a role is chosen."""

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        if db_field.name == "role":
            options["form_class"] = RoleChoice
        return super().formfield_for_foreignkey(db_field, request, **options)


class MemberRows(RolesByName, SuperusersOnly, TabularInline[Membership, Any]):
    """On the page of a seller: added and taken away here, changed on a page of their own.

    A row that can be edited asks the database for its choices, and a seller may have hundreds.
    """

    model = Membership
    fields = ("user", "role")
    hide_title = True
    autocomplete_fields = ("user",)
    extra = 0
    per_page = 20
    ordering = ("user__username", "pk")
    show_change_link = True

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).select_related("user", "tenant", "role")


class MembershipRows(MemberRows):
    """On the page of a user."""

    fields = ("tenant", "role")
    autocomplete_fields = ("tenant",)
    ordering = ("tenant__name", "pk")


@admin.register(Tenant)
class TenantAdmin(SuperusersView, PublicPage[Tenant]):
    list_display = ("name", "schema_name", "since", "open")
    search_fields = ("name", "schema_name")
    ordering = ("name", "pk")
    fields = ("name", "schema_name", "since", "open")
    inlines = (MemberRows,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tenant]:
        return super().get_queryset(request).exclude(schema_name=PUBLIC)

    @display(description=_("since"))
    def since(self, tenant: Tenant) -> str:
        return moment(tenant.created_at)

    @display(description=_("open"))
    def open(self, tenant: Tenant) -> str:
        path = f"{PREFIX}{tenant.schema_name}{reverse('admin:index')}"
        return format_html('<a class="list-link" href="{}">{}</a>', path, gettext("Open"))


@admin.register(Membership)
class MembershipAdmin(RolesByName, SuperusersOnly, ModelAdmin[Membership]):
    list_display = ("user", "tenant", "role_word", "created_at")
    list_select_related = ("user", "tenant", "role")
    list_filter = (RoleFilter,)
    search_fields = ("user__username", "tenant__name", "tenant__schema_name")
    show_full_result_count = False
    autocomplete_fields = ("user", "tenant")

    @display(description=_("role"))
    def role_word(self, membership: Membership) -> str:
        return role_name(membership.role.name)


@admin.register(Lane)
class LaneAdmin(SuperusersView, PublicPage[Lane], Exportable[Lane]):
    list_display = ("account", "seller", "on", "state", "due")
    list_display_links = ("account",)
    list_filter = (MarketplaceFilter, HeldUpFilter)
    ordering = ("schema_name", "account_id")
    search_fields = ("schema_name", "seller_name", "account_name")
    fields = (("account", "seller"), ("on", "concurrency"), "state", ("due", "served"))
    export_columns = (
        (_("Number"), lambda lane: lane.pk),
        (_("Account"), lambda lane: lane.account_name or str(lane.account_id)),
        (_("Seller"), lambda lane: lane.seller_name or lane.schema_name),
        (_("Marketplace"), lambda lane: marketplace_name(lane.marketplace)),
        (_("Work"), lambda lane: lane_situation(lane, standstill=_standstill(lane))),
        (_("Looked at next"), lambda lane: lane.due_at),
        (_("Looked at last"), lambda lane: lane.served_at),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lane]:
        sellers = Tenant.objects.filter(schema_name=OuterRef("schema_name"))
        named = Subquery(sellers.values("name")[:1])
        lanes: QuerySet[Lane] = super().get_queryset(request).annotate(seller_name=named)
        return lanes

    def dress(self, rows: Sequence[Lane]) -> None:
        standstill = standstill_of_lanes(rows)
        for lane in rows:
            lane.standstill = standstill  # type: ignore[attr-defined]

    @display(description=_("account"))
    def account(self, lane: Lane) -> str:
        return lane.account_name or str(lane.account_id)

    @display(description=_("seller"))
    def seller(self, lane: Lane) -> str:
        path = f"{PREFIX}{lane.schema_name}{reverse('admin:index')}"
        name = getattr(lane, "seller_name", None) or lane.schema_name
        return format_html('<a class="list-link" href="{}">{}</a>', path, name)

    @display(description=_("marketplace"))
    def on(self, lane: Lane) -> str:
        return marketplace_name(lane.marketplace)

    @display(description=_("work"))
    def state(self, lane: Lane) -> str:
        return lane_situation(lane, standstill=_standstill(lane))

    @display(description=_("looked at next"))
    def due(self, lane: Lane) -> str:
        return moment(lane.due_at)

    @display(description=_("looked at last"))
    def served(self, lane: Lane) -> str:
        return moment(lane.served_at)


def _standstill(lane: Any) -> Standstill | None:
    """Why nobody's work is begun; as the list has found out for all rows, or by a query."""
    if not hasattr(lane, "standstill"):
        lane.standstill = standstill_of_lanes([lane])
    standstill: Standstill | None = lane.standstill
    return standstill


admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(SuperusersOnly, DjangoUserAdmin, ModelAdmin[User]):  # type: ignore[type-arg]
    """Without groups and permissions: what a person may do is a matter of memberships."""

    if not TYPE_CHECKING:
        form = UserChangeForm
        add_form = UserCreationForm
        change_password_form = AdminPasswordChangeForm
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email")}),
        (_("Entry"), {"fields": ("is_active", "is_staff", "is_superuser")}),
        (_("Times"), {"fields": ("last_login", "date_joined")}),
    )
    filter_horizontal = ()
    list_filter = ("is_active", "is_superuser")
    inlines = (MembershipRows,)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Never: every tenant's history refers to users. Untick "active" instead."""
        return False


@admin.register(Group)
class GroupAdmin(SuperusersOnly, DjangoGroupAdmin, ModelAdmin[Group]):
    """The roles, to look at: every migration sets them to the table in `stoflow.tenants.roles`."""

    actions: ClassVar[list[str]] = []  # type: ignore[misc]
    list_display = ("called",)

    @display(description=_("role"))
    def called(self, role: Group) -> str:
        return role_name(role.name)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        # The name of a permission is made from its content type's.
        return super().get_queryset(request).prefetch_related("permissions__content_type")

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        """Never: a group that is no role lets nobody do anything."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return self.is_allowed(request) and (obj is None or obj.name not in ROLES)
