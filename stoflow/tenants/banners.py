"""What every page of the admin says first when work does not go on by itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from stoflow.tenants import account_banners, sale_banners
from stoflow.tenants.banner import Banner
from tasks.clocks import moment_of
from tasks.dispatch import presence

TEMPLATE = "admin/banners.html"


def look(request: HttpRequest) -> HttpResponse:
    """The banners by themselves; 204 when they are those that the page shows already.

    A page that swapped in the same text again would have it read aloud every time.
    """
    context = context_of(request)
    if request.GET.get("shown") == context["shown"]:
        return HttpResponse(status=204)
    return render(request, TEMPLATE, context)


def context_of(request: HttpRequest) -> dict[str, object]:
    """What the template shows; `shown` stands for the text as a whole."""
    banners = list(banners_for(request))
    words = "\n".join(map(repr, banners)).encode()
    return {"banners": banners, "shown": hashlib.blake2s(words, digest_size=8).hexdigest()}


def banners_for(request: HttpRequest) -> Iterator[Banner]:
    """Everything that needs a person, in order of urgency; nothing, unasked, for strangers."""
    user = request.user
    if not admin.site.has_permission(request):
        return
    yield from _workers()
    if getattr(request, "tenant", None) is None:
        yield from account_banners.of_sellers(user)
        return
    if user.has_perm("marketplaces.view_sale"):
        yield from sale_banners.look()
    if user.has_perm("tasks.view_marketplacejob"):
        yield from account_banners.of_a_seller()


def _workers() -> Iterator[Banner]:
    seen = presence.look()
    if seen.nobody:
        yield Banner(
            "pause_circle",
            urgent=True,
            title=_unseen(seen),
            advice=_(
                "Ask the operators to start them with “manage.py run_workers”. "
                "What waits goes on by itself then; nothing needs to be asked for again."
            ),
        )
    elif seen.stuck and seen.waiting_since is not None:
        yield Banner(
            "hourglass_disabled",
            urgent=True,
            title=_("Work has been waiting since %(time)s, and no worker takes it.")
            % {"time": moment_of(seen.waiting_since, seen.at, precision=60)},
            advice=_(
                "Tell the operators: StoFlow restarts stuck workers by itself, and that should "
                "have helped by now. What waits goes on by itself once they work."
            ),
        )


def _unseen(seen: presence.Seen) -> str:
    if seen.last_seen_at is None:
        return _("Nothing is being worked on: no workers have been seen yet.")
    return _("Nothing is being worked on: no workers have been seen since %(time)s.") % {
        "time": moment_of(seen.last_seen_at, seen.at, precision=60)
    }
