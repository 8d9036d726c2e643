"""Connecting a seller's shop: consent, the shop's identity, what it offers, what is missing.

Each marketplace's folder registers a `Marketplace`, or a `Connector` where the seller consents at
the marketplace; everything else here is the same for all.
"""

from marketplaces.connecting.checking import check
from marketplaces.connecting.connectors import (
    App,
    Choices,
    Connector,
    Marketplace,
    Shop,
    connected_accounts,
    connector_for,
    marketplace_for,
    marketplaces,
    register,
)
from marketplaces.connecting.errors import ConnectingError, NoShopError
from marketplaces.connecting.fields import Choice, Field, Flag, Found, Table, Text, Words

__all__ = [
    "App",
    "Choice",
    "Choices",
    "ConnectingError",
    "Connector",
    "Field",
    "Flag",
    "Found",
    "Marketplace",
    "NoShopError",
    "Shop",
    "Table",
    "Text",
    "Words",
    "check",
    "connected_accounts",
    "connector_for",
    "marketplace_for",
    "marketplaces",
    "register",
]
