"""What staff did is recorded with the deed itself, once, and outlives what it was done to."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from pytest_django import Settings

from marketplaces import batches
from tasks import actions, cleanup, staff_actions
from tasks.dispatch import turns
from tasks.errors import MoveRefusedError
from tasks.models import MarketplaceJob, MarketplaceTask, StaffAction, StaffActionOutcome
from tasks.staff_actions import Wish
from tests.tasks.conftest import Bench


def failed(bench: Bench) -> MarketplaceJob:
    return bench.work_until_ended(bench.request(script={"validate": ["permanent"]}))


def begun(kind: str = "retry") -> StaffAction:
    return staff_actions.begin(Wish(kind, by="mia", reason="because"))[0]


def test_a_wish_with_the_same_key_is_the_same_action(bench: Bench) -> None:
    key = uuid4()
    first, is_new = staff_actions.begin(Wish("retry", by="mia", key=key))
    second, is_new_again = staff_actions.begin(Wish("cancel", by="sam", key=key))
    assert (is_new, is_new_again, first.pk) == (True, False, second.pk)
    assert (second.kind, second.by) == ("retry", "mia")


def test_nothing_is_done_from_where_the_action_is_not(bench: Bench) -> None:
    jobs, action = [failed(bench), failed(bench)], begun()
    assert staff_actions.apply(action, jobs[0], cursor=0) is not None
    assert staff_actions.apply(action, jobs[1], cursor=0) is None
    jobs[1].refresh_from_db()
    assert jobs[1].status == "FAILED"


def test_a_finished_action_does_no_more(bench: Bench) -> None:
    job, action = failed(bench), begun()
    assert staff_actions.finish(action)
    assert not staff_actions.finish(action)
    assert staff_actions.apply(action, job, cursor=0) is None
    assert not staff_actions.go_on(action, MarketplaceJob.objects.all(), cursor=0)


def test_the_account_s_numbers_are_right_at_the_end_without_any_worker(bench: Bench) -> None:
    jobs = [failed(bench) for _ in range(3)]
    turns.settle(bench.turn)
    assert (bench.lane.failed_count, bench.lane.waiting_count) == (3, 0)
    staff_actions.go_on(begun(), MarketplaceJob.objects.all(), cursor=0)
    assert (bench.lane.failed_count, bench.lane.waiting_count) == (0, 3)
    staff_actions.go_on(begun("cancel"), MarketplaceJob.objects.filter(pk__lt=jobs[2].pk), cursor=0)
    assert (bench.lane.failed_count, bench.lane.waiting_count) == (0, 1)
    assert bench.claim() is not None


def test_the_database_lets_no_job_into_an_action_twice(bench: Bench) -> None:
    job, action = failed(bench), begun()
    staff_actions.apply(action, job, cursor=0)
    again = StaffActionOutcome(action=action, job_id=job.pk, subject="", done=True, sentence="")
    with pytest.raises(IntegrityError), transaction.atomic():
        again.save()


def test_a_page_ends_early_when_it_takes_long(bench: Bench, settings: Settings) -> None:
    settings.STAFF = settings.STAFF | {"action_ms": -1}
    jobs, action = [failed(bench), failed(bench)], begun()
    chosen = MarketplaceJob.objects.all()
    assert staff_actions.go_on(action, chosen, cursor=0)
    action.refresh_from_db()
    assert (action.cursor, action.state) == (jobs[0].pk, "RUNNING")
    assert staff_actions.go_on(action, chosen, cursor=action.cursor)
    action.refresh_from_db()
    assert (action.done_count, action.state) == (2, "FINISHED")


def test_what_was_done_outlives_the_jobs_that_cleanup_removes(bench: Bench) -> None:
    job, action = bench.request(), begun("cancel")
    staff_actions.apply(action, job, cursor=0)
    later = timezone.now() + timedelta(days=1)
    assert sum(one.jobs for one in cleanup.delete_jobs(later, batch_size=10)) == 1
    line = StaffActionOutcome.objects.get()
    assert (line.job_id, line.subject) == (job.pk, "Publish “Toy” on Toy")
    assert (line.sentence, line.product_id) == ("It is cancelled.", job.product_id)


def test_an_action_takes_its_lines_with_it(bench: Bench) -> None:
    action = begun()
    staff_actions.apply(action, failed(bench), cursor=0)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM staff_actions WHERE id = %s", [action.pk])
    assert not StaffActionOutcome.objects.exists()


def test_a_refused_answer_is_recorded_and_raised(bench: Bench) -> None:
    job = failed(bench)
    task = MarketplaceTask.objects.filter(job=job).earliest("pk")
    with pytest.raises(MoveRefusedError, match="no longer unknown"):
        staff_actions.answer(Wish("answer", by="mia"), task, exists=False)
    assert StaffAction.objects.get().refused_count == 1


def test_what_was_done_is_found_from_the_job_the_batch_the_account_and_the_product(
    bench: Bench,
) -> None:
    product = bench.product()
    batch = batches.start_batch(
        bench.account, "publish", [product], name="One", requested_by="mia"
    ).batch
    job = batch.jobs.get()
    actions.pause(job, requested_by="sam")
    staff_actions.apply(begun("resume"), job, cursor=0)
    expected = [("resume", "It goes on."), ("publish", "It is queued.")]
    for subject in (job, product):
        told = [(entry.action.kind, entry.sentence) for entry in staff_actions.about(subject)]
        assert told == expected, subject
    assert [entry.action.kind for entry in staff_actions.about(batch)] == ["resume", "publish"]
    # An account's own actions, not all that was done to its jobs.
    assert staff_actions.about(bench.account) == []
    assert staff_actions.about(failed(bench)) == []
