"""Builds the client of an account from the settings of the installation."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.conf import settings
from django.db.models.signals import post_delete
from django.dispatch import receiver

from marketplaces.application_tokens import ApplicationTokens
from marketplaces.ebay.account_settings import EbaySettings
from marketplaces.ebay.calls import Calls
from marketplaces.ebay.client import BaseUrls, EbayClient
from marketplaces.ebay.taxonomy import Taxonomy
from marketplaces.models import Account
from marketplaces.oauth import AccessTokens, TokenEndpoint
from marketplaces.signed_calls import TokenProvider
from tasks.dispatch import limits
from tasks.dispatch.limits import Limit
from tasks.sentences import sentence
from tasks.tenancy import TenantLike, current_schema

PUBLIC_SCOPE = "https://api.ebay.com/oauth/api_scope"
"""View public data from eBay."""
_UPLOADS = "ebay-media/"
"""How the keys of an account's limits begin; its schema and its number follow."""


def client_for(account: Account, tokens: TokenProvider | None = None) -> EbayClient:
    """Speaks for `account`, which belongs to the current tenant; with its own tokens, or others."""
    own = EbaySettings.read(account.settings)
    name = f"{current_schema()}/{account.pk}"
    return EbayClient(
        calls=Calls(
            tokens=tokens or AccessTokens(account.pk, token_endpoint()),
            timeout=settings.EBAY["deadline_seconds"],
            account=name,
        ),
        urls=BaseUrls(
            inventory=settings.EBAY["inventory_url"].rstrip("/"),
            account=settings.EBAY["account_url"].rstrip("/"),
            media=settings.EBAY["media_url"].rstrip("/"),
        ),
        marketplace_id=own.marketplace_id,
        language=own.language,
        before_upload=partial(limits.spend, f"{_UPLOADS}{name}", [_uploads()]),
    )


@receiver(post_delete, sender=settings.TENANT_MODEL)
def forget_uploads_of(instance: TenantLike, **_: Any) -> None:
    """The seller is removed."""
    limits.forget(f"{_UPLOADS}{instance.schema_name}/")


def _uploads() -> Limit:
    """The Media API's document (v1_beta.5.1) allows a user 50 POSTs in 5 seconds."""
    amount = settings.EBAY["uploads_per_5_seconds"]
    return Limit(sentence("eBay's limit of photos per second"), amount, 5.0)


def taxonomy() -> Taxonomy:
    """Speaks for StoFlow itself: categories are no seller's."""
    return Taxonomy(
        Calls(
            tokens=ApplicationTokens(token_endpoint(), (PUBLIC_SCOPE,)),
            timeout=settings.EBAY["deadline_seconds"],
        ),
        settings.EBAY["taxonomy_url"].rstrip("/"),
    )


def token_endpoint() -> TokenEndpoint:
    return TokenEndpoint(
        url=f"{settings.EBAY['oauth_url'].rstrip('/')}/token",
        client_id=settings.EBAY["client_id"],
        client_secret=settings.EBAY["client_secret"],
    )
