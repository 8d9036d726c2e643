"""Whether an account can sell at Vinted at all, asked before a batch starts; no call.

A plugin that is not connected is no fault: the account's work waits for it.
"""

from __future__ import annotations

from marketplaces.models import Account
from marketplaces.vinted.account_settings import VintedSettings
from tasks.errors import PermanentError
from tasks.sentences import sentence


class AccountNotReadyError(PermanentError):
    """Something that every listing needs is missing in the account's settings."""

    default_advice = sentence("Put right what is listed, then start again.")


def require_ready(account: Account) -> None:
    """Raise AccountNotReadyError with one message that lists everything missing."""
    found = missing(account)
    if found:
        raise AccountNotReadyError(
            sentence("The Vinted account is not ready: {faults}.", faults="; ".join(found))
        )


def missing(account: Account) -> list[str]:
    """What stands in the way, as sentences; empty when nothing does."""
    settings = VintedSettings.read(account.settings)
    found = settings.faults()
    if not account.shop_id:
        found.append(sentence("no plugin has been connected yet: connect the seller's browser"))
    if not settings.catalog_id and not settings.catalogs:
        found.append(sentence("no Vinted category is chosen in the account's settings"))
    return found
