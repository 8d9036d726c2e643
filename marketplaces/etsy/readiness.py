"""Whether the seller's shop at Etsy is ready to sell, asked before a batch starts."""

from __future__ import annotations

from collections.abc import Iterator

from marketplaces.etsy.account_settings import EtsySettings, is_number
from marketplaces.etsy.answers import Profile, Shop
from marketplaces.etsy.client import EtsyClient
from marketplaces.etsy.connection import client_for
from marketplaces.models import Account
from tasks.errors import PermanentError
from tasks.sentences import sentence

# fmt: off
IN_THE_EU = frozenset({
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT",
    "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
})
# fmt: on
"""Etsy asks shops of these countries for no return policy (its document, updateListing)."""


class ShopNotReadyError(PermanentError):
    """Something that every listing needs is missing at Etsy or in the account's settings."""

    default_advice = sentence("Put right what is listed, then check again.")


def require_ready(account: Account) -> None:
    """`require` for an account of the current tenant; no transaction may be open."""
    require(client_for(account), EtsySettings.read(account.settings))


def require(client: EtsyClient, settings: EtsySettings) -> None:
    """Raise ShopNotReadyError with one message that lists everything missing."""
    found = missing(client, settings)
    if found:
        raise ShopNotReadyError(
            sentence("The Etsy account is not ready: {faults}.", faults="; ".join(found))
        )


def missing(client: EtsyClient, settings: EtsySettings) -> list[str]:
    """What stands in the way, as sentences; empty when nothing does. Four reads at Etsy."""
    shop = client.shop() if is_number(settings.shop_id) else None
    if not settings.shop_id:
        return [sentence("no shop is known: connect the account again")]
    if shop is None:
        return [
            sentence(
                "there is no shop {number} at Etsy: connect the account again",
                number=settings.shop_id,
            )
        ]
    return [
        *_currency(shop, settings),
        *_chosen(
            client.shipping_profiles(), settings.shipping_profile_id, sentence("shipping profile")
        ),
        *_chosen(
            client.processing_profiles(),
            settings.readiness_state_id,
            sentence("processing profile"),
        ),
        *_return_policy(client, shop, settings),
    ]


def _currency(shop: Shop, settings: EtsySettings) -> Iterator[str]:
    if settings.currency != shop.currency:
        yield sentence(
            "the shop sells in {currency}, the account's settings have “{chosen}” (currency)",
            currency=shop.currency,
            chosen=settings.currency,
        )


def _return_policy(client: EtsyClient, shop: Shop, settings: EtsySettings) -> Iterator[str]:
    if settings.return_policy_id or shop.country not in IN_THE_EU:
        yield from _chosen(
            client.return_policies(), settings.return_policy_id, sentence("return policy")
        )


def _chosen(there: list[Profile], chosen: str, words: str) -> Iterator[str]:
    choice = ", ".join(
        f"{each.name} ({each.profile_id})" if each.name else each.profile_id for each in there
    )
    if not there:
        yield sentence("no {words}: create one at Etsy, then check again", words=words)
    elif not chosen:
        yield sentence(
            "no {words} is chosen in the account's settings; Etsy has {choice}",
            words=words,
            choice=choice,
        )
    elif chosen not in {each.profile_id for each in there}:
        yield sentence(
            "the {words} {chosen} is not at Etsy; there is {choice}",
            words=words,
            chosen=chosen,
            choice=choice,
        )
