"""Workers say in the database that they are there; staff read whether they are, and work."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings as project
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from tasks.dispatch import presence, pulse, timer, worker
from tasks.dispatch.models import Lane, WorkerPresence
from tasks.dispatch.presence import Presence
from tests.tasks.conftest import Bench
from tests.wrong_clocks import clock_ahead

pytestmark = pytest.mark.django_db


@pytest.fixture
def plain_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process is a worker that nobody supervises, and has told nothing yet."""
    monkeypatch.delenv(pulse.SUPERVISOR, raising=False)
    presence._plain_cluster.cache_clear()


def seen_ago(ago: timedelta) -> None:
    WorkerPresence.objects.update(seen_at=timezone.now() - ago)


def test_a_cluster_that_tells_is_seen() -> None:
    assert presence.look().nobody
    assert Presence(1, workers=2, every_seconds=5).tell()
    seen = presence.look()
    assert not seen.nobody
    assert seen.last_seen_at is not None
    assert WorkerPresence.objects.get().workers == 2


def test_a_cluster_tells_no_more_often_than_it_should() -> None:
    cluster = Presence(1, workers=2, every_seconds=60)
    assert cluster.tell()
    assert not cluster.tell()
    assert Presence(1, workers=2, every_seconds=0).tell()
    assert WorkerPresence.objects.count() == 1


def test_a_plain_cluster_that_was_silent_for_three_minutes_is_not_seen_any_more(
    plain_cluster: None,
) -> None:
    assert presence.tell_for_plain_cluster()
    seen_ago(timedelta(minutes=2, seconds=50))
    assert not presence.look().nobody
    seen_ago(timedelta(minutes=3))
    assert presence.look().nobody


def test_a_supervisor_that_was_silent_for_forty_seconds_is_not_seen_any_more() -> None:
    presence.supervised(workers=2).tell()
    seen_ago(timedelta(seconds=30))
    assert not presence.look().nobody
    seen_ago(timedelta(seconds=40))
    assert presence.look().nobody


def test_the_silence_of_the_one_says_nothing_of_the_other(plain_cluster: None) -> None:
    presence.supervised(workers=2).tell()
    presence.tell_for_plain_cluster()
    seen_ago(timedelta(minutes=1))
    assert not presence.look().nobody
    WorkerPresence.objects.filter(silent_seconds=180).delete()
    assert presence.look().nobody


def test_one_living_cluster_is_enough() -> None:
    Presence(1, workers=2, every_seconds=0).tell()
    seen_ago(timedelta(hours=1))
    Presence(2, workers=2, every_seconds=0).tell()
    assert not presence.look().nobody


def test_a_process_id_that_is_used_again_is_a_new_cluster() -> None:
    cluster = Presence(1, workers=2, every_seconds=0)
    cluster.tell()
    first = WorkerPresence.objects.get().started_at
    cluster.tell()
    assert WorkerPresence.objects.get().started_at == first
    seen_ago(timedelta(minutes=10))
    cluster.tell()
    assert WorkerPresence.objects.get().started_at > first


def test_a_cluster_that_ends_withdraws_itself_alone() -> None:
    first, second = (Presence(pid, workers=2, every_seconds=60) for pid in (1, 2))
    first.tell()
    second.tell()
    first.withdraw()
    assert [row.pid for row in WorkerPresence.objects.all()] == [2]
    assert first.tell()


def test_clusters_that_were_killed_are_forgotten_after_a_day() -> None:
    Presence(1, workers=2, every_seconds=0).tell()
    seen_ago(timedelta(hours=25))
    Presence(2, workers=2, every_seconds=0).tell()
    timer.reconcile()
    assert [row.pid for row in WorkerPresence.objects.all()] == [2]


@pytest.mark.parametrize("sign_of_life", [timer.tick, worker.serve])
def test_a_plain_cluster_is_seen_by_its_schedule_and_by_its_messages(
    plain_cluster: None, sign_of_life: object
) -> None:
    assert callable(sign_of_life)
    sign_of_life()
    sign_of_life()
    assert WorkerPresence.objects.get().workers == project.Q_CLUSTER["workers"]


def test_the_workers_of_a_supervisor_leave_the_telling_to_it(
    plain_cluster: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(pulse.SUPERVISOR, "1")
    timer.tick()
    assert not WorkerPresence.objects.exists()


class TestClocks:
    def test_a_machine_whose_clock_is_wrong_says_so_until_it_is_right(self) -> None:
        cluster = Presence(1, workers=2, every_seconds=0)
        cluster.tell(clock_ahead(-40))
        assert WorkerPresence.objects.get().clock_ahead_seconds == pytest.approx(-40, abs=1.5)
        cluster.tell(clock_ahead(0))
        assert WorkerPresence.objects.get().clock_ahead_seconds is None

    def test_a_plain_cluster_says_so_too(self, plain_cluster: None, settings: Settings) -> None:
        settings.DISPATCH = {**settings.DISPATCH, "message_seconds": 0.1}
        worker.serve(clock_ahead(40))
        assert presence.look().stopped_by_clocks

    def test_workers_of_wrong_clocks_alone_are_there_and_take_no_work(self) -> None:
        Presence(1, workers=2, every_seconds=0, host="web1").tell(clock_ahead(40))
        Presence(2, workers=2, every_seconds=0, host="web2").tell(clock_ahead(-300))
        seen = presence.look()
        assert not seen.nobody
        assert seen.stopped_by_clocks
        assert [each.host for each in seen.wrong_clocks] == ["web1", "web2"]
        assert [round(each.ahead, -1) for each in seen.wrong_clocks] == [40, -300]

    def test_one_machine_whose_clock_is_right_is_enough(self) -> None:
        Presence(1, workers=2, every_seconds=0, host="web1").tell(clock_ahead(40))
        Presence(2, workers=2, every_seconds=0, host="web2").tell()
        seen = presence.look()
        assert not seen.stopped_by_clocks
        assert [each.host for each in seen.wrong_clocks] == ["web1"]

    def test_a_machine_that_has_gone_says_nothing_of_clocks(self) -> None:
        Presence(1, workers=2, every_seconds=0, host="web1").tell(clock_ahead(40))
        Presence(2, workers=2, every_seconds=0, host="web2").tell()
        WorkerPresence.objects.filter(host="web2").update(
            seen_at=timezone.now() - timedelta(hours=1)
        )
        assert presence.look().stopped_by_clocks
        seen_ago(timedelta(hours=1))
        seen = presence.look()
        assert seen.nobody
        assert not seen.stopped_by_clocks
        assert seen.wrong_clocks == ()

    def test_several_clusters_of_a_machine_have_one_clock(self) -> None:
        for pid in (1, 2):
            Presence(pid, workers=2, every_seconds=0, host="web1").tell(clock_ahead(40))
        assert len(presence.look().wrong_clocks) == 1

    def test_a_queue_that_waits_for_clocks_is_not_called_stuck(self, bench: Bench) -> None:
        bench.request()
        Lane.objects.update(due_at=timezone.now() - timedelta(hours=1))
        Presence(1, workers=2, every_seconds=0).tell(clock_ahead(40))
        assert not presence.look().stuck


class TestStuck:
    @pytest.fixture(autouse=True)
    def workers(self) -> None:
        Presence(1, workers=2, every_seconds=0).tell()

    @pytest.fixture
    def lane(self, bench: Bench) -> Lane:
        bench.request()
        return bench.lane

    @staticmethod
    def times(lane: Lane, *, due: timedelta, served: timedelta | None) -> None:
        now = timezone.now()
        served_at = None if served is None else now - served
        Lane.objects.filter(pk=lane.pk).update(due_at=now - due, served_at=served_at)

    def test_work_that_nobody_takes_for_longer_than_a_step_and_a_restart_is_stuck(
        self, lane: Lane
    ) -> None:
        longest = presence.stuck_after()
        self.times(lane, due=longest - timedelta(seconds=5), served=None)
        assert not presence.look().stuck
        self.times(lane, due=longest + timedelta(seconds=1), served=None)
        assert presence.look().stuck

    def test_a_long_queue_that_is_being_served_is_not_stuck(self, lane: Lane) -> None:
        self.times(lane, due=timedelta(hours=5), served=timedelta(seconds=30))
        assert not presence.look().stuck
        self.times(lane, due=timedelta(hours=5), served=timedelta(hours=1))
        assert presence.look().stuck

    def test_nothing_due_is_not_stuck_however_long_ago_work_was_done(self, lane: Lane) -> None:
        self.times(lane, due=timedelta(hours=-1), served=timedelta(days=3))
        assert presence.look().waiting_since is None
        assert not presence.look().stuck

    def test_without_workers_the_queue_is_not_called_stuck(self, lane: Lane) -> None:
        self.times(lane, due=timedelta(hours=1), served=None)
        seen_ago(timedelta(minutes=5))
        assert presence.look().nobody
        assert not presence.look().stuck


def test_a_look_reads_one_query_of_public_tables(bench: Bench) -> None:
    with connection.execute_wrapper(_in_public):
        presence.look()


def _in_public(execute: object, sql: str, params: object, many: bool, context: object) -> object:
    assert "marketplace_jobs" not in sql
    assert callable(execute)
    return execute(sql, params, many, context)
