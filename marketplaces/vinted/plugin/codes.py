"""Connection codes as staff make and void them, each deed recorded.

A code is told once, by the call that makes it. It is kept nowhere: who sends the same form again
finds what was done, without the code.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db import IntegrityError, transaction

from marketplaces.connecting import ConnectingError
from marketplaces.connecting.errors import NotRegisteredError
from marketplaces.models import Account
from marketplaces.vinted import terms
from marketplaces.vinted.plugin import absence, tokens
from tasks import staff_actions
from tasks.dispatch import lanes
from tasks.models import StaffAction, StaffActionOutcome
from tasks.sentences import sentence
from tasks.staff_actions import Wish
from tasks.tenancy import current_schema

MARKETPLACE = "vinted"
NEW_CODE, REVOKE = "new_connection_code", "revoke_plugin"
ORDERS_EVERY_MINUTES, SYNC_EVERY_MINUTES = 30, 720
"""Seldomer than elsewhere at first: a person does not look every few minutes, day and night."""


class NameTakenError(ConnectingError):
    """Another account is called so."""

    default_advice = sentence("Give the account another name.")


@dataclass(frozen=True, slots=True)
class Made:
    """An account and its code."""

    account: Account
    code: str
    """What is pasted into the plugin; empty when the same form made it before."""


def require_address() -> None:
    """Raise NotRegisteredError while the installation has no plugin server."""
    if not settings.VINTED["plugin_url"]:
        raise NotRegisteredError(
            sentence("StoFlow's plugin server for Vinted is not set up yet."),
            advice=sentence(
                "Tell the operators: they start it and set its address; the README says how."
            ),
        )


def connect(wish: Wish, *, site: str) -> Made:
    """A new account and its first code; `wish.scope_words` is its name, and whoever wishes has
    confirmed the terms. NameTakenError when there is such an account."""
    require_address()
    try:
        return _connected(wish, site)
    except IntegrityError as error:
        raise NameTakenError(
            sentence("There is an account “{name}” already.", name=wish.scope_words)
        ) from error


def renew(account: Account, wish: Wish) -> Made:
    """Another code; the former one is void, and the plugin that has it is sent away."""
    require_address()
    with transaction.atomic():
        action, is_new = staff_actions.begin(wish)
        if not is_new:
            return Made(account, "")
        code = _code(tokens.issue(account, by=wish.by))
        _record(action, account, sentence("A new connection code was made; the old one is void."))
        absence.tell_anew(account.pk)
    return Made(account, code)


def revoke(account: Account, wish: Wish) -> StaffAction:
    """No code is good any more, and the plugin is sent away."""
    with transaction.atomic():
        action, is_new = staff_actions.begin(wish)
        if is_new:
            was_there = tokens.revoke(account)
            _record(action, account, _REVOKED if was_there else _NOTHING_TO_REVOKE, done=was_there)
            absence.tell_anew(account.pk)
    return action


_REVOKED = sentence("The connection code is void, and the plugin was sent away.")
_NOTHING_TO_REVOKE = sentence("There was no connection code that was good.")


@transaction.atomic
def _connected(wish: Wish, site: str) -> Made:
    action, is_new = staff_actions.begin(wish)
    if not is_new:
        line = action.outcomes.first()
        made_before = Account.objects.filter(pk=line.account_id or 0).first() if line else None
        if made_before is None:
            raise ConnectingError(sentence("The account was deleted."))
        return Made(made_before, "")
    account: Account = Account.objects.create(
        marketplace=MARKETPLACE,
        name=wish.scope_words,
        settings={"site": site},
        orders_every_minutes=ORDERS_EVERY_MINUTES,
        sync_every_minutes=SYNC_EVERY_MINUTES,
    )
    code = _code(tokens.issue(account, by=wish.by))
    _record(action, account, terms.CONFIRMED)
    lanes.ensure(account.pk, marketplace=account.marketplace, name=account.name)
    return Made(account, code)


def _code(token: str) -> str:
    return f"{settings.VINTED['plugin_url'].rstrip('/')}/t/{current_schema()}/plugin/ {token}"


def _record(action: StaffAction, account: Account, said: str, *, done: bool = True) -> None:
    line = StaffActionOutcome(account_id=account.pk, subject=account.name, done=done, sentence=said)
    staff_actions.record(action, [line])
