"""Why an account cannot be worked on through its seller's browser, in words for staff."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q
from django.db.models.functions import Now

from marketplaces.models import PluginConnection, PluginToken
from marketplaces.vinted.plugin import members, protocol
from marketplaces.vinted.sites import site_of
from tasks.dispatch import lanes
from tasks.errors import AuthorizationError, OfflineError
from tasks.sentences import sentence

PATIENCE = 2.5
"""Heartbeats without a word after which a plugin is gone."""
_CODES = PluginToken.objects.filter(account=OuterRef("account"))


def of_account(account_id: int) -> str:
    """Why the account cannot be worked on now, as a sentence; "" when its plugin is ready."""
    return of_place(places([account_id]).get(account_id))


@dataclass(frozen=True, slots=True)
class Place:
    """An account's, as it is now."""

    row: PluginConnection
    is_there: bool
    """Whether a plugin holds it, and has said something lately."""
    member_of: str
    """The other account of the seller's whose member is signed in; "" when there is none."""
    is_anothers: bool
    """Whether the member who is signed in is another seller's of the installation."""
    is_revoked: bool
    """Whether the account's connection code was revoked, and there is no new one."""
    is_code_new: bool
    """Whether no plugin has ever come with the account's connection code."""

    @property
    def shows_another_site(self) -> bool:
        return bool(self.row.site) and self.row.site != site_of(self.row.account)

    @property
    def is_challenged(self) -> bool:
        return (
            self.is_there and self.row.state == protocol.CHALLENGE and not self.shows_another_site
        )


def places(account_ids: Iterable[int]) -> dict[int, Place]:
    """By account, of those whose plugin has ever been connected."""
    patience = timedelta(seconds=PATIENCE * settings.VINTED["heartbeat_seconds"])
    held = Q(holder__isnull=False, seen_at__gte=Now() - patience)
    found = PluginConnection.objects.filter(account__in=list(account_ids))
    ever_held = found.exclude(connected_at=None).select_related("account")
    told = ever_held.annotate(
        is_there=ExpressionWrapper(held, output_field=BooleanField()),
        member_of=members.MEMBER_OF,
        is_anothers=members.is_anothers(),
        is_revoked=ExpressionWrapper(
            Exists(_CODES.filter(revoked_at__isnull=False))
            & ~Exists(_CODES.filter(revoked_at__isnull=True)),
            output_field=BooleanField(),
        ),
        is_code_new=Exists(_CODES.filter(revoked_at__isnull=True, used_at__isnull=True)),
    )
    return {
        row.account_id: Place(
            row,
            bool(row.is_there),
            row.member_of or "",
            bool(row.is_anothers),
            bool(row.is_revoked),
            bool(row.is_code_new),
        )
        for row in told
    }


def of_place(place: Place | None) -> str:
    """As `of_account`, of one of the `places`."""
    if place is None:
        return sentence("The seller's browser has never been connected.")
    if not place.is_there and place.is_revoked:
        return sentence(
            "No browser may connect: the connection code was revoked. A new one has to be made and "
            "given to the seller."
        )
    if not place.is_there and place.is_code_new:
        return sentence(
            "The seller's browser is not connected: the new connection code was not entered in "
            "StoFlow's plugin yet."
        )
    if not place.is_there:
        return sentence("The seller's browser is not connected: StoFlow's plugin is not running.")
    return _what_is_wrong(place)


def tell_anew(account_id: int) -> bool:
    """Whoever reads why the account's work waits reads what is missing now; False: nothing is.

    Writes the account's lane: last in the caller's transaction.
    """
    why = of_account(account_id)
    if why:
        lanes.still_offline(account_id, reason=why)
    return bool(why)


def require_ready(account_id: int) -> None:
    """OfflineError when the account's plugin is not there or cannot act.

    AuthorizationError when Vinted shows it a challenge.
    """
    place = places([account_id]).get(account_id)
    if place is not None and place.is_challenged:
        raise challenged()
    reason = of_place(place)
    if reason:
        raise OfflineError(
            reason,
            since=None if place is None else place.row.gone_at,
            still=partial(of_account, account_id),
        )


def challenged(evidence: Mapping[str, Any] | None = None) -> AuthorizationError:
    """Vinted wants to know whether a person sits there: only a person may answer."""
    return AuthorizationError(
        sentence("Vinted asks in the seller's browser whether a person sits there."),
        advice=sentence(
            "Ask the seller to answer it at Vinted, by hand. Then let the account's work go on. "
            "StoFlow stops here and never tries to get around it."
        ),
        evidence=evidence,
    )


def _what_is_wrong(place: Place) -> str:
    row = place.row
    if place.shows_another_site:
        return sentence(
            "No page of {site} is open in the seller's browser, only one of {shown}.",
            site=site_of(row.account),
            shown=row.site,
        )
    match row.state:
        case protocol.READY:
            return _whose(place)
        case protocol.SIGNED_OUT:
            return sentence("Nobody is signed in at Vinted in the seller's browser.")
        case protocol.CHALLENGE:
            return sentence("Vinted asks in the seller's browser whether a person sits there.")
        case _:
            return sentence("No page of Vinted is open in the seller's browser.")


def _whose(place: Place) -> str:
    """What is wrong with the member who is signed in; "" when it is the account's own."""
    row = place.row
    own = row.account.shop_id
    who = {"login": row.login, "user_id": row.user_id}
    if own and row.user_id == own:
        return ""
    if place.member_of:
        return sentence(
            "The seller's browser is signed in at Vinted as “{login}” ({user_id}), the member of "
            "the account “{other}”. This account needs a member of its own.",
            other=place.member_of,
            **who,
        )
    if own:
        return sentence(
            "The seller's browser is signed in at Vinted as “{login}” ({user_id}), and this "
            "account is that of another member ({expected}).",
            expected=own,
            **who,
        )
    if place.is_anothers:
        return sentence(
            "The seller's browser is signed in at Vinted as “{login}” ({user_id}), a member who is "
            "connected for another seller of this installation already. Remove the member there "
            "first; ask the operators if you do not know where.",
            **who,
        )
    return sentence(
        "In a moment this account becomes that of “{login}” ({user_id}), who is signed in.", **who
    )
