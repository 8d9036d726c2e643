"""A cluster that has stopped without a word is started anew; a busy one never is."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path

import pytest

from tasks.dispatch import pulse
from tests.acceptance.engine.conftest import UNHURRIED
from tests.acceptance.engine.shop import Shop
from tests.acceptance.processes import Workers, send_signal, until

STUCK = "due work found no worker"
RESTARTED = "cluster.restarted"


@pytest.mark.storm
def test_a_cluster_whose_queue_lock_died_with_a_worker_is_replaced(
    shop: Shop, workers: Workers, rng: random.Random
) -> None:
    """django-q2's issue 23: the dead worker held the read lock, so nobody takes a message again."""
    # A cluster that is slow to start, with work due, is no second one that is stuck.
    workers.start(workers=2, DISPATCH_STUCK_SECONDS="10")
    longest = 0.0
    for _ in range(20):
        publish_one(shop, 60)
        until(lambda: len(workers.idle_workers) > 0, 30, "a worker is idle")
        send_signal(rng.choice(workers.idle_workers), signal.SIGKILL)
        began = time.monotonic()
        publish_one(shop, 60)
        longest = max(longest, time.monotonic() - began)
        if workers.times_said(STUCK):
            break
    assert workers.times_said(STUCK) == 1, "no kill of 20 hit the worker that held the lock"
    assert longest < 60


def publish_one(shop: Shop, seconds: float) -> None:
    job_id = shop.request()
    until(lambda: shop.job(job_id).status == "COMPLETED", seconds, "the job is done")


@pytest.mark.storm
@pytest.mark.stops_workers
def test_a_stuck_cluster_can_still_be_stopped(
    shop: Shop, workers: Workers, rng: random.Random
) -> None:
    """With its main process waiting for ever, no step under way: it need not wait for one."""
    workers.start(workers=2, DISPATCH_LONGEST_STEP_SECONDS="60", DISPATCH_STUCK_SECONDS="60")
    publish_one(shop, 60)
    until(lambda: is_complete(workers), 60, "the cluster is complete")
    sentinel = workers.sentinel
    assert sentinel
    send_signal(sentinel.pid, signal.SIGSTOP)
    assert workers.stop(30) < 30


@pytest.mark.storm
@pytest.mark.parametrize("killed", ["supervisor", "supervisor and main process"])
def test_a_cluster_whose_supervisor_was_killed_ends_by_itself(
    shop: Shop, workers: Workers, killed: str
) -> None:
    workers.start(workers=2)
    publish_one(shop, 60)
    main = until(lambda: workers.main, 60, "the main process")
    assert main
    orphans = {member.pid for member in workers.members if member.pid != workers.process.pid}
    if killed == "supervisor":
        workers.kill_supervisor()
    else:
        # Frozen first, for its supervisor's death asks it to end the others in good order.
        send_signal(main.pid, signal.SIGSTOP)
        workers.kill_supervisor()
        send_signal(main.pid, signal.SIGKILL)
    workers.start(workers=2)

    def orphans_have_ended() -> bool:
        publish_one(shop, 60)
        return not orphans & {member.pid for member in workers.members}

    until(orphans_have_ended, 90, "the orphans have ended")


def test_a_worker_that_is_just_starting_does_not_confuse_the_supervisor(tmp_path: Path) -> None:
    """Its file is empty for a moment."""
    (tmp_path / "1.pulse").touch()
    assert list(pulse.read_all(tmp_path)) == []


@pytest.mark.parametrize(
    ("busy", "stuck"),
    [(15, 5), pytest.param(90, 30, marks=[pytest.mark.slow, pytest.mark.long])],
)
def test_a_cluster_whose_workers_are_all_busy_is_left_alone(
    shop: Shop, workers: Workers, busy: int, stuck: int
) -> None:
    folder = shop.world.path.parent
    second, third = (Shop.open(folder, name=name) for name in ("Second", "Third"))
    script = {"upload": [f"sleep:{busy}"]}
    longest = UNHURRIED | {
        "TOY_DEADLINE_SECONDS": str(busy * 2),
        "DISPATCH_LONGEST_STEP_SECONDS": str(max(busy * 2, 30)),
        "DISPATCH_STUCK_SECONDS": str(stuck),
    }
    workers.start(workers=2, **longest)
    # A cluster that is still starting while work is due would be taken for stuck.
    until(lambda: is_complete(workers), 60, "the cluster is complete")
    for each in (shop, second):
        each.request(script=script)
    until(lambda: both_upload(shop, second), 30, "both workers are busy")
    began = time.monotonic()
    waiting = third.request()
    until(lambda: third.job(waiting).status == "COMPLETED", busy + 30, "the third had its turn")
    assert time.monotonic() - began > stuck * 2
    shop.wait_until_all_ended()
    assert workers.times_said(RESTARTED) == 0
    assert shop.attempts() == []


def is_complete(workers: Workers) -> bool:
    """Two workers, pusher and monitor are there."""
    return len(workers.crew) >= 4


def both_upload(*shops: Shop) -> bool:
    return all(any(line.startswith("upload") for line in s.world.lines("call")) for s in shops)
