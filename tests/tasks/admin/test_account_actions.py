"""Pausing and resuming the work on an account: who may, what is told, what is recorded."""

from __future__ import annotations

import pytest

from stoflow.tenants.models import Tenant
from tasks.dispatch import lanes
from tasks.models import StaffAction
from tests.tasks.admin.conftest import TENANT, Browser, staff, text_of
from tests.tasks.admin.pressing import Previewed, newest, read, words_of
from tests.tasks.conftest import Bench


@pytest.fixture
def leader(tenant: Tenant) -> Browser:
    """Of t1; may pause and resume the work on an account."""
    return Browser(staff("lee", tenant, "change_lane"), tenant)


def account_url(bench: Bench, page: str) -> str:
    return f"{TENANT}marketplaces/account/{bench.account.pk}/{page}/"


def preview(bench: Bench, browser: Browser, do: str) -> Previewed:
    return read(browser.get(account_url(bench, "work"), do=do))


def page_of(bench: Bench, browser: Browser) -> str:
    return text_of(browser.get(account_url(bench, "change")))


def test_a_pause_tells_how_many_wait_and_run(bench: Bench, leader: Browser) -> None:
    for _ in range(3):
        bench.request()
    bench.claim()
    text = preview(bench, leader, "pause_account").text
    assert "No job of this account is begun until the work is resumed." in text
    assert "2 jobs wait." in text
    assert "1 job is being worked on: the task that runs now is finished first." in text
    assert bench.lane.paused_at is None


def test_a_session_lost_at_the_preview_leads_back_to_it(bench: Bench, leader: Browser) -> None:
    bench.request()
    page = preview(bench, leader, "pause_account").lost(leader)
    assert "Pause the work on this account?" in page
    assert bench.lane.paused_at is None


def test_pause_and_resume_are_recorded_and_shown_on_the_account(
    bench: Bench, leader: Browser
) -> None:
    bench.request()
    assert "Pause work…" in page_of(bench, leader)
    preview(bench, leader, "pause_account").confirm(leader, "holiday")
    assert (bench.lane.paused_by, bench.lane.pause_reason) == ("lee", "holiday")
    assert bench.work() is None
    page = page_of(bench, leader)
    assert "Resume work…" in page
    assert "Staff actions Pause an account's work by lee" in words_of(page)
    preview(bench, leader, "resume_account").confirm(leader, "back")
    assert bench.lane.paused_at is None
    assert bench.work() is not None
    assert (newest().kind, newest().reason, newest().done_count) == ("resume_account", "back", 1)


def test_the_same_form_sent_twice_is_one_action(bench: Bench, leader: Browser) -> None:
    bench.request()
    told = preview(bench, leader, "pause_account")
    told.confirm(leader)
    lanes.resume(bench.account.pk)
    told.confirm(leader)
    assert bench.lane.paused_at is None
    assert StaffAction.objects.count() == 1


def test_what_is_so_already_is_refused(bench: Bench, leader: Browser) -> None:
    bench.request()
    told = preview(bench, leader, "pause_account")
    lanes.pause(bench.account.pk, by="sam", reason="")
    page = words_of(text_of(told.confirm(leader)))
    assert "Refused: Work on this account is paused already." in page
    assert bench.lane.paused_by == "sam"
    assert "paused already" in preview(bench, leader, "pause_account").text


def test_resuming_an_account_that_is_offline_says_that_nothing_runs_yet(
    bench: Bench, leader: Browser
) -> None:
    bench.request()
    lanes.pause(bench.account.pk, by="sam", reason="")
    assert "side is missing" not in preview(bench, leader, "resume_account").text
    lanes.offline(bench.account.pk, reason="")
    assert "nothing runs before it is there again" in preview(bench, leader, "resume_account").text


def test_who_may_not_is_refused(bench: Bench, leader: Browser, member: Browser) -> None:
    bench.request()
    fields = preview(bench, leader, "pause_account").fields
    assert "Pause work…" not in page_of(bench, member)
    path = account_url(bench, "work")
    assert member.get(path, do="pause_account").status_code == 403
    assert member.post(path, **fields).status_code == 403
    assert bench.lane.paused_at is None


def test_strangers_and_accounts_without_work_find_nothing(
    bench: Bench, leader: Browser, stranger: Browser
) -> None:
    assert leader.get(account_url(bench, "work"), do="pause_account").status_code == 404
    assert "Pause work…" not in page_of(bench, leader)
    bench.request()
    assert stranger.get(account_url(bench, "work"), do="pause_account").status_code == 404
    assert leader.get(account_url(bench, "work"), do="delete").status_code == 404
