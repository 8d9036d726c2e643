"""Builds the link and the client of an account."""

from __future__ import annotations

from django.conf import settings

from marketplaces.models import Account
from marketplaces.vinted.client import Link, VintedClient
from marketplaces.vinted.plugin.link import PluginLink


def client_for(account: Account, link: Link | None = None) -> VintedClient:
    """Speaks for `account`, which belongs to the current tenant, through its own browser."""
    return VintedClient(
        link=link or PluginLink(account),
        user_id=account.shop_id,
        items_a_page=settings.VINTED["items_a_page"],
        orders_a_page=settings.VINTED["orders_a_page"],
    )
