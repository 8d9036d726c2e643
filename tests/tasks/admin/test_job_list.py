"""The list of jobs: what a person reads in a row, and what narrows the list."""

from __future__ import annotations

import csv
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from marketplaces.models import Account, Listing, Product, ProductImage
from tasks import actions, requests
from tasks.admin.search import jobs_matching
from tasks.dispatch.presence import Presence
from tasks.models import MarketplaceJob
from tests.tasks.admin.conftest import TENANT, Browser, text_of
from tests.tasks.admin.pressing import words_of
from tests.tasks.admin.test_exports import export
from tests.tasks.conftest import Bench
from tests.wrong_clocks import clock_ahead

JOBS = f"{TENANT}tasks/marketplacejob/"


def listed(browser: Browser, **query: str) -> set[int]:
    answer = browser.get(JOBS, **query)
    assert answer.status_code == 200
    return {int(n) for n in re.findall(r"marketplacejob/(\d+)/change/", text_of(answer))}


def test_a_row_tells_what_it_is_about_in_words(bench: Bench, member: Browser) -> None:
    mug = bench.product("Blue mug")
    Product.objects.filter(pk=mug.pk).update(sku="MUG-1")
    ProductImage.objects.create(product=mug, position=1, url="https://p/mug.jpg", checksum="1" * 64)
    Listing.objects.create(
        account=bench.account, product=mug, key="K", status="LIVE", url="https://m.example/itm/7"
    )
    bench.request(product=mug, requested_by="sam")
    page = text_of(member.get(JOBS))
    for text in ("Blue mug", "MUG-1", "Publish on Toy", "Toy shop", "Waiting", "by sam", "Waits"):
        assert text in page, text
    assert 'src="https://p/mug.jpg"' in page
    assert 'href="https://m.example/itm/7" target="_blank" rel="noopener noreferrer"' in page
    assert "PENDING" not in re.sub(r"status__exact=\w+", "", page)


def test_the_filter_by_status_the_label_and_the_file_mean_the_same(
    bench: Bench, member: Browser
) -> None:
    begun = bench.request(script={"validate": ["transient"]})
    bench.work()
    new = bench.request("update")
    held = bench.request("update", product=bench.product())
    MarketplaceJob.objects.filter(pk=held.pk).update(
        status="RUNNING", lease_token=uuid4(), leased_until=timezone.now()
    )
    assert listed(member, status__exact="WAITING") == {begun.pk, new.pk}
    assert listed(member, status__exact="WORKING") == {held.pk}
    assert listed(member, status__exact="RUNNING") == {begun.pk, held.pk}
    page = text_of(member.get(JOBS, status__exact="WAITING"))
    assert not re.search("Begun|Not begun yet", page)
    assert "Begun" in text_of(member.get(JOBS, status__exact="RUNNING"))
    answer: Any = member.get(f"{JOBS}export/", status__exact="WAITING")
    file = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert {row["Status"] for row in csv.DictReader(file.splitlines())} == {"Waiting"}


def test_a_listing_that_is_over_or_no_web_address_is_no_link(bench: Bench, member: Browser) -> None:
    for number, (status, url) in enumerate([("ENDED", "https://m/9"), ("LIVE", "javascript:x")]):
        product = bench.product()
        Listing.objects.create(
            account=bench.account, product=product, key=f"K{number}", status=status, url=url
        )
        bench.request(product=product)
    page = text_of(member.get(JOBS))
    assert "https://m/9" not in page
    assert "javascript:x" not in page


def test_a_job_of_the_whole_account_and_one_of_a_deleted_product_have_rows(
    bench: Bench, member: Browser
) -> None:
    bench.request("sync")
    gone = bench.work_until_ended(bench.request(script={"validate": ["permanent"]}))
    bench.products[0].delete()
    assert gone.pk in listed(member)
    assert "Whole account" in text_of(member.get(JOBS))


def test_filters_narrow_alone_and_together(bench: Bench, member: Browser) -> None:
    failed = bench.work_until_ended(bench.request(script={"validate": ["permanent"]}))
    asking = bench.work_until_ended(
        bench.request(script={"create": ["unknown"], "find_listing": ["cannot_tell"] * 6})
    )
    other = Account.objects.create(marketplace="toy", name="Second")
    requests.request_job(other, "update", bench.products[0])
    update = MarketplaceJob.objects.get(account=other)
    assert listed(member, status__exact="FAILED") == {failed.pk, asking.pk}
    assert listed(member, needs_person__exact="1") == {asking.pk}
    assert listed(member, account=str(other.pk)) == {update.pk}
    assert listed(member, action="update") == {update.pk}
    assert listed(member, status__exact="FAILED", account=str(other.pk)) == set()


def test_still_open_are_the_failures_that_the_front_pages_count(
    bench: Bench, member: Browser
) -> None:
    settled = bench.work_until_ended(bench.request(script={"validate": ["permanent"]}))
    failed = bench.work_until_ended(
        bench.request(product=bench.product(), script={"validate": ["permanent"]})
    )
    removed = bench.work_until_ended(
        bench.request(product=bench.product(), script={"validate": ["permanent"]})
    )
    assert removed.product is not None
    removed.product.delete()
    requests.request_job(bench.account, "update", settled.product)
    assert listed(member, status__exact="FAILED") == {settled.pk, failed.pk, removed.pk}
    assert listed(member, open="1") == {failed.pk}


def test_since_counts_from_when_the_job_was_asked_for(bench: Bench, member: Browser) -> None:
    old, new = bench.request(), bench.request()
    yesterday = timezone.now() - timedelta(hours=30)
    MarketplaceJob.objects.filter(pk=old.pk).update(created_at=yesterday)
    assert listed(member, since="1d") == {new.pk}
    assert listed(member, since="7d") == {old.pk, new.pk}


def test_filters_in_force_are_said_and_each_can_be_taken_away(
    bench: Bench, member: Browser
) -> None:
    bench.request()
    page = text_of(member.get(JOBS, status__exact="PENDING", action="publish"))
    assert "Status: <b>Not begun yet</b>" in page
    assert 'href="?action=publish"' in page
    assert 'href="?status__exact=PENDING"' in page
    assert "Clear the filters" in page


def test_a_batch_that_a_link_asks_for_is_named_though_it_is_old(
    bench: Bench, member: Browser
) -> None:
    batches = [
        requests.start_batch(bench.account, "publish", [bench.product()], name=f"B{n}").batch
        for n in range(12)
    ]
    page = text_of(member.get(JOBS, batch__id__exact=str(batches[0].pk)))
    assert "Batch: <b>B0</b>" in page


def test_the_way_into_a_job_and_back_keeps_the_filters(bench: Bench, member: Browser) -> None:
    job = bench.request()
    page = text_of(member.get(JOBS, status__exact="PENDING", q="toy"))
    into = re.search(rf'href="([^"]*/{job.pk}/change/\?_changelist_filters=[^"]*)"', page)
    assert into is not None
    assert "status__exact%3DPENDING" in into[1]
    assert 'name="status__exact" value="PENDING"' in page, "a new search keeps the filter"


def fill(bench: Bench, number: int) -> None:
    """So many products, each with a listing and a job that has ended."""
    products = Product.objects.bulk_create(
        Product(sku=f"BULK-{n}", title=f"Bulk toy {n}") for n in range(number)
    )
    Listing.objects.bulk_create(
        Listing(account=bench.account, product=p, key=f"K{p.pk}", external_id=f"E{p.pk}")
        for p in products
    )
    now = timezone.now()
    ended = {"status": "COMPLETED", "run_after": now, "created_at": now, "completed_at": now}
    MarketplaceJob.objects.bulk_create(
        MarketplaceJob(account=bench.account, product=p, product_name=p.title, **ended)
        for p in products
    )


def test_a_term_finds_through_indexes_only(bench: Bench) -> None:
    fill(bench, 4000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE products, listings, marketplace_jobs")
    jobs = MarketplaceJob.objects.order_by("-pk")
    for term in ("BULK-77", "toy", "110553", "E12", "teapot"):
        assert "Seq Scan" not in jobs_matching(jobs, term)[:50].explain(), term


@pytest.mark.parametrize("term", ["SKU-77", "sku-77", "SKU-7"])
def test_a_sku_is_found_by_its_beginning_in_any_case(
    bench: Bench, member: Browser, term: str
) -> None:
    mug, hat = bench.product("Mug"), bench.product("Hat")
    Product.objects.filter(pk=mug.pk).update(sku="SKU-77")
    Product.objects.filter(pk=hat.pk).update(sku="XSKU-77")
    job = bench.request(product=mug)
    bench.request(product=hat)
    assert listed(member, q=term) == {job.pk}


def test_signs_of_a_pattern_stand_for_themselves(bench: Bench, member: Browser) -> None:
    bench.request()
    actions.pause(bench.request(), requested_by="sam")
    assert listed(member, q="%") == listed(member, q="S_") == set()


def test_a_begun_job_that_waits_is_not_said_to_run(bench: Bench, member: Browser) -> None:
    bench.request(script={"create": ["transient"]})
    bench.work()
    assert MarketplaceJob.objects.get().status == "RUNNING"
    page = words_of(text_of(member.get(JOBS)))
    assert re.search(r"Toy shop Waiting Waits? ", page), page


WITHOUT_WORKERS = "Waits until workers are started"
CLOCKS = "Waits until the clocks of the workers' machines are right"


@pytest.mark.parametrize("words", [WITHOUT_WORKERS, CLOCKS])
def test_while_nobody_works_no_job_is_said_to_wait_for_its_turn(
    bench: Bench, member: Browser, words: str
) -> None:
    if words == CLOCKS:
        Presence(1, workers=2, every_seconds=0).tell(clock_ahead(40))
    paused, _waiting, begun = bench.request(), bench.request(), bench.request()
    actions.pause(paused, requested_by="sam")
    MarketplaceJob.objects.filter(pk=begun.pk).update(status="RUNNING", wait_reason="TURN")
    bench.request(run_after=timezone.now() + timedelta(hours=1))
    page = words_of(text_of(member.get(JOBS)))
    assert page.count(words) == 2
    assert "Waits for its" not in page
    assert "Is paused by sam" in page
    assert "Starts at " in page
    assert export(member, JOBS).decode().count(words) == 2
    product = f"{TENANT}marketplaces/product/{begun.product_id}/change/"
    assert words in words_of(text_of(member.get(product)))


def test_the_workers_are_asked_about_once_for_all_rows(bench: Bench, member: Browser) -> None:
    found = []
    for _ in range(2):
        bench.request()
        with CaptureQueriesContext(connection) as asked:
            member.get(JOBS)
        found.append(sum("worker_presences" in each["sql"] for each in asked))
    assert found[0] == found[1]


def test_the_filter_by_what_is_waited_for_is_true_of_every_marketplace(
    bench: Bench, member: Browser
) -> None:
    bench.request()
    MarketplaceJob.objects.update(wait_reason="CONSENT", status="RUNNING")
    page = words_of(text_of(member.get(JOBS)))
    assert page.count("aits for the seller: the account's page tells what for") == 2
    assert "connect the account again" not in page
