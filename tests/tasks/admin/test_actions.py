"""The buttons: what they did, what was refused and why, and who may press them."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.models import LogEntry

from stoflow.tenants.models import Tenant
from tasks import requests, tenancy
from tasks.admin import job_actions
from tasks.models import BatchJob, MarketplaceJob
from tests.tasks.admin.conftest import PUBLIC, TENANT, Browser, text_of
from tests.tasks.conftest import Bench

JOBS = f"{TENANT}tasks/marketplacejob/"
BATCHES = f"{TENANT}tasks/batchjob/"


def press(
    browser: Browser, action: str, *rows: MarketplaceJob | BatchJob, page: str = JOBS, **more: Any
) -> str:
    answer = browser.post(
        page, follow=True, action=action, index=0, _selected_action=[r.pk for r in rows], **more
    )
    assert answer.status_code == 200
    return text_of(answer)


def failed(bench: Bench) -> MarketplaceJob:
    return bench.work_until_ended(bench.request(script={"validate": ["permanent"]}))


def status(job: MarketplaceJob) -> str:
    job.refresh_from_db()
    return job.status


def batch_of(bench: Bench, number: int) -> BatchJob:
    payload = {"world": str(bench.world.path), "script": {"validate": ["permanent"]}}
    products = [bench.product() for _ in range(number)]
    return requests.start_batch(
        bench.account, "publish", products, name="Some", payload=payload
    ).batch


def test_retry_says_what_it_did_and_job_by_job_what_was_refused(
    bench: Bench, member: Browser
) -> None:
    job, superseded = failed(bench), failed(bench)
    newer = bench.request("publish", bench.products[1])
    page = press(member, "retry", job, superseded, newer)
    assert (status(job), status(superseded)) == ("PENDING", "FAILED")
    assert "Retry, 1 job: It will run again" in page
    assert f"Job {superseded.pk}" in page
    assert f"Job {newer.pk} (publish, pending) is newer." in page
    assert "The job is pending." in page
    assert job.requested_by == "mia"


def test_cancel_pause_and_resume_keep_who_and_why(bench: Bench, member: Browser) -> None:
    cancelled, paused = bench.request(), bench.request()
    press(member, "cancel", cancelled, reason="sold elsewhere")
    press(member, "pause", paused, reason="wrong price")
    paused.refresh_from_db()
    assert (status(cancelled), cancelled.cancel_requested_by) == ("CANCELLED", "mia")
    assert cancelled.cancel_reason == "sold elsewhere"
    assert (paused.paused_by, paused.pause_reason) == ("mia", "wrong price")
    assert "It goes on." in press(member, "resume", paused)
    paused.refresh_from_db()
    assert paused.paused_at is None


def test_an_ended_job_refuses_to_be_cancelled_in_words(bench: Bench, member: Browser) -> None:
    job = failed(bench)
    assert "The job has ended already: it is failed." in press(member, "cancel", job)


def test_every_deed_is_in_the_tenant_s_history_and_in_no_other(
    bench: Bench, member: Browser, tenant: Tenant, other_tenant: Tenant
) -> None:
    job = failed(bench)
    press(member, "retry", job, reason="price is right now")
    entry = LogEntry.objects.get()
    assert (entry.user.get_username(), entry.object_id) == ("mia", str(job.pk))
    assert "Retry: price is right now" in text_of(member.get(f"{JOBS}{job.pk}/history/"))
    for elsewhere in (other_tenant, None):
        tenancy.leave() if elsewhere is None else tenancy.enter(elsewhere)
        assert not LogEntry.objects.exists()
    tenancy.enter(tenant)


def test_who_may_only_see_can_press_nothing(bench: Bench, viewer: Browser) -> None:
    job, waiting = failed(bench), bench.request()
    for action in ("retry", "cancel", "pause", "resume"):
        press(viewer, action, job, waiting)
    waiting.refresh_from_db()
    assert (status(job), waiting.status, waiting.paused_at) == ("FAILED", "PENDING", None)


def test_a_stranger_and_the_public_page_reach_no_job(
    bench: Bench, stranger: Browser, superuser: Browser
) -> None:
    job = failed(bench)
    data: dict[str, Any] = {"action": "retry", "index": 0, "_selected_action": [job.pk]}
    assert stranger.post(JOBS, **data).status_code == 404
    assert superuser.post(f"{PUBLIC}tasks/marketplacejob/", **data).status_code == 403
    assert status(job) == "FAILED"


def test_a_button_on_the_job_s_page_leads_back_to_it(bench: Bench, member: Browser) -> None:
    job = failed(bench)
    answer = member.post(JOBS, action="retry", index=0, _selected_action=[job.pk], job=job.pk)
    assert answer["Location"] == f"{JOBS}{job.pk}/change/"


def test_a_forged_way_back_leads_nowhere_else(bench: Bench, member: Browser) -> None:
    job = failed(bench)
    for forged in ("//evil.example/", "https://evil.example/", "../../x", "no number"):
        answer = member.post(JOBS, action="retry", index=0, _selected_action=[job.pk], job=forged)
        assert answer["Location"].startswith("/t/t1/admin/"), forged


def test_a_batch_retries_its_failed_jobs_and_is_cancelled_as_a_whole(
    bench: Bench, member: Browser
) -> None:
    batch, other = batch_of(bench, 3), failed(bench)
    for _ in range(2):
        bench.work()
    page = press(member, "retry_failed_jobs", batch, page=BATCHES)
    assert "Retry, " in page
    assert not batch.jobs.filter(status="FAILED").exists()
    press(member, "cancel", batch, page=BATCHES, reason="holiday")
    batch.refresh_from_db()
    assert batch.status == "CANCELLED"
    assert set(batch.jobs.values_list("cancel_reason", flat=True)) == {"holiday"}
    assert status(other) == "FAILED"


def test_one_click_takes_on_no_more_than_it_can_finish(
    bench: Bench, member: Browser, monkeypatch: Any
) -> None:
    monkeypatch.setattr(job_actions, "MOST_AT_ONCE", 2)
    batch = batch_of(bench, 3)
    page = press(member, "cancel", batch, page=BATCHES)
    assert "Only the first 2 jobs were taken" in page
    assert batch.jobs.filter(status="CANCELLED").count() == 2


def test_all_that_match_cannot_be_taken_at_once(bench: Bench, member: Browser) -> None:
    jobs = [failed(bench) for _ in range(3)]
    press(member, "retry", jobs[0], select_across=1)
    assert sorted(status(job) for job in jobs) == ["FAILED", "FAILED", "PENDING"]
