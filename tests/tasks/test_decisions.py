"""A step that asks a person before it goes on."""

from __future__ import annotations

import pytest

from tasks import actions, staff_actions
from tasks.errors import MoveRefusedError
from tasks.models import MarketplaceJob, StaffAction
from tasks.questions import open_question
from tasks.staff_actions import Wish
from tests.tasks.conftest import Bench, statuses, tasks_of


@pytest.fixture
def asked(bench: Bench) -> MarketplaceJob:
    job = bench.request("clear")
    bench.work()
    job.refresh_from_db()
    return job


def decide(job: MarketplaceJob, *, yes: bool) -> StaffAction:
    question = open_question(job)
    assert question is not None
    return staff_actions.answer(Wish("answer", by="mia"), question.task, exists=yes)


def test_it_asks_at_once_in_its_own_words(asked: MarketplaceJob) -> None:
    assert (asked.status, asked.needs_person) == ("FAILED", True)
    assert (asked.error_message, asked.error_advice) == (
        "40 of 41 toys would go.",
        "Look at the shelf.",
    )
    question = open_question(asked)
    assert question is not None
    assert question.choice is not None
    assert (question.choice.yes, question.choice.no) == ("Clear the shelf", "Leave them")
    assert question.following == ["Save result"]


@pytest.mark.parametrize("yes", [True, False])
def test_the_job_goes_on_with_the_decision(bench: Bench, asked: MarketplaceJob, yes: bool) -> None:
    action = decide(asked, yes=yes)
    assert bench.work_until_ended(asked).status == "COMPLETED"
    assert tasks_of(asked)[1].result == {"cleared": yes}
    effects = bench.world.effects()
    assert (effects["counted"], effects["cleared"]) == (1, int(yes))
    said = "Clear the shelf" if yes else "Leave them"
    assert action.outcomes.get().sentence == f"“Clear the shelf”: {said}."


def test_a_worker_that_dies_over_the_decision_does_not_forget_it(
    bench: Bench, asked: MarketplaceJob
) -> None:
    decide(asked, yes=True)
    bench.claim()
    assert bench.work_until_ended(asked).status == "COMPLETED"
    assert bench.world.effects()["cleared"] == 1


def test_a_plain_retry_asks_again(bench: Bench, asked: MarketplaceJob) -> None:
    before = statuses(asked)
    assert actions.retry(asked).retried
    assert bench.work_until_ended(asked).needs_person
    assert statuses(asked) == before
    assert bench.world.effects()["cleared"] == 0


def test_what_was_decided_is_decided(bench: Bench, asked: MarketplaceJob) -> None:
    question = open_question(asked)
    assert question is not None
    decide(asked, yes=False)
    bench.work_until_ended(asked)
    with pytest.raises(MoveRefusedError):
        staff_actions.answer(Wish("answer", by="tom"), question.task, exists=True)
