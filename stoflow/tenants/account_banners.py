"""What stands above every page because an account's work, or a job, waits for a person."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from operator import attrgetter
from urllib.parse import urlencode

from django.db.models import Count, F, Q, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from stoflow.tenants.access import Visitor
from stoflow.tenants.banner import MOST_NAMED, Banner, Link
from stoflow.tenants.middleware import PREFIX
from stoflow.tenants.models import Tenant
from stoflow.tenants.sellers import sellers_of
from tasks import attention, handlers
from tasks.clocks import moment_of
from tasks.dispatch.models import Lane
from tasks.sentences import translated
from tasks.wording import marketplace_name, titled

_TO_GO_ON = gettext_lazy(
    "Ask the seller to open the marketplace in their browser, to sign in and to answer "
    "what it asks, by hand. Then let the work go on, on the account's page."
)


def of_a_seller() -> Iterator[Banner]:
    """What waits in the current tenant."""
    yield from _accounts()
    yield from _questions()


def _accounts() -> Iterator[Banner]:
    lanes = list(attention.stopped_accounts()[: 10 * MOST_NAMED])
    for cause, banner in ((_Cause.CONSENT, _consent), (_Cause.BY_HAND, _by_hand),
                          (_Cause.PAUSED, _paused), (_Cause.OFFLINE, _offline)):  # fmt: skip
        stopped = [lane for lane in lanes if _cause_of(lane) is cause]
        if stopped:
            yield banner(stopped)


class _Cause(Enum):
    """Of several, the one that has to be dealt with first."""

    CONSENT = "consent"
    BY_HAND = "by hand"
    PAUSED = "paused"
    OFFLINE = "offline"


def _cause_of(lane: Lane) -> _Cause:
    if lane.consent_needed_at is not None:
        by_hand = handlers.goes_on_by_hand(lane.marketplace)
        return _Cause.BY_HAND if by_hand else _Cause.CONSENT
    return _Cause.OFFLINE if lane.paused_at is None else _Cause.PAUSED


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


def _by_hand(lanes: Sequence[Lane]) -> Banner:
    return Banner(
        "front_hand",
        urgent=False,
        title=ngettext(
            "Work on “%(account)s” has stopped until somebody lets it go on.",
            "Work on %(count)s accounts has stopped until somebody lets it go on.",
            len(lanes),
        )
        % {"account": _name(lanes[0]), "count": len(lanes)},
        advice=str(_TO_GO_ON),
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


def _offline(lanes: Sequence[Lane]) -> Banner:
    return Banner(
        "desktop_access_disabled",
        urgent=False,
        title=ngettext(
            "“%(account)s” has waited for the seller's side since %(time)s, and jobs wait.",
            "%(count)s accounts wait for their seller's side, and jobs wait.",
            len(lanes),
        )
        % {"account": _name(lanes[0]), "count": len(lanes), "time": _since(lanes[0])},
        advice=_why_offline(lanes),
        links=tuple(_work_of(lane) for lane in lanes[:MOST_NAMED]),
    )


def _since(lane: Lane) -> str:
    since, now = lane.offline_since, timezone.now()
    return "" if since is None else moment_of(since, now, precision=60)


def _why_offline(lanes: Sequence[Lane]) -> str:
    if len(lanes) > 1 or not lanes[0].offline_reason:
        return _("Ask the seller to do what the account's page says. Work then goes on by itself.")
    told = {"reason": translated(lanes[0].offline_reason)}
    return _("%(reason)s Once that is done, work goes on by itself.") % told


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
    by_hand: int
    paused: int
    offline: int
    questions: int


@dataclass(frozen=True, slots=True)
class _Standstill:
    """Why accounts stand still, for those who look after several sellers."""

    accounts: Callable[[_Stopped], int]
    icon: str
    title: Promise
    advice: Promise


_STANDSTILLS = (
    _Standstill(
        attrgetter("consent"),
        "link_off",
        ngettext_lazy(
            "%(count)s account waits until its seller connects it again.",
            "%(count)s accounts wait until their seller connects them again.",
            "count",
        ),
        gettext_lazy("The account's page says what the seller has to do, and what follows."),
    ),
    _Standstill(
        attrgetter("by_hand"),
        "front_hand",
        ngettext_lazy(
            "Work on %(count)s account has stopped until somebody lets it go on.",
            "Work on %(count)s accounts has stopped until somebody lets it go on.",
            "count",
        ),
        _TO_GO_ON,
    ),
    _Standstill(
        attrgetter("paused"),
        "pause_circle",
        ngettext_lazy(
            "Work on %(count)s account is paused, and jobs wait.",
            "Work on %(count)s accounts is paused, and jobs wait.",
            "count",
        ),
        gettext_lazy("Resume the work when nothing speaks against it any more."),
    ),
    _Standstill(
        attrgetter("offline"),
        "desktop_access_disabled",
        ngettext_lazy(
            "%(count)s account waits for its seller's side, and jobs wait.",
            "%(count)s accounts wait for their seller's side, and jobs wait.",
            "count",
        ),
        gettext_lazy(
            "Ask the seller to do what the account's page says. Work then goes on by itself."
        ),
    ),
)


def of_sellers(user: Visitor) -> Iterator[Banner]:
    stopped = _stopped_sellers(user)
    for cause in _STANDSTILLS:
        sellers = [each for each in stopped if cause.accounts(each)]
        count = sum(cause.accounts(each) for each in sellers)
        if count:
            yield Banner(
                cause.icon,
                urgent=False,
                title=cause.title % {"count": count},
                advice=str(cause.advice),
                links=_links([each.seller for each in sellers]),
            )
    asking = [each for each in stopped if each.questions]
    if asking:
        count = sum(each.questions for each in asking)
        yield _asking(count, str(count), _links([each.seller for each in asking]))


def _stopped_sellers(user: Visitor) -> list[_Stopped]:
    """Those whom the user may enter; read from public tables alone."""
    consent, asking = attention.CONSENT_NEEDED, Q(question_count__gt=0)
    by_hand = Q(marketplace__in=handlers.gone_on_by_hand())
    waits = Q(waiting_count__gt=F("paused_count"))
    paused = attention.PAUSED & ~consent & waits
    offline = attention.OFFLINE & ~attention.PAUSED & ~consent & waits
    rows = (
        Lane.objects.filter(consent | paused | offline | asking)
        .values("schema_name")
        .annotate(
            consent=Count("pk", filter=consent & ~by_hand),
            by_hand=Count("pk", filter=consent & by_hand),
            paused=Count("pk", filter=paused),
            offline=Count("pk", filter=offline),
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
            *(
                counts[seller.schema_name][name]
                for name in ("consent", "by_hand", "paused", "offline", "questions")
            ),
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
    name = lane.account_name or str(lane.account_id)
    if not lane.has_namesake:  # type: ignore[attr-defined]
        return name
    return titled(marketplace_name(lane.marketplace), name)
