"""An account's health as staff read it: signs in words, each with a link to what it is about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tasks import handlers
from tasks.admin.filters import JobStatusFilter
from tasks.clocks import moment_of
from tasks.dispatch.health import Sign, signs
from tasks.dispatch.models import Lane
from tasks.models import MarketplaceJob, WaitReason
from tasks.standstill import Standstill
from tasks.wording import marketplace_name


@dataclass(frozen=True, slots=True)
class ShownSign:
    """One thing to know of an account, never by its colour alone."""

    kind: str
    icon: str
    words: str
    url: str
    at: datetime | None = None
    """The moment that the words end with."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AccountHealth:
    """What there is to know of one account."""

    key: int
    name: str
    marketplace: str
    url: str
    signs: list[ShownSign]
    last_success_at: datetime | None
    measured_at: datetime | None = None
    """When the numbers were counted; None: so lately that nobody needs to know."""


_FRESH = timedelta(minutes=2)
_ICONS = {
    Sign.IDLE: "check_circle",
    Sign.WORKING: "sync",
    Sign.RESTING: "more_time",
    Sign.QUEUED: "hourglass_top",
    Sign.HELD: "hourglass_disabled",
    Sign.LATER: "schedule",
    Sign.BLOCKED: "block",
    Sign.OFFLINE: "desktop_access_disabled",
    Sign.PAUSED: "pause_circle",
    Sign.FAILED: "error",
    Sign.QUESTION: "help",
    Sign.CONSENT: "link_off",
}


def account_health(
    lane: Lane, now: datetime, *, prefix: str = "", standstill: Standstill | None = None
) -> AccountHealth:
    """The lane's account; `prefix` leads from the present page's place into the seller's.

    `standstill`: why nobody's work is begun (`presence.Seen.standstill`).
    """
    shown = [sign for sign in signs(lane, now) if standstill is None or sign is not Sign.RESTING]
    return AccountHealth(
        key=lane.pk,
        name=lane.account_name or _("Account %(id)s") % {"id": lane.account_id},
        marketplace=marketplace_name(lane.marketplace),
        url=prefix + _account_page(lane),
        signs=[_shown(sign, lane, prefix, standstill=standstill) for sign in shown],
        last_success_at=lane.last_success_at,
        measured_at=lane.measured_at if _may_be_old(lane, now) else None,
    )


def _may_be_old(lane: Lane, now: datetime) -> bool:
    """Work is due that nobody took for a while: since then more may have been asked for."""
    if lane.measured_at is None or lane.due_at is None or lane.due_at > now:
        return False
    return now - lane.measured_at > _FRESH


def _shown(sign: Sign, lane: Lane, prefix: str, *, standstill: Standstill | None) -> ShownSign:
    at, reason = _when_and_why(sign, lane)
    held_by = standstill if sign is Sign.QUEUED and not _is_stopped(lane) else None
    return ShownSign(
        kind=sign.name.lower(),
        icon=_icon(sign, lane),
        words=_WORDS[sign](lane) if held_by is None else _standing_still(lane, held_by),
        url=prefix + _page(sign, lane),
        at=at,
        reason=reason,
    )


def _icon(sign: Sign, lane: Lane) -> str:
    by_hand = sign is Sign.CONSENT and handlers.goes_on_by_hand(lane.marketplace)
    return "front_hand" if by_hand else _ICONS[sign]


def _when_and_why(sign: Sign, lane: Lane) -> tuple[datetime | None, str]:
    moments = {
        Sign.CONSENT: (lane.consent_needed_at, lane.consent_reason),
        Sign.PAUSED: (lane.paused_at, lane.pause_reason),
        Sign.OFFLINE: (None, lane.offline_reason),
        Sign.RESTING: (lane.rests_until, ""),
        Sign.BLOCKED: (lane.blocked_until, lane.block_reason),
        Sign.LATER: (lane.next_run_at, ""),
    }
    return moments.get(sign, (None, ""))


def _page(sign: Sign, lane: Lane) -> str:
    match sign:
        case Sign.FAILED:
            return _jobs(lane, open=1, needs_person__exact=0)
        case Sign.QUESTION:
            return _jobs(lane, open=1, needs_person__exact=1)
        case Sign.WORKING:
            return _jobs(lane, status__exact=JobStatusFilter.working)
        case Sign.RESTING | Sign.QUEUED | Sign.HELD | Sign.LATER:
            return _jobs(lane, status__exact=JobStatusFilter.waiting)
        case Sign.IDLE:
            return _jobs(lane)
        case _:
            return _account_page(lane)


def _jobs(lane: Lane, **filters: str | int) -> str:
    query = urlencode({**filters, "account": lane.account_id})
    return f"{reverse('admin:tasks_marketplacejob_changelist')}?{query}"


def _account_page(lane: Lane) -> str:
    """Jobs point at accounts by name, and so does this."""
    account = MarketplaceJob._meta.get_field("account").related_model._meta
    return reverse(f"admin:{account.app_label}_{account.model_name}_change", args=[lane.account_id])


def _number(counted: int) -> str:
    is_cut_off = counted >= settings.STAFF["lane_counted"]
    return _("%(number)d or more") % {"number": counted} if is_cut_off else str(counted)


def _failed(lane: Lane) -> str:
    failed = lane.failed_count - lane.question_count
    return ngettext("%(number)s failed", "%(number)s failed", failed) % {"number": _number(failed)}


def _questions(lane: Lane) -> str:
    return ngettext(
        "%(number)s needs an answer", "%(number)s need an answer", lane.question_count
    ) % {"number": _number(lane.question_count)}


def _working(lane: Lane) -> str:
    working = max(lane.working_count, 1)
    return ngettext("%(number)d running now", "%(number)d running now", working) % {
        "number": working
    }


def _is_stopped(lane: Lane) -> bool:
    return bool(lane.paused_at or lane.consent_needed_at or lane.offline_since)


def _standing_still(lane: Lane, standstill: Standstill) -> str:
    words = _held_without_workers if standstill is Standstill.NO_WORKERS else _held_by_clocks
    return words(lane) % {"number": _number(lane.waiting_count)}


def _held_without_workers(lane: Lane) -> str:
    if not lane.waiting_count:
        return _("Waiting until workers are started")
    return ngettext(
        "%(number)s waiting until workers are started",
        "%(number)s waiting until workers are started",
        lane.waiting_count,
    )


def _held_by_clocks(lane: Lane) -> str:
    if not lane.waiting_count:
        return _("Waiting until the clocks of the workers' machines are right")
    return ngettext(
        "%(number)s waiting until the clocks of the workers' machines are right",
        "%(number)s waiting until the clocks of the workers' machines are right",
        lane.waiting_count,
    )


def _queued(lane: Lane) -> str:
    if not lane.waiting_count:
        return _("Waiting to be begun")
    if _is_stopped(lane):
        number = {"number": _number(lane.waiting_count)}
        return ngettext("%(number)s waiting", "%(number)s waiting", lane.waiting_count) % number
    if lane.paused_count:
        return ngettext(
            "%(number)s waiting, %(paused)d of them paused",
            "%(number)s waiting, %(paused)d of them paused",
            lane.waiting_count,
        ) % {"number": _number(lane.waiting_count), "paused": lane.paused_count}
    return ngettext(
        "%(number)s waiting for its turn", "%(number)s waiting for their turn", lane.waiting_count
    ) % {"number": _number(lane.waiting_count)}


def _held(lane: Lane) -> str:
    """Each is paused, or waits behind another one of its product."""
    if lane.paused_count >= lane.waiting_count:
        return ngettext(
            "%(number)s waiting, paused by staff",
            "%(number)s waiting, paused by staff",
            lane.waiting_count,
        ) % {"number": _number(lane.waiting_count)}
    return ngettext(
        "%(number)s waiting, nothing due", "%(number)s waiting, nothing due", lane.waiting_count
    ) % {"number": _number(lane.waiting_count)}


def _later(lane: Lane) -> str:
    waiting = lane.waiting_count
    match lane.wait_reason:
        case WaitReason.RETRY:
            words = ngettext(
                "%(number)s waiting, next try", "%(number)s waiting, next try", waiting
            )
        case WaitReason.LOOK | WaitReason.CANCEL:
            words = ngettext(
                "%(number)s waiting, next look", "%(number)s waiting, next look", waiting
            )
        case _:
            words = ngettext(
                "%(number)s waiting, next one", "%(number)s waiting, next one", waiting
            )
    return words % {"number": _number(waiting)}


def _blocked(lane: Lane) -> str:
    if lane.outage_since is not None:
        return _("The marketplace does not answer, asked again")
    return _("Held up by the marketplace, goes on")


def _offline(lane: Lane) -> str:
    if lane.offline_since is None:
        return _("Waits for the seller's side")
    since = moment_of(lane.offline_since, timezone.now(), precision=60)
    return _("Has waited for the seller's side since %(time)s") % {"time": since}


def _paused(lane: Lane) -> str:
    if not lane.paused_by:
        return _("Paused")
    return _("Paused by %(name)s") % {"name": lane.paused_by}


def _shut_out(lane: Lane) -> str:
    if handlers.goes_on_by_hand(lane.marketplace):
        return _("Needs somebody to let it go on, stopped")
    return _("Needs the seller to connect it again, stopped")


_WORDS: dict[Sign, Callable[[Lane], str]] = {
    Sign.IDLE: lambda _lane: _("Nothing to do"),
    Sign.WORKING: _working,
    Sign.QUEUED: _queued,
    Sign.HELD: _held,
    Sign.LATER: _later,
    Sign.RESTING: lambda _lane: _("Pauses between two calls, goes on"),
    Sign.BLOCKED: _blocked,
    Sign.OFFLINE: _offline,
    Sign.PAUSED: _paused,
    Sign.FAILED: _failed,
    Sign.QUESTION: _questions,
    Sign.CONSENT: _shut_out,
}
