"""What every page of the admin says first when work does not go on by itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Count, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from stoflow.tenants import sale_banners
from stoflow.tenants.access import Visitor
from stoflow.tenants.banner import MOST_NAMED, Banner, Link
from stoflow.tenants.middleware import PREFIX
from stoflow.tenants.models import Tenant
from stoflow.tenants.sellers import sellers_of
from tasks import attention
from tasks.clocks import moment_of
from tasks.dispatch import presence
from tasks.dispatch.models import Lane

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
        yield from _sellers(user)
        return
    if user.has_perm("marketplaces.view_sale"):
        yield from sale_banners.look()
    if user.has_perm("tasks.view_marketplacejob"):
        yield from _accounts()
        yield from _questions()


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


def _accounts() -> Iterator[Banner]:
    lanes = list(attention.stopped_accounts()[: 10 * MOST_NAMED])
    for cause, stopped in (
        (_consent, [lane for lane in lanes if lane.consent_needed_at]),
        (_paused, [lane for lane in lanes if not lane.consent_needed_at]),
    ):
        if stopped:
            yield cause(stopped)


def _consent(lanes: Sequence[Lane]) -> Banner:
    return Banner(
        "link_off",
        urgent=False,
        title=ngettext(
            "“%(account)s” waits until its seller connects it again.",
            "%(count)s accounts wait until their seller connects them again.",
            len(lanes),
        )
        % {"account": _name(lanes[0]), "count": len(lanes)},
        advice=_("Ask the seller to sign in at the marketplace once more. Work then goes on."),
        links=tuple(_work_of(lane) for lane in lanes[:MOST_NAMED]),
    )


def _paused(lanes: Sequence[Lane]) -> Banner:
    return Banner(
        "pause_circle",
        urgent=False,
        title=ngettext(
            "Work on “%(account)s” is paused, and jobs wait.",
            "Work on %(count)s accounts is paused, and jobs wait.",
            len(lanes),
        )
        % {"account": _name(lanes[0]), "count": len(lanes)},
        advice=_why_paused(lanes),
        links=tuple(_work_of(lane) for lane in lanes[:MOST_NAMED]),
    )


def _why_paused(lanes: Sequence[Lane]) -> str:
    advice = _("Resume the work when nothing speaks against it any more.")
    if len(lanes) > 1 or not lanes[0].paused_by:
        return advice
    told = {"person": lanes[0].paused_by, "reason": lanes[0].pause_reason, "advice": advice}
    if not told["reason"]:
        return _("Paused by %(person)s. %(advice)s") % told
    return _("Paused by %(person)s: “%(reason)s”. %(advice)s") % told


def _questions() -> Iterator[Banner]:
    count = attention.open_questions()
    if not count:
        return
    number = f"{count}+" if count >= attention.MOST_QUESTIONS else str(count)
    link = _jobs(_("Show them"), open=1, needs_person__exact=1)
    yield _asking(count, number, (link,))


def _asking(count: int, number: str, links: tuple[Link, ...]) -> Banner:
    return Banner(
        "contact_support",
        urgent=False,
        title=ngettext(
            "%(number)s job needs an answer from a person.",
            "%(number)s jobs need an answer from a person.",
            count,
        )
        % {"number": number},
        advice=_("Look at the marketplace whether the listing is there, and say so on the job."),
        links=links,
    )


@dataclass(frozen=True, slots=True)
class _Stopped:
    """A seller, and how many of their accounts stand still for which reason."""

    seller: Tenant
    consent: int
    paused: int
    questions: int


def _sellers(user: Visitor) -> Iterator[Banner]:
    stopped = _stopped_sellers(user)
    consent = sum(each.consent for each in stopped)
    if consent:
        yield Banner(
            "link_off",
            urgent=False,
            title=ngettext(
                "%(count)s account waits until its seller connects it again.",
                "%(count)s accounts wait until their seller connects them again.",
                consent,
            )
            % {"count": consent},
            advice=_("Ask the seller to sign in at the marketplace once more. Work then goes on."),
            links=_links([each.seller for each in stopped if each.consent]),
        )
    paused = sum(each.paused for each in stopped)
    if paused:
        yield Banner(
            "pause_circle",
            urgent=False,
            title=ngettext(
                "Work on %(count)s account is paused, and jobs wait.",
                "Work on %(count)s accounts is paused, and jobs wait.",
                paused,
            )
            % {"count": paused},
            advice=_("Resume the work when nothing speaks against it any more."),
            links=_links([each.seller for each in stopped if each.paused]),
        )
    questions = sum(each.questions for each in stopped)
    if questions:
        yield _asking(
            questions, str(questions), _links([each.seller for each in stopped if each.questions])
        )


def _stopped_sellers(user: Visitor) -> list[_Stopped]:
    """Those whom the user may enter; read from public tables alone."""
    consent, asking = attention.CONSENT_NEEDED, Q(question_count__gt=0)
    paused = attention.PAUSED & ~consent & Q(waiting_count__gt=0)
    rows = (
        Lane.objects.filter(consent | paused | asking)
        .values("schema_name")
        .annotate(
            consent=Count("pk", filter=consent),
            paused=Count("pk", filter=paused),
            questions=Sum("question_count"),
        )
    )
    counts = {row["schema_name"]: row for row in rows}
    if not counts:
        return []
    sellers = sellers_of(user).filter(schema_name__in=list(counts)).order_by("name", "pk")
    return [
        _Stopped(
            seller,
            counts[seller.schema_name]["consent"],
            counts[seller.schema_name]["paused"],
            counts[seller.schema_name]["questions"],
        )
        for seller in sellers
    ]


def _links(sellers: Sequence[Tenant]) -> tuple[Link, ...]:
    named = [
        Link(seller.name, f"{PREFIX}{seller.schema_name}/admin/") for seller in sellers[:MOST_NAMED]
    ]
    if len(sellers) > MOST_NAMED:
        named.append(Link(_("All sellers"), reverse("admin:tenants_tenant_changelist")))
    return tuple(named)


def _work_of(lane: Lane) -> Link:
    return _jobs(_name(lane), account=lane.account_id)


def _jobs(text: str, **query: str | int) -> Link:
    return Link(text, f"{reverse('admin:tasks_marketplacejob_changelist')}?{urlencode(query)}")


def _name(lane: Lane) -> str:
    return lane.account_name or str(lane.account_id)
