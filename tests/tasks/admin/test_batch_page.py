"""The page of a batch: progress, what failed and why, and what may be done about it."""

from __future__ import annotations

import html
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tasks import actions, requests
from tasks.dispatch.presence import Presence
from tasks.models import BatchJob, MarketplaceJob
from tests.tasks.admin import pressing
from tests.tasks.admin.conftest import TENANT, Browser, text_of
from tests.tasks.conftest import Bench
from tests.wrong_clocks import clock_ahead

JOBS = f"{TENANT}tasks/marketplacejob/"
BATCHES = f"{TENANT}tasks/batchjob/"


def batch_of(
    bench: Bench, products: int, scripts: list[dict[str, list[str]]], name: str = "Summer"
) -> BatchJob:
    """A batch whose first products follow these scripts; all jobs are worked on as far as they go."""
    chosen = [bench.product(f"Toy {number}") for number in range(products)]
    known = {str(product.pk): script for product, script in zip(chosen, scripts, strict=False)}
    payload = {"world": str(bench.world.path), "scripts": known}
    return requests.start_batch(
        bench.account, "publish", chosen, name=name, payload=payload, requested_by="mia"
    ).batch


def page(batch: BatchJob) -> str:
    return f"{BATCHES}{batch.pk}/change/"


def live(batch: BatchJob) -> str:
    return f"{BATCHES}{batch.pk}/live/"


@pytest.fixture
def half_failed(bench: Bench) -> BatchJob:
    """One completed, two failed for one cause, one for another; ended."""
    refused, unfit = {"create": ["permanent"]}, {"validate": ["permanent"]}
    batch = batch_of(bench, 4, [refused, refused, unfit])
    for _ in range(4):
        bench.work()
    return batch


def test_the_page_says_who_asked_for_what_where_and_how_far_it_is(
    half_failed: BatchJob, viewer: Browser
) -> None:
    text = text_of(viewer.get(page(half_failed)))
    for words in ("Publish on Toy", "account Toy shop", "asked for by mia", "Partly failed"):
        assert words in text
    assert "4 of 4 finished, 3 failed" in text
    assert re.search(r'role="progressbar"[^>]*aria-valuemax="4"[^>]*aria-valuenow="4"', text)
    assert 'aria-valuetext="4 of 4 finished, 3 failed"' in text


def test_begun_jobs_that_nobody_is_at_do_not_look_as_if_they_moved(
    bench: Bench, viewer: Browser
) -> None:
    batch = batch_of(bench, 2, [])
    assert bench.claim() is not None
    Presence(1, workers=2, every_seconds=0).tell()
    moving = text_of(viewer.get(live(batch)))
    assert "batch-part batch-running" in moving
    assert "</b> Running" in moving
    bench.let_leases_expire()
    resting = text_of(viewer.get(live(batch)))
    assert "batch-part batch-rest" in resting
    assert "</b> Begun, waiting" in resting
    assert "batch-running" not in resting.replace('id="batch-count-running"', "")


def test_counts_by_status_lead_to_the_jobs_that_they_count(
    half_failed: BatchJob, viewer: Browser
) -> None:
    text = text_of(viewer.get(page(half_failed)))
    for status, number in (("FAILED", 3), ("COMPLETED", 1)):
        link = f"{JOBS}?batch__id__exact={half_failed.pk}&amp;status__exact={status}"
        assert link in text
        jobs = text_of(viewer.get(link.replace("&amp;", "&")))
        assert len(set(re.findall(r"marketplacejob/(\d+)/change/", jobs))) == number
    assert "status__exact=CANCELLED" not in text


def test_failures_are_grouped_by_cause_with_advice_and_links_to_their_jobs(
    half_failed: BatchJob, viewer: Browser
) -> None:
    text = text_of(viewer.get(page(half_failed)))
    assert "What failed, for 2 causes" in text
    assert text.count('<h3 class="cause-pattern">The toy market refuses this.</h3>') == 2
    assert text.count("Paint it red.") == 2
    worst = MarketplaceJob.objects.filter(batch=half_failed, error_class="PermanentError")
    key = worst.latest("pk").cause_key
    links = re.findall(rf"{JOBS}\?batch__id__exact={half_failed.pk}&amp;cause=(\w+)", text)
    assert key in links
    numbers = []
    for each in links:
        jobs = text_of(viewer.get(JOBS, batch__id__exact=half_failed.pk, cause=each))
        numbers.append(len(set(re.findall(r"marketplacejob/(\d+)/change/", jobs))))
    assert numbers == [2, 1]


def test_support_may_retry_a_cause_and_the_whole_batch(
    half_failed: BatchJob, member: Browser
) -> None:
    text = text_of(member.get(page(half_failed)))
    assert "Retry the 3 failed jobs" in text
    assert "Retry these 2" in text
    assert "Retry this job" in text
    chosen = re.findall(r'href="[^"]*\?do=retry&amp;([^"]*)"', text)
    assert chosen[0] == f"batch__id__exact={half_failed.pk}&amp;status__exact=FAILED"
    assert [each.split("&amp;")[0] for each in chosen] == [f"batch__id__exact={half_failed.pk}"] * 3
    assert ["cause=" in each for each in chosen] == [False, True, True]


def test_a_viewer_looks_and_has_no_buttons(half_failed: BatchJob, viewer: Browser) -> None:
    text = text_of(viewer.get(page(half_failed)))
    assert "What failed, for 2 causes" in text
    assert text.count('<h3 class="cause-pattern">The toy market refuses this.</h3>') == 2
    assert "do=" not in text
    assert "Retry" not in text


def test_a_running_batch_tells_what_it_waits_for_and_refreshes_itself(
    bench: Bench, member: Browser
) -> None:
    batch = batch_of(bench, 4, [{"upload": ["transient"]}])
    bench.work()
    bench.work()
    bench.claim()
    Presence(1, workers=2, every_seconds=0).tell()
    for path in (page(batch), live(batch)):
        text = text_of(member.get(path))
        assert f'data-refresh="{live(batch)}"' in text
        assert "is being worked on" in text
        assert "waits to be tried again, at " in text
        assert "Too few jobs have ended to tell when it ends." in text
        assert "Cancel the rest" in text
        assert ">Pause<" in text


def test_an_ended_batch_no_longer_refreshes_and_says_so_once(
    half_failed: BatchJob, viewer: Browser
) -> None:
    text = text_of(viewer.get(live(half_failed)))
    assert "data-refresh=" not in text
    announcement = "The batch has ended: 4 of 4 finished, 3 failed"
    assert f'data-announcement="{announcement}"' in text
    assert "<html" not in text


def test_without_workers_the_page_says_so_in_place_of_an_end(bench: Bench, viewer: Browser) -> None:
    text = text_of(viewer.get(live(batch_of(bench, 1, []))))
    assert "No workers are running: it goes on when they are started." in text


def test_wrong_clocks_are_said_in_place_of_an_end(bench: Bench, viewer: Browser) -> None:
    Presence(1, workers=2, every_seconds=0).tell(clock_ahead(40))
    text = text_of(viewer.get(live(batch_of(bench, 1, []))))
    assert "Workers take no work until the clocks of their machines are right." in text


def test_a_batch_whose_rest_is_paused_is_not_called_running(bench: Bench, viewer: Browser) -> None:
    batch = batch_of(bench, 3, [])
    bench.work()
    jobs = list(MarketplaceJob.objects.filter(batch=batch, status="PENDING"))
    label = re.compile(r'class="batch-meta">\s*<span[^>]*>\s*(\w+)')

    def said() -> str:
        found = label.search(text_of(viewer.get(live(batch))))
        assert found is not None
        return found[1]

    actions.pause(jobs[0], requested_by="sam")
    assert said() == "Running"
    actions.pause(jobs[1], requested_by="sam")
    assert said() == "Paused"
    actions.resume(jobs[1])
    assert said() == "Running"


def test_what_was_cancelled_may_be_asked_for_again(
    bench: Bench, member: Browser, viewer: Browser
) -> None:
    batch = batch_of(bench, 2, [])
    bench.work()
    assert "Ask again" not in text_of(member.get(page(batch)))
    actions.cancel(MarketplaceJob.objects.get(batch=batch, status="PENDING"), requested_by="sam")
    told = text_of(member.get(page(batch)))
    assert "Partly cancelled" in told
    assert "Partly cancelled" in text_of(member.get(BATCHES))
    assert "Ask again for the cancelled job" in told
    (link,) = re.findall(r'id="batch-ask-again"[^>]*href="([^"]+)"', told)
    pressing.read(member.get(html.unescape(link))).confirm(member)
    assert MarketplaceJob.objects.filter(batch=batch, status="PENDING").exists()
    assert "Ask again" not in text_of(viewer.get(page(batch)))


def test_a_stopped_account_is_named(bench: Bench, viewer: Browser) -> None:
    batch = batch_of(bench, 1, [])
    lane = bench.lane
    lane.paused_at, lane.paused_by, lane.pause_reason = timezone.now(), "sam", "stocktaking"
    lane.save()
    text = text_of(viewer.get(page(batch)))
    assert "Is paused by sam: stocktaking" in text
    assert "Paused: it goes on when somebody resumes it." in text


def test_an_account_that_is_offline_is_named_and_no_end_is_promised(
    bench: Bench, viewer: Browser
) -> None:
    Presence(1, workers=2, every_seconds=0).tell()
    batch = batch_of(bench, 2, [{"create": ["offline"]}])
    bench.work()
    text = html.unescape(text_of(viewer.get(page(batch))))
    assert re.search(
        r"Has waited for the seller's side since \d\d:\d\d: The seller's toy box", text
    )
    assert "Goes on when the seller's side is there again." in text
    assert "waits until the seller's side is there again" in text


def test_a_pause_between_two_calls_stops_no_batch(bench: Bench, viewer: Browser) -> None:
    Presence(1, workers=2, every_seconds=0).tell()
    batch = batch_of(bench, 2, [{"create": ["rest"]}])
    bench.work()
    text = text_of(viewer.get(page(batch)))
    assert "pauses between two calls" in text
    assert "Too few jobs have ended to tell when it ends." in text


def test_what_a_seller_or_a_marketplace_wrote_is_text(bench: Bench, viewer: Browser) -> None:
    batch = batch_of(bench, 1, [{"create": ["permanent"]}], name="<b>Bold</b>")
    bench.work()
    MarketplaceJob.objects.update(error_message="<i>no</i>", error_advice="<u>do</u>")
    text = text_of(viewer.get(page(batch)))
    assert not any(tag in text for tag in ("<b>Bold", "<i>no", "<u>do"))
    assert "&lt;i&gt;no&lt;/i&gt;" in text


@pytest.mark.parametrize("path", [page, live])
def test_the_number_of_queries_does_not_grow(bench: Bench, member: Browser, path: object) -> None:
    numbers = []
    for failed in (1, 8):
        scripts = [{"create": ["permanent"]}] * failed
        batch = batch_of(bench, failed + 2, scripts, name=str(failed))
        for _ in range(failed):
            bench.work()
        MarketplaceJob.objects.filter(batch=batch, status="FAILED").update(cause_key="")
        for number, job in enumerate(MarketplaceJob.objects.filter(batch=batch, status="FAILED")):
            MarketplaceJob.objects.filter(pk=job.pk).update(cause_key=f"{number:032}")
        address = path(batch)  # type: ignore[operator]
        member.get(address)
        with CaptureQueriesContext(connection) as queries:
            text = text_of(member.get(address))
        assert len(re.findall(r'<li class="cause"', text)) == failed
        numbers.append(len(queries))
        MarketplaceJob.objects.filter(batch=batch, status="PENDING").delete()
    assert numbers[0] == numbers[1]


def test_the_page_changes_nothing(half_failed: BatchJob, member: Browser) -> None:
    assert member.post(page(half_failed), name="x").status_code == 403


def test_a_batch_that_is_not_there_has_no_page(
    half_failed: BatchJob, member: Browser, stranger: Browser, nobody: Browser, superuser: Browser
) -> None:
    assert member.get(f"{BATCHES}999999/live/").status_code == 404
    assert member.get(f"{BATCHES}999999/change/").status_code == 404
    assert superuser.get(f"/t/t2/admin/tasks/batchjob/{half_failed.pk}/live/").status_code == 404
    assert superuser.get(f"/admin/tasks/batchjob/{half_failed.pk}/live/").status_code in {403, 404}
    for path in (page, live):
        assert stranger.get(path(half_failed)).status_code == 404
        assert nobody.get(path(half_failed)).status_code == 302


def test_the_list_tells_the_state_in_words_and_links_to_what_failed(
    half_failed: BatchJob, viewer: Browser
) -> None:
    text = text_of(viewer.get(BATCHES))
    assert "Partly failed" in text
    assert "4 of 4 finished, 3 failed" in text
    assert f"{JOBS}?batch__id__exact={half_failed.pk}&amp;status__exact=FAILED" in text
    assert "Summer" in text_of(viewer.get(BATCHES, q="mia"))
    assert "Summer" not in text_of(viewer.get(BATCHES, q="winter"))
