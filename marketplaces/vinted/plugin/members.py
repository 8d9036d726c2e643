"""Which member of Vinted an account is that of, and how it stands, as its plugin is told."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Subquery

from marketplaces.connecting import claims
from marketplaces.connecting.errors import ShopTakenError
from marketplaces.models import Account, PluginConnection
from marketplaces.vinted.plugin import protocol
from marketplaces.vinted.plugin.protocol import Message
from marketplaces.vinted.sites import site_of
from tasks.dispatch.models import Lane
from tasks.tenancy import current_schema

STANDING = ("user_id", "site", "member_of", "stopped")
"""What there is to be told of an account."""
MEMBER_OF = Subquery(
    Account.objects.filter(
        marketplace=OuterRef("account__marketplace"), shop_id=OuterRef("user_id")
    )
    .exclude(shop_id="")
    .exclude(pk=OuterRef("account_id"))
    .values("name")[:1]
)
"""Of a plugin's place: the other account of the seller's that has the member who is signed in."""
_OF_ANOTHER_SELLER = ""
"""Told in place of the account's name, which is nobody's business here."""


def is_anothers() -> Exists:
    """Of a plugin's place: whether the member who is signed in is another seller's."""
    return Exists(claims.of_others(OuterRef("account__marketplace"), OuterRef("user_id")))


def is_signed_in(place: PluginConnection) -> bool:
    """Whether the browser shows a member at the account's own site; of others nothing follows."""
    return (
        place.state == protocol.READY
        and bool(place.user_id)
        and place.site == site_of(place.account)
    )


def bind(place: PluginConnection) -> None:
    """An account without a member becomes that of whoever is signed in at its own site."""
    if place.account.shop_id or not is_signed_in(place):
        return
    account = place.account
    if claims.is_anothers(account.marketplace, place.user_id):
        return  # As the plugin and staff are told.
    unbound = Account.objects.filter(pk=account.pk, shop_id="")
    # Of the errors one says that another account of the seller's has this member, the other that
    # another seller has just got them: that is told too.
    with suppress(IntegrityError, ShopTakenError), transaction.atomic():
        if unbound.update(shop_id=place.user_id):
            account.shop_id = place.user_id
            claims.claim(account)


def standing(account_id: int) -> Message:
    """What a plugin is told of its account when it comes, and whenever it has changed."""
    account = Account.objects.only("shop_id", "settings").get(pk=account_id)
    place = PluginConnection.objects.filter(account=account_id).select_related("account")
    seen = place.annotate(member_of=MEMBER_OF, is_anothers=is_anothers()).first()
    return {
        "user_id": account.shop_id or None,
        "site": site_of(account),
        "member_of": None if seen is None else _other(seen),
        "stopped": _is_stopped(account_id),
    }


def _other(seen: Any) -> str | None:
    """The account that has the member who is signed in, if it is not this one."""
    if not is_signed_in(seen):
        return None
    if seen.member_of is None and seen.is_anothers and not seen.account.shop_id:
        return _OF_ANOTHER_SELLER
    member_of: str | None = seen.member_of
    return member_of


def _is_stopped(account_id: int) -> bool:
    lane = Lane.objects.filter(schema_name=current_schema(), account_id=account_id)
    return lane.filter(consent_needed_at__isnull=False).exists()
