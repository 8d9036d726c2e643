"""Products in the state in which a way begins, and the jobs that take it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from marketplaces.models import Product
from tasks.dispatch import lanes
from tests.acceptance.exactly_once.points import Point
from tests.acceptance.exactly_once.traps import Trap
from tests.acceptance.exactly_once.verdict import Counted, Judge, Row, counted
from tests.acceptance.shops import READ_LAG, SellersShop

_AT_LEISURE = READ_LAG if os.environ.get("STOFLOW_KILLS") == "all" else 0.0
LAG = {"ebay": READ_LAG, "etsy": _AT_LEISURE, "vinted": _AT_LEISURE}
"""Seconds. With a lag, jobs of Etsy wait twice for a read to show what they have done."""

Stock = dict[Point, Product]


@dataclass(frozen=True)
class Before:
    """What had happened when the trouble began."""

    shop: SellersShop
    effects: Counted
    last_request: int
    names: dict[int, set[str]]
    """By which the sandbox calls each product and its photos, old and new."""

    def begin(self) -> None:
        """Let the jobs run."""
        with self.shop.inside():
            lanes.resume(self.shop.account.pk)


def staged(shop: SellersShop, struck: Iterable[Point], strike: Callable[[Trap], None]) -> Before:
    """One product for each point, its fault in wait for it, its job asked for but paused."""
    [before] = staged_together([(shop, struck)], strike)
    return before


def staged_together(
    shops: Iterable[tuple[SellersShop, Iterable[Point]]], strike: Callable[[Trap], None]
) -> list[Before]:
    """The same for several shops at a time, all of one marketplace."""
    stock = [
        (shop, {point: shop.product(*point.way.photos) for point in struck})
        for shop, struck in shops
    ]
    for shop, _ in stock:
        shop.control.settings(read_lag=0.0)
    _in_peace(stock)
    return [_armed(shop, products, strike) for shop, products in stock]


def _armed(shop: SellersShop, products: Stock, strike: Callable[[Trap], None]) -> Before:
    shop.control.settings(read_lag=LAG[shop.account.marketplace])
    names = {product.pk: shop.names_of(product) for product in products.values()}
    for point, product in products.items():
        for edit in point.way.edits:
            edit(shop, product)
        names[product.pk] |= shop.names_of(product)
    before = _now(shop, names)
    for point, product in products.items():
        strike(Trap(point, shop, product, shop.match_of(product, point.call)))
    _ask(shop, products)
    return before


def _ask(shop: SellersShop, products: Stock) -> None:
    """Asking calls the marketplace too, which must not be in trouble by then."""
    with shop.inside():
        lanes.pause(shop.account.pk, by="the test", reason="all begin at once")
    for action in sorted({point.way.action for point in products}):
        shop.ask(action, *(each for point, each in products.items() if point.way.action == action))


def _in_peace(stock: Sequence[tuple[SellersShop, Stock]]) -> None:
    rounds = max(len(point.way.before) for _, products in stock for point in products)
    for number in range(rounds):
        for shop, products in stock:
            asked: dict[str, list[Product]] = {}
            for point, product in products.items():
                if number < len(point.way.before):
                    asked.setdefault(point.way.before[number], []).append(product)
            for action, victims in asked.items():
                shop.ask(action, *victims)
        for shop, _ in stock:
            shop.wait_until_all_ended(180)


def _now(shop: SellersShop, names: dict[int, set[str]]) -> Before:
    requests = shop.control.requests()
    last = requests[-1]["id"] if requests else 0
    return Before(shop, counted(shop.control.effects()), last, names)


def judged(before: Before, traps: Iterable[Trap]) -> list[Row]:
    judge = Judge(before.shop, before.effects, before.last_request, before.names)
    rows = [judge.row(trap) for trap in traps]
    assert judge.report["violations"] == []
    return rows
