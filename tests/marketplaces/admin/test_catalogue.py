"""Products, listings and accounts as staff read them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from marketplaces.models import Account, Listing, Product, ProductImage
from stoflow.tenants.models import Tenant
from tasks.dispatch.models import Lane
from tests.tasks.admin.conftest import TENANT, Browser, text_of
from tests.tasks.conftest import Bench

PRODUCTS = f"{TENANT}marketplaces/product/"
LISTINGS = f"{TENANT}marketplaces/listing/"
ACCOUNTS = f"{TENANT}marketplaces/account/"


def titles(browser: Browser, **query: str) -> set[str]:
    """The first letters of the products listed."""
    page = text_of(browser.get(PRODUCTS, **query))
    return set(re.findall(r'<span class="row-title">(\w+)', page))


def product(title: str, **facts: Any) -> Product:
    return Product.objects.create(sku=f"SKU-{title}", title=title, **{"stock": 1, **facts})


@pytest.fixture
def catalogue(bench: Bench) -> dict[str, Product]:
    """One that sells, one sold out, one without price, one of unknown stock that failed."""
    live = product("Live", price=5)
    sold, failed = product("Sold", price=5, stock=0), product("Failed", price=5, stock=None)
    free = product("Free")
    ProductImage.objects.create(product=live, position=1, url="https://p/1.jpg", checksum="1" * 64)
    Listing.objects.create(
        account=bench.account, product=live, key="K1", external_id="EXT-1", status="LIVE",
        url="https://m.example/1", sent_at=timezone.now(), checked_at=timezone.now(),
    )  # fmt: skip
    Listing.objects.create(account=bench.account, product=sold, key="K2", status="ENDED")
    bench.work_until_ended(bench.request(product=failed, script={"validate": ["permanent"]}))
    return {"Live": live, "Sold": sold, "Failed": failed, "Free": free}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"live": "toy"}, {"Live"}),
        ({"live": "nowhere"}, {"Sold", "Failed", "Free"}),
        ({"not_live": "toy"}, {"Sold", "Failed", "Free"}),
        ({"last_job": "failed"}, {"Failed"}),
        ({"last_job": "person"}, set()),
        ({"lack": "stock"}, {"Sold"}),
        ({"lack": "stock-unknown"}, {"Failed"}),
        ({"lack": "price"}, {"Free"}),
        ({"lack": "photo"}, {"Sold", "Failed", "Free"}),
        ({"live": "nowhere", "lack": "stock"}, {"Sold"}),
        ({"q": "sku-so"}, {"Sold"}),
        ({"q": "EXT-1"}, {"Live"}),
        ({"q": "liv"}, {"Live"}),
    ],
)
def test_products_are_found_by_what_staff_ask(
    catalogue: dict[str, Product], viewer: Browser, query: dict[str, str], found: set[str]
) -> None:
    assert titles(viewer, **query) == found


def test_a_newer_job_on_the_account_makes_an_old_failure_history(
    bench: Bench, catalogue: dict[str, Product], viewer: Browser
) -> None:
    bench.request("update", catalogue["Failed"])
    assert titles(viewer, last_job="failed") == set()


def test_a_product_s_row_links_to_its_live_listings_and_its_last_job(
    catalogue: dict[str, Product], viewer: Browser
) -> None:
    page = text_of(viewer.get(PRODUCTS))
    assert 'href="https://m.example/1" target="_blank" rel="noopener noreferrer"' in page
    assert "Toy (Toy shop)" in page
    assert "/tasks/marketplacejob/" in page
    assert "not known" in page


def test_a_product_s_page_tells_of_its_listings_and_jobs_newest_first(
    bench: Bench, catalogue: dict[str, Product], viewer: Browser
) -> None:
    bench.request("update", catalogue["Failed"])
    page = text_of(viewer.get(f"{PRODUCTS}{catalogue['Failed'].pk}/change/"))
    assert page.index("Update on Toy") < page.index("Publish on Toy")
    assert "The toy market refuses this." in page
    assert f"product__id__exact={catalogue['Failed'].pk}" in page
    live = text_of(viewer.get(f"{PRODUCTS}{catalogue['Live'].pk}/change/"))
    assert "https://m.example/1" in live
    assert "On no account yet" in page


def test_a_product_s_page_costs_the_same_with_many_jobs_and_listings(
    bench: Bench, viewer: Browser
) -> None:
    mug = bench.product()
    costs = []
    for number in (1, 29):
        for n in range(number):
            account = Account.objects.create(marketplace="toy", name=f"{number}-{n}")
            Listing.objects.create(account=account, product=mug, key="K")
            bench.account = account
            bench.request(product=mug)
        viewer.get(f"{PRODUCTS}{mug.pk}/change/")
        with CaptureQueriesContext(connection) as queries:
            assert viewer.get(f"{PRODUCTS}{mug.pk}/change/").status_code == 200
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_a_listing_is_found_by_its_id_its_key_its_sku_and_its_title(
    catalogue: dict[str, Product], viewer: Browser
) -> None:
    for text in ("EXT-1", "K1", "sku-live", "live"):
        page = text_of(viewer.get(LISTINGS, q=text))
        assert re.findall(r'<span class="row-title">(\w+)', page) == ["Live"], text
    page = text_of(viewer.get(LISTINGS, status__exact="ENDED"))
    assert re.findall(r'<span class="row-title">(\w+)', page) == ["Sold"]


def lane(account: Account, **facts: Any) -> None:
    Lane.objects.update_or_create(
        schema_name="t1", account_id=account.pk, defaults={"marketplace": "toy", **facts}
    )


def test_an_account_s_row_says_how_its_work_stands_since_when_and_why(
    bench: Bench, viewer: Browser
) -> None:
    yesterday = timezone.now() - timedelta(days=1)
    lane(bench.account, paused_at=yesterday, paused_by="sam", pause_reason="holiday")
    page = text_of(viewer.get(ACCOUNTS))
    assert "Is paused by sam: holiday" in page
    assert "1\N{NO-BREAK SPACE}day ago" in page
    assert f"account={bench.account.pk}&amp;status__exact=FAILED" in page or (
        f"account={bench.account.pk}&status__exact=FAILED" in page
    )


def test_an_account_says_whether_it_is_connected(bench: Bench, viewer: Browser) -> None:
    assert "No: there is no sign-in yet" in text_of(viewer.get(ACCOUNTS))
    bench.account.refresh_token = "SECRET"
    bench.account.access_token_expires_at = timezone.now() + timedelta(hours=2, minutes=1)
    bench.account.save()
    page = text_of(viewer.get(ACCOUNTS))
    assert "sign-in ends" in page
    lane(bench.account, consent_needed_at=timezone.now(), consent_reason="revoked")
    assert "the seller has to connect it again" in text_of(viewer.get(ACCOUNTS))


def test_no_token_leaves_the_database_for_a_page(bench: Bench, viewer: Browser) -> None:
    bench.account.refresh_token = bench.account.access_token = "SECRET"
    bench.account.save()
    product = bench.product()
    Listing.objects.create(
        account=bench.account, product=product, key="K", status="LIVE", url="https://m/1"
    )
    listing = Listing.objects.get()
    pages = [
        ACCOUNTS, f"{ACCOUNTS}{bench.account.pk}/change/", PRODUCTS, LISTINGS,
        f"{PRODUCTS}{product.pk}/change/", f"{LISTINGS}{listing.pk}/change/",
    ]  # fmt: skip
    for path in pages:
        with CaptureQueriesContext(connection) as queries:
            assert viewer.get(path).status_code == 200
        for query in queries:
            columns = query["sql"].partition(" FROM ")[0].replace("NOT", "")
            columns = re.sub(r"CASE WHEN.*?END", "", columns)
            assert not re.search(r"(refresh|access)_token\b", columns), query["sql"]


def test_an_account_of_another_tenant_lends_no_lane(
    bench: Bench, viewer: Browser, tenant: Tenant
) -> None:
    Lane.objects.create(
        schema_name="t2", account_id=bench.account.pk, marketplace="toy", paused_at=timezone.now()
    )
    assert "Is paused" not in text_of(viewer.get(ACCOUNTS))
