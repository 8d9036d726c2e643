"""The actions of staff: told before, done once, said job by job after, and for those who may."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from stoflow.tenants.models import Tenant
from tasks import actions, staff_actions, tenancy
from tasks.models import MarketplaceJob, StaffAction, StaffActionOutcome
from tests.tasks.admin import pressing
from tests.tasks.admin.conftest import PUBLIC, TENANT, Browser, text_of
from tests.tasks.admin.failed_jobs import batch_of, failed, failed_batch, status
from tests.tasks.admin.pressing import (
    ACTIONS,
    BATCHES,
    DO,
    JOBS,
    PREVIEW,
    choose,
    newest,
    press,
    preview,
    preview_of,
    words_of,
)
from tests.tasks.conftest import Bench

DEEDS = ("retry", "cancel", "pause", "resume")


class TestPreview:
    def test_a_filter_of_several_statuses_is_told_in_words(
        self, bench: Bench, member: Browser
    ) -> None:
        bench.request()
        told = preview(member, "cancel", status__in="PENDING,RUNNING")
        assert "Status: Waiting or Running" in told.text
        told.confirm(member)
        assert newest().scope_words == "status: Waiting or Running"

    def test_failures_without_a_newer_request_are_told_as_a_person_would(
        self, bench: Bench, member: Browser
    ) -> None:
        failed(bench)
        told = preview(member, "retry", open=1)
        assert "Jobs that failed and for which nothing newer was asked" in told.text
        told.confirm(member)
        assert newest().scope_words == "jobs that failed and for which nothing newer was asked"
        with override("fr"):
            assert newest().to_what.startswith("opérations en échec pour lesquelles")

    def test_a_retry_tells_what_is_skipped_what_is_called_and_what_is_refused(
        self, bench: Bench, member: Browser
    ) -> None:
        job = failed(bench, create=["permanent"])
        superseded = failed(bench)
        newer = bench.request(product=bench.products[1])
        text = preview_of(member, "retry", job, superseded, newer).text
        assert "Retry 3 jobs?" in text
        assert "1 job: It will run again; what it has done is kept." in text
        assert "2 steps are skipped, 2 calls to the marketplace" in text
        assert f"Job {newer.pk} (Publish, pending) is newer." in text
        assert "The job is pending." in text

    def test_calls_that_only_the_answers_decide_are_told_as_the_least(
        self, bench: Bench, member: Browser
    ) -> None:
        job = bench.request("sync", script={"read_page": ["permanent"]})
        text = preview_of(member, "retry", bench.work_until_ended(job)).text
        assert "at least 1 call to the marketplace" in text
        assert "What the marketplace answers decides what follows then." in text
        assert "A call that fails is tried again, which is not counted." in text

    def test_what_may_be_there_is_looked_for_before_it_is_made(
        self, bench: Bench, member: Browser
    ) -> None:
        job = failed(bench, create=["unknown"], find_listing=["cannot_tell"] * 6)
        text = preview_of(member, "retry", job).text
        assert "Create listing looks first, then acts only if it is not there" in text

    def test_seeing_a_preview_changes_nothing(self, bench: Bench, member: Browser) -> None:
        jobs = [failed(bench), bench.request()]
        before = list(MarketplaceJob.objects.order_by("pk").values())
        for do in DEEDS:
            preview_of(member, do, *jobs)
        assert list(MarketplaceJob.objects.order_by("pk").values()) == before
        assert not StaffAction.objects.exists()

    def test_a_preview_of_what_can_only_be_refused_has_no_button(
        self, bench: Bench, member: Browser
    ) -> None:
        page = member.get(PREVIEW, do="cancel", id__in=failed(bench).pk)
        assert "every job is refused" in text_of(page)
        assert not re.search(r"<button[^>]*sf-button-main", text_of(page))

    @pytest.mark.parametrize(
        "query",
        [
            {"nonsense": "1"},
            {"id__in": ""},
            {"id__in": "1,x"},
            {"id__in": "9" * 30},
            {"id__in": ",".join(map(str, range(2000)))},
            {"cause": ""},
            {"batch__id__exact": "x"},
            {"account__refresh_token__startswith": "a"},
        ],
    )
    def test_a_filter_that_means_nothing_leads_to_the_list_and_never_to_all_jobs(
        self, bench: Bench, member: Browser, query: dict[str, str]
    ) -> None:
        bench.request()
        answer = member.get(PREVIEW, do="cancel", **query)
        assert (answer.status_code, answer["Location"]) == (302, JOBS)

    def test_an_action_that_is_not_there_is_not_found(self, bench: Bench, member: Browser) -> None:
        assert member.get(PREVIEW, do="delete").status_code == 404
        assert member.get(PREVIEW).status_code == 404

    def test_jobs_are_chosen_by_error_and_by_the_step_that_failed(
        self, bench: Bench, member: Browser
    ) -> None:
        first, other = failed(bench), failed(bench, create=["permanent"])
        text = preview(member, "retry", step="validate", error_class="PermanentError").text
        assert f"Job {first.pk}:" in text
        assert f"Job {other.pk}:" not in text
        assert "No job matches" in preview(member, "retry", error_class="OtherError").text

    def test_the_jobs_of_one_cause_are_chosen_by_its_key(
        self, bench: Bench, member: Browser
    ) -> None:
        first, other = failed(bench), failed(bench, create=["permanent"])
        MarketplaceJob.objects.filter(pk=other.pk).update(cause_key="0" * 32)
        key = MarketplaceJob.objects.values_list("cause_key", flat=True).get(pk=first.pk)
        told = preview(member, "retry", cause=key)
        assert "Retry job" in told.text
        told.confirm(member)
        assert (status(first), status(other)) == ("PENDING", "FAILED")

    def test_the_preview_of_many_jobs_costs_as_many_queries_as_that_of_some(
        self, bench: Bench, member: Browser
    ) -> None:
        costs = []
        for number in (31, 40):
            MarketplaceJob.objects.all().delete()
            batch_of(bench, number)
            MarketplaceJob.objects.update(status="FAILED", completed_at="2026-01-01T00:00:00Z")
            preview(member, "retry", status__exact="FAILED")
            with CaptureQueriesContext(connection) as queries:
                preview(member, "retry", status__exact="FAILED")
            costs.append(len(queries))
        assert costs[0] == costs[1]


class TestDeed:
    def test_what_was_done_and_refused_is_said_job_by_job(
        self, bench: Bench, member: Browser
    ) -> None:
        job, superseded = failed(bench), failed(bench)
        MarketplaceJob.objects.update(requested_by="ana")
        newer = bench.request("publish", bench.products[1])
        page = press(member, "retry", job, superseded, newer, reason="price is right now")
        assert (status(job), status(superseded)) == ("PENDING", "FAILED")
        assert "Finished. 1 done, 2 refused." in page
        assert f"Job {newer.pk} (Publish, pending) is newer." in page
        assert "The job is pending." in page
        assert "price is right now" in page
        assert (job.requested_by, newest().by) == ("ana", "mia")

    def test_cancel_pause_and_resume_keep_who_and_why(self, bench: Bench, member: Browser) -> None:
        cancelled, paused = bench.request(), bench.request()
        press(member, "cancel", cancelled, reason="sold elsewhere")
        press(member, "pause", paused, reason="wrong price")
        paused.refresh_from_db()
        assert (status(cancelled), cancelled.cancel_requested_by) == ("CANCELLED", "mia")
        assert cancelled.cancel_reason == "sold elsewhere"
        assert (paused.paused_by, paused.pause_reason) == ("mia", "wrong price")
        assert "It goes on." in press(member, "resume", paused, reason="corrected")
        paused.refresh_from_db()
        assert paused.paused_at is None
        assert (newest().kind, newest().by, newest().reason) == ("resume", "mia", "corrected")

    def test_the_same_form_sent_twice_is_one_action(self, bench: Bench, member: Browser) -> None:
        job = failed(bench)
        told = preview_of(member, "retry", job)
        first = told.confirm(member)
        bench.work()
        assert status(job) == "COMPLETED"
        second = told.confirm(member)
        assert first.redirect_chain == second.redirect_chain  # type: ignore[attr-defined]
        assert StaffAction.objects.count() == 1
        assert StaffActionOutcome.objects.count() == 1

    def test_what_has_moved_on_since_the_preview_is_refused_and_nothing_else_is_lost(
        self, bench: Bench, member: Browser
    ) -> None:
        ended, started, waiting = failed(bench), bench.request(priority=1), bench.request()
        told = preview_of(member, "cancel", started, waiting)
        again = preview_of(member, "retry", ended)
        bench.work()
        actions.retry(ended)
        page = words_of(text_of(told.confirm(member)))
        assert "The job has ended already: it is completed." in page
        assert (status(started), status(waiting)) == ("COMPLETED", "CANCELLED")
        assert "The job is pending." in words_of(text_of(again.confirm(member)))

    def test_a_job_that_is_gone_is_left_out_and_said(self, bench: Bench, member: Browser) -> None:
        jobs = [bench.request(), bench.request()]
        told = preview_of(member, "cancel", *jobs)
        jobs[0].delete()
        page = words_of(text_of(told.confirm(member)))
        assert "1 job no longer matched when its turn came." in page
        assert status(jobs[1]) == "CANCELLED"

    def test_an_incomplete_form_does_nothing(self, bench: Bench, member: Browser) -> None:
        job = failed(bench)
        fields = preview_of(member, "retry", job).fields
        for broken in ({"key": "x"}, {"upto": ""}, {"until": "soon"}, {"query": "what=1"}):
            answer = member.post(DO, **{**fields, **broken})
            assert answer["Location"] == JOBS, broken
        assert status(job) == "FAILED"

    def test_a_get_does_nothing(self, bench: Bench, member: Browser) -> None:
        job = failed(bench)
        fields = preview_of(member, "retry", job).fields
        assert member.get(DO, **fields)["Location"].startswith(PREVIEW)
        assert member.get(DO)["Location"] == JOBS
        action, _ = staff_actions.begin(staff_actions.Wish("retry", by="mia"))
        assert member.get(f"{ACTIONS}{action.pk}/go-on/", cursor=0).status_code == 302
        assert status(job) == "FAILED"

    def test_a_session_lost_at_the_preview_leads_back_to_it(
        self, bench: Bench, member: Browser
    ) -> None:
        job, _other = failed(bench), failed(bench)
        page = preview_of(member, "retry", job).lost(member)
        assert "Nothing was done: press the button once more." in page
        assert f"Retry job {job.pk}?" in page
        assert status(job) == "FAILED"

    def test_a_form_of_another_site_is_refused(self, bench: Bench, member: Browser) -> None:
        job = failed(bench)
        fields = preview_of(member, "retry", job).fields
        del fields["csrfmiddlewaretoken"]
        strict = Client(enforce_csrf_checks=True)
        strict.cookies = member.client.cookies
        member.client = strict
        assert member.post(DO, **fields).status_code == 403
        assert status(job) == "FAILED"


class TestFromEveryPlace:
    def test_from_the_list_ticked_rows_lead_to_their_preview(
        self, bench: Bench, member: Browser
    ) -> None:
        jobs, left = [failed(bench), failed(bench)], failed(bench)
        told = choose(member, "retry", *jobs)
        assert "Retry 2 jobs?" in told.text
        told.confirm(member)
        assert [status(job) for job in [*jobs, left]] == ["PENDING", "PENDING", "FAILED"]

    def test_everything_that_matches_the_filter(self, bench: Bench, member: Browser) -> None:
        jobs = [failed(bench) for _ in range(3)]
        waiting = bench.request()
        answer = member.post(
            f"{JOBS}?status__exact=FAILED&q=toy&o=-1&p=1",
            action="retry", index=0, select_across=1, _selected_action=[jobs[0].pk],
        )  # fmt: skip
        told = pressing.read(member.get(answer["Location"]))
        assert "Retry 3 jobs?" in told.text
        assert "search: “toy”" in told.text
        told.confirm(member)
        assert {status(job) for job in [*jobs, waiting]} == {"PENDING"}
        assert newest().scope["query"] == "status__exact=FAILED&q=toy"

    @pytest.mark.parametrize("key", ["abc", "", "-1", "1.5", "²", "9" * 19, "1\0"])
    def test_a_form_that_names_what_cannot_be_a_row_does_nothing(
        self, bench: Bench, member: Browser, key: str
    ) -> None:
        job = failed(bench)
        for page in (JOBS, BATCHES, f"{TENANT}marketplaces/product/"):
            answer = member.post(page, action="retry", index=0, _selected_action=[job.pk, key])
            assert answer.status_code == 302
            assert "rows that cannot be" in text_of(member.get(answer["Location"]))
        assert status(job) == "FAILED"

    def test_from_a_job_s_page_and_back_to_it(self, bench: Bench, member: Browser) -> None:
        job = failed(bench)
        html = text_of(member.get(f"{JOBS}{job.pk}/change/"))
        link = re.findall(r'href="([^"]+do=retry[^"]+)"', html)[0].replace("&amp;", "&")
        told = pressing.read(member.get(link))
        assert f"Retry job {job.pk}?" in told.text
        page = text_of(told.confirm(member))
        assert status(job) == "PENDING"
        assert f'href="{JOBS}{job.pk}/change/"' in page

    def test_from_batches_their_failed_jobs_and_those_that_are_unfinished(
        self, bench: Bench, member: Browser
    ) -> None:
        batch, other = failed_batch(bench, 2), failed(bench)
        told = choose(member, "retry_failed_jobs", batch, page=BATCHES)
        assert "Retry 2 jobs?" in told.text
        told.confirm(member)
        assert not batch.jobs.filter(status="FAILED").exists()
        choose(member, "cancel", batch, page=BATCHES).confirm(member, "holiday")
        batch.refresh_from_db()
        assert batch.status == "CANCELLED"
        assert set(batch.jobs.values_list("cancel_reason", flat=True)) == {"holiday"}
        assert status(other) == "FAILED"


class TestWhoMay:
    def test_who_may_only_see_is_refused_everywhere(self, bench: Bench, viewer: Browser) -> None:
        job, waiting = failed(bench), bench.request()
        forms: dict[str, Any] = {"key": uuid4(), "upto": 9, "until": "2999-01-01", "query": ""}
        for do in DEEDS:
            assert viewer.get(PREVIEW, do=do, id__in=job.pk).status_code == 403
            assert viewer.post(DO, do=do, **forms).status_code == 403
            viewer.post(JOBS, action=do, index=0, _selected_action=[job.pk, waiting.pk])
        assert viewer.post(f"{JOBS}{job.pk}/answer/", exists="no").status_code == 403
        waiting.refresh_from_db()
        assert (status(job), waiting.status, waiting.paused_at) == ("FAILED", "PENDING", None)

    def test_a_stranger_and_the_public_page_reach_no_job(
        self, bench: Bench, stranger: Browser, superuser: Browser
    ) -> None:
        job = failed(bench)
        for path in (PREVIEW, DO, f"{JOBS}{job.pk}/answer/", f"{ACTIONS}1/go-on/"):
            assert stranger.get(path, do="retry").status_code == 404, path
            assert stranger.post(path, do="retry").status_code == 404, path
            public = path.replace(TENANT, PUBLIC)
            assert superuser.get(public, do="retry").status_code in {403, 404}, public
            assert superuser.post(public, do="retry").status_code in {403, 404}, public
        assert status(job) == "FAILED"

    def test_an_action_is_in_the_tenant_s_audit_and_in_no_other(
        self, bench: Bench, member: Browser, tenant: Tenant, other_tenant: Tenant
    ) -> None:
        press(member, "retry", failed(bench), reason="price is right now")
        assert "price is right now" in text_of(member.get(ACTIONS))
        tenancy.enter(other_tenant)
        assert not StaffAction.objects.exists()
        tenancy.enter(tenant)
