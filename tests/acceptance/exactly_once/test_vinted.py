"""Worker, browser and plugin server are killed at every boundary of every step at Vinted."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import partial
from itertools import groupby
from operator import attrgetter
from pathlib import Path

import pytest

from marketplaces.models import CommandStatus
from tests.acceptance.conftest import Database
from tests.acceptance.exactly_once import gates, points
from tests.acceptance.exactly_once.conftest import EVERYTHING, Sample, Tell
from tests.acceptance.exactly_once.link_traps import LinkTrapper
from tests.acceptance.exactly_once.points import KILLS, LINK, Fault, Point
from tests.acceptance.exactly_once.stagings import Before, judged, staged
from tests.acceptance.exactly_once.traps import Trap
from tests.acceptance.exactly_once.verdict import Row
from tests.acceptance.exactly_once.vinted_ways import WAYS
from tests.acceptance.processes import until
from tests.acceptance.vinted import routes
from tests.acceptance.vinted.scene import VintedScene, vinted_scene
from tests.acceptance.vinted.shop import VintedShop

pytestmark = [pytest.mark.storm, pytest.mark.slow]

TROUBLES = (Fault.CUT, Fault.ERROR, Fault.LIMIT_TOLD, Fault.LIMIT_UNTOLD, Fault.FROZEN)
SHOPS = 10 if EVERYTHING else 6
"""Each does one thing after the other, in a browser of its own."""
OF_EACH_FAULT = int(os.environ.get("STOFLOW_KILLS_EACH") or 2)
"""In CI."""


def everything() -> list[Point]:
    return [
        *points.of(WAYS, *KILLS, *TROUBLES, *LINK),
        *points.second_kills(WAYS),
        *points.second_kills_while_looking(WAYS),
    ]


def test_whatever_is_killed_on_the_way_to_vinted_leaves_everything_done_once(
    database: Database, tmp_path: Path, sample: Sample, tell: Tell
) -> None:
    struck = some_of_each_fault(everything(), sample)
    with vinted_scene(database, tmp_path, SHOPS) as scene, gates.side_door() as keeper:
        gates.build(scene.shops[0].tenant)
        scene.workers.start(SHOPS)
        each_round = partial(let_limits_pass, scene.shops)
        trapper = LinkTrapper(scene.workers, keeper, each_round, server=scene.server)
        stagings = [
            staged(shop, own, trapper.set)
            for number, shop in enumerate(scene.shops)
            if (own := struck[number::SHOPS])
        ]
        for before in stagings:
            before.begin()
        trapper.run(3600 if EVERYTHING else 300)
        until(partial(all_ended, scene), 300, "all jobs ended")
        tell("vinted: killed on the way", all_judged(stagings, trapper.traps))
        for shop in scene.shops:
            assert_manners_kept(shop)


def some_of_each_fault(found: Iterable[Point], sample: Sample) -> list[Point]:
    ordered = sorted(found, key=attrgetter("told"))
    groups = [list(group) for _, group in groupby(ordered, attrgetter("told"))]
    return [point for group in groups for point in sample(group, OF_EACH_FAULT)]


def let_limits_pass(shops: list[VintedShop]) -> None:
    for shop in shops:
        shop.let_limits_pass()


def all_ended(scene: VintedScene) -> bool:
    let_limits_pass(scene.shops)
    return all(shop.all_ended() for shop in scene.shops)


def all_judged(stagings: list[Before], traps: list[Trap]) -> list[Row]:
    return [
        row
        for before in stagings
        for row in judged(before, [trap for trap in traps if trap.shop is before.shop])
    ]


def assert_manners_kept(shop: VintedShop) -> None:
    """No command is left behind, and before each write Vinted was asked who is signed in."""
    ended = {CommandStatus.ANSWERED, CommandStatus.UNSENT, CommandStatus.LOST, CommandStatus.VOID}
    assert {command.status for command in shop.commands()} <= ended
    was_asked = False
    for request in shop.control.requests():
        call = f"{request['method']} {request['template']}"
        if request["seller"] == shop.username and call in {routes.WHO_AM_I, *routes.WRITES}:
            assert was_asked or call == routes.WHO_AM_I, f"{call} without a question"
            was_asked = call == routes.WHO_AM_I
