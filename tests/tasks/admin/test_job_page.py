"""The page of a job: what happened first, then its tasks, then the tries that failed."""

from __future__ import annotations

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tasks import actions
from tasks.models import MarketplaceJob, MarketplaceTask, TaskAttempt
from tests.tasks.admin.conftest import TENANT, Browser, text_of
from tests.tasks.conftest import Bench


def page_of(browser: Browser, job: MarketplaceJob) -> str:
    answer = browser.get(f"{TENANT}tasks/marketplacejob/{job.pk}/change/")
    assert answer.status_code == 200
    return text_of(answer)


def failed(bench: Bench, **script: list[str]) -> MarketplaceJob:
    return bench.work_until_ended(bench.request(script=script))


def test_message_and_advice_come_before_the_tasks_in_their_order(
    bench: Bench, member: Browser
) -> None:
    page = page_of(member, failed(bench, create=["permanent"]))
    order = [
        "The toy market refuses this.",
        "Paint it red.",
        "1. Validate product",
        "3. Upload image 2/2",
        "4. Create listing",
        "6. Save result",
        "Attempts that did not succeed",
    ]
    places = [page.index(text) for text in order]
    assert places == sorted(places)


def test_a_traceback_is_folded_and_what_stands_in_it_is_only_text(
    bench: Bench, member: Browser
) -> None:
    job = failed(bench, upload=["bug"] * 9)
    TaskAttempt.objects.filter(job=job).update(traceback="<script>alert(1)</script>")
    page = page_of(member, job)
    assert "<details><summary" in page
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_thousand_tasks_are_shown_in_pages_at_a_constant_cost(
    bench: Bench, member: Browser
) -> None:
    short = failed(bench, validate=["permanent"])
    long = failed(bench, validate=["permanent"])
    [task] = MarketplaceTask.objects.filter(job=long, position=1)
    MarketplaceTask.objects.bulk_create(
        MarketplaceTask(
            job=long, name=f"More {n}", position=n + 10, step="upload", created_at=task.created_at
        )
        for n in range(1000)
    )
    TaskAttempt.objects.bulk_create(
        TaskAttempt(
            job=long,
            task=task,
            number=n,
            started_at=task.created_at,
            ended_at=task.created_at,
            outcome="TRANSIENT",
            error_class="X",
            message="m",
        )
        for n in range(200)
    )
    page_of(member, short)
    costs = []
    for job in (short, long):
        with CaptureQueriesContext(connection) as queries:
            page_of(member, job)
        costs.append(len(queries))
    assert costs[0] == costs[1]
    assert "More 999" not in page_of(member, long)


def test_buttons_are_those_that_make_sense_and_only_for_who_may_act(
    bench: Bench, member: Browser, viewer: Browser
) -> None:
    job, waiting = failed(bench, validate=["permanent"]), bench.request()
    paused = bench.request()
    actions.pause(paused, requested_by="sam")
    assert buttons(page_of(member, job)) == {"retry"}
    assert buttons(page_of(member, waiting)) == {"pause", "cancel"}
    assert buttons(page_of(member, paused)) == {"resume", "cancel"}
    assert buttons(page_of(viewer, job)) == set()


def buttons(page: str) -> set[str]:
    names = ("retry", "cancel", "pause", "resume")
    return {name for name in names if f'name="action" value="{name}"' in page}


def test_a_job_of_a_product_that_was_deleted_still_has_its_page(
    bench: Bench, member: Browser
) -> None:
    job = failed(bench, validate=["permanent"])
    bench.products[0].delete()
    assert "Toy" in page_of(member, job)


def test_an_unknown_outcome_offers_to_look_again(bench: Bench, member: Browser) -> None:
    job = failed(bench, create=["unknown"], find_listing=["cannot_tell"] * 6)
    assert "Look again" in page_of(member, job)
