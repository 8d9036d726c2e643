"""Whose turn it is to be an account's plugin, and what the browser says of itself.

Exactly one connection holds an account's place. Every statement here is guarded by the holder, so
that a connection that has lost the place changes nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Now

from marketplaces.models import Account, PluginConnection
from marketplaces.vinted.plugin import absence, members, protocol, tokens
from marketplaces.vinted.plugin.protocol import Message
from tasks.dispatch import lanes, queue


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
    return Opened(account.pk, holder, _welcome(account))


def report(holder: UUID, vinted: Message) -> None:
    """Keep what the browser shows, and what follows from it."""
    PluginConnection.objects.filter(holder=holder).update(
        state=vinted["state"],
        site=vinted["site"],
        user_id=vinted["user_id"] or "",
        login=vinted["login"] or "",
    )
    conclude(holder)


def seen(opened: Opened) -> None:
    """The plugin is still there."""
    PluginConnection.objects.filter(holder=opened.holder).update(seen_at=Now())
    conclude(opened.holder)


def conclude(holder: UUID) -> None:
    """From what is kept: the account may get its member, and its work may go on.

    Where it may not, what it waits for is told anew.
    """
    place = PluginConnection.objects.filter(holder=holder).select_related("account").first()
    if place is not None:
        members.bind(place)
        _lift_or_tell(place.account_id)


def displaced(opened: Opened) -> Refused | None:
    """Why a connection no longer has the account's place; None while it has."""
    place = PluginConnection.objects.filter(account=opened.account_id).only("holder").first()
    if place is not None and place.holder == opened.holder:
        return None
    return ELSEWHERE if tokens.is_good(opened.account_id) else NOT_KNOWN


def close_place(holder: UUID) -> None:
    """The connection has ended."""
    place = PluginConnection.objects.filter(holder=holder)
    account_id = place.values_list("account_id", flat=True).first()
    if account_id is not None and place.update(holder=None, gone_at=Now()):
        absence.tell_anew(account_id)


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
                "patience": absence.PATIENCE * settings.VINTED["heartbeat_seconds"],
            },
        )
        return bool(cursor.rowcount)


def _welcome(account: Account) -> Message:
    return {
        "type": "welcome",
        "protocol": protocol.VERSION,
        "heartbeat_seconds": settings.VINTED["heartbeat_seconds"],
        "account": account.name,
        **members.standing(account.pk),
    }


def _lift_or_tell(account_id: int) -> None:
    if not absence.tell_anew(account_id) and lanes.online(account_id):
        queue.wake_workers()
