"""An action on many jobs goes on page by page, and neither repeats a job nor leaves one out."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from tasks import actions, staff_actions
from tasks.models import MarketplaceJob, StaffAction, StaffActionOutcome
from tests.tasks.admin.conftest import Browser, text_of
from tests.tasks.admin.failed_jobs import batch_of, failed, failed_batch, status
from tests.tasks.admin.pressing import (
    ACTIONS,
    go_on,
    newest,
    press,
    preview,
    words_of,
)
from tests.tasks.conftest import Bench


class TestManyJobs:
    @pytest.fixture(autouse=True)
    def _small_pages(self, settings: Settings) -> None:
        settings.STAFF = settings.STAFF | {"action_jobs": 2}

    def started(self, bench: Bench, browser: Browser, number: int = 5) -> StaffAction:
        failed_batch(bench, number)
        preview(browser, "retry", status__exact="FAILED").confirm(browser, "fixed")
        return newest()

    def test_pages_follow_each_other_until_it_is_finished(
        self, bench: Bench, member: Browser
    ) -> None:
        action = self.started(bench, member)
        assert (action.done_count, action.state) == (2, "RUNNING")
        while action.state == "RUNNING":
            go_on(member, action)
            action.refresh_from_db()
        assert (action.done_count, action.refused_count) == (5, 0)
        assert set(MarketplaceJob.objects.values_list("status", flat=True)) == {"PENDING"}

    def test_two_tabs_neither_repeat_a_job_nor_leave_one_out(
        self, bench: Bench, member: Browser, superuser: Browser
    ) -> None:
        action = self.started(bench, member)
        seen = action.cursor
        go_on(member, action, seen)
        go_on(superuser, action, seen)  # the second tab shows what is no longer so
        action.refresh_from_db()
        assert action.done_count == 4
        go_on(superuser, action)
        action.refresh_from_db()
        assert (action.done_count, action.state) == (5, "FINISHED")
        assert StaffActionOutcome.objects.values("job_id").distinct().count() == 5

    def test_what_fails_again_meanwhile_is_not_taken_again(
        self, bench: Bench, member: Browser
    ) -> None:
        action = self.started(bench, member, 3)
        MarketplaceJob.objects.filter(status="PENDING").update(
            status="FAILED", completed_at="2026-01-01T00:00:00Z"
        )
        later = bench.request(script={"validate": ["permanent"]})
        MarketplaceJob.objects.filter(pk=later.pk).update(
            status="FAILED", completed_at="2026-01-01T00:00:00Z"
        )
        for _ in range(3):
            go_on(member, action)
        action.refresh_from_db()
        assert (action.done_count, action.state) == (3, "FINISHED")
        assert status(later) == "FAILED"

    def test_an_older_job_that_failed_after_the_preview_is_not_taken(
        self, bench: Bench, member: Browser
    ) -> None:
        late = bench.request(run_after="2999-01-01T00:00:00Z")
        job = failed_batch(bench, 1).jobs.get()
        told = preview(member, "retry", status__exact="FAILED")
        MarketplaceJob.objects.filter(pk=late.pk).update(
            status="FAILED", completed_at="2999-01-01T00:00:00Z"
        )
        told.confirm(member)
        assert (status(late), status(job)) == ("FAILED", "PENDING")

    def test_another_person_goes_on_and_only_with_the_right(
        self, bench: Bench, member: Browser, viewer: Browser, superuser: Browser
    ) -> None:
        action = self.started(bench, member)
        page = f"{ACTIONS}{action.pk}/change/"
        assert "Go on" in text_of(superuser.get(page))
        assert "Go on" not in text_of(viewer.get(page))
        assert go_on(viewer, action).status_code == 403
        go_on(superuser, action)
        action.refresh_from_db()
        assert action.done_count == 4
        assert action.by == "mia"

    def test_only_who_began_it_drives_it_by_looking_at_it(
        self, bench: Bench, member: Browser
    ) -> None:
        action = self.started(bench, member)
        page = f"{ACTIONS}{action.pk}/change/"
        assert 'hx-trigger="load delay:50ms, submit"' in text_of(member.get(page, go="on"))
        assert "load delay" not in text_of(member.get(page))
        action.refresh_from_db()
        assert action.done_count == 2

    def test_the_piece_that_refreshes_tells_the_page_when_it_is_finished(
        self, bench: Bench, member: Browser
    ) -> None:
        action = self.started(bench, member, 3)
        member.client.defaults["HTTP_HX_REQUEST"] = "true"
        watched = member.get(f"{ACTIONS}{action.pk}/progress/")
        assert "2 done" in words_of(text_of(watched))
        assert "HX-Refresh" not in watched
        assert go_on(member, action)["HX-Refresh"] == "true"

    def test_who_watches_is_told_when_nobody_drives_it(self, bench: Bench, member: Browser) -> None:
        action = self.started(bench, member)
        member.client.defaults["HTTP_HX_REQUEST"] = "true"
        page = text_of(member.get(f"{ACTIONS}{action.pk}/change/"))
        seen = []
        for _ in range(6):
            [address] = re.findall(r'hx-get="([^"]+/progress/[^"]*)"', page)
            page = text_of(member.get(unescape(address)))
            seen.append("It stands still" in page)
        assert seen == [False] * 4 + [True] * 2
        assert "Go on" in page
        go_on(member, action)
        assert "It stands still" not in text_of(member.get(unescape(address)))

    def test_a_killed_page_loses_nothing(
        self, bench: Bench, member: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        action = self.started(bench, member)
        jobs = MarketplaceJob.objects.filter(status="FAILED")
        third = jobs.order_by("pk")[0]

        def dies(job: MarketplaceJob, action: StaffAction) -> str:
            actions.retry(job)
            raise SystemExit

        with monkeypatch.context() as patched:
            patched.setattr(staff_actions, "DEEDS", {"retry": dies})
            with pytest.raises(SystemExit):
                staff_actions.go_on(action, jobs, cursor=action.cursor)
        assert status(third) == "FAILED"
        while action.state == "RUNNING":
            go_on(member, action)
            action.refresh_from_db()
        assert action.done_count == 5

    def test_the_page_of_an_action_costs_the_same_for_3_jobs_and_for_40(
        self, bench: Bench, member: Browser, settings: Settings
    ) -> None:
        settings.STAFF = settings.STAFF | {"action_jobs": 100}
        costs = []
        for number in (3, 40):
            batch_of(bench, number)
            preview(member, "cancel", status__exact="PENDING").confirm(member)
            page = f"{ACTIONS}{newest().pk}/change/"
            member.get(page)
            with CaptureQueriesContext(connection) as queries:
                assert "Finished." in text_of(member.get(page))
            costs.append(len(queries))
        assert costs[0] == costs[1]

    def test_done_and_refused_can_be_looked_at_apart(self, bench: Bench, member: Browser) -> None:
        job, other = failed(bench), bench.request()
        press(member, "retry", job, other)
        page = f"{ACTIONS}{newest().pk}/change/"
        refused = words_of(text_of(member.get(page, show="refused")))
        assert f"Job {other.pk} " in refused
        assert f"Job {job.pk} " not in refused
        assert f"Job {job.pk} " in words_of(text_of(member.get(page, show="done")))
