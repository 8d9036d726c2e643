"""Errors as pages: what happened in words, and where to go on.

The pages for 403, 404 and 400 say less to strangers than they could: a seller that is not theirs
looks like one that is not there.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.loader import render_to_string
from django.urls import get_script_prefix
from django.views.defaults import server_error

__all__ = ["bad_request", "forbidden", "method_page", "not_found", "server_error"]

EVERY_SELLER = "/admin/"
"""Where everybody may go on who is staff, wherever the error was."""


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, "400.html", 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, "403.html", 403)


def not_found(request: HttpRequest, exception: Http404) -> HttpResponse:
    return _page(request, "404.html", 404)


def method_page(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Middleware: a page where Django says 405 with nothing at all, as for a link to a button."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not isinstance(response, HttpResponseNotAllowed) or response.content:
            return response
        page = _page(request, "405.html", 405)
        page["Allow"] = response["Allow"]
        return page

    return respond


def _page(request: HttpRequest, template: str, status: int) -> HttpResponse:
    # Only who was let in has met a view; others are not told that there is something to go back to.
    was_let_in = request.resolver_match is not None
    context = {
        "here": f"{get_script_prefix()}admin/" if was_let_in else EVERY_SELLER,
        "every_seller": EVERY_SELLER,
        "is_in_tenant": was_let_in and getattr(request, "tenant", None) is not None,
    }
    return HttpResponse(render_to_string(template, context), status=status)
