"""A look is trusted only when it can be: after the settle time, and once for each act."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

from tasks import actions
from tasks.dispatch import claims
from tasks.models import MarketplaceJob, MarketplaceTask
from tests.tasks.conftest import Bench, tasks_of
from tests.toymarket.handlers import SETTLE

STAFF = "support@stoflow"


def database_now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now


def unknown(job: MarketplaceJob) -> MarketplaceTask:
    return MarketplaceTask.objects.get(job=job, status="UNKNOWN")


def test_an_answer_counts_for_one_act_only(bench: Bench) -> None:
    script = {"create": ["unknown", "unknown_after"], "find_listing": ["cannot_tell"] * 6}
    job = bench.work_until_ended(bench.request(script=script))
    actions.answer(unknown(job), exists=False, requested_by=STAFF)
    bench.work_until_ended(job)
    assert job.status == "COMPLETED"
    assert bench.world.effects()[f"listing product-{job.product_id}"] == 1


def test_the_first_look_waits_for_the_settle_time(bench: Bench) -> None:
    job = bench.request(script={"create": ["unknown"]})
    bench.work()
    job.refresh_from_db()
    assert job.run_after >= database_now() + timedelta(seconds=SETTLE - 0.3)


def test_absent_is_not_believed_while_an_earlier_effect_may_still_be_on_its_way(
    bench: Bench,
) -> None:
    first = bench.request()
    bench.work()
    hidden = bench.world.path.with_name("hidden")
    bench.world.path.rename(hidden)  # reads lag: the world shows nothing yet
    second = bench.request(product=bench.products[0])
    bench.work()
    bench.world.path.write_text(bench.world.path.read_text() + hidden.read_text())
    second.refresh_from_db()
    assert (second.status, second.wait_reason) == ("RUNNING", "LOOK")
    bench.work_until_ended(second)
    assert second.status == "COMPLETED"
    assert bench.world.effects()[f"listing product-{first.product_id}"] == 1


def test_an_unknown_task_that_the_new_plan_no_longer_wants_is_looked_at_and_not_acted_on(
    bench: Bench,
) -> None:
    script = {"create": ["unknown"], "find_listing": ["cannot_tell"] * 6}
    job = bench.work_until_ended(bench.request(script=script))
    changed = {**job.payload, "edition": 2}
    MarketplaceJob.objects.filter(pk=job.pk).update(payload=changed)
    actions.retry(job)
    bench.work_until_ended(job)
    assert job.status == "COMPLETED"
    assert bench.world.effects()[f"listing product-{job.product_id}"] == 1
    created = [task for task in tasks_of(job) if task.step == "create"]
    assert sorted(task.status for task in created) == ["CANCELLED", "COMPLETED"]


def test_looks_that_reach_nobody_do_not_use_up_the_patience(bench: Bench) -> None:
    script = {"create": ["unknown_after"], "find_listing": ["transient"] * 9}
    job = bench.work_until_ended(bench.request(script=script))
    assert job.status == "COMPLETED"
    assert bench.world.effects()[f"listing product-{job.product_id}"] == 1


def test_after_a_long_outage_a_look_that_cannot_tell_is_not_the_last_one(bench: Bench) -> None:
    looks = ["transient"] * 10 + ["cannot_tell"] * 5
    job = bench.request(script={"create": ["unknown_after"], "find_listing": looks})
    assert bench.work_until_ended(job).status == "COMPLETED"


def test_after_looks_that_could_not_tell_an_outage_is_not_the_end(bench: Bench) -> None:
    looks = ["cannot_tell"] * 5 + ["transient"] * 10
    job = bench.request(script={"create": ["unknown_after"], "find_listing": looks})
    assert bench.work_until_ended(job).status == "COMPLETED"


def test_each_kind_of_look_has_its_own_limit(bench: Bench) -> None:
    for looks, counts in (
        (["transient"] * 4 + ["cannot_tell"] * 6, (6, 4)),
        (["cannot_tell"] * 4 + ["transient"] * 24, (4, 24)),
    ):
        job = bench.request(script={"create": ["unknown"], "find_listing": looks})
        bench.work_until_ended(job, most=40)
        assert (job.status, job.needs_person) == ("FAILED", True)
        # The one that ended the job is told by its attempt.
        assert (job.look_count, job.unanswered_look_count) in {
            (counts[0] - 1, counts[1]),
            (counts[0], counts[1] - 1),
        }


def test_a_refusal_that_is_believed_after_a_look_ends_the_job_in_its_own_words(
    bench: Bench,
) -> None:
    script = {"publish": ["unknown"] * 4 + ["refused", "permanent"]}
    job = bench.work_until_ended(bench.request(script=script))
    assert (job.status, job.error_message) == ("FAILED", "The toy market refuses this.")


def test_a_refusal_of_what_is_there_after_all_is_a_success(bench: Bench) -> None:
    job = bench.work_until_ended(bench.request(script={"publish": ["refused_after"]}))
    assert job.status == "COMPLETED"
    assert bench.world.effects()[f"live product-{job.product_id}"] == 1


def test_a_retry_looks_with_patience_anew(bench: Bench) -> None:
    looks = ["transient"] * 3 + ["cannot_tell"] * 6
    job = bench.request(script={"create": ["unknown"], "find_listing": looks})
    bench.work_until_ended(job)
    actions.retry(job)
    job.refresh_from_db()
    assert (job.look_count, job.unanswered_look_count) == (0, 0)


def test_a_limit_met_while_looking_is_no_look(bench: Bench) -> None:
    looks = ["rate_limited"] * 8
    job = bench.request(script={"create": ["unknown_after"], "find_listing": looks})
    assert bench.work_until_ended(job).status == "COMPLETED"


def test_a_limit_ends_by_the_clock_of_the_database(bench: Bench) -> None:
    bench.request(script={"upload": ["rate_limited"]})
    bench.work()
    until = bench.lane.blocked_until
    assert until is not None
    assert timedelta(seconds=55) < until - database_now() <= timedelta(seconds=60)


def test_a_retry_and_the_same_request_at_once_leave_one_waiting_job(bench: Bench) -> None:
    job = bench.work_until_ended(bench.request("update", script={"send": ["permanent"]}))
    bench.request("update", bench.products[0])
    # What a request that commits between the check and the move leads to.
    refused = actions.retry(job)
    assert not refused.retried
    assert claims.rescue(bench.turn) == 0
