"""What a withdrawal stops is told before it is asked for, and recorded where it was stopped."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from marketplaces import asking, batches
from marketplaces.asking import Preview
from marketplaces.models import Product
from tasks import actions, staff_actions
from tasks.models import MarketplaceJob, StaffAction, StaffActionOutcome
from tasks.orchestrator import TaskOrchestrator
from tests.tasks.conftest import Bench, StopAfter

AT_ONCE = "Job {} (Publish) is cancelled: it is void then."
VOID = "Job {} (Publish) is void then. "


def waits(bench: Bench) -> MarketplaceJob:
    return bench.request()


def waits_to_try_again(bench: Bench) -> MarketplaceJob:
    job = bench.request(script={"upload": ["transient"]})
    bench.work()
    return job


def waits_for_its_turn(bench: Bench) -> MarketplaceJob:
    job = bench.request()
    bench.work(TaskOrchestrator(StopAfter(2)))
    return job


def is_paused(bench: Bench) -> MarketplaceJob:
    job = waits_for_its_turn(bench)
    actions.pause(job, requested_by="sam")
    return job


def is_worked_on(bench: Bench) -> MarketplaceJob:
    job = bench.request()
    assert bench.claim() is not None
    return job


def is_in_doubt(bench: Bench) -> MarketplaceJob:
    job = bench.request(script={"create": ["unknown_after"]})
    bench.work()
    return job


def is_live(bench: Bench) -> MarketplaceJob:
    job = bench.request(script={"save": ["transient"]})
    bench.work()
    return job


Situation = Callable[[Bench], MarketplaceJob]

SITUATIONS: dict[Situation, tuple[str, str, str]] = {
    waits: (AT_ONCE, "CANCELLED", "new"),
    waits_to_try_again: (AT_ONCE, "CANCELLED", "new"),
    waits_for_its_turn: (AT_ONCE, "CANCELLED", "new"),
    is_paused: (AT_ONCE, "CANCELLED", "new"),
    is_worked_on: (
        VOID + "It will be cancelled after the task that runs now, unless it is live by then.",
        "RUNNING",
        "follow-up",
    ),
    is_in_doubt: (
        VOID + "It will be cancelled once it is known what its last request did.",
        "RUNNING",
        "follow-up",
    ),
    is_live: (
        VOID + "It is too late: the listing is live, and the job will only save that.",
        "RUNNING",
        "follow-up",
    ),
}


def told(bench: Bench) -> Preview:
    return asking.preview(bench.account, "unpublish", Product.objects.all())


def withdraw(bench: Bench) -> StaffAction:
    batches.start_batch(bench.account, "unpublish", bench.products, requested_by="mia")
    return StaffAction.objects.get()


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda each: each.__name__)
def test_what_becomes_of_an_older_job_is_told_before_and_after(
    bench: Bench, situation: Situation
) -> None:
    said, status, kind = SITUATIONS[situation]
    job = situation(bench)
    said = said.format(job.pk)
    before = told(bench)
    assert before.superseded == 1
    assert (before.new, before.follow_ups) == (int(kind == "new"), int(kind == "follow-up"))
    assert before.lines[0].supersedes == [said]
    follows = f"A new job, which follows job {job.pk}."
    assert before.lines[0].sentence == (follows if kind == "follow-up" else "A new job.")
    action = withdraw(bench)
    job.refresh_from_db()
    assert job.status == status
    assert [entry.sentence for entry in staff_actions.about(job)] == [said]
    assert [entry.sentence for entry in staff_actions.about(bench.products[0])] == [
        f"It is queued. {said}"
    ]
    # One job was asked for; the other line is what became of another one.
    assert (action.done_count, action.refused_count) == (1, 0)
    lines = StaffActionOutcome.objects.filter(action=action, job_id=job.pk)
    assert [(line.subject, line.done) for line in lines] == [("Publish “Toy” on Toy", True)]


def test_an_action_that_stops_nothing_lets_what_has_begun_go_on(bench: Bench) -> None:
    job = waits_to_try_again(bench)
    before = asking.preview(bench.account, "update", Product.objects.all())
    assert (before.superseded, before.follow_ups) == (0, 1)
    batches.start_batch(bench.account, "update", bench.products, requested_by="mia")
    assert staff_actions.about(job) == []


def test_what_has_ended_meanwhile_was_not_stopped(bench: Bench) -> None:
    job = waits(bench)
    assert told(bench).superseded == 1
    bench.work_until_ended(job)
    withdraw(bench)
    assert staff_actions.about(job) == []
