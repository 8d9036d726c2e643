"""What a plugin signs in with: made once, shown once, kept as a digest."""

from __future__ import annotations

import hashlib
import secrets

from django.db import transaction
from django.db.models.functions import Now

from marketplaces.models import Account, PluginConnection, PluginToken
from marketplaces.vinted.plugin import wakeups


def issue(account: Account, *, by: str) -> str:
    """A new token of the account's, and the only time that it is told; the former one is void."""
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        revoke(account)
        PluginToken.objects.create(account=account, digest=_digest(token), created_by=by)
    return token


def revoke(account: Account) -> bool:
    """No plugin signs in with the account's token any more, and one that is there is sent away.

    False when there was none.
    """
    with transaction.atomic():
        held = PluginToken.objects.filter(account=account, revoked_at__isnull=True)
        was_there = held.update(revoked_at=Now()) > 0
        there = PluginConnection.objects.filter(account=account, holder__isnull=False)
        there.update(holder=None, gone_at=Now())
        wakeups.wake_plugin(account.pk)
    return was_there


def account_of(token: str) -> Account | None:
    """Whose token it is; None for one that is not known or was revoked."""
    held = PluginToken.objects.filter(digest=_digest(token), revoked_at__isnull=True)
    # The row is locked by it: who revokes the token meanwhile waits for the caller's transaction.
    if not held.update(used_at=Now()):
        return None
    return held.select_related("account").get().account


def is_good(account_id: int) -> bool:
    """Whether the account has a token that was not revoked."""
    return PluginToken.objects.filter(account=account_id, revoked_at__isnull=True).exists()


def _digest(token: str) -> str:
    """A plain hash is enough: the token has 256 random bits, so that nobody can guess at it."""
    return hashlib.sha256(token.encode()).hexdigest()
