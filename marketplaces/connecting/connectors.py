"""What each marketplace says about connecting a shop to it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from marketplaces.connecting.fields import Field
from marketplaces.models import Account, Listing
from marketplaces.oauth import TokenEndpoint

Choices = Mapping[str, list[tuple[str, str]]]
"""What the marketplace offers for a field of the settings: pairs of value and label."""


@dataclass(frozen=True, slots=True)
class App:
    """StoFlow's own application at a marketplace, as the installation's settings have it."""

    consent_url: str
    tokens: TokenEndpoint
    redirect_uri: str
    """Registered with the marketplace; on eBay it is a name, the RuName."""

    @property
    def is_registered(self) -> bool:
        return bool(self.tokens.client_id and self.redirect_uri)


@dataclass(frozen=True, slots=True)
class Shop:
    """Who has consented."""

    id: str
    """Unchanging, as long as the shop exists."""
    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    """What follows for the account's settings; they fill what is empty there."""


class Connector(ABC):
    """One marketplace's side of connecting. Methods that ask it raise `tasks.errors` types."""

    marketplace: ClassVar[str]
    marketplace_name: ClassVar[str]
    scopes: ClassVar[tuple[str, ...]]
    """What StoFlow asks the seller for: no more than its requests need."""
    uses_pkce: ClassVar[bool] = False
    fields: ClassVar[tuple[Field, ...]] = ()
    """What the seller can choose on an account, in the order of the form."""

    @abstractmethod
    def app(self) -> App:
        """From the installation's settings, as they are now."""

    @abstractmethod
    def shop(self, access_token: str) -> Shop:
        """Whose token it is; asks the marketplace."""

    @abstractmethod
    def has_one_of(self, access_token: str, account: Account, listings: Sequence[Listing]) -> bool:
        """Whether the token's shop has one of these listings of `account`; asks the marketplace."""

    def scopes_of(self, _access_token: str) -> frozenset[str] | None:
        """What the token may do, where the marketplace can be asked; None where it cannot."""
        return None

    @abstractmethod
    def choices(self, account: Account) -> Choices:
        """What the shop offers for the `Found` fields; asks the marketplace."""

    def category_paths(self, _account: Account, _numbers: Iterable[str]) -> dict[str, str]:
        """Where categories are in the marketplace's tree, by number, as far as that is known here.

        Reads our own tables only.
        """
        return {}

    def find_categories(self, _account: Account, _words: str) -> list[tuple[str, str]]:
        """Numbers and paths of categories that fit the words; may ask the marketplace."""
        return []

    @abstractmethod
    def missing(self, account: Account) -> list[str]:
        """What stands in the way of a first publication, as sentences; asks the marketplace."""


_CONNECTORS: dict[str, Connector] = {}


def register(connector: type[Connector]) -> type[Connector]:
    """A class decorator for the one connector of a marketplace."""
    _CONNECTORS[connector.marketplace] = connector()
    return connector


def connectors() -> list[Connector]:
    """Of all marketplaces, by name."""
    return sorted(_CONNECTORS.values(), key=lambda each: each.marketplace_name.casefold())


def connector_for(marketplace: str) -> Connector | None:
    """None for a marketplace that nobody can be connected to."""
    return _CONNECTORS.get(marketplace)
