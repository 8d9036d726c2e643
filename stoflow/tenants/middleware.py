"""Which tenant a request is for (/t/<schema>/…), and whether its user may be there."""

from __future__ import annotations

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import set_script_prefix
from django_tenants.utils import get_public_schema_name

from stoflow.tenants.models import SCHEMA_NAME, Membership, Tenant
from tasks import tenancy

PREFIX = "/t/"

GetResponse = Callable[[HttpRequest], HttpResponse]


class TenantPrefixMiddleware:
    """Turns /t/<schema> into SCRIPT_NAME, so that reverse(), redirects and cookies follow.

    Sets `request.tenant`: a Tenant, or None on the public pages. The connection is back in the
    public schema when the response leaves, whatever happened.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        tenancy.leave()
        if not request.path_info.startswith(PREFIX):
            request.tenant = None  # type: ignore[attr-defined]
            return self.get_response(request)
        schema, _, rest = request.path_info.removeprefix(PREFIX).partition("/")
        request.tenant = tenant = _tenant(schema)  # type: ignore[attr-defined]
        _move_prefix_to_script_name(request, f"{PREFIX}{schema}", f"/{rest}")
        try:
            with tenancy.inside(tenant):
                return self.get_response(request)
        finally:
            set_script_prefix("/")


class MembershipMiddleware:
    """A signed-in user who is not a member of the tenant sees what a stranger sees: 404."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        tenant = getattr(request, "tenant", None)
        if tenant is not None and request.user.is_authenticated and not _may_enter(request, tenant):
            raise Http404
        return self.get_response(request)


def _tenant(schema: str) -> Tenant:
    if schema == get_public_schema_name() or not SCHEMA_NAME.regex.match(schema):  # type: ignore[union-attr]
        raise Http404
    return get_object_or_404(Tenant, schema_name=schema)


def _may_enter(request: HttpRequest, tenant: Tenant) -> bool:
    if request.user.is_superuser:
        return True
    members = Membership.objects.filter(tenant=tenant).values_list("user_id", flat=True)
    return request.user.pk in members


def _move_prefix_to_script_name(request: HttpRequest, prefix: str, rest: str) -> None:
    script_name = request.META.get("SCRIPT_NAME", "").rstrip("/") + prefix
    request.META["SCRIPT_NAME"] = script_name
    request.META["PATH_INFO"] = request.path_info = rest
    request.path = script_name + rest
    set_script_prefix(f"{script_name}/")
