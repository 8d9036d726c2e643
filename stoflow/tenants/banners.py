"""What every page of the admin says first when work does not go on by itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from stoflow.tenants import account_banners, sale_banners
from stoflow.tenants.banner import Banner
from tasks.clocks import moment_of, roughly
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
    if seen.wrong_clocks:
        yield _wrong_clocks(seen)


def _wrong_clocks(seen: presence.Seen) -> Banner:
    """An alarm when nobody else works, else a note."""
    number = len(seen.wrong_clocks)
    named = {"number": number, "clocks": ", ".join(map(_clock, seen.wrong_clocks))}
    title = _nobody_works(number) if seen.stopped_by_clocks else _others_work(number)
    advice = _(
        "Ask the operators to synchronise the clock with a time server, by chrony or "
        "systemd-timesyncd; the database's too, if that is the wrong one. Workers take work "
        "again by themselves as soon as the clocks agree."
    )
    return Banner("schedule", urgent=seen.stopped_by_clocks, title=title % named, advice=advice)


def _nobody_works(number: int) -> str:
    return ngettext(
        "Nothing is being worked on: a clock differs from the database's (%(clocks)s).",
        "Nothing is being worked on: clocks differ from the database's (%(clocks)s).",
        number,
    )


def _others_work(number: int) -> str:
    return ngettext(
        "Workers of %(number)s machine take no work, as its clock differs from the database's "
        "(%(clocks)s). The others go on.",
        "Workers of %(number)s machines take no work, as their clocks differ from the database's "
        "(%(clocks)s). The others go on.",
        number,
    )


def _clock(wrong: presence.WrongClock) -> str:
    told = {"machine": wrong.host, "time": roughly(abs(wrong.ahead))}
    if wrong.ahead > 0:
        return _("%(machine)s: %(time)s ahead") % told
    return _("%(machine)s: %(time)s behind") % told


def _unseen(seen: presence.Seen) -> str:
    if seen.last_seen_at is None:
        # None ever was, or the last ones stopped in good order, which leaves no trace of them.
        return _("Nothing is being worked on: no workers are running.")
    return _("Nothing is being worked on: no workers have been seen since %(time)s.") % {
        "time": moment_of(seen.last_seen_at, seen.at, precision=60)
    }
