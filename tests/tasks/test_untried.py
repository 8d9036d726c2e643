"""A pause between two calls, and a seller's side that is not there: nothing was tried."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.utils import timezone

from marketplaces.models import Account
from stoflow.tenants.models import Tenant
from tasks import actions, progress, staff_actions, tenancy
from tasks.dispatch import claims, lanes, turns
from tasks.dispatch.models import Lane
from tasks.dispatch.untried import make_wait
from tasks.errors import LeaseLostError, OfflineError, RestError
from tasks.job_run import RunEnd
from tasks.models import MarketplaceJob, MarketplaceTask, TaskAttempt
from tasks.questions import open_question
from tasks.staff_actions import Wish
from tasks.untried import put_back
from tests.passing_time import let_time_pass
from tests.tasks.conftest import Bench, statuses, tasks_of
from tests.toymarket.world import World

UNTRIED = ["rest", "offline"]


def task_of(job: MarketplaceJob, step: str) -> MarketplaceTask:
    return next(task for task in tasks_of(job) if task.step == step)


def goes_on(bench: Bench) -> None:
    """What the account waits for is over, and nothing else has changed."""
    lanes.online(bench.account.pk)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE public.lanes SET rests_until = clock_timestamp()")


def looks_at(bench: Bench, job: MarketplaceJob, kind: str = "listing") -> int:
    return bench.world.calls(f"find_{kind}", f"product-{job.product_id}")


def begun(job: MarketplaceJob) -> MarketplaceTask:
    """A worker begins the next step of a planned job."""
    task = next(task for task in tasks_of(job) if task.status == "PENDING")
    progress.begin(job, task, former=["PENDING"], lease_seconds=30)
    task.refresh_from_db()
    return task


class TestWhatItLeaves:
    @pytest.mark.parametrize("word", UNTRIED)
    @pytest.mark.parametrize("step", ["validate", "upload", "create", "publish", "save"])
    def test_a_step_of_any_kind_becomes_what_it_was(
        self, bench: Bench, step: str, word: str
    ) -> None:
        job = bench.request(script={step: [word] * 3})
        for _ in range(3):
            assert bench.work() is RunEnd.WAITS
            task = task_of(job, step)
            assert (task.status, task.attempt_count, task.started_at) == ("PENDING", 0, None)
            assert (task.result, task.error_message) == (None, "")
            job.refresh_from_db()
            assert (job.status, job.wait_reason) == ("RUNNING", word.upper())
            assert (job.attempt_count, job.interruption_count, job.look_count) == (0, 0, 0)
            assert (job.lease_token, job.error_class, job.error_message) == (None, "", "")
            assert bench.claim() is None, "the whole account waits"
            goes_on(bench)
        assert bench.work() is RunEnd.ENDED
        assert set(bench.world.effects().values()) == {1}
        assert not TaskAttempt.objects.exists()
        assert looks_at(bench, job) == 0, "nothing was sent, so there is nothing to look for"

    @pytest.mark.parametrize("word", UNTRIED)
    def test_the_attempts_of_earlier_failures_stand(self, bench: Bench, word: str) -> None:
        job = bench.request(script={"upload": ["transient", word, "transient", "ok"]})
        bench.work()
        let_time_pass()
        bench.work()
        job.refresh_from_db()
        assert (job.attempt_count, task_of(job, "upload").attempt_count) == (1, 1)
        assert job.error_message == "The toy market is busy."
        goes_on(bench)
        bench.work_until_ended(job)
        assert TaskAttempt.objects.count() == 2

    @pytest.mark.parametrize("word", UNTRIED)
    def test_in_a_look_the_task_stays_in_doubt(self, bench: Bench, word: str) -> None:
        job = bench.request(script={"create": ["unknown_after"], "find_listing": [word] * 3})
        bench.work()
        let_time_pass()
        before = task_of(job, "create")
        for _ in range(3):
            assert bench.work() is RunEnd.WAITS
            task = task_of(job, "create")
            assert (task.status, task.result) == ("UNKNOWN", before.result)
            assert (task.attempt_count, task.error_message) == (1, before.error_message)
            job.refresh_from_db()
            assert (job.wait_reason, job.look_count, job.unanswered_look_count) == (
                word.upper(), 0, 0,
            )  # fmt: skip
            goes_on(bench)
        assert TaskAttempt.objects.count() == 1
        assert bench.work() is RunEnd.ENDED
        assert bench.world.calls("create", f"product-{job.product_id}") == 1
        assert set(bench.world.effects().values()) == {1}

    def test_a_look_that_found_nothing_is_not_made_again_after_a_rest(self, bench: Bench) -> None:
        """Where every call is followed by a rest, look and rest would go on for ever."""
        job = bench.request(script={"create": ["unknown", "rest", "offline", "rest"]})
        bench.work()
        let_time_pass()
        for _ in range(3):
            assert bench.work() is RunEnd.WAITS
            assert task_of(job, "create").status == "PENDING"
            goes_on(bench)
        assert bench.work() is RunEnd.ENDED
        assert looks_at(bench, job) == 1
        assert set(bench.world.effects().values()) == {1}

    def test_after_a_long_time_it_looks_again(self, bench: Bench) -> None:
        job = bench.request(script={"create": ["unknown", "offline"]})
        bench.work()
        let_time_pass()
        bench.work()
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE marketplace_tasks SET result = jsonb_build_object('absent_at', "
                "(result->>'absent_at')::float - 1000) WHERE result ? 'absent_at'"
            )
        goes_on(bench)
        assert bench.work() is RunEnd.ENDED
        assert looks_at(bench, job) == 2

    def test_a_start_after_the_look_is_looked_for(self, bench: Bench) -> None:
        script = {"create": ["unknown", "rest", "unknown_after"]}
        job = bench.request(script=script)
        bench.work()
        let_time_pass()
        bench.work()
        goes_on(bench)
        bench.work()
        assert task_of(job, "create").status == "UNKNOWN"
        bench.work_until_ended(job)
        assert looks_at(bench, job) == 2
        assert set(bench.world.effects().values()) == {1}

    def test_a_worker_that_dies_after_the_rest_leaves_a_doubt(self, bench: Bench) -> None:
        job = bench.request(script={"create": ["unknown", "rest"]})
        bench.work()
        let_time_pass()
        bench.work()
        goes_on(bench)
        claimed = bench.claim()
        assert claimed is not None
        begun(claimed)
        bench.let_leases_expire()
        claims.rescue(bench.turn)
        assert task_of(job, "create").status == "UNKNOWN"
        bench.work_until_ended(job)
        assert looks_at(bench, job) == 2

    def test_what_a_person_answered_is_kept(self, bench: Bench) -> None:
        cannot = {"find_listing": ["cannot_tell"] * 6}
        job = bench.request(script={"create": ["unknown", "offline"], **cannot})
        bench.work_until_ended(job)
        question = open_question(job)
        assert question is not None
        staff_actions.answer(Wish("answer", by="mia"), question.task, exists=False)
        bench.work()
        assert task_of(job, "create").status == "UNKNOWN"
        looks = looks_at(bench, job)
        goes_on(bench)
        assert bench.work() is RunEnd.ENDED
        assert looks_at(bench, job) == looks
        assert bench.world.effects()[f"listing product-{job.product_id}"] == 1


class TestStaff:
    @pytest.mark.parametrize("word", UNTRIED)
    def test_a_waiting_job_is_cancelled_at_once(self, bench: Bench, word: str) -> None:
        job = bench.request(script={"create": [word]})
        bench.work()
        actions.cancel(job, requested_by="ada")
        job.refresh_from_db()
        assert job.status == "CANCELLED"

    @pytest.mark.parametrize("word", UNTRIED)
    def test_before_the_point_of_no_return_too(self, bench: Bench, word: str) -> None:
        job = bench.request(script={"publish": [word]})
        bench.work()
        actions.cancel(job, requested_by="ada")
        job.refresh_from_db()
        assert job.status == "CANCELLED"
        assert bench.world.effects()[f"live product-{job.product_id}"] == 0

    def test_a_cancel_during_the_step_is_heeded_with_the_rest(self, bench: Bench) -> None:
        job = bench.request(script={"create": ["rest"]})
        bench.work()
        goes_on(bench)
        working = bench.claim()
        assert working is not None
        task = begun(working)
        actions.cancel(job, requested_by="ada")
        put_back(working, task, RestError("", until=timezone.now()))
        job.refresh_from_db()
        assert (job.status, job.lease_token) == ("CANCELLED", None)

    def test_a_worker_that_has_lost_the_job_puts_nothing_back(self, bench: Bench) -> None:
        bench.request(script={"create": ["rest"]})
        bench.work()
        goes_on(bench)
        late = bench.claim()
        assert late is not None
        task = begun(late)
        bench.let_leases_expire()
        claims.rescue(bench.turn)
        with pytest.raises(LeaseLostError):
            put_back(late, task, OfflineError(""))
        assert task_of(late, "create").status == "UNKNOWN"
        assert bench.lane.offline_since is None

    @pytest.mark.parametrize("word", UNTRIED)
    def test_a_waiting_job_is_paused_at_once_and_others_go_on(
        self, bench: Bench, word: str
    ) -> None:
        job, other = bench.request(script={"create": [word]}), bench.request()
        bench.work()
        actions.pause(job, requested_by="ada")
        goes_on(bench)
        assert bench.work() is RunEnd.ENDED
        other.refresh_from_db()
        assert other.status == "COMPLETED"

    def test_a_withdrawal_waits_for_as_long_as_it_takes(self, bench: Bench) -> None:
        lanes.offline(bench.account.pk, reason="")
        withdrawal = bench.request("unpublish")
        late = timezone.now() - timedelta(seconds=1)
        update = bench.request("update", expires_at=late)
        assert withdrawal.expires_at is None
        claims.expire(bench.turn)
        update.refresh_from_db()
        assert update.status == "EXPIRED"
        lanes.online(bench.account.pk)
        assert bench.work() is RunEnd.ENDED

    def test_expired_leases_are_released_on_offline_accounts_too(self, bench: Bench) -> None:
        bench.request()
        bench.claim()
        lanes.offline(bench.account.pk, reason="")
        bench.let_leases_expire()
        turns.settle(bench.turn)
        assert bench.lane.due_at is not None
        assert bench.lane.due_at <= timezone.now()
        assert claims.rescue(bench.turn) == 1


class TestOrder:
    @pytest.mark.parametrize("word", UNTRIED)
    def test_a_job_that_rests_is_finished_before_another_is_begun(
        self, bench: Bench, word: str
    ) -> None:
        first = bench.request(script={"upload": ["rest", word, word]})
        others = [bench.request() for _ in range(3)]
        bench.work()
        MarketplaceJob.objects.exclude(pk=first.pk).update(
            run_after=timezone.now() - timedelta(days=1)
        )
        for _ in range(3):
            goes_on(bench)
            bench.work()
        first.refresh_from_db()
        assert first.status == "COMPLETED"
        assert [statuses(job) for job in others] == [[], [], []]

    def test_a_batch_with_a_rest_before_every_call_is_done_job_by_job(self, bench: Bench) -> None:
        script = {step: ["rest"] for step in ("create", "publish")}
        script["upload"] = ["rest", "ok", "rest", "ok"]
        jobs = [bench.request(script=script) for _ in range(3)]
        seen = []
        while bench.work() is not None:
            seen.append([job.status for job in MarketplaceJob.objects.order_by("pk")])
            assert seen[-1].count("RUNNING") <= 1
            goes_on(bench)
        assert seen[-1] == ["COMPLETED"] * 3
        assert len(seen) == len(jobs) * 5
        assert set(bench.world.effects().values()) == {1}
        assert len(bench.world.effects()) == len(jobs) * 4

    def test_where_nothing_rests_the_oldest_comes_first(self, bench: Bench) -> None:
        bench.request(script={"upload": ["transient"]})
        older = bench.request()
        bench.work()
        MarketplaceJob.objects.filter(pk=older.pk).update(
            run_after=timezone.now() - timedelta(days=1)
        )
        MarketplaceJob.objects.exclude(pk=older.pk).update(run_after=timezone.now())
        bench.work()
        older.refresh_from_db()
        assert older.status == "COMPLETED"

    def test_what_is_more_urgent_comes_first_all_the_same(self, bench: Bench) -> None:
        bench.request(script={"upload": ["rest"]})
        bench.work()
        urgent = bench.request("update", priority=1)
        goes_on(bench)
        bench.work()
        urgent.refresh_from_db()
        assert urgent.status == "COMPLETED"


class TestTheLane:
    def test_a_rest_is_over_at_its_time(self, bench: Bench) -> None:
        bench.request(script={"create": ["rest"]})
        bench.work()
        turns.settle(bench.turn)
        lane = bench.lane
        assert lane.rests_until is not None
        assert timedelta(seconds=5) < lane.rests_until - timezone.now() < timedelta(seconds=11)
        assert lane.due_at == lane.rests_until

    def test_a_rest_leaves_a_limit_of_the_marketplace_as_it_is(self, bench: Bench) -> None:
        job = bench.request()
        until = timezone.now() + timedelta(hours=1)
        lanes.block(bench.account.pk, until=until, reason="Too many toys.")
        for seconds in (5, 7200):
            lanes.rest(job.account_id or 0, until=timezone.now() + timedelta(seconds=seconds))
            assert (bench.lane.blocked_until, bench.lane.block_reason) == (until, "Too many toys.")
        assert bench.claim() is None

    def test_a_shorter_rest_shortens_none(self, bench: Bench) -> None:
        bench.request()
        until = timezone.now() + timedelta(seconds=30)
        lanes.rest(bench.account.pk, until=until)
        lanes.rest(bench.account.pk, until=timezone.now())
        assert bench.lane.rests_until == until

    def test_an_offline_account_is_not_due_until_it_is_online(self, bench: Bench) -> None:
        bench.request(script={"create": ["offline"]})
        bench.work()
        turns.settle(bench.turn)
        assert bench.lane.due_at is None
        assert bench.lane.offline_reason == "The seller's toy box is closed."
        assert lanes.online(bench.account.pk)
        lane = bench.lane
        assert (lane.offline_since, lane.offline_reason) == (None, "")
        assert lane.due_at is not None
        assert not lanes.online(bench.account.pk), "nobody had missed it"

    def test_it_says_since_when_the_seller_s_side_is_missing(self, bench: Bench) -> None:
        bench.request()
        since = datetime(2026, 3, 1, 10, 32, tzinfo=UTC)
        lanes.offline(bench.account.pk, reason="No browser.", since=since)
        lanes.offline(bench.account.pk, reason="Signed out.")
        assert (bench.lane.offline_since, bench.lane.offline_reason) == (since, "Signed out.")

    def test_being_online_lifts_nothing_else(self, bench: Bench) -> None:
        bench.request()
        account = bench.account.pk
        until = timezone.now() + timedelta(hours=1)
        lanes.pause(account, by="kim", reason="")
        lanes.stop_for_consent(account, reason="")
        lanes.block(account, until=until, reason="")
        lanes.rest(account, until=until)
        lanes.offline(account, reason="")
        lanes.online(account)
        lane = bench.lane
        assert lane.offline_since is None
        assert None not in (lane.paused_at, lane.consent_needed_at, lane.blocked_until)
        assert lane.rests_until is not None

    def test_consent_and_resume_leave_an_account_offline(self, bench: Bench) -> None:
        bench.request()
        lanes.offline(bench.account.pk, reason="")
        lanes.pause(bench.account.pk, by="kim", reason="")
        lanes.resume(bench.account.pk)
        lanes.consent_given(bench.account.pk)
        assert bench.lane.offline_since is not None
        assert bench.claim() is None


class TestComingBackMeanwhile:
    def test_who_is_there_by_now_is_not_written_off(self, bench: Bench) -> None:
        bench.request()
        make_wait(bench.account.pk, OfflineError("No browser.", still=str))
        lane = bench.lane
        assert lane.offline_since is None
        assert lane.rests_until is not None, "said to be gone and there, it goes on slowly"

    def test_one_that_comes_after_the_worker_has_asked_is_let_in(
        self, committed: Tenant, tmp_path: Path
    ) -> None:
        """It finds the lane locked, and lifts what the worker has written."""
        shop = Browser(tmp_path)
        asked, let_in = threading.Event(), threading.Event()

        def still() -> str:
            answer = shop.missing()
            asked.set()
            let_in.wait(0.5)
            return answer

        def browser() -> None:
            asked.wait(10)
            shop.connect()
            lanes.online(shop.account.pk)
            let_in.set()

        with beside(browser):
            make_wait(shop.account.pk, OfflineError("No browser.", still=still))
        assert shop.lane().offline_since is None

    def test_one_that_is_just_coming_is_waited_for(self, committed: Tenant, tmp_path: Path) -> None:
        """The worker asks once the connection is committed, not while it is being made."""
        shop = Browser(tmp_path)
        coming, seen = threading.Event(), threading.Event()

        def browser() -> None:
            with transaction.atomic():
                shop.connect()
                lanes.online(shop.account.pk)
                coming.set()
                seen.wait(10)
                time.sleep(0.5)

        with beside(browser):
            coming.wait(10)
            assert shop.is_missing(), "seen from here"
            seen.set()
            make_wait(shop.account.pk, OfflineError("No browser.", still=shop.missing))
        assert shop.lane().offline_since is None

    def test_one_that_stays_away_is_written_off(self, committed: Tenant, tmp_path: Path) -> None:
        shop = Browser(tmp_path)
        make_wait(shop.account.pk, OfflineError("No browser.", still=shop.missing))
        assert shop.lane().offline_since is not None


class Browser:
    """The seller's side of an account that has work: a row says whether it is connected."""

    def __init__(self, folder: Path) -> None:
        self.account = Account.objects.create(marketplace="toy", name="Toy shop")
        Bench(self.account, World(folder / "world")).request()

    def connect(self) -> None:
        Account.objects.filter(pk=self.account.pk).update(name="connected")

    def is_missing(self) -> bool:
        return Account.objects.get(pk=self.account.pk).name != "connected"

    def missing(self) -> str:
        return "No browser." if self.is_missing() else ""

    def lane(self) -> Lane:
        return Lane.objects.get(schema_name="t1", account_id=self.account.pk)


@contextmanager
def beside(work: Callable[[], None]) -> Iterator[None]:
    """Meanwhile `work` is done in a thread, on a connection of its own."""

    def run() -> None:
        try:
            with tenancy.inside(tenancy.tenant_named("t1")):
                work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        thread.join(20)
