"""The page of one object, of which some fields change while somebody looks: they refresh themselves."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, wraps
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tasks.admin.base import AnyModel, QuickList

Field = Callable[[Any, Any], Any]


def live(field: Field) -> Field:
    """Of a method that shows a field of a `LivePage`, and no column: it is kept up to date."""

    @wraps(field)
    def piece(page: LivePage[Any], row: Any) -> str:
        """It takes the place of the former one by its id (htmx's out-of-band swap)."""
        shown = field(page, row) or page.get_empty_value_display()
        name = field.__name__
        return format_html('<div id="live-{}" hx-swap-oob="true">{}</div>', name, shown)

    piece.is_live = True  # type: ignore[attr-defined]
    return piece


class LivePage(QuickList[AnyModel]):
    """An element of the page that shows nothing asks for all that `live` marks."""

    change_form_outer_before_template: ClassVar[str] = "admin/live_page.html"
    refresh_seconds = 5

    @cached_property
    def live_fields(self) -> list[str]:
        cls = type(self)
        return [name for name in dir(cls) if getattr(getattr(cls, name), "is_live", False)]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_safe(never_cache(self.live_view)))
        name = f"{self.opts.app_label}_{self.opts.model_name}_live"
        return [path("<int:object_id>/live/", view, name=name), *super().get_urls()]

    def live_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Every live field as it is now."""
        row = self.get_object(request, str(object_id))
        if row is None:
            raise Http404
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        context = {
            "original": row,
            "opts": self.opts,
            "seconds": self.refresh_seconds,
            "pieces": [getattr(self, name)(row) for name in self.live_fields],
        }
        return TemplateResponse(request, "admin/live.html", context)
