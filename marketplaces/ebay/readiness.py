"""Whether the seller's account at eBay is ready to sell, asked before a batch starts."""

from __future__ import annotations

from collections.abc import Iterator

from marketplaces.ebay.account_settings import EbaySettings
from marketplaces.ebay.client import EbayClient, PolicyKind
from marketplaces.ebay.connection import client_for
from marketplaces.models import Account
from tasks.errors import PermanentError
from tasks.sentences import sentence

POLICIES: tuple[tuple[PolicyKind, str], ...] = (
    ("fulfillment", sentence("shipping policy")),
    ("payment", sentence("payment policy")),
    ("return", sentence("return policy")),
)


class AccountNotReadyError(PermanentError):
    """Something that every listing needs is missing at eBay or in the account's settings."""

    default_advice = sentence("Put right what is listed, then check again.")


def require_ready(account: Account) -> None:
    """`require` for an account of the current tenant; no transaction may be open."""
    require(client_for(account), EbaySettings.read(account.settings))


def require(client: EbayClient, settings: EbaySettings) -> None:
    """Raise AccountNotReadyError with one message that lists everything missing."""
    found = missing(client, settings)
    if found:
        raise AccountNotReadyError(
            sentence("The eBay account is not ready: {faults}.", faults="; ".join(found))
        )


def missing(client: EbayClient, settings: EbaySettings) -> list[str]:
    """What stands in the way, as sentences; empty when nothing does. Four reads at eBay."""
    if unknown := [fault for fault in settings.faults() if "is unknown" in fault]:
        return unknown
    return [
        *(
            fault
            for kind, words in POLICIES
            for fault in _policy(client, kind, words, getattr(settings, f"{kind}_policy_id"))
        ),
        *_location(client, settings.merchant_location_key),
    ]


def _policy(client: EbayClient, kind: PolicyKind, words: str, chosen: str) -> Iterator[str]:
    there = {policy.policy_id: policy.name for policy in client.policies(kind)}
    choice = ", ".join(f"{name} ({policy_id})" for policy_id, name in there.items())
    if not there:
        yield sentence(
            "no {words} for {marketplace_id}: create one at eBay, then check again",
            words=words,
            marketplace_id=client.marketplace_id,
        )
    elif not chosen:
        yield sentence(
            "no {words} is chosen in the account's settings; eBay has {choice}",
            words=words,
            choice=choice,
        )
    elif chosen not in there:
        yield sentence(
            "the {words} {chosen} is not at eBay; there is {choice}",
            words=words,
            chosen=chosen,
            choice=choice,
        )


def _location(client: EbayClient, key: str) -> Iterator[str]:
    if not key:
        yield _none_chosen(client.locations())
        return
    location = client.location(key)
    if location is None:
        yield sentence(
            "no inventory location “{key}” at eBay: create it there, then check again", key=key
        )
    elif location.get("merchantLocationStatus") == "DISABLED":
        yield sentence(
            "the inventory location “{key}” is disabled at eBay: enable it, then check again",
            key=key,
        )


def _none_chosen(there: list[tuple[str, str]]) -> str:
    if not there:
        return sentence(
            "the seller has no inventory location at eBay: make one here, with the address where "
            "the goods lie"
        )
    return sentence(
        "no inventory location is chosen in the account's settings; eBay has {choice}",
        choice=", ".join(f"{name} ({key})" for key, name in there),
    )
