"""The prefix /t/<schema>/: where a request's code runs, and where it leaves the thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import RequestFactory
from django.urls import get_script_prefix, reverse

from stoflow.tenants.middleware import MembershipMiddleware, TenantPrefixMiddleware
from stoflow.tenants.models import Tenant
from tasks import tenancy

View = Callable[[HttpRequest], Any]


def visit(path: str, view: View) -> Any:
    root = User.objects.filter(is_superuser=True).first() or User.objects.create_superuser("root")
    inner = MembershipMiddleware(view)

    def signed_in(request: HttpRequest) -> Any:
        request.user = root
        return inner(request)

    return TenantPrefixMiddleware(signed_in)(RequestFactory().get(path))


def where(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{tenancy.current_schema()} {reverse('admin:index')}")


def test_a_request_runs_in_its_seller_s_schema_with_its_seller_s_urls(tenant: Tenant) -> None:
    assert visit("/t/t1/admin/", where).content == b"t1 /t/t1/admin/"
    assert visit("/admin/", where).content == b"public /admin/"


def test_a_streamed_answer_is_made_in_its_seller_s_schema_too(tenant: Tenant) -> None:
    def lines() -> Iterator[str]:
        yield tenancy.current_schema()
        yield reverse("admin:index")

    answer = visit("/t/t1/admin/", lambda _request: StreamingHttpResponse(lines()))
    assert (tenancy.current_schema(), get_script_prefix()) == ("public", "/")
    assert list(answer) == [b"t1", b"/t/t1/admin/"]
    assert (tenancy.current_schema(), get_script_prefix()) == ("public", "/")


def test_who_stops_reading_leaves_the_schema_too(tenant: Tenant) -> None:
    def lines() -> Iterator[str]:
        yield "one"
        yield "two"

    answer = visit("/t/t1/admin/", lambda _request: StreamingHttpResponse(lines()))
    next(iter(answer))
    for close in answer._resource_closers:  # as the server does when the visitor is gone
        close()
    assert (tenancy.current_schema(), get_script_prefix()) == ("public", "/")


def test_the_thread_is_back_in_public_after_a_failure(tenant: Tenant) -> None:
    def fails(_request: HttpRequest) -> HttpResponse:
        raise RuntimeError(tenancy.current_schema())

    with pytest.raises(RuntimeError, match="t1"):
        visit("/t/t1/admin/", fails)
    assert (tenancy.current_schema(), get_script_prefix()) == ("public", "/")
