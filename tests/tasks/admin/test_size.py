"""Every page of a seller costs as many queries with many rows as with some."""

from __future__ import annotations

import random
import re
from collections import defaultdict

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from stoflow.tenants.models import Tenant
from tasks.models import BatchJob, MarketplaceJob
from tests.benchmarks.places import places
from tests.tasks.admin.conftest import TENANT, Browser
from tests.tasks.admin.test_lists import fill
from tests.tasks.conftest import Bench

SOME, MANY = 32, 40
"""A retry's preview plans up to thirty jobs one by one."""
CHOICE = re.compile(r"(?P<list>[a-z]+/[a-z]+/\?[a-z_]+)=[^&]*")
"""Of a page's name: one choice of a filter or one search, and nothing else."""


def fill_and_fail(bench: Bench, number: int) -> None:
    """As many rows of everything; the jobs have failed, for one cause."""
    fill(bench, number)
    MarketplaceJob.objects.update(
        status="FAILED", error_class="PermanentError", error_message="No.", cause_key="a" * 32
    )
    BatchJob.objects.update(status="FAILED", failed_count=1, cancelled_count=0)


def some_pages(user: User) -> list[str]:
    """The names of all pages, but of the choices of a filter and of a list's searches one each.

    They are treated alike; which one it is, pytest-randomly's seed decides.
    """
    chosen: list[str] = []
    choices: dict[str, list[str]] = defaultdict(list)
    for name, _ in places(TENANT, user, public=False):
        choice = CHOICE.fullmatch(name)
        (choices[choice["list"]] if choice else chosen).append(name)
    return [*chosen, *map(random.choice, choices.values())]


def queries_by_page(browser: Browser, user: User, pages: list[str]) -> dict[str, int]:
    found = {}
    browser.get(TENANT)
    for name, path in list(places(TENANT, user, public=False)):
        if name not in pages:
            continue
        with CaptureQueriesContext(connection) as queries:
            answer = browser.get(path)
            if answer.status_code == 200 and not answer.streaming:
                found[name] = len(queries)
    return found


@pytest.mark.slow
@pytest.mark.long
def test_every_page_costs_as_many_queries_with_many_rows(bench: Bench, tenant: Tenant) -> None:
    user = User.objects.create_superuser("size")
    browser = Browser(user, tenant)
    fill_and_fail(bench, SOME)
    pages = some_pages(user)
    few = queries_by_page(browser, user, pages)
    assert len(few) > 100
    fill_and_fail(bench, MANY - SOME)
    many = queries_by_page(browser, user, pages)
    more = {
        name: (few[name], number)
        for name, number in many.items()
        if number != few.get(name, number)
    }
    assert not more
