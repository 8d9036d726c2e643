"""A worker is killed in every step of update, unpublish and delete; each change happens once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from marketplaces.ebay.handlers import DeleteHandler, UnpublishHandler, UpdateHandler
from marketplaces.models import Listing, Product
from tasks.handlers import StepKind
from tests.acceptance.ebay import gates
from tests.acceptance.ebay.conftest import ROUNDS
from tests.acceptance.ebay.kill_points import CHANGES, READS, ROUTES, Killer, Moment, Point
from tests.acceptance.ebay.promise import (
    assert_batches_add_up,
    assert_failures_are_explained,
    assert_nothing_is_held,
)
from tests.acceptance.ebay.shop import EbayShop, Stage

pytestmark = [pytest.mark.storm, pytest.mark.slow]

HANDLERS = {handler.action: handler for handler in (UpdateHandler, UnpublishHandler, DeleteHandler)}
LOOKS = READS | {"look"}
EVERYTHING = {"title": "Linen", "description": "<b>New</b>", "price": "25.00", "stock": 2}
WANTED: dict[str, dict[str, Any]] = {
    "set_price_and_stock": {"price": "25.00", "stock": 2},
    "withdraw": {"stock": 0},
    "save_withdrawal": {"stock": 0},
}
"""What is changed of a product so that its update comes to this step; else EVERYTHING."""


def all_points() -> Iterator[Point]:
    """Uploads are left to the kill points of publish."""
    for action, handler in HANDLERS.items():
        for name, step in handler.steps.items():
            if name != "upload_image":
                for moment in _moments(name, step.kind):
                    yield Point(name, moment, action=action)


def _moments(step: str, kind: StepKind) -> tuple[Moment, ...]:
    if kind is StepKind.ATOMIC:
        return (Moment.AFTER_ANSWER,)
    if step in LOOKS:
        return (Moment.BEFORE_CALL, Moment.AFTER_ANSWER)
    return tuple(moment for moment in Moment if moment is not Moment.AFTER_COMMIT)


def test_every_step_of_every_change_has_its_kill_points() -> None:
    steps = {name for handler in HANDLERS.values() for name in handler.steps}
    outside = {
        name
        for handler in HANDLERS.values()
        for name, step in handler.steps.items()
        if step.kind is not StepKind.ATOMIC
    }
    assert outside <= set(ROUTES | CHANGES)
    assert {point.step for point in all_points()} == steps - {"upload_image"}


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_a_worker_killed_in_any_step_of_a_change_leaves_it_done_once(
    stage: Stage, _round: int
) -> None:
    shop = stage.shop(concurrency=100)
    gates.build(shop.tenant)
    stage.workers.start(4)
    victims = {point: shop.product() for point in all_points()}
    shop.published(*victims.values(), seconds=180)
    for point, product in victims.items():
        if point.action == "update":
            shop.change(product, **WANTED.get(point.step, EVERYTHING))
    before = effects(shop)
    with gates.side_door() as keeper:
        killer = Killer(stage, shop, keeper)
        for point, product in victims.items():
            killer.prepare(point, product)
        for action in HANDLERS:
            shop.ask(action, *(each for point, each in victims.items() if point.action == action))
        killer.run(150)
    shop.wait_until_all_ended(180)
    made = effects(shop) - before
    for point, product in victims.items():
        assert shop.job(product).status == "COMPLETED", f"{point}: {shop.job(product)}"
        assert_done(shop, point, product)
        assert set(calls_about(shop, made, product).values()) <= {1}, str(point)
    assert shop.control.effects()["violations"] == []
    assert_nothing_is_held(shop)
    assert_batches_add_up(shop)
    assert_failures_are_explained(shop)


def assert_done(shop: EbayShop, point: Point, product: Product) -> None:
    with shop.inside():
        record = Listing.objects.filter(product=product).first()
    offers = [o for o in shop.control.effects()["offers"] if o["sku"] == shop.sku(product)]
    shown = shop.live(product)
    if point.action == "delete":
        assert (record, offers, shown) == (None, [], []), str(point)
        return
    assert record is not None
    assert len(offers) == 1
    if point.action == "unpublish" or WANTED.get(point.step) == {"stock": 0}:
        assert (record.status, shown) == ("WITHDRAWN", []), str(point)
        return
    (listing,) = shown
    assert (listing["price"], listing["quantity"]) == ("25.00", 2), str(point)
    assert (record.status, record.external_id) == ("LIVE", listing["listing_id"])
    if point.step != "set_price_and_stock":
        assert (listing["title"], listing["description"]) == ("Linen", "<b>New</b>")


def effects(shop: EbayShop) -> Counter[tuple[str, str]]:
    """How often which call took effect, by SKU or checksum."""
    counted = shop.control.effects()["effects_by_subject"]
    return Counter({(each["route"], each["subject"]): each["count"] for each in counted})


def calls_about(shop: EbayShop, made: Counter[tuple[str, str]], product: Product) -> dict[str, int]:
    return {route: n for (route, subject), n in made.items() if subject == shop.sku(product)}
