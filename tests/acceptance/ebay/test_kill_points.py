"""A worker is killed at every moment of every step; what is left to do is done once."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence

import pytest

from marketplaces.ebay.handlers import PublishHandler
from marketplaces.models import Product
from tasks.handlers import StepKind
from tasks.models import Outcome
from tests.acceptance.ebay import gates
from tests.acceptance.ebay.conftest import ROUNDS
from tests.acceptance.ebay.kill_points import (
    ATOMIC_MOMENTS,
    READS,
    ROUTES,
    UPLOADS,
    Killer,
    Moment,
    Point,
    Trap,
    all_points,
)
from tests.acceptance.ebay.promise import assert_kept, route_of
from tests.acceptance.ebay.shop import EbayShop, Stage

pytestmark = [pytest.mark.storm, pytest.mark.slow]


def test_every_step_of_publish_has_its_kill_points() -> None:
    outside = {n for n, step in PublishHandler.steps.items() if step.kind is not StepKind.ATOMIC}
    assert set(ROUTES) == outside
    assert set(ATOMIC_MOMENTS) == {"planning"} | (set(PublishHandler.steps) - outside)


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_a_worker_killed_at_any_point_of_any_step_leaves_one_listing(
    stage: Stage, _round: int
) -> None:
    shop = stage.shop(concurrency=100)
    gates.build(shop.tenant)
    stage.workers.start(4)
    victims = {point: product_for(shop, point) for point in all_points()}
    shop.published(*(each for point, each in victims.items() if is_live_before(point)))
    change_prices(shop, victims)
    before = effects(shop)
    with gates.side_door() as keeper:
        killer = Killer(stage, shop, keeper)
        for point, product in victims.items():
            killer.prepare(point, product)
        shop.publish(*victims.values())
        killer.run(150)
    shop.wait_until_all_ended(180)
    print_table(shop, killer.traps, before)
    assert_kept(shop, list(victims.values()))
    assert_effects(shop, killer.traps, before)
    assert_deaths_are_told(shop, killer.traps)


def product_for(shop: EbayShop, point: Point) -> Product:
    """Its last photo is the one that a kill in an upload is about."""
    match point.photo:
        case "file":
            return shop.product("link", "file")
        case "link":
            return shop.product("file", "link")
        case _:
            return shop.product("link", "file", "link") if "map" in point.step else shop.product()


def is_live_before(point: Point) -> bool:
    """An offer is only changed, and a listing only looked at, when it is there already."""
    return point.step in {"update_offer", *READS}


def change_prices(shop: EbayShop, victims: dict[Point, Product]) -> None:
    for point, product in victims.items():
        if point.step in {"update_offer", "look_whether_sold"}:
            shop.change(product, price="25.00")


def effects(shop: EbayShop) -> Counter[tuple[str, str]]:
    """How often which call took effect, by SKU or checksum."""
    counted = shop.control.effects()["effects_by_subject"]
    return Counter({(each["route"], each["subject"]): each["count"] for each in counted})


def own_call(shop: EbayShop, trap: Trap) -> tuple[str, str]:
    """The call of the step in which the worker was killed."""
    point = trap.point
    if point.step == "upload_image":
        return UPLOADS[point.photo], shop.photos(trap.product)[-1]
    return ROUTES.get(point.step, ""), trap.sku


def seen_effects(shop: EbayShop, trap: Trap, before: Counter[tuple[str, str]]) -> int:
    call = own_call(shop, trap)
    return effects(shop)[call] - before[call]


def seen_writes(shop: EbayShop, trap: Trap) -> int:
    """A call that had no time to act has not told its subject."""
    call = own_call(shop, trap)
    if trap.point.step in READS:
        return 0
    return sum((route_of(each), each["subject"]) == call for each in shop.control.requests())


def assert_effects(shop: EbayShop, traps: Sequence[Trap], before: Counter[tuple[str, str]]) -> None:
    for trap in traps:
        point = trap.point
        seen = seen_effects(shop, trap, before), seen_writes(shop, trap)
        assert seen == (point.expected_effects, point.expected_writes), str(point)


def assert_deaths_are_told(shop: EbayShop, traps: Sequence[Trap]) -> None:
    """Each kill is an attempt of its own, but for a worker whose job had ended."""
    attempts = shop.attempts()
    for trap in traps:
        told = [
            attempt
            for attempt in attempts
            if attempt.job.product_id == trap.product.pk
            and attempt.outcome == Outcome.INTERRUPTED
            and attempt.worker.endswith(f":{trap.killed}")
        ]
        ended = trap.point in {
            Point("save_result", Moment.AFTER_COMMIT),
            Point("confirm", Moment.AFTER_COMMIT),
        }
        assert len(told) == int(not ended), str(trap.point)


def print_table(shop: EbayShop, traps: Sequence[Trap], before: Counter[tuple[str, str]]) -> None:
    lines = [
        f"{'step':<26}{'killed':<38}{'effects':>15}{'calls acted on':>16}  attempts",
        f"{'':<64}{'expected/seen':>15}{'expected/seen':>16}",
    ]
    attempts = shop.attempts()
    for trap in traps:
        point = trap.point
        name = f"{point.step} ({point.photo})" if point.photo else point.step
        kinds = Counter(a.outcome for a in attempts if a.job.product_id == trap.product.pk)
        told = ", ".join(f"{kind.lower()} {n}" for kind, n in kinds.items())
        had = f"{point.expected_effects}/{seen_effects(shop, trap, before)}"
        acted = f"{point.expected_writes}/{seen_writes(shop, trap)}"
        lines.append(f"{name:<26}{point.moment.value:<38}{had:>15}{acted:>16}  {told}")
    sys.stdout.write("\n".join(["", *lines, ""]))
