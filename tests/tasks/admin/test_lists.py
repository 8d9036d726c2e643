"""Lists: found quickly, by what a person has at hand."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from marketplaces.models import Account, Listing, Product, ProductImage, UnmatchedListing
from stoflow.tenants.models import Tenant
from tasks import actions, requests, staff_actions
from tasks.dispatch.presence import Presence
from tasks.models import BatchJob, MarketplaceJob
from tasks.orchestrator import TaskOrchestrator
from tests.marketplaces.sales.builders import sell
from tests.tasks.admin.conftest import PUBLIC, TENANT, Browser, text_of
from tests.tasks.conftest import Bench, StopAfter

JOBS = f"{TENANT}tasks/marketplacejob/"
LISTS = [
    JOBS,
    f"{TENANT}tasks/batchjob/",
    f"{TENANT}tasks/marketplacejobstats/",
    f"{TENANT}tasks/staffaction/",
    f"{TENANT}marketplaces/product/",
    f"{TENANT}marketplaces/listing/",
    f"{TENANT}marketplaces/account/",
    f"{TENANT}marketplaces/order/",
    f"{TENANT}marketplaces/sale/",
    f"{TENANT}marketplaces/unmatchedlisting/",
    f"{PUBLIC}dispatch/lane/",
    f"{PUBLIC}tenants/tenant/",
]


def fill(bench: Bench, number: int) -> None:
    """`number` more rows of everything that a list shows."""
    for _ in range(number):
        account = Account.objects.create(marketplace="toy", name=f"S{Account.objects.count()}")
        product = bench.product()
        batch = requests.start_batch(account, "publish", [product], name="B").batch
        actions.cancel(batch.jobs.get(), requested_by="sam")
        staff_actions.begin(staff_actions.Wish("cancel", by=f"sam {product.pk}"))
        Listing.objects.create(
            account=account, product=product, key=f"K{product.pk}", status="LIVE", url="https://m/1"
        )
        ProductImage.objects.create(
            product=product, position=1, url="https://p/1.jpg", checksum=f"{product.pk:064}"
        )
        sell(account, product)
        UnmatchedListing.objects.create(
            account=account,
            external_id=f"U{product.pk}",
            title="By hand",
            why="NO_SKU",
            last_seen_at=timezone.now(),
        )


def queries_of(browser: Browser, path: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(path).status_code == 200
    return len(queries)


def test_a_list_of_30_costs_as_many_queries_as_one_of_1(bench: Bench, superuser: Browser) -> None:
    fill(bench, 1)
    for path in LISTS:
        superuser.get(path)
    few = {path: queries_of(superuser, path) for path in LISTS}
    fill(bench, 29)
    assert {path: queries_of(superuser, path) for path in LISTS} == few


def test_no_list_counts_a_whole_table(bench: Bench, superuser: Browser) -> None:
    fill(bench, 2)
    for path in LISTS:
        with CaptureQueriesContext(connection) as queries:
            superuser.get(path)
        counts = [
            q["sql"] for q in queries if re.search(r"select count\(\*\)", q["sql"], re.IGNORECASE)
        ]
        assert counts, path
        assert all("LIMIT" in sql for sql in counts), path


def test_a_list_that_is_cut_off_says_so(
    bench: Bench, superuser: Browser, settings: Settings
) -> None:
    fill(bench, 3)
    assert "are counted and listed" not in text_of(superuser.get(JOBS))
    settings.STAFF = settings.STAFF | {"listed": 2}
    assert "Only the first 2 are counted and listed" in text_of(superuser.get(JOBS))


def found(browser: Browser, text: str) -> set[int]:
    page = text_of(browser.get(JOBS, q=text))
    return {int(number) for number in re.findall(r"marketplacejob/(\d+)/change/", page)}


def test_jobs_are_found_by_name_sku_ids_and_listing(bench: Bench, member: Browser) -> None:
    mug, hat = bench.product("Blue mug"), bench.product("Sun hat")
    Product.objects.filter(pk=mug.pk).update(sku="MUG-1")
    first, second = bench.request(product=mug), bench.request(product=hat)
    Listing.objects.create(account=bench.account, product=hat, key="K", external_id="110553")
    assert found(member, "blue MUG") == {first.pk}
    assert found(member, "mug-1") == {first.pk}
    assert found(member, "110553") == {second.pk}
    assert second.pk in found(member, str(second.pk))
    assert found(member, '"sun hat"') == {second.pk}
    assert found(member, "teapot") == set()


def test_a_listing_s_id_finds_the_jobs_of_its_own_account_only(
    bench: Bench, member: Browser
) -> None:
    mug = bench.product()
    job = bench.request(product=mug)
    elsewhere = Account.objects.create(marketplace="toy", name="Second")
    requests.request_job(elsewhere, "publish", mug)
    Listing.objects.create(account=bench.account, product=mug, key="K", external_id="EXT7")
    assert found(member, "EXT7") == {job.pk}


@pytest.mark.parametrize("text", ["'", '"', "9" * 40, "%", "\\", "a" * 2000, "²"])
def test_odd_searches_find_nothing_and_break_nothing(
    bench: Bench, member: Browser, text: str
) -> None:
    bench.request()
    assert member.get(JOBS, q=text).status_code == 200


def test_filters_narrow_by_status_marketplace_action_and_wait(
    bench: Bench, member: Browser
) -> None:
    waiting = bench.request(script={"validate": ["transient"]})
    bench.work()
    bench.request("update")
    for query in ({"status__exact": "RUNNING"}, {"wait_reason__exact": "RETRY"}):
        page = text_of(member.get(JOBS, **query))
        assert re.findall(r"marketplacejob/(\d+)/change/", page)[0] == str(waiting.pk)
    page = text_of(member.get(JOBS, action="update", marketplace="toy"))
    assert f"marketplacejob/{waiting.pk}/change/" not in page


def test_a_batch_links_to_its_jobs(bench: Bench, member: Browser) -> None:
    fill(bench, 2)
    batch = BatchJob.objects.earliest("pk")
    link = f"{JOBS}?batch__id__exact={batch.pk}"
    assert link in text_of(member.get(f"{TENANT}tasks/batchjob/{batch.pk}/change/"))
    page = text_of(member.get(link))
    assert set(re.findall(r"marketplacejob/(\d+)/change/", page)) == {str(batch.jobs.get().pk)}


def test_every_kind_of_waiting_is_told_in_words(bench: Bench, member: Browser) -> None:
    Presence(1, workers=2, every_seconds=0).tell()
    bench.request(script={"validate": ["transient"]})
    bench.work()
    bench.request()
    bench.work(TaskOrchestrator(StopAfter(2)))
    actions.pause(bench.request(), requested_by="sam", reason="wrong price")
    bench.request(run_after=timezone.now() + timedelta(hours=1))
    page = text_of(member.get(JOBS))
    assert "Waits to try the failed task again, at " in page
    assert "Waits for its next turn" in page
    assert "Is paused by sam: wrong price" in page
    assert "Starts at " in page


def test_a_long_search_for_products_works_by_listing_and_bar_code(
    bench: Bench, member: Browser, tenant: Tenant
) -> None:
    mug, hat = bench.product("Mug"), bench.product("Hat")
    Product.objects.filter(pk=hat.pk).update(barcode="4006381333931")
    Listing.objects.create(account=bench.account, product=mug, key="K", external_id="EXT9")
    products = f"{TENANT}marketplaces/product/"
    for text, there, absent in (("EXT9", "Mug", "Hat"), ("4006381333931", "Hat", "Mug")):
        page = text_of(member.get(products, q=text))
        assert f">{there}<" in page
        assert f">{absent}<" not in page
    assert MarketplaceJob.objects.count() == 0
