"""What each marketplace says about its accounts and about connecting a shop to it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

from django.db.models import QuerySet

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


class Marketplace(ABC):
    """What an account can be set to and what it lacks, however it is connected.

    Methods that ask the marketplace raise `tasks.errors` types.
    """

    marketplace: ClassVar[str]
    marketplace_name: ClassVar[str]
    has_consent: ClassVar[bool] = False
    """Whether the seller consents there; otherwise their own browser makes the calls."""
    fields: ClassVar[tuple[Field, ...]] = ()
    """What the seller can choose on an account, in the order of the form."""

    def may_be_asked(self, _account: Account) -> bool:
        """Whether `choices` and `missing` can say anything of it yet."""
        return True

    def choices(self, _account: Account) -> Choices:
        """What the shop offers for the `Found` fields; may ask the marketplace."""
        return {}

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
        """What stands in the way of a first publication, as sentences; may ask the marketplace."""


AnyMarketplace = TypeVar("AnyMarketplace", bound=Marketplace)


class Connector(Marketplace):
    """A marketplace at which the seller consents, and that gives tokens (OAuth 2)."""

    has_consent = True
    scopes: ClassVar[tuple[str, ...]]
    """What StoFlow asks the seller for: no more than its requests need."""
    uses_pkce: ClassVar[bool] = False

    def may_be_asked(self, account: Account) -> bool:
        return bool(account.refresh_token)

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


_MARKETPLACES: dict[str, Marketplace] = {}


def register(marketplace: type[AnyMarketplace]) -> type[AnyMarketplace]:
    """A class decorator for the one `Marketplace` of its name."""
    _MARKETPLACES[marketplace.marketplace] = marketplace()
    return marketplace


def marketplaces() -> list[Marketplace]:
    """All that an account can be of, by name."""
    return sorted(_MARKETPLACES.values(), key=lambda each: each.marketplace_name.casefold())


def marketplace_for(name: str) -> Marketplace | None:
    """None for one that has nothing to be set up."""
    return _MARKETPLACES.get(name)


def connector_for(name: str) -> Connector | None:
    """None for a marketplace at which no seller consents."""
    found = _MARKETPLACES.get(name)
    return found if isinstance(found, Connector) else None


def connected_accounts() -> QuerySet[Account]:
    """Those of the current tenant that have a sign-in, or a browser that is known to be theirs."""
    with_consent = [each.marketplace for each in _MARKETPLACES.values() if each.has_consent]
    return Account.objects.exclude(refresh_token="", shop_id="").exclude(
        refresh_token="", marketplace__in=with_consent
    )
