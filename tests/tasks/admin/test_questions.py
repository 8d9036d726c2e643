"""The question of an UNKNOWN on its job's page, and a person's answer."""

from __future__ import annotations

import re
from html import escape, unescape
from typing import Any

import pytest
from django.http import HttpResponse

from tasks.models import MarketplaceJob, StaffAction, TaskAttempt
from tests.tasks.admin.conftest import Browser, text_of
from tests.tasks.admin.pressing import JOBS, Previewed, newest, read, words_of
from tests.tasks.conftest import Bench, tasks_of


def asked(bench: Bench) -> MarketplaceJob:
    script = {"create": ["unknown"], "find_listing": ["cannot_tell"] * 6}
    job = bench.work_until_ended(bench.request(script=script))
    assert job.needs_person
    return job


def page_of(browser: Browser, job: MarketplaceJob) -> str:
    return text_of(browser.get(f"{JOBS}{job.pk}/change/"))


def choice_of(browser: Browser, job: MarketplaceJob) -> dict[str, Any]:
    [form] = re.findall(r'<form[^>]*/answer/".*?</form>', page_of(browser, job), re.DOTALL)
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))


def tell(browser: Browser, job: MarketplaceJob, **said: str) -> HttpResponse:
    """What the page says on pressing a button of the question."""
    return browser.get(f"{JOBS}{job.pk}/answer/", **choice_of(browser, job), **said)


def previewed(browser: Browser, job: MarketplaceJob, **said: str) -> Previewed:
    return read(tell(browser, job, **said))


def answer(browser: Browser, job: MarketplaceJob, reason: str = "", **said: str) -> str:
    return confirmed(previewed(browser, job, **said), browser, reason)


def confirmed(told: Previewed, browser: Browser, reason: str = "") -> str:
    return words_of(text_of(told.confirm(browser, reason)))


def test_the_question_stands_with_its_evidence_and_what_each_answer_does(
    bench: Bench, member: Browser
) -> None:
    job = asked(bench)
    TaskAttempt.objects.filter(job=job).update(evidence={"status": 504, "path": "/offer"})
    page = words_of(page_of(member, job))
    assert "did “Create listing” take effect?" in page
    assert "The list of toys is cut off." in page
    unknown = job.tasks.get(status="UNKNOWN")
    assert f'href="#task-{unknown.pk}-line"' in page_of(member, job)
    assert "This step is not sent again" in page
    assert "“Create listing” is sent once more, without looking first." in page
    assert "Then it goes on with: Publish listing, Save result." in page


def test_it_exists_with_its_id(bench: Bench, member: Browser) -> None:
    job = asked(bench)
    page = answer(member, job, exists="yes", external_id=" L-7 ", reason="seen at the shop")
    assert "The job goes on with your answer." in page
    assert bench.work_until_ended(job).status == "COMPLETED"
    assert tasks_of(job)[3].result == {"listing": "L-7", "adopted": True}
    line = newest().outcomes.get()
    assert (newest().kind, newest().by, newest().reason) == ("answer", "mia", "seen at the shop")
    assert line.sentence == "“Create listing”: it exists, as L-7."


def test_it_does_not_exist(bench: Bench, member: Browser) -> None:
    job = asked(bench)
    answer(member, job, exists="no")
    assert bench.work_until_ended(job).status == "COMPLETED"
    assert bench.world.effects()[f"listing product-{job.product_id}"] == 1


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("  ", "“It exists” needs the id that the marketplace shows."),
        ("🙈<script>", "“🙈<script>” cannot be its id. A toy's id is letters, digits and dashes"),
    ],
)
def test_what_cannot_be_an_id_is_said_at_the_field_and_changes_nothing(
    bench: Bench, member: Browser, given: str, why: str
) -> None:
    job = asked(bench)
    page = text_of(tell(member, job, exists="yes", external_id=given))
    [field] = re.findall(r'<input[^>]*name="external_id"[^>]*>', page)
    [error] = re.findall(r'<p[^>]*id="answer-error">(.*?)</p>', page)
    assert why in unescape(error)
    assert 'aria-describedby="answer-error' in field
    assert 'aria-invalid="true" autofocus' in field
    assert f'value="{escape(given.strip())}"' in field or not given.strip()
    fields = previewed(member, job, exists="yes", external_id="L-7").fields
    sent = member.post(f"{JOBS}{job.pk}/answer/", **{**fields, "external_id": given})
    assert why in unescape(text_of(sent))
    job.refresh_from_db()
    assert (job.status, StaffAction.objects.count()) == ("FAILED", 0)


def test_without_a_choice_it_is_asked_again(bench: Bench, member: Browser) -> None:
    page = words_of(text_of(tell(member, asked(bench))))
    assert "Choose whether it exists or not." in page
    assert "A question for you" in page


def test_the_question_says_what_an_id_looks_like(bench: Bench, member: Browser) -> None:
    assert "A toy's id is letters, digits and dashes, as on its tag." in words_of(
        page_of(member, asked(bench))
    )


def test_before_an_answer_is_taken_it_is_said_what_it_does(bench: Bench, member: Browser) -> None:
    job = asked(bench)
    told = previewed(member, job, exists="yes", external_id="L-7").text
    assert "“Create listing”: it exists, as L-7." in told
    assert "later changes go to that listing" in told
    assert "Then it goes on with: Publish listing, Save result." in told
    told = previewed(member, job, exists="no").text
    assert "“Create listing” is sent once more, without looking first." in told
    assert "If it does exist after all, there will be two." in told
    job.refresh_from_db()
    assert (job.status, StaffAction.objects.count()) == ("FAILED", 0)


def test_a_question_that_something_newer_has_settled_cannot_be_answered(
    bench: Bench, member: Browser
) -> None:
    job = asked(bench)
    choice = choice_of(member, job)
    newer = bench.request("publish", job.product)
    late = member.get(f"{JOBS}{job.pk}/answer/", **choice, exists="no")
    page = text_of(member.get(late["Location"]))
    assert "The question is no longer open: nothing was done." in page
    assert f"Nothing to do here: Job {newer.pk} (Publish, pending) is newer." in page
    assert f"Show job {newer.pk}" in page
    assert not re.search("It exists|Look again|Needs an answer", page)


def test_the_same_answer_sent_twice_is_one(bench: Bench, member: Browser) -> None:
    told = previewed(member, asked(bench), exists="no")
    for _ in range(2):
        confirmed(told, member)
    assert StaffAction.objects.count() == 1


def test_an_answer_that_comes_too_late_is_refused_and_recorded(
    bench: Bench, member: Browser, superuser: Browser
) -> None:
    job = asked(bench)
    late = previewed(superuser, job, exists="no")
    answer(member, job, exists="yes", external_id="L-7")
    page = confirmed(late, superuser)
    assert "The job has not ended: StoFlow is still looking by itself." in page
    assert (newest().by, newest().refused_count) == ("root", 1)
    sent_back = superuser.get(f"{JOBS}{job.pk}/answer/", **late.fields)
    assert (sent_back.status_code, sent_back["Location"]) == (302, f"{JOBS}{job.pk}/change/")
    bench.work_until_ended(job)
    assert tasks_of(job)[3].result == {"listing": "L-7", "adopted": True}


def test_an_id_that_does_not_hold_is_asked_again(bench: Bench, member: Browser) -> None:
    job = asked(bench)
    answer(member, job, exists="yes", external_id="wrong")
    bench.work_until_ended(job)
    assert "does not know “wrong”" in words_of(page_of(member, job))
    assert choice_of(member, job)["task"]


def test_nothing_is_asked_where_nothing_is_open(bench: Bench, member: Browser) -> None:
    job = bench.work_until_ended(bench.request(script={"create": ["permanent"]}))
    assert "A question for you" not in page_of(member, job)
    looking = bench.request(script={"create": ["unknown"]})
    bench.work()
    assert "A question for you" not in page_of(member, looking)


def test_who_may_only_see_reads_the_question_and_cannot_answer(
    bench: Bench, viewer: Browser, member: Browser
) -> None:
    job = asked(bench)
    fields = previewed(member, job, exists="no").fields
    page = page_of(viewer, job)
    assert "A question for you" in page
    assert "/answer/" not in page
    assert viewer.post(f"{JOBS}{job.pk}/answer/", **fields).status_code == 403
    assert viewer.get(f"{JOBS}{job.pk}/answer/", **fields).status_code == 403


def test_a_task_of_another_job_cannot_be_answered_here(bench: Bench, member: Browser) -> None:
    job, other = asked(bench), asked(bench)
    fields = previewed(member, other, exists="no").fields
    assert member.post(f"{JOBS}{job.pk}/answer/", **fields).status_code == 404
    assert member.get(f"{JOBS}{job.pk}/answer/", **fields).status_code == 404


def test_a_decision_is_asked_in_its_own_words_and_needs_no_id(
    bench: Bench, member: Browser
) -> None:
    job = bench.work_until_ended(bench.request("clear"))
    page = words_of(page_of(member, job))
    assert "A decision for you 40 of 41 toys would go." in page
    assert "The toys stay where they are." in page
    assert "“Clear the shelf” waits for a person's decision." in page
    assert "take effect" not in page
    assert "The job goes on with your answer." in answer(member, job, exists="yes")
    assert bench.work_until_ended(job).status == "COMPLETED"
    assert newest().outcomes.get().sentence == "“Clear the shelf”: Clear the shelf."
