"""A seller with a mountain of work delays nobody."""

from __future__ import annotations

import pytest

from tasks.models import MarketplaceJob
from tests.acceptance.engine.shop import Shop
from tests.acceptance.processes import Workers, until


@pytest.mark.parametrize("mountain", [1500, pytest.param(10_000, marks=pytest.mark.slow)])
def test_ten_jobs_end_before_two_hundred_of_the_mountain_have(
    shop: Shop, workers: Workers, mountain: int
) -> None:
    other = Shop.open(shop.world.path.parent, "t2")
    few = other.products(10)
    shop.batch(shop.products(mountain), "count", steps=1)
    workers.start(workers=2)
    until(lambda: completed(shop) > 50, 60, "the mountain is being worked on")
    before = completed(shop)
    other.batch(few, "count", steps=1)
    until(lambda: other.unfinished() == 0, 60, "the second seller's jobs are done")
    with other.inside():
        last = MarketplaceJob.objects.latest("completed_at").completed_at
        first = MarketplaceJob.objects.earliest("created_at").created_at
    with shop.inside():
        ended = MarketplaceJob.objects.filter(completed_at__gt=first, completed_at__lt=last)
        meanwhile = ended.count()
    assert before < mountain
    assert meanwhile <= 200
    assert shop.unfinished(), "the mountain was too small to prove anything"


def completed(shop: Shop) -> int:
    with shop.inside():
        return MarketplaceJob.objects.filter(status="COMPLETED").count()
