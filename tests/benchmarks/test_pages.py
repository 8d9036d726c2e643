"""What each page of the staff costs at full size, next to the same page of an almost empty tenant.

    BENCH_TASKS=1000000 BENCH_TENANTS=1000 make bench ARGS="-k pages"

Prints; asserts no time.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

from tasks import tenancy
from tests.acceptance.conftest import Database
from tests.benchmarks.conftest import report
from tests.benchmarks.pages import Measured, measured
from tests.benchmarks.places import places

TASKS = int(os.environ.get("BENCH_TASKS", "20000"))
TENANTS = int(os.environ.get("BENCH_TENANTS", "20"))


SLOW = 400
"""Milliseconds from which on a page is named again at the end."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who may see everything, and their browser."""

    user: User
    browser: Client


@pytest.fixture
def person(database: Database) -> Iterator[Person]:
    # What is no page answers 403 or 404, and is left out.
    logging.getLogger("django.request").setLevel(logging.CRITICAL)
    user = User.objects.create_superuser("bench")
    browser = Client()
    browser.force_login(user)
    yield Person(user, browser)
    tenancy.leave()


def test_the_pages(person: Person) -> None:
    """The baseline of a page is the same page of a tenant with almost nothing in it."""
    few = dict(pages(person, tenancy.PUBLIC))
    arguments = [f"--tasks={TASKS}", f"--tenants={TENANTS}", "--tasks-each=20"]
    call_command("seed_load", *arguments, "--beside-real-sellers", stdout=StringIO())
    report(f"pages with {TASKS} tasks and {TENANTS} tenants", "")
    slow = [
        *compare("installation", dict(pages(person, tenancy.PUBLIC)), few),
        *compare("tenant", dict(pages(person, "load")), dict(pages(person, "load_0001"))),
    ]
    report(f"pages above {SLOW} ms", str(len(slow)))
    for name, page in slow:
        report(
            name[:46],
            f"{page.slowest_milliseconds:.0f} ms in {' '.join(page.slowest.split())[:200]}",
        )


def pages(person: Person, schema: str) -> Iterator[tuple[str, Measured]]:
    """Every page of a place that can be opened, and what it costs."""
    if schema == tenancy.PUBLIC:
        found = list(places("/admin/", person.user, public=True))
    else:
        with tenancy.inside(tenancy.tenant_named(schema)):
            found = list(places(f"/t/{schema}/admin/", person.user, public=False))
    for name, url in found:
        page = measured(person.browser, url)
        if page is not None:
            yield name, page


def compare(
    where: str, large: dict[str, Measured], small: dict[str, Measured]
) -> list[tuple[str, Measured]]:
    """Print each page, and return the slow ones."""
    for name, page in large.items():
        least = small.get(name)
        ratio = None if least is None else page.milliseconds / least.milliseconds
        more = "" if least is None or least.queries == page.queries else f" (was {least.queries})"
        report(
            f"{where} {name}"[:80],
            f"{page.queries} queries{more}, {page.milliseconds:.0f} ms, {page.kilobytes:.0f} kB",
            ratio,
        )
    return [(name, page) for name, page in large.items() if page.milliseconds > SLOW]
