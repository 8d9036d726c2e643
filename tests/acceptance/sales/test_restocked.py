"""What an update sends of the stock once the listing itself has sold: real workers, both ways."""

from __future__ import annotations

import pytest

from tests.acceptance.sales.market import PLACES, Market, Place, other

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("here", PLACES)]


@pytest.mark.parametrize("action", ["update", "publish"])
def test_a_restock_to_the_number_that_was_told_last_is_told(
    market: Market, here: Place, action: str
) -> None:
    product = market.on_both(stock=5)
    market.buy(product, here, 2)
    market.fetch(here)
    market.wait(product)
    assert market.on_sale(product) == {"ebay": 3, "etsy": 3}
    market.edit(product, stock=5)
    ask_both(market, action)
    assert market.on_sale(product) == {"ebay": 5, "etsy": 5}
    market.assert_nothing_follows(product)


def test_a_price_puts_nothing_back_on_sale_that_sold_after_the_last_orders(
    market: Market, here: Place
) -> None:
    product = market.on_both(stock=5)
    market.buy(product, here, 2)
    market.fetch(here)
    market.wait(product)
    market.buy(product, here, 1)
    assert_a_price_leaves_two(market, here)


def test_a_price_puts_nothing_back_on_sale_that_a_sale_elsewhere_has_passed_over(
    market: Market, here: Place
) -> None:
    """Fewer pieces were there than were left: that number was seen, and not told."""
    product = market.on_both(stock=5)
    market.buy(product, here, 2)
    market.buy(product, other(here), 1)
    market.fetch(other(here))
    market.wait(product)
    assert_a_price_leaves_two(market, here)


def test_a_restock_leaves_out_what_is_missing_there_until_the_orders_tell(
    market: Market, here: Place
) -> None:
    product = market.on_both(stock=5)
    market.buy(product, here, 1)
    market.edit(product, stock=8)
    for price in ("19.90", "23.00"):
        market.edit(product, price=price)
        ask_both(market, "update")
        assert market.on_sale(product)[here] == 7
    market.fetch(here)
    market.wait(product)
    ask_both(market, "update")
    assert (market.stock(product), market.on_sale(product)) == (7, {"ebay": 7, "etsy": 7})
    market.assert_nothing_follows(product)


def ask_both(market: Market, action: str) -> None:
    product = market.made[-1]
    for place in PLACES:
        market.ask(place, action, product)
    market.wait(product)


def assert_a_price_leaves_two(market: Market, here: Place) -> None:
    """Before the order of the last piece is fetched as well as after."""
    product = market.made[-1]
    market.edit(product, price="23.00")
    market.ask(here, "update", product)
    market.wait(product)
    assert market.on_sale(product)[here] == 2
    market.fetch(here)
    market.wait(product)
    assert (market.stock(product), market.on_sale(product)) == (2, {"ebay": 2, "etsy": 2})
