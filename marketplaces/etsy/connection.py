"""Builds the client of an account from the settings of the installation."""

from __future__ import annotations

from django.conf import settings

from marketplaces.etsy.account_settings import EtsySettings
from marketplaces.etsy.calls import Calls
from marketplaces.etsy.client import EtsyClient
from marketplaces.etsy.pace import SharedPace
from marketplaces.models import Account
from marketplaces.oauth import AccessTokens, TokenEndpoint
from marketplaces.signed_calls import TokenProvider
from tasks.tenancy import current_schema


def client_for(account: Account, tokens: TokenProvider | None = None) -> EtsyClient:
    """Speaks for `account`, which belongs to the current tenant; with its own tokens, or others."""
    return EtsyClient(
        calls=Calls(
            tokens=tokens or AccessTokens(account.pk, token_endpoint()),
            api_key=api_key(),
            url=settings.ETSY["api_url"].rstrip("/"),
            timeout=settings.ETSY["deadline_seconds"],
            account=f"{current_schema()}/{account.pk}",
            pace=SharedPace(),
        ),
        shop_id=EtsySettings.read(account.settings).shop_id or account.shop_id,
        page_size=settings.ETSY["page_size"],
    )


def api_key() -> str:
    """The header x-api-key of every request."""
    return f"{settings.ETSY['keystring']}:{settings.ETSY['shared_secret']}"


def token_endpoint() -> TokenEndpoint:
    """Etsy's clients are public ones: they name themselves and have no secret here."""
    return TokenEndpoint(
        url=f"{settings.ETSY['oauth_url'].rstrip('/')}/token",
        client_id=settings.ETSY["keystring"],
        client_secret="",
    )
