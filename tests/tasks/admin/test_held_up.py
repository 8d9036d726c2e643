"""Accounts and lanes by what holds up their work, on the screen and in a file."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from marketplaces.models import Account
from stoflow.tenants.models import Tenant
from tasks.dispatch import lanes
from tasks.dispatch.models import Lane
from tests.tasks.admin.conftest import PUBLIC, TENANT, Browser
from tests.tasks.admin.test_exports import export, rows

ACCOUNTS = f"{TENANT}marketplaces/account/"
LANES = f"{PUBLIC}dispatch/lane/"
NAMES = ("paused", "person", "offline", "blocked", "well")


@pytest.fixture(autouse=True)
def accounts(tenant: Tenant) -> None:
    made = {name: Account.objects.create(marketplace="toy", name=name).pk for name in NAMES}
    for name, number in made.items():
        lanes.ensure(number, marketplace="toy", name=name)
    lanes.pause(made["paused"], by="sam", reason="holiday")
    lanes.stop_for_consent(made["person"], reason="revoked")
    lanes.offline(made["offline"], reason="The browser is closed.")
    blocked = Lane.objects.filter(account_id=made["blocked"])
    blocked.update(blocked_until=timezone.now() + timedelta(hours=1))
    over = Lane.objects.filter(account_id=made["well"])
    over.update(blocked_until=timezone.now() - timedelta(hours=1))


@pytest.mark.parametrize("cause", NAMES[:-1])
def test_what_is_held_up_by_a_cause_is_found(
    viewer: Browser, superuser: Browser, cause: str
) -> None:
    # Accounts of the other tenant may have the same number.
    Lane.objects.create(
        schema_name="t2", account_id=Account.objects.get(name="well").pk, marketplace="toy",
        account_name="theirs", paused_at=timezone.now(), consent_needed_at=timezone.now(),
        offline_since=timezone.now(), blocked_until=timezone.now() + timedelta(hours=1),
    )  # fmt: skip
    assert [row[1] for row in rows(export(viewer, ACCOUNTS, work=cause))[1:]] == [cause]
    found = {row[1] for row in rows(export(superuser, LANES, work=cause))[1:]}
    assert found == {cause, "theirs"}


def test_the_files_say_why_the_work_stands_still(viewer: Browser, superuser: Browser) -> None:
    for browser, page in ((viewer, ACCOUNTS), (superuser, LANES)):
        head, *body = rows(export(browser, page))
        assert all(len(row) == len(head) for row in body)
        told = {row[1]: row[4] for row in body}
        assert set(told) == set(NAMES)
        assert told["paused"] == "Is paused by sam: holiday"
        assert told["well"] == "Goes on"


def test_a_file_costs_the_same_whatever_its_rows(viewer: Browser, superuser: Browser) -> None:
    for browser, page in ((viewer, ACCOUNTS), (superuser, LANES)):
        costs = []
        for number in (0, 20):
            for each in range(number):
                made = Account.objects.create(marketplace="toy", name=f"{page} {each}")
                lanes.ensure(made.pk, marketplace="toy", name=made.name)
            export(browser, page)
            with CaptureQueriesContext(connection) as asked:
                export(browser, page)
            costs.append(len(asked))
        assert costs[0] == costs[1]


def test_a_cause_that_is_none_leads_to_the_whole_list(viewer: Browser) -> None:
    assert viewer.get(ACCOUNTS, work="x").status_code == 302
