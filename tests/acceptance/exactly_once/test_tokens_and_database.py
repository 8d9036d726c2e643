"""The worker dies with the only copy of a refresh token; PostgreSQL dies under all workers."""

from __future__ import annotations

import signal
import time
from functools import partial
from pathlib import Path

import pytest

from marketplaces.models import Account
from tasks.dispatch import lanes
from tests.acceptance.conftest import (
    SHORT_TIMES,
    Database,
)
from tests.acceptance.ebay import routes as ebay
from tests.acceptance.ebay.weather import forget_the_broken_connection
from tests.acceptance.etsy import routes as etsy
from tests.acceptance.exactly_once import points
from tests.acceptance.exactly_once.conftest import (
    PATIENT,
    UNHURRIED,
    Sample,
    Scene,
    Tell,
    scene_of,
)
from tests.acceptance.exactly_once.points import Fault, Point
from tests.acceptance.exactly_once.stagings import judged, staged
from tests.acceptance.exactly_once.test_kills import WAYS, all_judged
from tests.acceptance.exactly_once.traps import Trap
from tests.acceptance.exactly_once.verdict import Row
from tests.acceptance.processes import PrivatePostgres, send_signal, until
from tests.acceptance.shops import SellersShop, leased_pid

pytestmark = [pytest.mark.storm, pytest.mark.slow, pytest.mark.long]

TOKEN = {"ebay": ebay.TOKEN, "etsy": etsy.TOKEN}
AT_ONCE = 3
"""Calls at each marketplace when PostgreSQL stops."""
ROTATES = {"etsy"}
"""A refresh token that was used is worth nothing, so the seller has to connect again."""


@pytest.mark.parametrize("marketplace", sorted(WAYS))
def test_a_worker_killed_with_a_new_refresh_token_unsaved_leaves_everything_done_once(
    database: Database, tmp_path: Path, marketplace: str, sample: Sample, tell: Tell
) -> None:
    rows: list[Row] = []
    with scene_of(database, tmp_path, marketplace) as scene:
        scene.workers.start(2, **UNHURRIED)
        for point in sample(points.of(WAYS[marketplace], Fault.TOKEN_LOST), 1):
            rows += token_lost(scene, point)
    tell(f"{marketplace}: killed before a refresh token was saved", rows)


def token_lost(scene: Scene, point: Point) -> list[Row]:
    """One shop each: nothing tells one seller's sign-in from another's."""
    shop = scene.shop(point.way.marketplace)
    traps: list[Trap] = []

    def strike(trap: Trap) -> None:
        hold(trap, "hold_before")
        traps.append(trap)

    before = staged(shop, [point], strike)
    [trap] = traps
    before.begin()
    [held] = until(shop.control.holds, 60, f"the call: {point}")
    shop.control.expire_access_tokens(shop.username)
    shop.control.add_fault(TOKEN[point.way.marketplace], "hold_after")
    shop.control.release(held["id"], effect=True)
    [held] = until(shop.control.holds, 30, "the sign-in")
    pid = leased_pid(trap.job)
    assert send_signal(pid, signal.SIGKILL)
    trap.victims.append(pid)
    shop.control.release(held["id"])
    until(partial(shop.let_lease_end, pid), 60, "its lease ends")
    if point.way.marketplace in ROTATES:
        reconnect_when_asked(shop, trap)
    shop.wait_until_all_ended(90)
    return judged(before, traps)


def reconnect_when_asked(shop: SellersShop, trap: Trap) -> None:
    until(lambda: shop.lane.consent_needed_at, 60, "the seller is asked")
    assert "no longer accepts the sign-in" in trap.job.error_message
    assert "connect the account again" in trap.job.error_advice
    token = shop.control.consent(shop.username)["refresh_token"]
    with shop.inside():
        Account.objects.filter(pk=shop.account.pk).update(refresh_token=token, access_token="")
        assert lanes.consent_given(shop.account.pk)


def hold(trap: Trap, kind: str) -> None:
    way, step = trap.point.way, trap.point.step
    trap.shop.control.add_fault(
        trap.point.call, kind, match=trap.match, skip=way.calls_before(step)
    )


def test_postgresql_stopped_in_the_middle_of_calls_leaves_everything_done_once(
    postgres: PrivatePostgres, tmp_path: Path, sample: Sample, tell: Tell
) -> None:
    """Each call had its effect, and nobody can write that down."""
    database = Database(SHORT_TIMES | {"DATABASE_URL": postgres.url})
    chosen = [sample(points.of(ways, Fault.DATABASE), AT_ONCE) for ways in WAYS.values()]
    rows: list[Row] = []
    with scene_of(database, tmp_path, *WAYS) as scene:
        scene.workers.start(2 * AT_ONCE, **PATIENT)
        for start in range(0, max(map(len, chosen)), AT_ONCE):
            struck = [each[start : start + AT_ONCE] for each in chosen]
            rows += database_stopped(scene, postgres, [each for each in struck if each])
    tell("PostgreSQL stopped at once", rows)


def database_stopped(
    scene: Scene, postgres: PrivatePostgres, struck: list[list[Point]]
) -> list[Row]:
    """Once all these calls are under way, each in a worker of its own."""
    traps: list[Trap] = []

    def strike(trap: Trap) -> None:
        hold(trap, "hold_after")
        traps.append(trap)

    stagings = [staged(scene.shop(each[0].way.marketplace), each, strike) for each in struck]
    for before in stagings:
        before.begin()
    until(lambda: held_calls(scene) >= len(traps), 180, "calls under way")
    postgres.stop_immediately()
    let_go(scene)
    time.sleep(0.5)
    postgres.start_again()
    forget_the_broken_connection()
    for trap in traps:
        until(partial(trap.shop.let_lease_end, leased_pid(trap.job)), 60, "its lease ends")
    until(partial(all_ended, scene), 180, "all jobs ended")
    return all_judged(stagings, traps)


def held_calls(scene: Scene) -> int:
    return sum(len(sandbox.control.holds()) for sandbox in scene.sandboxes.values())


def let_go(scene: Scene) -> None:
    for sandbox in scene.sandboxes.values():
        sandbox.control.release()


def all_ended(scene: Scene) -> bool:
    """Calls that are held once more are let go, and workers that have given up start again."""
    let_go(scene)
    if scene.workers.process.poll() is not None:
        scene.workers.start(2 * AT_ONCE, **PATIENT)
    return all(shop.all_ended() for shop in scene.shops)
