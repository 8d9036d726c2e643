"""What fails, over the whole tenant."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from stoflow.tenants.models import Tenant
from tasks import actions, requests
from tasks.admin.cause_rows import top_causes
from tasks.models import BatchJob, MarketplaceJob
from tests.tasks.admin.conftest import TENANT, Browser, text_of
from tests.tasks.conftest import Bench

JOBS = f"{TENANT}tasks/marketplacejob/"
CAUSES = f"{JOBS}causes/"


def fail(bench: Bench, number: int, step: str = "create") -> list[MarketplaceJob]:
    jobs = [bench.request(script={step: ["permanent"]}) for _ in range(number)]
    for _ in jobs:
        bench.work()
    return [MarketplaceJob.objects.get(pk=job.pk) for job in jobs]


def spread(jobs: list[MarketplaceJob]) -> None:
    """Each of these for a cause of its own."""
    for number, job in enumerate(jobs):
        MarketplaceJob.objects.filter(pk=job.pk).update(cause_key=f"{number:032}")


def counts(text: str) -> list[str]:
    return re.findall(r'<p class="cause-count"><b>(\d+)</b>', text)


def test_every_cause_stands_once_with_its_jobs_one_click_away(
    bench: Bench, viewer: Browser
) -> None:
    key = fail(bench, 3)[0].cause_key
    fail(bench, 1, "validate")
    settled = fail(bench, 1)[0]
    bench.request(product=settled.product)
    text = text_of(viewer.get(CAUSES))
    assert counts(text) == ["3", "1"]
    assert "4 failed, for 2 causes" in text
    assert f'href="{JOBS}?open=1&amp;cause={key}"' in text
    jobs = text_of(viewer.get(JOBS, open=1, cause=key))
    assert len(set(re.findall(r"marketplacejob/(\d+)/change/", jobs))) == 3
    assert "The toy market refuses this" in jobs


def test_who_may_act_may_retry_a_cause_and_who_may_look_may_not(
    bench: Bench, member: Browser, viewer: Browser
) -> None:
    key = fail(bench, 2)[0].cause_key
    text = text_of(member.get(CAUSES))
    assert f"?do=retry&amp;open=1&amp;cause={key}" in text
    assert "Retry these 2" in text
    assert "do=retry" not in text_of(viewer.get(CAUSES))


def test_nothing_fails_is_said_and_so_is_that_nothing_matches(
    bench: Bench, viewer: Browser
) -> None:
    assert "Nothing fails." in text_of(viewer.get(CAUSES))
    fail(bench, 1)
    text = text_of(viewer.get(CAUSES, action="update"))
    assert "Nothing that fails matches these filters." in text
    assert 'href="?"' in text


def test_filters_are_in_the_address(bench: Bench, viewer: Browser) -> None:
    old, _new = fail(bench, 2)
    long_ago = timezone.now() - timedelta(days=2)
    MarketplaceJob.objects.filter(pk=old.pk).update(completed_at=long_ago)
    for query, expected in (
        ({"marketplace": "toy", "action": "publish", "since": "7d"}, ["2"]),
        ({"since": "1d"}, ["1"]),
        ({"marketplace": "ebay"}, []),
    ):
        text = text_of(viewer.get(CAUSES, **query))
        assert counts(text) == expected
        for value in query.values():
            assert f'value="{value}" selected' in text


def test_the_links_of_a_cause_lead_to_the_jobs_that_were_counted(
    bench: Bench, member: Browser
) -> None:
    old, new = fail(bench, 2)
    long_ago = timezone.now() - timedelta(days=2)
    MarketplaceJob.objects.filter(pk=old.pk).update(completed_at=long_ago)
    text = text_of(member.get(CAUSES, since="1d"))
    assert "Retry this job" in text
    [jobs] = re.findall(r'id="cause-jobs-\w+" class="batch-button" href="([^"]+)"', text)
    listed = re.findall(r"marketplacejob/(\d+)/change/", text_of(member.get(unescape(jobs))))
    assert set(listed) == {str(new.pk)}
    [retry] = re.findall(r'href="([^"]+do=retry[^"]+)"', text)
    assert f"Retry job {new.pk}?" in text_of(member.get(unescape(retry)))


@pytest.mark.parametrize(
    "query",
    [{"since": "x"}, {"page": "-1"}, {"page": "9" * 40}, {"page": "²"}, {"batch": "1' OR 1=1"},
     {"batch": "9" * 18}, {"marketplace": "'"},
     {"action": "\x00"}, {"cause": "\x00"}, {"cause": "0" * 32}, {"cause": "x"}],
)  # fmt: skip
def test_an_odd_address_breaks_nothing(
    bench: Bench, viewer: Browser, query: dict[str, str]
) -> None:
    fail(bench, 1)
    assert viewer.get(CAUSES, **query).status_code == 200
    assert viewer.get(JOBS, cause=next(iter(query.values()))).status_code in {200, 302}


def test_many_causes_come_in_pages(bench: Bench, viewer: Browser, settings: Settings) -> None:
    settings.STAFF = settings.STAFF | {"causes": 2}
    spread(fail(bench, 3))
    first = text_of(viewer.get(CAUSES, action="publish"))
    assert len(counts(first)) == 2
    assert "?action=publish&amp;page=2" in first
    second = text_of(viewer.get(CAUSES, action="publish", page=2))
    assert len(counts(second)) == 1
    assert "?action=publish&amp;page=1" in second


def test_the_causes_of_one_batch_can_be_seen_alone(bench: Bench, viewer: Browser) -> None:
    payload = {"world": str(bench.world.path), "script": {"create": ["permanent"]}}
    products = [bench.product()]
    requests.start_batch(bench.account, "publish", products, name="Summer", payload=payload)
    bench.work()
    fail(bench, 1)
    batch = BatchJob.objects.get()
    text = text_of(viewer.get(CAUSES, batch=batch.pk))
    assert counts(text) == ["1"]
    assert "Summer" in text


def test_a_cause_that_was_retried_away_is_an_empty_list_that_says_so(
    bench: Bench, viewer: Browser
) -> None:
    job = fail(bench, 1)[0]
    actions.retry(job)
    text = text_of(viewer.get(JOBS, cause=job.cause_key))
    assert "No job fails for this cause any more" in text
    assert not re.findall(r"marketplacejob/(\d+)/change/", text)


def test_the_number_of_queries_is_the_same_for_one_cause_and_for_many(
    bench: Bench, member: Browser
) -> None:
    numbers = []
    for more in (1, 11):
        fail(bench, more)
        spread(list(MarketplaceJob.objects.filter(status="FAILED")))
        member.get(CAUSES)
        with CaptureQueriesContext(connection) as queries:
            member.get(CAUSES)
        numbers.append(len(queries))
    assert numbers[0] == numbers[1]


def test_the_page_is_for_those_who_may_see_jobs_of_this_tenant(
    bench: Bench, stranger: Browser, nobody: Browser, superuser: Browser, rightless: Browser
) -> None:
    assert rightless.get(CAUSES).status_code == 403
    assert "What fails" not in text_of(rightless.get(TENANT))
    assert stranger.get(CAUSES).status_code == 404
    assert nobody.get(CAUSES).status_code == 302
    assert superuser.get("/admin/tasks/marketplacejob/causes/").status_code in {403, 404}


def test_another_tenant_s_failures_are_on_no_page(
    bench: Bench, superuser: Browser, other_tenant: Tenant
) -> None:
    fail(bench, 1)
    assert "Nothing fails." in text_of(superuser.get("/t/t2/admin/tasks/marketplacejob/causes/"))


def test_the_side_of_every_page_leads_here(bench: Bench, viewer: Browser) -> None:
    assert f'href="{CAUSES}"' in text_of(viewer.get(TENANT))
    text = text_of(viewer.get(CAUSES))
    assert re.findall(r'<a href="([^"]+)" class="[^"]*\bactive"', text) == [CAUSES]
    assert "causes/" not in text_of(viewer.get("/admin/"))


def test_the_start_page_can_show_the_worst_ones(bench: Bench, viewer: Browser) -> None:
    fail(bench, 2)
    request = RequestFactory().get(TENANT)
    request.user = User.objects.get(username="vic")
    with CaptureQueriesContext(connection) as queries:
        text = render_to_string("admin/tasks/top_causes.html", top_causes(request))
    assert "Paint it red." in text
    assert "do=retry" not in text
    assert sum("marketplace_jobs" in query["sql"] for query in queries) == 1


def say(job: MarketplaceJob, message: str) -> None:
    MarketplaceJob.objects.filter(pk=job.pk).update(error_message=message)


@pytest.mark.parametrize("page", [CAUSES, TENANT])
def test_a_cause_has_no_gaps_where_every_job_says_the_same(
    bench: Bench, viewer: Browser, page: str
) -> None:
    one, other = fail(bench, 2)
    for job in (one, other):
        say(job, "The title has 90 characters, the market takes 80.")
    text = text_of(viewer.get(page))
    assert "The title has 90 characters, the market takes 80." in text
    assert "For example" not in text
    say(one, "The title has 91 characters, the market takes 80.")
    text = text_of(viewer.get(page))
    assert "The title has … characters, the market takes …" in text
    assert "For example: The title has 90 characters, the market takes 80." in text
