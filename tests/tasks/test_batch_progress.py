"""What is told of a batch while it runs and once it has ended."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tasks import actions, requests
from tasks.batch_progress import LATER, QUEUED, WORKING, BatchProgress, progress_of
from tasks.dispatch.models import Lane
from tasks.dispatch.presence import Presence
from tasks.forecast import Basis
from tasks.models import BatchJob, MarketplaceJob, WaitReason
from tasks.states import JobStatus
from tests.tasks.conftest import Bench


@pytest.fixture(autouse=True)
def workers(bench: Bench) -> Presence:
    """They are there."""
    presence = Presence(1, workers=2, every_seconds=0)
    presence.tell()
    return presence


def start(bench: Bench, number: int, script: dict[str, list[str]] | None = None) -> BatchJob:
    """A batch of `number` products; `script` is that of the first one."""
    products = [bench.product(f"Toy {index}") for index in range(number)]
    scripts = {str(products[0].pk): script or {}}
    payload = {"world": str(bench.world.path), "scripts": scripts}
    return requests.start_batch(
        bench.account, "publish", products, name="Toys", payload=payload
    ).batch


def look(batch: BatchJob) -> BatchProgress:
    batch.refresh_from_db()
    return progress_of(batch)


def situations(progress: BatchProgress) -> dict[str, int]:
    return {waiting.situation: waiting.jobs for waiting in progress.waiting}


def test_a_batch_that_has_not_begun_waits_for_its_turn(bench: Bench) -> None:
    progress = look(start(bench, 3))
    assert (progress.finished, progress.total, progress.is_going_on) == (0, 3, True)
    assert situations(progress) == {QUEUED: 3}
    assert progress.forecast.basis is Basis.UNKNOWN
    assert progress.pace is None
    assert progress.account_name == "Toy shop"


def test_jobs_are_counted_by_status_and_told_by_what_they_wait_for(bench: Bench) -> None:
    batch = start(bench, 5, {"upload": ["transient"]})
    bench.work()
    bench.work()
    working = bench.claim()
    assert working is not None
    jobs = MarketplaceJob.objects.filter(batch=batch, status="PENDING").order_by("pk")
    actions.pause(jobs[0], requested_by="mia")
    progress = look(batch)
    counts = {str(status): jobs for status, jobs in progress.counts.items() if jobs}
    assert counts == {"COMPLETED": 1, "RUNNING": 2, "PENDING": 2}
    assert situations(progress) == {
        WORKING: 1,
        WaitReason.RETRY: 1,
        WaitReason.PAUSED: 1,
        QUEUED: 1,
    }
    assert [job.id for job in progress.working] == [working.pk]
    assert [job.status for job in progress.recent] == ["COMPLETED"]
    assert progress.forecast.basis is Basis.SOME_PAUSED


def test_jobs_that_start_later_say_when(bench: Bench) -> None:
    batch = start(bench, 2)
    later = timezone.now() + timedelta(hours=1)
    MarketplaceJob.objects.update(run_after=later)
    progress = look(batch)
    assert [(each.situation, each.next_at) for each in progress.waiting] == [(LATER, later)]
    assert (progress.forecast.basis, progress.forecast.at) == (Basis.LATER, later)


@pytest.mark.parametrize(
    ("stop", "basis"),
    [
        ({"paused_at": timezone.now()}, Basis.PAUSED),
        ({"consent_needed_at": timezone.now()}, Basis.CONSENT),
        ({"offline_since": timezone.now()}, Basis.OFFLINE),
        ({"blocked_until": timezone.now() + timedelta(days=1)}, Basis.LIMIT),
    ],
)
def test_a_stopped_account_stops_the_batch(
    bench: Bench, stop: dict[str, object], basis: Basis
) -> None:
    batch = start(bench, 2)
    for name, value in stop.items():
        lane = bench.lane
        setattr(lane, name, value)
        lane.save()
    assert look(batch).forecast.basis is basis


def batch_with_a_pace(bench: Bench) -> BatchJob:
    """A job has ended every ten seconds up to now; two are left."""
    batch = start(bench, 8)
    for _ in range(6):
        bench.work()
    now = timezone.now()
    ended = MarketplaceJob.objects.filter(batch=batch, status="COMPLETED").order_by("pk")
    for number, job in enumerate(ended):
        ago = timedelta(seconds=10 * number)
        MarketplaceJob.objects.filter(pk=job.pk).update(completed_at=now - ago)
    return batch


def test_no_end_is_promised_once_the_workers_are_gone(bench: Bench, workers: Presence) -> None:
    batch = batch_with_a_pace(bench)
    workers.withdraw()
    progress = look(batch)
    assert (progress.forecast.basis, progress.forecast.at) == (Basis.NO_WORKERS, None)
    assert progress.pace is None


def test_no_end_is_promised_while_no_worker_takes_any_work(bench: Bench) -> None:
    batch = batch_with_a_pace(bench)
    long_ago = timezone.now() - timedelta(hours=1)
    Lane.objects.update(due_at=long_ago, served_at=long_ago)
    assert look(batch).forecast.basis is Basis.STUCK


def test_no_end_is_promised_while_the_account_is_paused(bench: Bench) -> None:
    batch = batch_with_a_pace(bench)
    Lane.objects.update(paused_at=timezone.now())
    progress = look(batch)
    assert (progress.forecast.basis, progress.pace) == (Basis.PAUSED, None)


def test_the_end_follows_from_the_pace_of_the_last_minutes(bench: Bench) -> None:
    now = timezone.now()
    progress = look(batch_with_a_pace(bench))
    assert progress.pace == pytest.approx(6, rel=0.1)
    assert progress.forecast.basis is Basis.PACE
    assert progress.forecast.at is not None
    assert (progress.forecast.at - now).total_seconds() == pytest.approx(20, rel=0.2)


def test_an_ended_batch_waits_for_nothing(bench: Bench) -> None:
    batch = start(bench, 2, {"create": ["permanent"]})
    bench.work()
    bench.work()
    progress = look(batch)
    assert (progress.is_going_on, progress.failed) == (False, 1)
    assert (progress.waiting, progress.working, progress.recent) == ([], [], [])
    assert progress.forecast.basis is Basis.ENDED


def test_a_job_is_worked_on_since_its_present_run_began_and_while_its_worker_lives(
    bench: Bench,
) -> None:
    batch = start(bench, 1)
    claimed = bench.claim()
    assert claimed is not None
    longer_ago = timezone.now() - timedelta(hours=1)
    MarketplaceJob.objects.filter(pk=claimed.pk).update(started_at=longer_ago)
    progress = look(batch)
    assert not progress.is_at_rest
    since = progress.working[0].since
    assert since is not None
    assert since > longer_ago
    bench.let_leases_expire()
    progress = look(batch)
    assert (progress.is_at_rest, progress.working) == (True, [])


def test_the_counts_and_the_situations_add_up_whatever_happened_since_the_batch_was_read(
    bench: Bench,
) -> None:
    batch = start(bench, 4)
    bench.work()
    assert bench.claim() is not None
    bench.let_leases_expire()
    assert bench.claim() is not None
    progress = progress_of(batch)
    unfinished = progress.counts[JobStatus.RUNNING] + progress.counts[JobStatus.PENDING]
    assert (progress.finished, unfinished) == (1, 3)
    assert sum(situations(progress).values()) == unfinished
    assert len(progress.working) == situations(progress)[WORKING]
    assert (batch.status, batch.completed_count) == ("RUNNING", 1)


def test_a_batch_without_jobs_has_ended(bench: Bench) -> None:
    batch = requests.start_batch(bench.account, "publish", [], name="None").batch
    progress = look(batch)
    assert (progress.total, progress.is_going_on, progress.account_name) == (0, False, "")


def test_the_number_of_queries_does_not_depend_on_the_number_of_jobs(bench: Bench) -> None:
    numbers = []
    for size in (1, 12):
        batch = start(bench, size)
        with CaptureQueriesContext(connection) as queries:
            progress_of(batch)
        numbers.append(len(queries))
    assert numbers[0] == numbers[1] <= 7
