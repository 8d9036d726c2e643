"""What every admin page shares: where it is shown, that it only reads, and that it stays quick.

One site serves the installation (/admin/) and every tenant (/t/<schema>/admin/). A model belongs
to one of the two places; in the other it is neither listed nor reachable, since its table is not
there or is everybody's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, TypeVar

from django.conf import settings
from django.contrib import messages
from django.contrib.admin import ShowFacets
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import ERROR_FLAG
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext as _
from django_tenants.utils import get_public_schema_name

from tasks.admin.changelist import StaffChangeList
from tasks.tenancy import current_schema

if TYPE_CHECKING:  # unfold has no types; its classes are Django's with another face
    from django.contrib.admin import ModelAdmin, StackedInline, TabularInline
    from django.contrib.admin.options import BaseModelAdmin as PageOf
else:
    from unfold.admin import ModelAdmin, StackedInline, TabularInline

    class PageOf:
        """At run time the mixins below stand before a class of unfold."""

        def __class_getitem__(cls, _model: object) -> type[PageOf]:
            return cls


__all__ = [
    "InPublic",
    "InTenant",
    "ModelAdmin",
    "PageOf",
    "PublicPage",
    "ReadOnly",
    "StackedInline",
    "TabularInline",
    "TenantPage",
]

AnyModel = TypeVar("AnyModel", bound=Model)
_MOST_DIGITS = 18


class QuickPaginator(Paginator[Any]):
    """Counts no further than the newest ones: the cost of a page does not grow with the table."""

    @cached_property
    def count(self) -> int:
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]
        return rows.order_by()[: settings.STAFF["listed"]].count()

    @property
    def is_cut_off(self) -> bool:
        return self.count >= settings.STAFF["listed"]


class _Placed(PageOf[AnyModel]):
    """Shown in one of the two places only; elsewhere 403 for a list, 404 for an object."""

    belongs_in_public: ClassVar[bool]

    def is_here(self) -> bool:
        return self.belongs_in_public == _is_public()

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(self.is_here() and super().has_module_permission(request))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self.is_here() and super().has_view_permission(request, obj))

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return bool(self.is_here() and super().has_add_permission(request, *args))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self.is_here() and super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self.is_here() and super().has_delete_permission(request, obj))

    def get_queryset(self, request: HttpRequest) -> QuerySet[AnyModel]:
        # Django reads the object before it asks for the permission.
        if not self.is_here():
            raise Http404
        return super().get_queryset(request)

    def _get_obj_does_not_exist_redirect(self, *_: object) -> NoReturn:
        """An old link deserves a page that explains itself, not a message on the front page."""
        raise Http404


class InTenant(_Placed[AnyModel]):
    """Shown inside a tenant only."""

    belongs_in_public = False


class InPublic(_Placed[AnyModel]):
    """Shown on the installation's own pages only."""

    belongs_in_public = True


class ReadOnly(PageOf[AnyModel]):
    """Shows; whatever changes goes through actions."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class QuickList(ModelAdmin[AnyModel]):
    """A list whose cost does not grow with its table."""

    paginator = QuickPaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_per_page = 50
    list_max_show_all = 0
    list_disable_select_all = True
    list_fullwidth = True
    list_before_template = "admin/list_head.html"
    sortable_by: ClassVar[tuple[str, ...]] = ()
    list_defer: ClassVar[tuple[str, ...]] = ()
    """Columns that a list neither shows nor exports, and so does not read."""
    nothing_yet: ClassVar[str | Promise] = ""
    """What staff read, and can do next, while the list has no row at all."""

    class Media:
        css = {"all": ("tasks/lists.css",)}
        js = ("tasks/lists.js",)

    def dress(self, rows: Sequence[AnyModel]) -> None:
        """Give all rows of a page at once what their columns show beyond the row itself."""

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[StaffChangeList]:
        return StaffChangeList

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if ERROR_FLAG in request.GET:
            # Django sent the browser here: the address had a filter that means nothing.
            messages.warning(
                request,
                _("That address asked for a filter or a page that does not exist: here is all."),
            )
            return HttpResponseRedirect(request.path)
        if not all(map(_is_a_number, request.POST.getlist(ACTION_CHECKBOX_NAME))):
            # Django's own form of actions trusts what it is sent.
            messages.error(request, _("The form named rows that cannot be: nothing was done."))
            return HttpResponseRedirect(request.path)
        return super().changelist_view(request, extra_context)

    def list_url_after_nonsense(self) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"
        return f"{reverse(name)}?{ERROR_FLAG}=1"


class TenantPage(ReadOnly[AnyModel], InTenant[AnyModel], QuickList[AnyModel]):
    """A quick, read-only page inside a tenant."""


class PublicPage(ReadOnly[AnyModel], InPublic[AnyModel], QuickList[AnyModel]):
    """A quick, read-only page of the installation."""


def _is_a_number(key: str) -> bool:
    """As the keys of all rows are that pages show."""
    return key.isascii() and key.isdecimal() and len(key) <= _MOST_DIGITS


def _is_public() -> bool:
    return bool(current_schema() == get_public_schema_name())
