"""Forgetting a shop's sign-in, so that StoFlow does nothing there and another seller may connect it.

The account stays, with all that it tells, and with its shop: it never becomes another one, and
whoever connects the shop for the same seller again goes on with it.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from marketplaces.connecting import claims
from marketplaces.connecting.connectors import connected_accounts
from marketplaces.models import Account, Listing, ListingStatus
from tasks import staff_actions
from tasks.dispatch import lanes
from tasks.models import MarketplaceJob, StaffAction, StaffActionOutcome
from tasks.sentences import sentence
from tasks.staff_actions import Wish
from tasks.wording import account_words, marketplace_name

KIND = "disconnect_account"
_NOT_CONNECTED = sentence("The account has no sign-in that could be forgotten.")
_WORKED_ON = sentence(
    "The account is being worked on. Pause its work, wait for what is under way, and come back."
)


@dataclass(frozen=True, slots=True)
class Preview:
    """What disconnecting would mean now, or why it is refused."""

    sentences: list[str]
    refusal: str = ""


def preview(account: Account) -> Preview:
    refusal = _refusal(account)
    if refusal:
        return Preview([], refusal)
    there = {"marketplace": marketplace_name(account.marketplace)}
    told = [
        _("The sign-in at %(marketplace)s is forgotten: StoFlow reads and changes nothing there.")
        % there,
        _live(account),
        _("Jobs that wait go on waiting, until somebody connects the shop again or cancels them."),
        _("The shop may be connected for another seller. This account stays that of the shop."),
    ]
    return Preview([each for each in told if each])


def disconnect(account: Account, wish: Wish) -> StaffAction:
    """Once for each key of a wish; refused while a job of the account is worked on."""
    with transaction.atomic():
        action, is_new = staff_actions.begin(wish)
        if is_new:
            # No job begins before this has ended, and none is under way.
            lanes.hold(account.pk)
            row = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
            refusal = _refusal(row)
            if not refusal:
                _forget(row)
            said = refusal or sentence("The shop was disconnected; what is live there stays live.")
            line = StaffActionOutcome(
                account_id=row.pk,
                subject=account_words(row.name, row.marketplace),
                done=not refusal,
                sentence=said,
            )
            staff_actions.record(action, [line])
    return action


def _forget(account: Account) -> None:
    account.refresh_token = account.access_token = ""
    account.access_token_expires_at = None
    account.save(
        update_fields=["refresh_token", "access_token", "access_token_expires_at", "updated_at"]
    )
    claims.give_back(account.pk)
    # Nobody waits for the seller any more; whoever asks for work finds that there is no sign-in.
    lanes.consent_given(account.pk)


def _refusal(account: Account) -> str:
    """Why the account must keep its sign-in; "" when it need not."""
    if not connected_accounts().filter(pk=account.pk).exists():
        return _NOT_CONNECTED
    leased = MarketplaceJob.objects.filter(account_id=account.pk, lease_token__isnull=False)
    return _WORKED_ON if leased.exists() else ""


def _live(account: Account) -> str:
    live = Listing.objects.filter(account=account, status=ListingStatus.LIVE).count()
    if not live:
        return ""
    return ngettext(
        "%(n)d listing is live there and stays so: a sale of it is not seen here. End it first, or "
        "let the seller look after it.",
        "%(n)d listings are live there and stay so: their sales are not seen here. End them first, "
        "or let the seller look after them.",
        live,
    ) % {"n": live}
