"""Which seller a request is for (/t/<schema>/…), and whether its user may be there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import set_script_prefix

from stoflow.tenants import access
from stoflow.tenants.models import SCHEMA_NAME, Tenant
from tasks import tenancy

PREFIX: Final = "/t/"

GetResponse = Callable[[HttpRequest], HttpResponse]


class TenantPrefixMiddleware:
    """Turns /t/<schema> into SCRIPT_NAME, so that reverse(), redirects and cookies follow.

    Sets `request.schema_name`, whether or not there is such a seller, and None on the public pages.
    The connection is in the public schema when the response leaves, whatever happened.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        tenancy.leave()
        request.schema_name = request.tenant = None  # type: ignore[attr-defined]
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        schema, _, rest = request.path_info.removeprefix(PREFIX).partition("/")
        request.schema_name = schema  # type: ignore[attr-defined]
        _move_prefix_to_script_name(request, f"{PREFIX}{schema}", f"/{rest}")
        try:
            return self.get_response(request)
        finally:
            set_script_prefix("/")


class MembershipMiddleware:
    """Enters the seller's schema for those who may, and sets `request.tenant`.

    Who is not signed in is asked to, and who is not a member gets 404; whether there is such a
    seller makes no difference to either.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        schema: str | None = request.schema_name  # type: ignore[attr-defined]
        if schema is None:
            return self.get_response(request)
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        tenant = _tenant(schema)
        if tenant is None or not access.may_enter(request.user, schema):
            raise Http404
        request.tenant = tenant  # type: ignore[attr-defined]
        script_name = request.META["SCRIPT_NAME"]
        with _at(tenant, script_name):
            response = self.get_response(request)
        if response.streaming:
            _keep_inside(tenant, script_name, response)
        return response


def _keep_inside(tenant: Tenant, script_name: str, response: Any) -> None:
    """A streamed body, an export say, is made after the middleware has returned."""
    response.streaming_content = _streamed(tenant, script_name, response.streaming_content)


def _tenant(schema: str) -> Tenant | None:
    if schema == tenancy.PUBLIC or not SCHEMA_NAME.regex.match(schema):  # type: ignore[union-attr]
        return None
    found: Tenant | None = Tenant.objects.filter(schema_name=schema).first()
    return found


@contextmanager
def _at(tenant: Tenant, script_name: str) -> Iterator[None]:
    """In the seller's schema, and with the seller's URLs."""
    set_script_prefix(f"{script_name}/")
    try:
        with tenancy.inside(tenant):
            yield
    finally:
        set_script_prefix("/")


def _streamed(tenant: Tenant, script_name: str, content: Iterable[bytes]) -> Iterator[bytes]:
    with _at(tenant, script_name):
        yield from content


def _move_prefix_to_script_name(request: HttpRequest, prefix: str, rest: str) -> None:
    script_name = request.META.get("SCRIPT_NAME", "").rstrip("/") + prefix
    request.META["SCRIPT_NAME"] = script_name
    request.META["PATH_INFO"] = request.path_info = rest
    request.path = script_name + rest
    set_script_prefix(f"{script_name}/")
