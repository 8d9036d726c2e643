"""Letting an account forget its member at Vinted, while nothing of it is there in their name.

The first who signs in gives an account its member, and that may have been somebody else.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from marketplaces.connecting import claims
from marketplaces.models import (
    Account,
    CommandStatus,
    DeletedListing,
    Listing,
    Order,
    PluginCommand,
    PluginConnection,
    Sale,
)
from marketplaces.vinted.plugin import members, wakeups
from marketplaces.vinted.sites import site_of
from tasks import staff_actions
from tasks.dispatch import lanes
from tasks.models import MarketplaceJob, MarketplaceTask, StaffAction, StaffActionOutcome
from tasks.sentences import sentence
from tasks.staff_actions import Wish
from tasks.states import TaskStatus

KIND = "forget_member"
_MAY_HAVE_EFFECT = (CommandStatus.GRANTED, CommandStatus.ANSWERED, CommandStatus.LOST)
_NO_MEMBER = sentence("The account has no member at Vinted yet.")
_PUBLISHED = sentence(
    "StoFlow has already worked at Vinted in this member's name: what is there is theirs. "
    "For another member connect another account."
)
_WORKED_ON = sentence(
    "The account is being worked on. Pause its work, wait for what is under way, and come back."
)


@dataclass(frozen=True, slots=True)
class Preview:
    """What forgetting would mean now, or why it is refused."""

    sentences: list[str]
    refusal: str = ""


def preview(account: Account) -> Preview:
    refusal = _refusal(account)
    if refusal:
        return Preview([], refusal)
    return Preview(
        [
            _("The member %(member)s is forgotten. The connection code stays good.")
            % {"member": account.shop_id},
            _("The account becomes that of whoever is signed in at %(site)s next.")
            % {"site": site_of(account)},
            _next_member(account),
        ]
    )


def forget(account: Account, wish: Wish) -> StaffAction:
    """Once for each key of a wish; refused once anything may be at Vinted in the member's name."""
    with transaction.atomic():
        action, is_new = staff_actions.begin(wish)
        if is_new:
            # No job begins before this has ended, and none is under way.
            lanes.hold(account.pk)
            member = Account.objects.select_for_update().get(pk=account.pk)
            refusal = _refusal(member)
            if not refusal:
                Account.objects.filter(pk=account.pk).update(shop_id="")
                claims.give_back(account.pk)
                wakeups.wake_plugin(account.pk)
            said = refusal or sentence("The member {member} was forgotten.", member=member.shop_id)
            line = StaffActionOutcome(
                account_id=account.pk, subject=account.name, done=not refusal, sentence=said
            )
            staff_actions.record(action, [line])
    return action


def _refusal(account: Account) -> str:
    """Why the account must keep its member; "" when it need not."""
    if not account.shop_id:
        return _NO_MEMBER
    if _is_published(account):
        return _PUBLISHED
    leased = MarketplaceJob.objects.filter(account_id=account.pk, lease_token__isnull=False)
    return _WORKED_ON if leased.exists() else ""


def _is_published(account: Account) -> bool:
    """Whether anything of the account's is at Vinted, was, or may be."""
    mine = {"account": account.pk}
    in_doubt = MarketplaceTask.objects.filter(
        job__account_id=account.pk, status=TaskStatus.UNKNOWN.value
    )
    writes = PluginCommand.objects.filter(**mine, writes=True, status__in=_MAY_HAVE_EFFECT)
    listed = Listing.objects.filter(**mine).exclude(external_id="", published_at=None)
    rows = (
        writes,
        listed,
        *(kept.objects.filter(**mine) for kept in (DeletedListing, Order, Sale)),
    )
    return in_doubt.exists() or any(each.exists() for each in rows)


def _next_member(account: Account) -> str:
    place = PluginConnection.objects.filter(account=account, holder__isnull=False)
    there = place.select_related("account").first()
    if there is None or not members.is_signed_in(there):
        return _("Nobody is signed in there now.")
    return _(
        "At present that is “%(login)s” (%(user_id)s): the account becomes theirs at once."
    ) % {
        "login": there.login,
        "user_id": there.user_id,
    }
