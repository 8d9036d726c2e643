"""A worker is killed at every boundary of every step of every handler: all is done exactly once."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from tests.acceptance.conftest import Database
from tests.acceptance.exactly_once import ebay_ways, etsy_ways, gates, points, sweeps, vinted_ways
from tests.acceptance.exactly_once.conftest import (
    UNHURRIED,
    Boundaries,
    Sample,
    Scene,
    Tell,
    scene_of,
)
from tests.acceptance.exactly_once.points import Fault
from tests.acceptance.exactly_once.stagings import Before, judged, staged
from tests.acceptance.exactly_once.traps import Trap, Trapper
from tests.acceptance.exactly_once.verdict import Row
from tests.acceptance.exactly_once.ways import Way, undeclared
from tests.acceptance.processes import at_most_every, until

pytestmark = [pytest.mark.storm, pytest.mark.slow, pytest.mark.long]

WAYS: dict[str, tuple[Way, ...]] = {"ebay": ebay_ways.WAYS, "etsy": etsy_ways.WAYS}
WORKERS = 8
SHOPS = 4
"""Each with a lane of its own: one lane takes up work again about once a second."""
TROUBLES = 16


@pytest.mark.parametrize("marketplace", sorted(WAYS))
def test_a_worker_killed_anywhere_leaves_everything_done_once(
    database: Database, tmp_path: Path, marketplace: str, boundaries: Boundaries, tell: Tell
) -> None:
    ways = WAYS[marketplace]
    struck = boundaries([*points.kills(ways), *points.second_kills(ways)])
    with scene_of(database, tmp_path, marketplace) as scene, gates.side_door() as keeper:
        scene.workers.start(WORKERS, **UNHURRIED)
        trapper = Trapper(scene.workers, keeper)
        shops = [scene.shop(marketplace) for _ in range(SHOPS)]
        gates.build(shops[0].tenant)
        stagings = [
            staged(shop, struck[number::SHOPS], trapper.set) for number, shop in enumerate(shops)
        ]
        for before in stagings:
            before.begin()
        trapper.run(300)
        for shop in shops:
            shop.wait_until_all_ended(180)
        tell(f"{marketplace}: workers killed", all_judged(stagings, trapper.traps))


def all_judged(stagings: list[Before], traps: list[Trap]) -> list[Row]:
    return [
        row
        for before in stagings
        for row in judged(before, [trap for trap in traps if trap.shop is before.shop])
    ]


def test_no_handler_and_no_step_escapes() -> None:
    here = [way for ways in (*WAYS.values(), *sweeps.WAYS.values()) for way in ways]
    assert undeclared((*here, *vinted_ways.WAYS, *vinted_ways.SWEEPS)) == []


@pytest.mark.parametrize("marketplace", sorted(sweeps.WAYS))
def test_a_worker_killed_in_a_job_over_an_account_leaves_everything_known_once(
    database: Database, tmp_path: Path, marketplace: str, boundaries: Boundaries, tell: Tell
) -> None:
    with scene_of(database, tmp_path, marketplace) as scene, gates.side_door() as keeper:
        api_url = scene.sandboxes[marketplace].process.api_url
        scene.workers.start(WORKERS, **UNHURRIED)
        trapper = Trapper(scene.workers, keeper)
        struck = boundaries(points.kills(sweeps.WAYS[marketplace]))
        opened = [
            sweeps.open_sweep(point, scene.shop(marketplace, concurrency=2), api_url)
            for point in struck
        ]
        gates.build(scene.shops[0].tenant)
        for sweep in opened:
            trapper.set(sweep.trap)
            sweep.ask()
        trapper.run(300)
        for sweep in opened:
            sweep.trap.shop.wait_until_all_ended(120)
        tell(f"{marketplace}: workers killed in sweeps", sweeps.rows(opened))


@pytest.mark.parametrize("marketplace", sorted(WAYS))
def test_lost_answers_limits_tokens_and_two_workers_leave_everything_done_once(
    database: Database, tmp_path: Path, marketplace: str, sample: Sample, tell: Tell
) -> None:
    struck = sample(points.troubles(WAYS[marketplace]), TROUBLES)
    expired = [point for point in struck if point.fault is Fault.TOKEN_EXPIRED]
    # An expired token refuses calls of the whole shop, others' faults with them.
    groups = [[point for point in struck if point not in expired], expired]
    with scene_of(database, tmp_path, marketplace) as scene, gates.side_door() as keeper:
        scene.workers.start(WORKERS, **UNHURRIED)
        passing = at_most_every(0.5, partial(let_limits_pass, scene))
        trapper = Trapper(scene.workers, keeper, each_round=passing)
        shops = [scene.shop(marketplace) for group in groups if group]
        stagings = [
            staged(shop, group, trapper.set)
            for shop, group in zip(shops, filter(None, groups), strict=True)
        ]
        for before in stagings:
            before.begin()
        trapper.run(300)
        until(partial(ended_without_limits, scene), 300, "all jobs ended")
        tell(f"{marketplace}: other troubles", all_judged(stagings, trapper.traps))


def let_limits_pass(scene: Scene) -> None:
    for shop in scene.shops:
        shop.let_limits_pass()


def ended_without_limits(scene: Scene) -> bool:
    let_limits_pass(scene)
    return all(shop.all_ended() for shop in scene.shops)
