"""Accounts and lanes by what holds up their work, on the screen and in a file."""

from __future__ import annotations

import html
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from marketplaces.models import Account
from stoflow.tenants.models import Tenant
from tasks.dispatch import lanes
from tasks.dispatch.models import Lane
from tasks.dispatch.presence import Presence
from tests.tasks.admin.conftest import PUBLIC, TENANT, Browser, text_of
from tests.tasks.admin.test_exports import export, rows
from tests.wrong_clocks import clock_ahead

ACCOUNTS = f"{TENANT}marketplaces/account/"
LANES = f"{PUBLIC}dispatch/lane/"
NAMES = ("paused", "person", "offline", "blocked", "well")
WITHOUT_WORKERS = "Waits until workers are started"
CLOCKS = "Waits until the clocks of the workers' machines are right"


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
        assert told["well"] == "Nothing to do"


def test_an_account_goes_on_only_while_there_is_something_to_do(
    viewer: Browser, superuser: Browser
) -> None:
    Presence(1, workers=2, every_seconds=0).tell()
    well = Lane.objects.filter(account_name="well")
    now = timezone.now()
    for something in ({"waiting_count": 1}, {"working_count": 1}, {"due_at": now}):
        well.update(**{"waiting_count": 0, "working_count": 0, "due_at": None} | something)
        assert work_of(viewer, ACCOUNTS) == work_of(superuser, LANES) == "Goes on"
    well.update(due_at=now + timedelta(hours=1))
    assert work_of(viewer, ACCOUNTS) == work_of(superuser, LANES) == "Nothing to do"


@pytest.mark.parametrize("words", [WITHOUT_WORKERS, CLOCKS])
def test_while_nobody_works_no_work_is_said_to_go_on(
    viewer: Browser, superuser: Browser, words: str
) -> None:
    if words == CLOCKS:
        Presence(1, workers=2, every_seconds=0).tell(clock_ahead(40))
    Lane.objects.update(waiting_count=1, rests_until=timezone.now() + timedelta(minutes=1))
    for browser, page in ((viewer, ACCOUNTS), (superuser, LANES)):
        assert work_of(browser, page) == words
        assert work_of(browser, page, "paused") == "Is paused by sam: holiday"
        assert html.unescape(text_of(browser.get(page))).count(words) == 1
    number = Account.objects.get(name="well").pk
    assert words in html.unescape(text_of(viewer.get(f"{ACCOUNTS}{number}/change/")))
    lane = Lane.objects.get(account_name="well").pk
    assert words in html.unescape(text_of(superuser.get(f"{LANES}{lane}/change/")))


def work_of(browser: Browser, page: str, name: str = "well") -> str:
    return next(row[4] for row in rows(export(browser, page)) if row[1] == name)


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
