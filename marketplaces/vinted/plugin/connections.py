"""Whose turn it is to be an account's plugin, and what the browser says of itself.

Exactly one connection holds an account's place. Every statement here is guarded by the holder, so
that a connection that has lost the place changes nothing more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.db.models.functions import Now

from marketplaces.models import Account, PluginConnection
from marketplaces.vinted.plugin import protocol, tokens
from marketplaces.vinted.plugin.protocol import Message
from tasks.dispatch import lanes, queue
from tasks.errors import AuthorizationError, OfflineError
from tasks.sentences import sentence

PATIENCE = 2.5
"""Heartbeats without a word after which a plugin is gone."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A plugin has the account's place."""

    account_id: int
    holder: UUID
    welcome: Message


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a plugin is sent away."""

    reason: str
    message: str
    least_version: str | None = None

    def as_message(self) -> Message:
        return {
            "type": "refused",
            "reason": self.reason,
            "message": self.message,
            "least_version": self.least_version,
        }


NOT_KNOWN = Refused(
    protocol.TOKEN,
    "StoFlow does not know this connection code, or it was revoked. Ask for a new one.",
)
ELSEWHERE = Refused(
    protocol.OCCUPIED,
    "Another browser is connected for this account. Close StoFlow's plugin there.",
)


def too_old() -> Refused:
    least = str(settings.VINTED["least_version"])
    return Refused(
        protocol.OLD_VERSION, f"This plugin is too old: install version {least} or newer.", least
    )


def open_place(hello: Message) -> Opened | Refused:
    """Take the place of the account whose token the plugin has; in the seller's schema."""
    if protocol.is_older(hello["version"], settings.VINTED["least_version"]):
        return too_old()
    holder = uuid4()
    with transaction.atomic():
        account = tokens.account_of(hello["token"])
        if account is None:
            return NOT_KNOWN
        if not _take(account, holder, hello):
            return ELSEWHERE
    report(holder, hello["vinted"])
    account.refresh_from_db(fields=["shop_id"])
    return Opened(account.pk, holder, _welcome(account))


def report(holder: UUID, vinted: Message) -> None:
    """Keep what the browser shows; the account is the first one's who signs in."""
    held = PluginConnection.objects.filter(holder=holder)
    place = held.select_related("account").first()
    if place is None:
        return
    user_id = vinted["user_id"] or ""
    held.update(
        state=vinted["state"], site=vinted["site"], user_id=user_id, login=vinted["login"] or ""
    )
    if user_id and not place.account.shop_id:
        _belongs_to(place.account, user_id)
    _lift_if_ready(place.account_id)


def seen(opened: Opened) -> None:
    """The plugin is still there."""
    PluginConnection.objects.filter(holder=opened.holder).update(seen_at=Now())
    _lift_if_ready(opened.account_id)


def displaced(opened: Opened) -> Refused | None:
    """Why a connection no longer has the account's place; None while it has."""
    place = PluginConnection.objects.filter(account=opened.account_id).only("holder").first()
    if place is not None and place.holder == opened.holder:
        return None
    return ELSEWHERE if tokens.is_good(opened.account_id) else NOT_KNOWN


def close_place(holder: UUID) -> None:
    """The connection has ended."""
    PluginConnection.objects.filter(holder=holder).update(holder=None, gone_at=Now())


_TAKE = """
INSERT INTO plugin_connections AS place
    (account_id, holder, installation, version, state, site, user_id, login, connected_at, seen_at)
VALUES (%(account)s, %(holder)s, %(installation)s, %(version)s, '', '', '', '',
        clock_timestamp(), clock_timestamp())
ON CONFLICT (account_id) DO UPDATE
SET holder = EXCLUDED.holder, installation = EXCLUDED.installation, version = EXCLUDED.version,
    connected_at = EXCLUDED.connected_at, seen_at = EXCLUDED.seen_at, gone_at = NULL
WHERE place.holder IS NULL OR place.installation = EXCLUDED.installation
   OR place.seen_at < clock_timestamp() - %(patience)s * interval '1 second'
"""


def _take(account: Account, holder: UUID, hello: Message) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            _TAKE,
            {
                "account": account.pk,
                "holder": holder,
                "installation": hello["installation"],
                "version": hello["version"],
                "patience": PATIENCE * settings.VINTED["heartbeat_seconds"],
            },
        )
        return bool(cursor.rowcount)


def _belongs_to(account: Account, user_id: str) -> None:
    try:
        with transaction.atomic():
            Account.objects.filter(pk=account.pk, shop_id="").update(shop_id=user_id)
    except IntegrityError:
        return  # Another account of the seller's is this user's; `absence` says so.


def _welcome(account: Account) -> Message:
    return {
        "type": "welcome",
        "protocol": protocol.VERSION,
        "heartbeat_seconds": settings.VINTED["heartbeat_seconds"],
        "account": account.name,
        "user_id": account.shop_id or None,
        "site": str(account.settings.get("site") or settings.VINTED["site"]),
    }


def _lift_if_ready(account_id: int) -> None:
    if not absence(account_id) and lanes.online(account_id):
        queue.wake_workers()


def absence(account_id: int) -> str:
    """Why the account cannot be worked on now, as a sentence; "" when its plugin is ready."""
    return absence_of(places([account_id]).get(account_id))


@dataclass(frozen=True, slots=True)
class Place:
    """An account's, as it is now."""

    row: PluginConnection
    is_there: bool
    """Whether a plugin holds it, and has said something lately."""


def places(account_ids: Iterable[int]) -> dict[int, Place]:
    """By account, of those whose plugin has ever been connected."""
    patience = timedelta(seconds=PATIENCE * settings.VINTED["heartbeat_seconds"])
    held = Q(holder__isnull=False, seen_at__gte=Now() - patience)
    found = PluginConnection.objects.filter(account__in=list(account_ids))
    ever_held = found.exclude(connected_at=None).select_related("account")
    told = ever_held.annotate(is_there=ExpressionWrapper(held, output_field=BooleanField()))
    return {row.account_id: Place(row, bool(row.is_there)) for row in told}


def absence_of(place: Place | None) -> str:
    """As `absence`, of one of the `places`."""
    if place is None:
        return sentence("The seller's browser has never been connected.")
    if not place.is_there:
        return sentence("The seller's browser is not connected: StoFlow's plugin is not running.")
    return _what_is_wrong(place.row)


def require_ready(account_id: int) -> None:
    """OfflineError when the account's plugin is not there or cannot act.

    AuthorizationError when Vinted shows it a challenge.
    """
    place = places([account_id]).get(account_id)
    if place is not None and place.is_there and place.row.state == protocol.CHALLENGE:
        raise challenged()
    reason = absence_of(place)
    if reason:
        raise OfflineError(
            reason,
            since=None if place is None else place.row.gone_at,
            still=partial(_is_absent, account_id),
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


def _is_absent(account_id: int) -> bool:
    return bool(absence(account_id))


def _what_is_wrong(place: PluginConnection) -> str:
    match place.state:
        case protocol.READY if place.user_id == place.account.shop_id:
            return ""
        case protocol.READY:
            return sentence(
                "The seller's browser is signed in at Vinted as “{login}” ({user_id}), and this "
                "account is that of another member ({expected}).",
                login=place.login,
                user_id=place.user_id,
                expected=place.account.shop_id,
            )
        case protocol.SIGNED_OUT:
            return sentence("Nobody is signed in at Vinted in the seller's browser.")
        case protocol.CHALLENGE:
            return sentence("Vinted asks in the seller's browser whether a person sits there.")
        case _:
            return sentence("No page of Vinted is open in the seller's browser.")
