"""A job that kills its worker each time ends FAILED, and holds up nobody."""

from __future__ import annotations

import pytest

from tasks.dispatch.models import Lane
from tasks.models import MarketplaceJob
from tests.acceptance.engine.shop import Shop, assert_failures_have_causes, assert_nothing_held
from tests.acceptance.processes import Workers, until


@pytest.mark.storm
@pytest.mark.parametrize(
    "interruptions",
    [3, pytest.param(10, marks=[pytest.mark.slow, pytest.mark.long])],
    ids=["short", "as_configured"],
)
def test_a_job_that_kills_its_workers_ends_failed_while_others_go_on(
    shop: Shop, workers: Workers, interruptions: int
) -> None:
    other = Shop.open(shop.world.path.parent, "t2")
    Lane.objects.filter(schema_name="t1").update(concurrency=4)
    poisons = {
        step: shop.request(script={step: ["kill_before"] * 20})
        for step in ("plan", "upload", "create")
    }
    with shop.inside():
        MarketplaceJob.objects.update(interruption_limit=interruptions)
    healthy = [shop.request(), *(other.request() for _ in range(5))]
    workers.start(workers=2)
    until(lambda: other.unfinished() == 0, 120, "the other seller's jobs are done")
    shop.wait_until_all_ended(60 + interruptions * 30)
    for step, job_id in poisons.items():
        job = shop.job(job_id)
        assert (job.status, job.error_class) == ("FAILED", "JobKillsWorkersError"), step
        assert "memory" in job.error_advice
        assert not [e for e in shop.world.effects() if e.endswith(f"live product-{job.product_id}")]
    assert shop.job(healthy[0]).status == "COMPLETED"
    assert {job.status for job in other.jobs()} == {"COMPLETED"}
    assert len(shop.attempts()) == interruptions * len(poisons)
    assert_failures_have_causes(shop)
    assert_nothing_held(shop)
