"""“Export what is listed”: all rows of the filter, in pages, safe to open, only for who may see."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.http import StreamingHttpResponse
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from marketplaces.models import Listing, Product
from tasks import actions, requests, staff_actions, tenancy
from tests.tasks.admin.conftest import PUBLIC, TENANT, Browser, text_of
from tests.tasks.conftest import Bench

PAGES = {
    "jobs": f"{TENANT}tasks/marketplacejob/",
    "batches": f"{TENANT}tasks/batchjob/",
    "products": f"{TENANT}marketplaces/product/",
    "listings": f"{TENANT}marketplaces/listing/",
    "staff actions": f"{TENANT}tasks/staffaction/",
}


def fill(bench: Bench, number: int) -> None:
    products = [bench.product(f"Toy {n}") for n in range(number)]
    for product in products:
        Listing.objects.create(account=bench.account, product=product, key=f"K{product.pk}")
        requests.start_batch(bench.account, "publish", [product], name="B")
        staff_actions.begin(staff_actions.Wish("retry", by="mia"))


def export(browser: Browser, page: str, **query: str) -> bytes:
    """The whole file, read as a server does: after the request's schema has been left."""
    answer = cast("Any", browser.get(f"{page}export/", **query))
    assert isinstance(answer, StreamingHttpResponse)
    tenancy.leave()
    try:
        return b"".join(cast("Iterator[bytes]", answer.streaming_content))
    finally:
        assert tenancy.current_schema() == "public"
        tenancy.enter(browser.tenant)


def rows(content: bytes) -> list[list[str]]:
    text = content.decode("utf-8-sig")
    return list(csv.reader(text.splitlines(keepends=True)))


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_every_row_is_there_once_whatever_the_page_size(
    bench: Bench, viewer: Browser, page: str, settings: Settings
) -> None:
    fill(bench, 7)
    settings.STAFF = settings.STAFF | {"exported_at_once": 3}
    head, *body = rows(export(viewer, page))
    keys = [row[0] for row in body]
    assert len(keys) == len(set(keys)) == 7
    assert all(len(row) == len(head) for row in body)


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_a_page_costs_the_same_whatever_its_rows(bench: Bench, viewer: Browser, page: str) -> None:
    costs = []
    for number in (1, 29):
        fill(bench, number)
        export(viewer, page)
        with CaptureQueriesContext(connection) as queries:
            export(viewer, page)
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_filters_and_search_hold_for_the_file(bench: Bench, viewer: Browser) -> None:
    fill(bench, 2)
    Product.objects.filter(title="Toy 1").update(stock=0)
    [_, row] = rows(export(viewer, PAGES["products"], lack="stock"))
    assert row[1] == "Toy 1"
    [_, row] = rows(export(viewer, PAGES["jobs"], q="toy 0", status__exact="PENDING"))
    assert row[1] == "Toy 0"


def test_the_file_is_in_the_readers_language_and_time(bench: Bench, viewer: Browser) -> None:
    fill(bench, 1)
    viewer.client.cookies["django_language"] = "fr"
    viewer.client.cookies["time_zone"] = "America/New_York"
    text = export(viewer, PAGES["jobs"]).decode("utf-8-sig")
    head, row = csv.reader(text.splitlines(), delimiter=";")
    assert head[:3] == ["Opération", "Produit", "SKU"]
    asked_at = datetime.fromisoformat(row[head.index("Date de demande")])
    assert asked_at.utcoffset() == datetime.now(ZoneInfo("America/New_York")).utcoffset()


def test_a_title_cannot_run_as_a_formula(bench: Bench, viewer: Browser) -> None:
    product = bench.product('=HYPERLINK("https://evil.example")')
    bench.request(product=product, requested_by="+sam")
    for name in ("products", "jobs"):
        [_, row] = rows(export(viewer, PAGES[name]))
        assert all(not cell.startswith(("=", "+", "-", "@")) for cell in row), row


def test_the_file_is_named_by_tenant_and_day_and_kept_by_no_cache(
    bench: Bench, viewer: Browser
) -> None:
    answer = viewer.get(f"{PAGES['jobs']}export/")
    name = f"t1-jobs-{timezone.localtime().date()}.csv"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer["Content-Type"].startswith("text/csv")
    assert "no-store" in answer["Cache-Control"]


def test_who_may_not_see_the_list_gets_no_file(bench: Bench, rightless: Browser) -> None:
    for page in PAGES.values():
        assert rightless.get(f"{page}export/").status_code == 403


def test_strangers_and_the_public_page_get_no_file(
    bench: Bench, stranger: Browser, nobody: Browser, superuser: Browser
) -> None:
    for page in PAGES.values():
        assert stranger.get(f"{page}export/").status_code == 404
        assert nobody.get(f"{page}export/").status_code == 302
        assert superuser.get(f"{page}export/".replace(TENANT, PUBLIC)).status_code in {403, 404}


def test_an_export_changes_nothing_and_takes_no_post(bench: Bench, member: Browser) -> None:
    assert member.post(f"{PAGES['jobs']}export/").status_code == 405


def test_the_button_keeps_the_filters(bench: Bench, viewer: Browser) -> None:
    fill(bench, 1)
    page = viewer.get(PAGES["jobs"], status__exact="PENDING").content.decode()
    assert "marketplacejob/export/?status__exact=PENDING" in page


def test_what_came_of_a_staff_action_is_a_file_job_by_job(
    bench: Bench, viewer: Browser, nobody: Browser, rightless: Browser, superuser: Browser
) -> None:
    done, refused = (bench.request() for _ in range(2))
    actions.cancel(refused, requested_by="sam")
    action, _ = staff_actions.begin(staff_actions.Wish("cancel", by="mia"))
    for cursor, job in ((0, done), (done.pk, refused)):
        staff_actions.apply(action, job, cursor=cursor)
    page = f"{TENANT}tasks/staffaction/{action.pk}/"
    head, *lines = rows(export(viewer, page))
    assert head[:4] == ["Job", "Subject", "Outcome", "What came of it"]
    assert [(line[0], line[2]) for line in lines] == [
        (str(refused.pk), "Refused"),
        (str(done.pk), "Done"),
    ]
    assert f'href="{page}export/"' in text_of(viewer.get(f"{page}change/"))
    assert nobody.get(f"{page}export/").status_code == 302
    assert rightless.get(f"{page}export/").status_code == 403
    assert superuser.get(f"{TENANT}tasks/staffaction/9999/export/").status_code == 404
