"""Worker, browser and plugin server are killed at every boundary of every step at Vinted."""

from __future__ import annotations

import os
import re
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
from tests.acceptance.exactly_once.stagings import Before, judged, staged_together
from tests.acceptance.exactly_once.traps import Trap
from tests.acceptance.exactly_once.verdict import Row
from tests.acceptance.exactly_once.vinted_ways import WAYS
from tests.acceptance.processes import until
from tests.acceptance.vinted import routes
from tests.acceptance.vinted.scene import VintedScene, vinted_scene
from tests.acceptance.vinted.shop import VintedShop

pytestmark = [pytest.mark.storm, pytest.mark.slow]

TROUBLES = (Fault.CUT, Fault.ERROR, Fault.LIMIT_TOLD, Fault.LIMIT_UNTOLD, Fault.FROZEN)
SHOPS = (8, 4) if EVERYTHING else (4, 2)
"""Each does one thing after the other, in a browser of its own. The others' server is killed."""
OF_EACH_FAULT = int(os.environ.get("STOFLOW_KILLS_EACH") or 1)
"""In CI."""
ONLY = os.environ.get("STOFLOW_KILLS_ONLY", "")
"""A regular expression: just the points in whose line it occurs."""


def everything() -> list[Point]:
    found = [
        *points.of(WAYS, *KILLS, *TROUBLES, *LINK),
        *points.second_kills(WAYS),
        *points.second_kills_while_looking(WAYS),
    ]
    return [point for point in found if re.search(ONLY, str(point))]


def test_whatever_is_killed_on_the_way_to_vinted_leaves_everything_done_once(
    database: Database, tmp_path: Path, sample: Sample, tell: Tell
) -> None:
    struck = some_of_each_fault(everything(), sample)
    served = [point for point in struck if point.fault in points.SERVER_KILLS]
    others = [point for point in struck if point not in served]
    with vinted_scene(database, tmp_path, *SHOPS) as scene, gates.side_door() as keeper:
        gates.build(scene.shops[0].tenant)
        scene.workers.start(sum(SHOPS))
        trapper = LinkTrapper(scene.workers, keeper, partial(let_limits_pass, scene.shops))
        shops = [*dealt(others, scene.shops[: SHOPS[0]]), *dealt(served, scene.shops[SHOPS[0] :])]
        stagings = staged_together(shops, trapper.set)
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


def dealt(struck: list[Point], shops: list[VintedShop]) -> list[tuple[VintedShop, list[Point]]]:
    hands = [(shop, struck[number :: len(shops)]) for number, shop in enumerate(shops)]
    return [(shop, own) for shop, own in hands if own]


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
