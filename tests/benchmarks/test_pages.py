"""What each page of the staff costs at full size, next to the same page of an almost empty tenant.

    BENCH_TASKS=1000000 BENCH_TENANTS=1000 make bench ARGS="-k pages"

Prints; asserts no time.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

from tasks import tenancy
from tests.acceptance.conftest import Database
from tests.benchmarks.conftest import report
from tests.benchmarks.pages import Measured, measured, places

TASKS = int(os.environ.get("BENCH_TASKS", "20000"))
TENANTS = int(os.environ.get("BENCH_TENANTS", "20"))


@pytest.fixture
def client(database: Database) -> Iterator[Client]:
    # What is no page answers 403 or 404, and is left out.
    logging.getLogger("django.request").setLevel(logging.CRITICAL)
    client = Client()
    client.force_login(User.objects.create_superuser("bench"))
    yield client
    tenancy.leave()


def test_the_pages(client: Client) -> None:
    small = dict(pages(client, "/admin/", public=True))
    arguments = [f"--tasks={TASKS}", f"--tenants={TENANTS}", "--tasks-each=20"]
    call_command("seed_load", *arguments, "--beside-real-sellers", stdout=StringIO())
    report(f"pages with {TASKS} tasks and {TENANTS} tenants", "")
    compare("installation", dict(pages(client, "/admin/", public=True)), small)
    small = dict(pages(client, "/t/load_0001/admin/"))
    compare("tenant", dict(pages(client, "/t/load/admin/")), small)


def pages(
    client: Client, root: str, *, public: bool = False
) -> Iterator[tuple[str, Measured | None]]:
    schema = root.split("/")[2] if not public else tenancy.PUBLIC
    if public:
        found = list(places(root, public=True))
    else:
        with tenancy.inside(tenancy.tenant_named(schema)):
            found = list(places(root, public=False))
    for name, url in found:
        yield name, measured(client, url)


def compare(
    where: str, large: dict[str, Measured | None], small: dict[str, Measured | None]
) -> None:
    for name, page in large.items():
        if page is None:
            continue
        least = small.get(name)
        ratio = None if least is None else page.milliseconds / least.milliseconds
        more = "" if least is None or least.queries == page.queries else f" (was {least.queries})"
        report(
            f"{where} {name}"[:46],
            f"{page.queries} queries{more}, {page.milliseconds:.0f} ms, {page.kilobytes:.0f} kB",
            ratio,
        )
