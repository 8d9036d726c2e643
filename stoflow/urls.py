"""The admin, alike for the installation (/admin/) and, behind /t/<schema>/, for each tenant."""

from typing import NoReturn

from django.contrib import admin
from django.http import Http404, HttpRequest
from django.urls import path
from django.views.generic import RedirectView
from django.views.i18n import set_language

from stoflow.tenants import banners, connecting, front_pages


def not_found(_request: HttpRequest, **_: object) -> NoReturn:
    """Django's "view on site" looks a tenant's row up in the public schema: nobody needs it."""
    raise Http404


admin.autodiscover()
urlpatterns = [
    path("admin/r/<int:content_type_id>/<path:object_id>/", not_found),
    path("admin/health/", admin.site.admin_view(front_pages.health), name="health"),
    path("admin/banners/", admin.site.admin_view(banners.look), name="banners"),
    path("admin/language/", admin.site.admin_view(set_language), name="set_language"),
    path("admin/", admin.site.urls),
    path(
        "connect/<str:marketplace>/",
        admin.site.admin_view(connecting.come_back),
        name="connect_come_back",
    ),
    path("", RedirectView.as_view(pattern_name="admin:index")),
]

handler400 = "stoflow.error_pages.bad_request"
handler403 = "stoflow.error_pages.forbidden"
handler404 = "stoflow.error_pages.not_found"
