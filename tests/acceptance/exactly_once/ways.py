"""Ways through the handlers: which steps a job takes, which calls they send, what is there in the end.

Every registered handler has ways here, and every step of it occurs in one of them; a test fails
for a handler or a step that has none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from marketplaces.models import Product
from tasks import handlers
from tasks.handlers import BaseJobHandler, Step, StepKind
from tests.acceptance.shops import SellersShop

GONE = "GONE"
"""Neither a listing nor our record of it is left."""

Edit = Callable[[SellersShop, Product], None]
Calls = Mapping[str, str]


def fields(**values: Any) -> Edit:
    def edit(shop: SellersShop, product: Product) -> None:
        shop.change(product, **values)

    return edit


def add_photo(shop: SellersShop, product: Product) -> None:
    shop.add_photo(product)


def remove_photo(shop: SellersShop, product: Product) -> None:
    shop.remove_photo(product)


def retitle(shop: SellersShop, product: Product) -> None:
    shop.change(product, title=f"New {product.title}", description="New words")


@dataclass(frozen=True, kw_only=True, eq=False)
class Way:
    """One job from its beginning to its end, of a product in a certain state."""

    marketplace: str
    action: str
    name: str
    steps: Calls
    """Every step in its order, and the call that changes or reads something there; "" for none."""
    effects: Mapping[str, int] = field(default_factory=dict)
    """How often each call takes effect when nothing goes wrong."""
    ends: str = "LIVE"
    """The status of our record, or GONE."""
    also: tuple[str, ...] = ()
    """Steps that are examined here although an earlier way has them."""
    before: tuple[str, ...] = ()
    """Actions that were done in peace."""
    edits: tuple[Edit, ...] = ()
    """What the seller changes after that."""
    photos: tuple[str, ...] = ("file",)
    fees: int = 0
    """How often the marketplace has charged its fee for the listing in all."""
    never: tuple[str, ...] = ()
    """Steps of the handler that its marketplace does without."""
    notes_uploads: bool = False
    """The record of the listing knows of an upload before its task is committed."""
    keeps_answers: bool = False
    """An answer is a row before the worker has it, and does not die with the worker."""
    looks: Calls = field(default_factory=dict)
    """The call by which a step finds out what an unanswered request has done."""
    about_account: bool = False
    """The job has no product."""

    def __str__(self) -> str:
        return f"{self.marketplace} {self.action} ({self.name})"

    @property
    def handler(self) -> type[BaseJobHandler]:
        return handlers.handler_for(self.marketplace, self.action)

    @cached_property
    def writes(self) -> set[str]:
        return {call for call in self.steps.values() if call.partition(" ")[0] not in {"", "GET"}}

    @property
    def last_step(self) -> str:
        return list(self.steps)[-1]

    def kind(self, step: str) -> StepKind:
        return self._step(step).kind

    def is_write(self, step: str) -> bool:
        return self.steps[step] in self.writes

    def calls_before(self, step: str) -> int:
        """How many steps before this one send a call by the same name."""
        earlier = list(self.steps)[: list(self.steps).index(step)]
        return sum(self.steps[each] == self.steps[step] for each in earlier)

    def _step(self, step: str) -> Step:
        return self.handler.steps[step]


def undeclared(ways: tuple[Way, ...]) -> list[str]:
    """Handlers and steps that no way takes, and steps in a way that no handler has."""
    found = []
    for marketplace, action in handlers.registered():
        handler = handlers.handler_for(marketplace, action)
        if handler.__module__.startswith("tests."):
            continue
        known = set(handler.steps)
        own = [way for way in ways if (way.marketplace, way.action) == (marketplace, action)]
        taken = {step for way in own for step in (*way.steps, *way.never)}
        found += [f"{marketplace} {action}: no way takes {step}" for step in sorted(known - taken)]
        found += [f"{marketplace} {action} has no step {step}" for step in sorted(taken - known)]
    return found
