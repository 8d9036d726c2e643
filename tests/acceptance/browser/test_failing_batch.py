"""The day of a support person: something fails, and is set right."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.ebay.shop import Stage

LONGEST_MS = 60_000
"""From the start of workers until their jobs have ended."""

pytestmark = [pytest.mark.slow]


def test_a_failing_batch_is_found_understood_retried_and_seen_to_finish(
    stage: Stage, page: Page
) -> None:
    shop = stage.shop()
    good = [shop.product("file") for _ in range(3)]
    bad = [shop.product("file", title=f"{number} " + "far too long " * 10) for number in range(3)]
    stage.workers.start(2)
    shop.published(*good, *bad)

    # found: from the sellers to the account that fails, and to the batch
    page.goto("/admin/")
    expect(page.get_by_role("link", name="3 failed")).to_be_visible()
    page.get_by_role("link", name="Seller t1").click()
    page.get_by_role("link", name="Batches").first.click()
    page.get_by_role("link", name="Publish 6 products").first.click()
    expect(page.get_by_role("heading", name="6 of 6 finished, 3 failed")).to_be_visible()

    # understood: one cause, and on the page of one of its jobs what to do
    page.get_by_role("link", name="Show these jobs").click()
    page.get_by_role("link", name=re.compile("^0 far too long")).first.click()
    expect(page.get_by_text("the title has").first).to_be_visible()
    expect(page.get_by_text("What to do").first).to_be_visible()
    expect(page.get_by_text("Traceback (most recent call last)").first).not_to_be_visible()

    # set right: the seller shortens the titles, staff retry all of them
    for number, product in enumerate(bad):
        shop.change(product, title=f"Shirt number {number}")
    page.get_by_role("link", name="Publish 6 products").first.click()
    page.get_by_role("link", name="Retry these 3").click()
    page.get_by_label("Reason").fill("The seller has shortened the titles")
    page.get_by_role("button", name="Retry 3 jobs").click()
    expect(page.get_by_text("3 done").first).to_be_visible()

    # seen to finish: the page of the batch follows by itself
    page.goto("/t/t1/admin/tasks/batchjob/")
    page.get_by_role("link", name="Publish 6 products").first.click()
    ended = page.get_by_role("heading", name="All 6 jobs have completed")
    expect(ended).to_be_visible(timeout=LONGEST_MS)
    expect(page.get_by_text("The seller has shortened the titles")).to_be_visible()
    assert [len(shop.live(product)) for product in [*good, *bad]] == [1] * 6


def test_the_page_of_a_running_job_follows_it_and_stops_at_the_end(
    stage: Stage, page: Page
) -> None:
    shop = stage.shop()
    product = shop.product("file", "file")
    job = shop.request(product)
    page.goto(f"/t/t1/admin/tasks/marketplacejob/{job}/change/")
    expect(page.get_by_text("Waiting").first).to_be_visible()

    opened = page.evaluate("performance.timeOrigin")
    stage.workers.start(1)
    # The last thing that the page says of it: only then does it stop asking.
    expect(page.get_by_text("All 9 steps are done.")).to_be_visible(timeout=LONGEST_MS)
    assert page.evaluate("performance.timeOrigin") == opened, "The page was loaded anew."

    page.wait_for_timeout(3_000)
    calls: list[str] = []
    page.on("request", lambda request: calls.append(request.url))
    page.wait_for_timeout(5_000)
    assert [url for url in calls if f"/{job}/live/" in url] == []


def test_a_page_that_somebody_types_on_is_left_alone(stage: Stage, page: Page) -> None:
    shop = stage.shop()
    product = shop.product("file")
    job = shop.request(product)
    page.goto(f"/t/t1/admin/tasks/marketplacejob/{job}/change/")
    title = page.get_by_role("heading", name="Timeline")
    title.evaluate("title => getSelection().selectAllChildren(title)")
    stage.workers.start(1)
    shop.wait_until_all_ended()
    page.wait_for_timeout(4_000)
    expect(page.get_by_text("Waiting").first).to_be_visible()
    page.evaluate("getSelection().removeAllRanges()")
    expect(page.get_by_text("Completed").first).to_be_visible(timeout=LONGEST_MS)
