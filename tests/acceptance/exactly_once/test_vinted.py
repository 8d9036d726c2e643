"""Worker, browser and plugin server are killed at every boundary of every step at Vinted."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable
from functools import partial
from itertools import groupby
from operator import attrgetter
from pathlib import Path

import pytest

from stoflow.tenants.models import Tenant
from tests.acceptance.conftest import SHORT_TIMES, Database
from tests.acceptance.ebay.weather import forget_the_broken_connection
from tests.acceptance.exactly_once import gates, points, sweeps
from tests.acceptance.exactly_once.conftest import EVERYTHING, PATIENT, UNHURRIED, Sample, Tell
from tests.acceptance.exactly_once.link_traps import LinkTrapper
from tests.acceptance.exactly_once.points import KILLS, LINK, Fault, Point
from tests.acceptance.exactly_once.stagings import Before, judged, staged_together
from tests.acceptance.exactly_once.test_tokens_and_database import hold
from tests.acceptance.exactly_once.traps import Trap
from tests.acceptance.exactly_once.verdict import Row
from tests.acceptance.exactly_once.vinted_ways import SWEEPS, WAYS
from tests.acceptance.processes import PrivatePostgres, at_most_every, until
from tests.acceptance.shops import leased_pid
from tests.acceptance.vinted.promise import assert_manners_kept
from tests.acceptance.vinted.scene import VintedScene, vinted_scene
from tests.acceptance.vinted.shop import VintedShop

pytestmark = [pytest.mark.storm, pytest.mark.slow]

TROUBLES = (Fault.CUT, Fault.ERROR, Fault.LIMIT_TOLD, Fault.LIMIT_UNTOLD, Fault.FROZEN)
SHOPS = (8, 4) if EVERYTHING else (4, 2)
"""Each does one thing after the other, in a browser of its own. The others' server is killed."""
OF_EACH_FAULT = int(os.environ.get("STOFLOW_KILLS_EACH") or 1)
"""In CI."""
AT_ONCE = 8
"""Jobs over whole accounts, each of which needs a browser."""
IN_CALLS = 3
"""Calls when PostgreSQL stops."""
ONLY = os.environ.get("STOFLOW_KILLS_ONLY", "")
"""A regular expression: just the points in whose line it occurs."""


def everything() -> list[Point]:
    found = [
        *points.of(WAYS, *KILLS, *TROUBLES, *LINK),
        *points.second_kills(WAYS),
        *points.second_kills_while_looking(WAYS),
    ]
    return wanted(found)


def test_whatever_is_killed_on_the_way_to_vinted_leaves_everything_done_once(
    database: Database, tmp_path: Path, sample: Sample, tell: Tell
) -> None:
    struck = some_of_each_fault(everything(), sample)
    served = [point for point in struck if point.fault in points.SERVER_KILLS]
    others = [point for point in struck if point not in served]
    with (
        vinted_scene(database, tmp_path, *SHOPS, **UNHURRIED) as scene,
        gates.side_door() as keeper,
    ):
        gates.build(scene.shops[0].tenant)
        scene.workers.start(sum(SHOPS))
        passing = at_most_every(0.5, partial(let_limits_pass, scene.shops))
        trapper = LinkTrapper(scene.workers, keeper, passing)
        shops = [*dealt(others, scene.shops[: SHOPS[0]]), *dealt(served, scene.shops[SHOPS[0] :])]
        stagings = staged_together(shops, trapper.set)
        for before in stagings:
            before.begin()
        trapper.run(3600 if EVERYTHING else 300)
        until(partial(all_ended, scene), 300, "all jobs ended")
        tell("vinted: killed on the way", all_judged(stagings, trapper.traps))
        for shop in scene.shops:
            assert_manners_kept(shop)


def test_whatever_is_killed_in_a_job_over_a_wardrobe_leaves_everything_known_once(
    database: Database, tmp_path: Path, sample: Sample, tell: Tell
) -> None:
    found = points.of(SWEEPS, *KILLS, Fault.BROWSER_AFTER_EFFECT, Fault.SERVER_MEANWHILE)
    struck = some_of_each_fault(wanted(found), sample)
    gates.build(Tenant.objects.get(schema_name="t1"))
    rows: list[Row] = []
    for start in range(0, len(struck), AT_ONCE):
        rows += swept(database, tmp_path, struck[start : start + AT_ONCE])
    tell("vinted: killed in sweeps", rows)


def swept(database: Database, folder: Path, struck: list[Point]) -> list[Row]:
    with (
        vinted_scene(database, folder, len(struck), **UNHURRIED) as scene,
        gates.side_door() as keeper,
    ):
        scene.workers.start(AT_ONCE)
        trapper = LinkTrapper(scene.workers, keeper)
        opened = [
            sweeps.open_sweep(point, shop, scene.sandbox.process.api_url)
            for point, shop in zip(struck, scene.shops, strict=True)
        ]
        for sweep in opened:
            trapper.set(sweep.trap)
            sweep.ask()
        trapper.run(120)
        for shop in scene.shops:
            shop.wait_until_all_ended(120)
        return sweeps.rows(opened)


def test_postgresql_stopped_while_browsers_work_leaves_everything_done_once(
    postgres: PrivatePostgres, tmp_path: Path, sample: Sample, tell: Tell
) -> None:
    """Vinted has done what was asked, and nobody can write that down."""
    database = Database(SHORT_TIMES | {"DATABASE_URL": postgres.url})
    struck = sample(wanted(points.of(WAYS, Fault.DATABASE)), IN_CALLS)
    rows: list[Row] = []
    with vinted_scene(database, tmp_path, IN_CALLS, **PATIENT) as scene:
        scene.workers.start(IN_CALLS)
        for start in range(0, len(struck), IN_CALLS):
            rows += database_stopped(scene, postgres, struck[start : start + IN_CALLS])
    tell("vinted: PostgreSQL stopped at once", rows)


def database_stopped(
    scene: VintedScene, postgres: PrivatePostgres, struck: list[Point]
) -> list[Row]:
    traps: list[Trap] = []

    def strike(trap: Trap) -> None:
        hold(trap, "hold_after")
        traps.append(trap)

    stagings = staged_together(dealt(struck, scene.shops), strike)
    for before in stagings:
        before.begin()
    control = scene.sandbox.control
    awaited = ", ".join(str(trap.point) for trap in traps)
    until(lambda: len(control.holds()) >= len(traps), 180, f"calls under way: {awaited}")
    postgres.stop_immediately()
    control.release()
    time.sleep(0.5)
    postgres.start_again()
    forget_the_broken_connection()
    for trap in traps:
        until(partial(trap.shop.let_lease_end, leased_pid(trap.job)), 60, "its lease ends")

    def ended() -> bool:
        if scene.workers.process.poll() is not None:
            scene.workers.start(IN_CALLS)
        return all(shop.all_ended() for shop in scene.shops)

    until(ended, 180, "all jobs ended")
    return all_judged(stagings, traps)


def wanted(found: list[Point]) -> list[Point]:
    return [point for point in found if re.search(ONLY, str(point))]


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
