"""One wake-up in a worker, the timer, the supervisor: in one process, so that each branch is seen."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import connection
from django_q.models import OrmQ
from pytest_django import Settings

from marketplaces.models import Account
from tasks import tenancy
from tasks.dispatch import lanes, pulse, queue, timer, turns, worker
from tasks.dispatch.cluster import Cluster, Supervisor, Watchdog
from tasks.dispatch.machine_clock import MachineClock
from tasks.dispatch.models import Lane, WorkerPresence
from tasks.models import MarketplaceJob
from tests.tasks.conftest import Bench
from tests.wrong_clocks import clock_ahead


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cluster's pulse folder, with this process as its supervisor."""
    monkeypatch.setenv(pulse.DIRECTORY, str(tmp_path))
    monkeypatch.setenv(pulse.SUPERVISOR, str(os.getpid()))
    return tmp_path


def ended() -> int:
    with tenancy.inside(tenancy.tenant_named("t1")):
        return MarketplaceJob.objects.filter(status="COMPLETED").count()


def test_a_message_serves_every_due_lane_and_leaves_the_schema(bench: Bench, folder: Path) -> None:
    for _ in range(12):
        bench.request("update")
    assert worker.serve().endswith("turns")
    assert tenancy.current_schema() == "public"
    assert ended() == 12
    assert turns.due_lanes(1) == 0
    (told,) = pulse.read_all(folder)
    assert (told.pid, told.busy_until, told.alive) == (os.getpid(), 0.0, True)


def test_a_worker_that_is_to_stop_begins_nothing(bench: Bench, folder: Path) -> None:
    bench.request("update")
    pulse.stop_file(folder).touch()
    assert worker.serve() == "0 turns"
    assert ended() == 0


def test_a_worker_whose_supervisor_has_gone_begins_nothing(
    bench: Bench, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"],
                          capture_output=True, check=True)  # fmt: skip
    monkeypatch.setenv(pulse.SUPERVISOR, gone.stdout.decode().strip())
    assert pulse.stop_wanted()


@pytest.mark.parametrize("seconds", [40.0, -40.0])
def test_a_worker_whose_machine_s_clock_is_wrong_begins_nothing_and_gives_the_message_back(
    bench: Bench, folder: Path, settings: Settings, seconds: float
) -> None:
    bench.request("update")
    OrmQ.objects.all().delete()  # the message that this worker has got
    settings.DISPATCH = {**settings.DISPATCH, "message_seconds": 0.5}
    began = time.monotonic()
    assert worker.serve(clock_ahead(seconds)) == "0 turns"
    assert time.monotonic() - began >= 0.5, "it would take every message from other machines"
    assert ended() == 0
    assert bench.lane.served_at is None
    assert queue.waiting_messages() == 1
    (told,) = pulse.read_all(folder)
    assert told.message_started_at >= began, "nothing looks stuck to the watchdog"


def test_a_worker_goes_on_by_itself_once_its_machine_s_clock_is_right(
    bench: Bench, folder: Path, settings: Settings
) -> None:
    settings.DISPATCH = {**settings.DISPATCH, "message_seconds": 60.0}
    bench.request("update")
    put_right_at = time.monotonic() + 0.5
    clock = MachineClock(
        clock=lambda: time.time() + (40 if time.monotonic() < put_right_at else 0),
        every_seconds=0,
    )
    assert worker.serve(clock) == "1 turns"
    assert ended() == 1


def test_a_worker_that_is_to_stop_does_not_wait_for_its_machine_s_clock(
    bench: Bench, folder: Path, settings: Settings
) -> None:
    settings.DISPATCH = {**settings.DISPATCH, "message_seconds": 600.0}
    bench.request("update")
    pulse.stop_file(folder).touch()
    assert worker.serve(clock_ahead(40)) == "0 turns"


def test_a_clock_that_goes_wrong_ends_a_message_after_its_turn(bench: Bench, folder: Path) -> None:
    second = Account.objects.create(marketplace="toy", name="Second shop")
    bench.request("update")
    Bench(second, bench.world, bench.products).request("update", bench.product("Other"))

    def wrong_once_served() -> float:
        return time.time() + 40 * Lane.objects.filter(served_at__isnull=False).count()

    assert worker.serve(MachineClock(clock=wrong_once_served, every_seconds=0)) == "1 turns"
    assert ended() == 1


def test_a_zombie_is_not_alive() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    stat = Path(f"/proc/{process.pid}/stat")
    ends_at = time.monotonic() + 20
    while " Z " not in stat.read_text() and time.monotonic() < ends_at:
        pass
    assert not pulse.process_exists(process.pid)
    process.wait()
    assert not pulse.process_exists(process.pid)


def test_a_lane_whose_tenant_has_gone_is_forgotten(bench: Bench) -> None:
    Lane.objects.create(schema_name="gone", account_id=1, marketplace="toy")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE lanes SET due_at = clock_timestamp()")
    worker.serve()
    assert not Lane.objects.filter(schema_name="gone").exists()


def test_the_timer_sends_no_more_messages_than_are_needed(bench: Bench) -> None:
    bench.request("update")
    waiting = queue.waiting_messages()
    assert waiting == 1
    assert timer.tick() == 0
    assert queue.waiting_messages() == waiting


def test_reconcile_finds_forgotten_and_missing_lanes(bench: Bench) -> None:
    bench.request("update")
    Lane.objects.update(due_at=None)
    other = Account.objects.create(marketplace="toy", name="Second shop")
    MarketplaceJob.objects.update(account_id=bench.account.pk)
    lanes.ensure(other.pk, marketplace="toy", name="Second shop")
    assert timer.reconcile() == 2
    assert turns.due_lanes(5) == 1
    Lane.objects.all().delete()
    timer.reconcile()
    assert turns.due_lanes(5) == 1


class TestWatchdog:
    def test_due_work_that_nobody_takes_for_long_means_stuck(self) -> None:
        watchdog = Watchdog(30)
        facts = {"due": True, "last_message_at": 0.0, "step_in_progress": False}
        assert not watchdog.is_stuck(now=100, **facts)  # type: ignore[arg-type]
        assert not watchdog.is_stuck(now=129, **facts)  # type: ignore[arg-type]
        assert watchdog.is_stuck(now=130, **facts)  # type: ignore[arg-type]

    def test_a_step_in_progress_or_a_new_message_means_busy(self) -> None:
        watchdog = Watchdog(30)
        for now in range(0, 300, 10):
            assert not watchdog.is_stuck(
                now=now, due=True, last_message_at=0, step_in_progress=True
            )
        for now in range(300, 600, 10):
            assert not watchdog.is_stuck(
                now=now, due=True, last_message_at=now - 5, step_in_progress=False
            )


class TestSupervisor:
    def test_it_tells_of_its_machine_s_wrong_clock_and_leaves_the_cluster_alone(
        self, bench: Bench, tmp_path: Path
    ) -> None:
        bench.request("update")
        cluster = Cluster(tmp_path / "cluster", workers=1)
        supervisor = Supervisor(cluster, clock=clock_ahead(40))
        try:
            cluster.start()
            supervisor.tick()
            assert supervisor.restarts == 0
            assert WorkerPresence.objects.get().clock_ahead_seconds == pytest.approx(40, abs=1.5)
        finally:
            cluster.stop(0.0)

    def test_a_cluster_that_has_ended_is_started_again(self, bench: Bench, tmp_path: Path) -> None:
        cluster = Cluster(tmp_path / "cluster", workers=1)
        supervisor = Supervisor(cluster)
        supervisor.stop.set()  # nothing is waited for
        try:
            cluster.start()
            first = cluster.process
            assert first is not None
            cluster.kill()
            assert cluster.ended
            supervisor.tick()
            assert supervisor.restarts == 1
            assert cluster.process is not first
            assert not cluster.step_in_progress()
            assert cluster.last_message_at() == cluster.started_at
        finally:
            cluster.stop(0.0)
        assert cluster.ended
