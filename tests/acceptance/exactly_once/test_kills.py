"""A worker is killed at every boundary of every step of every handler: all is done exactly once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.conftest import Database
from tests.acceptance.exactly_once import ebay_ways, etsy_ways, gates, points
from tests.acceptance.exactly_once.conftest import Sample, Tell, scene_of
from tests.acceptance.exactly_once.stagings import judged, staged
from tests.acceptance.exactly_once.traps import Trapper
from tests.acceptance.exactly_once.ways import Way, undeclared

pytestmark = [pytest.mark.storm, pytest.mark.slow]

WAYS: dict[str, tuple[Way, ...]] = {"ebay": ebay_ways.WAYS, "etsy": etsy_ways.WAYS}
WORKERS = 4
SECOND_KILLS = 20


@pytest.mark.parametrize("marketplace", sorted(WAYS))
def test_a_worker_killed_anywhere_leaves_everything_done_once(
    database: Database, tmp_path: Path, marketplace: str, sample: Sample, tell: Tell
) -> None:
    ways = WAYS[marketplace]
    struck = [*points.kills(ways), *sample(points.second_kills(ways), SECOND_KILLS)]
    with scene_of(database, tmp_path, marketplace) as scene, gates.side_door() as keeper:
        scene.workers.start(WORKERS)
        shop = scene.shop(marketplace)
        gates.build(shop.tenant)
        trapper = Trapper(scene.workers, keeper)
        judge = staged(shop, struck, trapper.set)
        trapper.run(300)
        shop.wait_until_all_ended(180)
        tell(f"{marketplace}: workers killed", judged(judge, trapper.traps))
