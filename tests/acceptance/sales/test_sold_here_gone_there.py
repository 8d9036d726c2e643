"""Sold here, gone there: both marketplaces, real workers, from the buyer to the withdrawal."""

from __future__ import annotations

import pytest

from marketplaces.models import Product
from marketplaces.sales import attention
from marketplaces.sales.attention import Needs, Why
from tasks import tenancy
from tasks.dispatch import lanes
from tasks.models import Priority
from tests.acceptance.processes import until
from tests.acceptance.sales.market import PLACES, SECONDS, Market, Place, other

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("here", PLACES)]

WITHDRAWAL = ("unpublish", Priority.CRITICAL)
QUANTITY = ("set_quantity", Priority.HIGH)
GOES_LIVE = {
    "ebay": "POST /sell/inventory/v1/offer/{offerId}/publish",
    "etsy": "PATCH /v3/application/shops/{shop_id}/listings/{listing_id}",
}
GOES_OFF = {
    "ebay": "POST /sell/inventory/v1/offer/{offerId}/withdraw",
    "etsy": GOES_LIVE["etsy"],
}
TELLS = {
    "ebay": "POST /sell/inventory/v1/bulk_update_price_quantity",
    "etsy": "PUT /v3/application/listings/{listing_id}/inventory",
}


def test_the_last_piece_sold_here_is_gone_there(market: Market, here: Place) -> None:
    product = market.on_both(stock=1)
    there = other(here)
    number = market.buy(product, here)
    market.fetch(here)
    market.wait(product)
    assert market.on_sale(product) == {}
    assert market.stock(product) == 0
    assert market.followed_by(product, there) == [WITHDRAWAL]
    assert market.followed_by(product, here) == []
    assert market.status(product, there) == "WITHDRAWN"
    with tenancy.inside(market.tenant):
        (sale,) = market.order(number).lines.get().sales.all()
        asked = [follow_up.job_id for follow_up in sale.follow_ups.all()]
    assert asked == [market.jobs(product, there)[-1].pk]
    market.assert_nothing_follows(product)
    assert market.sales(product) == [(here, 1, 0)]
    assert market.status(product, here) == "SOLD"
    assert market.status(product, there) == "WITHDRAWN"


def test_while_some_is_left_the_other_listing_is_told_how_much(market: Market, here: Place) -> None:
    product = market.on_both(stock=5)
    there = other(here)
    market.buy(product, here, 2)
    market.fetch(here)
    market.wait(product)
    assert market.on_sale(product) == {"ebay": 3, "etsy": 3}
    assert market.followed_by(product, there) == [QUANTITY]
    assert market.followed_by(product, here) == []
    market.assert_nothing_follows(product)
    assert market.on_sale(product) == {"ebay": 3, "etsy": 3}


def test_both_sell_before_either_is_known_and_both_show_what_is_left(
    market: Market, here: Place
) -> None:
    """The number that the first sale sends there leaves out the piece that was sold there."""
    product = market.on_both(stock=5)
    there = other(here)
    market.buy(product, here, 2)
    market.buy(product, there, 1)
    market.fetch(here)
    market.wait(product)
    # eBay tells how many it has sold, so that both know at once.
    assert market.on_sale(product) == {here: 2 if there == "ebay" else 3, there: 2}
    market.fetch(there)
    market.wait(product)
    assert market.stock(product) == 2
    assert market.on_sale(product) == {"ebay": 2, "etsy": 2}
    assert market.followed_by(product, here) == [QUANTITY]
    assert set(market.followed_by(product, there)) == {QUANTITY}
    market.assert_nothing_follows(product)
    assert market.sales(product) == [(here, 2, 0), (there, 1, 0)]
    market.buy(product, there, 2)
    market.fetch(there)
    market.wait(product)
    assert (market.stock(product), market.on_sale(product)) == (0, {})
    market.assert_nothing_follows(product)


def test_the_last_pieces_sell_on_both_before_either_is_known(market: Market, here: Place) -> None:
    """The same at no stock: eBay tells that none is left, and Etsy keeps a piece until its orders do."""
    product = market.on_both(stock=3)
    there = other(here)
    market.buy(product, here, 2)
    market.buy(product, there, 1)
    market.fetch(here)
    market.wait(product)
    assert market.on_sale(product) == ({} if there == "ebay" else {"ebay": 1, "etsy": 1})
    market.fetch(there)
    market.wait(product)
    assert (market.stock(product), market.on_sale(product)) == (0, {})
    assert market.followed_by(product, there)[-1] == WITHDRAWAL
    market.assert_nothing_follows(product)
    assert market.sales(product) == [(here, 2, 0), (there, 1, 0)]


def test_a_sale_while_the_number_is_under_way_there_is_told_there_too(
    market: Market, here: Place
) -> None:
    product = market.on_both(stock=5)
    there = other(here)
    control = market.ebay if there == "ebay" else market.etsy
    market.buy(product, here, 1)
    control.add_fault(TELLS[there], "hold_before")
    market.fetch(here)
    until(control.holds, SECONDS, "the number is under way")
    market.buy(product, there, 1)
    control.release(effect=True)
    market.wait(product)
    assert market.on_sale(product)[there] == 4
    market.fetch(there)
    market.wait(product)
    assert market.on_sale(product) == {"ebay": 3, "etsy": 3}
    market.assert_nothing_follows(product)


def test_what_came_after_the_last_piece_stays_on_sale(market: Market, here: Place) -> None:
    """A sync that sees the listing sold out, after the orders, sells nothing more."""
    product = market.on_both(stock=2)
    there = other(here)
    market.buy(product, here, 2)
    market.fetch(here)
    market.wait(product)
    with tenancy.inside(market.tenant):
        Product.objects.filter(pk=product.pk).update(stock=10)
    market.ask(there, "publish", product)
    market.wait(product)
    market.assert_nothing_follows(product)
    assert market.stock(product) == 10
    assert market.sales(product) == [(here, 2, 0)]
    assert (market.status(product, here), market.status(product, there)) == ("SOLD", "LIVE")


def test_a_sync_tells_of_the_sale_before_the_orders_do(market: Market, here: Place) -> None:
    product = market.on_both(stock=1)
    number = market.buy(product, here)
    market.fetch(here, actions=("sync",))
    market.wait(product)
    assert market.on_sale(product) == {}
    assert market.sales(product) == [(here, 1, 0)]
    market.fetch(here)
    with tenancy.inside(market.tenant):
        assert market.order(number).lines.get().sales.get().quantity == 1
    assert market.sales(product) == [(here, 1, 0)]
    assert market.followed_by(product, other(here)) == [WITHDRAWAL]


def test_a_paused_account_is_told_of_and_withdraws_once_it_works_again(
    market: Market, here: Place
) -> None:
    product = market.on_both(stock=1)
    there = other(here)
    account = market.accounts[there]
    with tenancy.inside(market.tenant):
        lanes.pause(account.pk, by="mia", reason="Inventory")
    try:
        market.buy(product, here)
        market.fetch(here)
        with tenancy.inside(market.tenant):
            told = attention.still_for_sale()
        assert [(each.why, each.account_id, each.count) for each in told] == [
            (Why.PAUSED, account.pk, 1)
        ]
        assert market.on_sale(product) == {there: 1}
    finally:
        with tenancy.inside(market.tenant):
            lanes.resume(account.pk)
    market.wait(product)
    assert market.on_sale(product) == {}
    with tenancy.inside(market.tenant):
        assert attention.still_for_sale() == []


@pytest.mark.parametrize("kind", ["hold_before", "hold_after"])
def test_a_sale_while_the_publication_there_is_going_live_takes_it_off_sale(
    market: Market, here: Place, kind: str
) -> None:
    """The stock was checked already: only the withdrawal that follows can help."""
    product = market.product(stock=1)
    there = other(here)
    control = market.ebay if there == "ebay" else market.etsy
    market.ask(here, "publish", product)
    market.wait(product)
    match = "active" if there == "etsy" else ""
    control.add_fault(GOES_LIVE[there], kind, match=match)
    market.ask(there, "publish", product)
    until(control.holds, SECONDS, "the publication is going live")
    market.buy(product, here)
    market.fetch(here)
    assert market.stock(product) == 0
    control.release(effect=True)
    market.wait(product)
    assert market.on_sale(product) == {}
    assert market.followed_by(product, there) == [WITHDRAWAL]
    assert market.status(product, there) == "WITHDRAWN"


def test_the_last_piece_sold_on_both_is_oversold_and_told_of(market: Market, here: Place) -> None:
    product = market.on_both(stock=1)
    with tenancy.inside(market.tenant):
        before = attention.needing_a_person()[Needs.OVERSOLD]
    for place in (here, other(here)):
        market.buy(product, place)
    market.fetch(here)
    market.fetch(other(here))
    market.wait(product)
    assert market.stock(product) == 0
    assert market.sales(product) == [(here, 1, 0), (other(here), 1, 1)]
    with tenancy.inside(market.tenant):
        assert attention.needing_a_person()[Needs.OVERSOLD] == before + 1
    assert market.on_sale(product) == {}
    market.assert_nothing_follows(product)


def test_a_cancelled_order_puts_nothing_back_on_sale(market: Market, here: Place) -> None:
    product = market.on_both(stock=1)
    number = market.buy(product, here)
    market.fetch(here)
    market.wait(product)
    jobs = market.jobs(product)
    market.cancel(here, number)
    market.fetch(here)
    assert market.order(number).cancelled_at is not None
    assert market.stock(product) == 0
    assert market.on_sale(product) == {}
    assert market.jobs(product) == jobs


@pytest.mark.parametrize("change", [{"price": "23.00"}, {"description": "<p>Softer.</p>"}])
@pytest.mark.parametrize("action", ["update", "publish"])
def test_a_change_before_the_orders_puts_nothing_back_on_sale(
    market: Market, here: Place, action: str, change: dict[str, str]
) -> None:
    product = market.on_both(stock=1)
    market.buy(product, here)
    market.edit(product, **change)
    market.ask(here, action, product)
    market.wait(product)
    assert here not in market.on_sale(product)
    market.fetch(*PLACES)
    market.wait(product)
    assert (market.stock(product), market.on_sale(product)) == (0, {})
    assert market.sales(product) == [(here, 1, 0)]
    market.fetch(*PLACES, actions=("sync", "orders"))
    market.wait(product)
    assert (market.stock(product), market.on_sale(product)) == (0, {})
    assert market.sales(product) == [(here, 1, 0)]
    with tenancy.inside(market.tenant):
        assert attention.still_for_sale() == []


@pytest.mark.parametrize(("stock", "left"), [(1, {}), (5, {"ebay": 4, "etsy": 4})])
def test_a_sale_between_the_look_and_the_change_is_told_once_it_is_known(
    market: Market, here: Place, stock: int, left: dict[str, int]
) -> None:
    """What is sent there puts the piece back on sale until the orders are fetched."""
    product = market.on_both(stock=stock)
    market.edit(product, price="23.00")
    market.control(here).add_fault(TELLS[here], "hold_before")
    market.ask(here, "update", product)
    until(market.control(here).holds, SECONDS, "the number is on its way")
    market.buy(product, here)
    market.control(here).release(effect=True)
    market.wait(product)
    market.fetch(here)
    market.wait(product)
    assert (market.stock(product), market.on_sale(product)) == (stock - 1, left)


def test_a_sale_while_the_publication_there_is_going_live_is_told_while_some_is_left(
    market: Market, here: Place
) -> None:
    product = market.product(stock=3)
    there = other(here)
    market.ask(here, "publish", product)
    market.wait(product)
    match = "active" if there == "etsy" else ""
    market.control(there).add_fault(GOES_LIVE[there], "hold_after", match=match)
    market.ask(there, "publish", product)
    until(market.control(there).holds, SECONDS, "the publication is going live")
    market.buy(product, here)
    market.fetch(here)
    market.control(there).release(effect=True)
    market.wait(product)
    assert market.on_sale(product) == {"ebay": 2, "etsy": 2}
    assert market.followed_by(product, there) == [QUANTITY]
    market.assert_nothing_follows(product)


def test_the_last_piece_of_a_listing_that_was_deleted_meanwhile_is_gone_there(
    market: Market, here: Place
) -> None:
    product = market.on_both(stock=1)
    market.buy(product, here)
    market.ask(here, "delete", product)
    market.wait(product)
    market.fetch(here)
    market.wait(product)
    assert market.stock(product) == 0
    assert market.followed_by(product, other(here)) == [WITHDRAWAL]


def test_an_order_that_was_cancelled_before_it_was_fetched_is_no_sale(
    market: Market, here: Place
) -> None:
    product = market.on_both(stock=1)
    market.cancel(here, market.buy(product, here))
    market.fetch(here)
    market.assert_nothing_follows(product)
    assert market.stock(product) == 1
    assert market.on_sale(product) == {other(here): 1}


@pytest.mark.parametrize("left", [0, 1])
def test_what_follows_a_sale_outlasts_the_failing_of_its_own_route(
    market: Market, here: Place, left: int
) -> None:
    there = other(here)
    product = market.on_both(stock=left + 1)
    route = TELLS[there] if left else GOES_OFF[there]
    market.control(there).add_fault(route, "status", status=503, times=0)
    market.buy(product, here)
    market.fetch(here)
    [job] = market.jobs(product, there)[1:]

    def is_tried_on() -> bool:
        market.hurry(product)
        return market.tries(job) > job.attempt_limit + 2

    until(is_tried_on, SECONDS, "more tries than any other job has")
    assert market.unfinished(product)[0].pk == job.pk
    market.control(there).clear_faults()

    def is_done() -> bool:
        market.hurry(product)
        return not market.unfinished(product)

    until(is_done, SECONDS, "all jobs ended")
    assert market.on_sale(product) == ({"ebay": left, "etsy": left} if left else {})
    market.assert_nothing_follows(product)
