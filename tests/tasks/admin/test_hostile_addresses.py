"""Addresses that nobody meant: an answer in words every time, never a fault of ours."""

from __future__ import annotations

import os
import random
from urllib.parse import urlencode

import pytest
from django.db import connection

from tests.tasks.admin.conftest import PUBLIC, TENANT, Browser, text_of
from tests.tasks.conftest import Bench

pytestmark = pytest.mark.slow  # every page by everybody takes minutes

LISTS = [
    f"{TENANT}tasks/marketplacejob/",
    f"{TENANT}tasks/marketplacejob/export/",
    f"{TENANT}tasks/batchjob/",
    f"{TENANT}tasks/batchjob/export/",
    f"{TENANT}tasks/marketplacejobstats/",
    f"{TENANT}marketplaces/product/",
    f"{TENANT}marketplaces/product/export/",
    f"{TENANT}marketplaces/listing/",
    f"{TENANT}marketplaces/listing/export/",
    f"{TENANT}marketplaces/account/",
    f"{PUBLIC}dispatch/lane/",
    f"{PUBLIC}tenants/tenant/",
    f"{PUBLIC}tenants/membership/",
    f"{PUBLIC}auth/user/",
]
PARAMETERS = [
    "q", "p", "o", "e", "all", "status", "status__exact", "needs_person__exact", "since",
    "wait_reason__exact", "marketplace", "action", "account", "batch__id__exact",
    "product__id__exact", "live", "not_live", "last_job", "lack", "pk", "pk__in", "id__exact",
    "no_such_field", "account__refresh_token__startswith", "_changelist_filters", "_to_field",
]  # fmt: skip
VALUES = [
    "",
    "x",
    "-1",
    "0",
    "999999",
    "9" * 40,
    "1.5",
    "1e9",
    "²",
    "\0",
    "a\0b",
    "'; --",
    "é" * 600,
]
ALLOWED = {200, 302, 400}
EACH_TIME = 3
"""Values that one run tries of each parameter, by pytest-randomly's seed: all of them take minutes.
STOFLOW_ADDRESSES=all tries them all."""


def some(values: list[str]) -> list[str]:
    if os.environ.get("STOFLOW_ADDRESSES") == "all":
        return values
    return random.sample(values, EACH_TIME)


@pytest.mark.parametrize("path", LISTS)
def test_no_query_string_is_a_fault_of_ours(bench: Bench, superuser: Browser, path: str) -> None:
    bench.request()
    for name in PARAMETERS:
        for value in some(VALUES):
            answer = superuser.get(f"{path}?{urlencode({name: value})}")
            assert answer.status_code in ALLOWED, (name, value)
    assert connection.is_usable()


@pytest.mark.parametrize("key", ["0", "-1", "9" * 40, "x", "1.5", "²", "%00", "_00", "a%2Fb"])
def test_no_id_is_a_fault_of_ours(bench: Bench, superuser: Browser, key: str) -> None:
    for path in LISTS:
        for page in ("change", "history", "delete"):
            answer = superuser.get(f"{path.removesuffix('export/')}{key}/{page}/")
            assert answer.status_code in {302, 403, 404}, (path, page)
    assert connection.is_usable()


def test_a_filter_that_means_nothing_leads_to_the_whole_list_with_a_word(
    bench: Bench, member: Browser
) -> None:
    bench.request()
    jobs = f"{TENANT}tasks/marketplacejob/"
    for query in ("status__exact=NOPE", "batch__id__exact=x", "account=%00"):
        first = member.get(f"{jobs}?{query}")
        assert (first.status_code, first["Location"]) == (302, f"{jobs}?e=1"), query
        second = member.get(first["Location"])
        assert second["Location"] == jobs
        assert "a filter or a page that does not exist" in text_of(member.get(jobs))


def test_an_unknown_field_is_a_page_that_says_so(bench: Bench, member: Browser) -> None:
    answer = member.get(f"{TENANT}marketplaces/listing/", account__refresh_token__startswith="a")
    assert answer.status_code == 400
    assert "This address makes no sense" in text_of(answer)
