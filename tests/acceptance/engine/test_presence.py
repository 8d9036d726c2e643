"""Real workers can be seen in the database from their start to their end."""

from __future__ import annotations

import pytest

from tasks.dispatch import presence
from tasks.dispatch.models import WorkerPresence
from tests.acceptance.engine.shop import Shop
from tests.acceptance.processes import Workers, until


@pytest.mark.stops_workers
def test_supervised_workers_are_seen_until_they_stop(shop: Shop, workers: Workers) -> None:
    workers.start(workers=2)
    until(WorkerPresence.objects.exists, 60, "the workers are seen")
    row = WorkerPresence.objects.get()
    assert (row.pid, row.workers) == (workers.process.pid, 2)
    assert not presence.look().nobody
    first = row.seen_at
    until(lambda: WorkerPresence.objects.get().seen_at > first, 60, "they are seen again")
    workers.stop()
    assert not WorkerPresence.objects.exists()


def test_killed_workers_leave_a_row_that_grows_old(shop: Shop, workers: Workers) -> None:
    workers.start(workers=1)
    until(WorkerPresence.objects.exists, 60, "the workers are seen")
    workers.kill_all()
    assert WorkerPresence.objects.count() == 1


def test_a_plain_cluster_is_seen_once_it_works(shop: Shop, workers: Workers) -> None:
    workers.start(workers=1, command="qcluster")
    job = shop.request()
    until(lambda: shop.job(job).status == "COMPLETED", 60, "the job is done")
    assert not presence.look().nobody
