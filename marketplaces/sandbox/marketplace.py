"""What each marketplace gives to the sandbox, and nothing more."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from marketplaces.sandbox.messages import Answer, Call, Route
from marketplaces.sandbox.reports import ImageReport, ListingReport, OfferReport
from marketplaces.sandbox.settings import Settings
from marketplaces.sandbox.state import State


@dataclass(frozen=True)
class Shelf:
    """All that a marketplace shows, of all sellers."""

    listings: list[ListingReport] = field(default_factory=list)
    offers: list[OfferReport] = field(default_factory=list)
    images: list[ImageReport] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    fees: int = 0
    """Listing fees charged."""


Order = Mapping[str, Any]
Command = Callable[[State, Order], Mapping[str, Any]]
"""What the control port can make happen at a marketplace beside the vendor's API: a buyer's order,
say. It runs in a transaction and raises ValueError for what can't be."""


class Marketplace(Protocol):
    """A vendor's API and the control port's view of it."""

    @property
    def routes(self) -> Sequence[Route]: ...

    @property
    def settings(self) -> type[Settings]:
        """What can be turned on it, with its own defaults."""

    @property
    def commands(self) -> Mapping[str, Command]:
        """By name; the control port serves each as `POST /{name}`."""

    def prepare(self, state: State) -> None:
        """Make what has to exist before the first call; called again after a reset."""

    def error(self, status: int) -> Answer:
        """A bare failure in the vendor's own form, for faults and for what no route covers."""

    def subject_of(self, state: State, call: Call) -> str:
        """What the call is about, as far as it tells before it is handled: for faults, the log."""

    def create_seller(self, state: State, order: Order) -> Mapping[str, Any]: ...

    def revoke(self, state: State, username: str) -> bool:
        """End the seller's consent: no token of theirs works any more."""

    def consent(self, state: State, username: str) -> Mapping[str, Any] | None:
        """The seller agrees anew and gets a new refresh token."""

    def expire_access_tokens(self, state: State, username: str) -> bool: ...

    def shelf(self, state: State) -> Shelf: ...
