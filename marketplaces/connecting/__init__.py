"""Connecting a seller's shop: consent, the shop's identity, what it offers, what is missing.

Each marketplace's folder registers a `Connector`; everything else here is the same for all.
"""

from marketplaces.connecting.checking import check
from marketplaces.connecting.connectors import (
    App,
    Choices,
    Connector,
    Shop,
    connector_for,
    connectors,
    register,
)
from marketplaces.connecting.errors import ConnectingError
from marketplaces.connecting.fields import Choice, Field, Found, Table, Text

__all__ = [
    "App",
    "Choice",
    "Choices",
    "ConnectingError",
    "Connector",
    "Field",
    "Found",
    "Shop",
    "Table",
    "Text",
    "check",
    "connector_for",
    "connectors",
    "register",
]
