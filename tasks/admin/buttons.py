"""Pages that only the button of a form leads to, or signing in again after one was pressed."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.utils.translation import gettext as _


def with_choice(request: HttpRequest, page: str) -> str:
    """The page for the choice that this address names, so that it outlives signing in again."""
    query = request.META.get("QUERY_STRING", "")
    return f"{page}?{query}" if query else page


def sent_back(request: HttpRequest, page: str) -> HttpResponseRedirect | None:
    """To the page with the button, when what it sends did not come; None when it did."""
    if request.method == "POST":
        return None
    messages.warning(request, _("Nothing was done: press the button once more."))
    return HttpResponseRedirect(page)
