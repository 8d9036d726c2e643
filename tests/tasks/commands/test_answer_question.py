"""A person's answer from the shell."""

from __future__ import annotations

import io

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tasks import staff_actions, tenancy
from tasks.models import MarketplaceJob
from tests.tasks.conftest import Bench


def run(*arguments: str) -> str:
    output = io.StringIO()
    call_command("answer_question", "--schema", "t1", *arguments, stdout=output)
    return output.getvalue()


@pytest.fixture
def questioned(bench: Bench) -> MarketplaceJob:
    script = {"create": ["unknown"], "find_listing": ["cannot_tell"] * 6}
    job = bench.work_until_ended(bench.request(script=script))
    assert job.needs_person
    return job


def go_on(bench: Bench, job: MarketplaceJob) -> MarketplaceJob:
    with tenancy.inside(tenancy.tenant_named("t1")):
        return bench.work_until_ended(job)


def test_open_questions_are_listed(questioned: MarketplaceJob) -> None:
    assert f"Job {questioned.pk}" in run()
    assert "Create listing" in run()


def test_a_question_that_something_newer_has_settled_is_not_listed(
    bench: Bench, questioned: MarketplaceJob
) -> None:
    with tenancy.inside(tenancy.tenant_named("t1")):
        bench.request("update", questioned.product)
    assert run() == "There are no open questions.\n"


def test_it_exists(bench: Bench, questioned: MarketplaceJob) -> None:
    assert "goes on" in run("--job", str(questioned.pk), "--exists", "L-9")
    assert go_on(bench, questioned).status == "COMPLETED"


def test_it_does_not_exist(bench: Bench, questioned: MarketplaceJob) -> None:
    run("--job", str(questioned.pk), "--absent")
    assert go_on(bench, questioned).status == "COMPLETED"
    assert bench.world.effects()[f"listing product-{questioned.product_id}"] == 1


def test_the_answer_is_in_the_audit(bench: Bench, questioned: MarketplaceJob) -> None:
    run("--job", str(questioned.pk), "--absent", "--by", "olga")
    with tenancy.inside(tenancy.tenant_named("t1")):
        [entry] = staff_actions.about(questioned)
    assert (entry.action.by, entry.sentence) == ("olga", "“Create listing”: it does not exist.")


def test_a_job_without_a_question_gets_a_sentence(bench: Bench) -> None:
    assert run() == "There are no open questions.\n"
    with pytest.raises(CommandError, match="no open question"):
        run("--job", "7", "--absent")
    with pytest.raises(CommandError, match="no tenant"):
        call_command("answer_question", "--schema", "nobody")
