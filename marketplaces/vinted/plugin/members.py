"""Which member of Vinted an account is that of, and how it stands, as its plugin is told."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import OuterRef, Subquery

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
    try:
        with transaction.atomic():
            Account.objects.filter(pk=place.account_id, shop_id="").update(shop_id=place.user_id)
    except IntegrityError:
        return  # Another account of the seller's has this member, as the plugin and staff are told.


def standing(account_id: int) -> Message:
    """What a plugin is told of its account when it comes, and whenever it has changed."""
    account = Account.objects.only("shop_id", "settings").get(pk=account_id)
    place = PluginConnection.objects.filter(account=account_id).select_related("account")
    seen = place.annotate(member_of=MEMBER_OF).first()
    return {
        "user_id": account.shop_id or None,
        "site": site_of(account),
        "member_of": seen.member_of if seen is not None and is_signed_in(seen) else None,
        "stopped": _is_stopped(account_id),
    }


def _is_stopped(account_id: int) -> bool:
    lane = Lane.objects.filter(schema_name=current_schema(), account_id=account_id)
    return lane.filter(consent_needed_at__isnull=False).exists()
