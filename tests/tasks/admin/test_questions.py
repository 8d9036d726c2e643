"""The question of an UNKNOWN on its job's page, and a person's answer."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from django.http import HttpResponse

from tasks.models import MarketplaceJob, StaffAction, TaskAttempt
from tests.tasks.admin.conftest import Browser, text_of
from tests.tasks.admin.pressing import JOBS, newest, words_of
from tests.tasks.conftest import Bench, tasks_of


def asked(bench: Bench) -> MarketplaceJob:
    script = {"create": ["unknown"], "find_listing": ["cannot_tell"] * 6}
    job = bench.work_until_ended(bench.request(script=script))
    assert job.needs_person
    return job


def page_of(browser: Browser, job: MarketplaceJob) -> str:
    return text_of(browser.get(f"{JOBS}{job.pk}/change/"))


def form_of(browser: Browser, job: MarketplaceJob) -> dict[str, Any]:
    [form] = re.findall(r'<form[^>]*/answer/".*?</form>', page_of(browser, job), re.DOTALL)
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    return {name: unescape(value) for name, value in hidden}


def answer(
    browser: Browser, job: MarketplaceJob, fields: dict[str, Any] | None = None, **said: str
) -> str:
    given = fields or form_of(browser, job)
    page: HttpResponse = browser.post(f"{JOBS}{job.pk}/answer/", follow=True, **{**given, **said})
    assert page.status_code == 200
    return words_of(text_of(page))


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


def test_a_blank_id_or_no_choice_is_said_and_changes_nothing(bench: Bench, member: Browser) -> None:
    job = asked(bench)
    assert "needs the id that the marketplace shows" in answer(
        member, job, exists="yes", external_id="  "
    )
    assert "Choose whether it exists or not." in answer(member, job)
    job.refresh_from_db()
    assert (job.status, StaffAction.objects.count()) == ("FAILED", 0)


def test_the_same_answer_sent_twice_is_one(bench: Bench, member: Browser) -> None:
    job = asked(bench)
    fields = form_of(member, job)
    for _ in range(2):
        answer(member, job, fields, exists="no")
    assert StaffAction.objects.count() == 1


def test_an_answer_that_comes_too_late_is_refused_and_recorded(
    bench: Bench, member: Browser, superuser: Browser
) -> None:
    job = asked(bench)
    late = form_of(superuser, job)
    answer(member, job, exists="yes", external_id="L-7")
    page = answer(superuser, job, late, exists="no")
    assert "The job has not ended: StoFlow is still looking by itself." in page
    assert (newest().by, newest().refused_count) == ("root", 1)
    bench.work_until_ended(job)
    assert tasks_of(job)[3].result == {"listing": "L-7", "adopted": True}


def test_an_id_that_does_not_hold_is_asked_again(bench: Bench, member: Browser) -> None:
    job = asked(bench)
    answer(member, job, exists="yes", external_id="wrong")
    bench.work_until_ended(job)
    assert "does not know “wrong”" in words_of(page_of(member, job))
    assert form_of(member, job)["task"]


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
    fields = form_of(member, job)
    page = page_of(viewer, job)
    assert "A question for you" in page
    assert "/answer/" not in page
    assert viewer.post(f"{JOBS}{job.pk}/answer/", **fields, exists="no").status_code == 403


def test_a_task_of_another_job_cannot_be_answered_here(bench: Bench, member: Browser) -> None:
    job, other = asked(bench), asked(bench)
    fields = form_of(member, other)
    assert member.post(f"{JOBS}{job.pk}/answer/", **fields, exists="no").status_code == 404


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
