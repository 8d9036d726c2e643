"""The page of a job: where it stands first, then its steps, each opened when it is asked for."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from marketplaces.etsy.stock import left_out
from marketplaces.models import Listing, ListingStatus
from stoflow.tenants.models import Tenant
from tasks import actions, tenancy
from tasks.dispatch import lanes
from tasks.dispatch.presence import Presence
from tasks.models import MarketplaceJob, MarketplaceTask, TaskAttempt, WaitReason
from tasks.orchestrator import TaskOrchestrator
from tasks.requests import BROUGHT_FORWARD_BY
from tests.tasks.admin.conftest import TENANT, Browser, text_of
from tests.tasks.admin.pressing import press, words_of
from tests.tasks.conftest import Bench, StopAfter, tasks_of
from tests.wrong_clocks import clock_ahead

JOBS = f"{TENANT}tasks/marketplacejob/"


def page_of(browser: Browser, job: MarketplaceJob) -> str:
    answer = browser.get(f"{JOBS}{job.pk}/change/")
    assert answer.status_code == 200
    return text_of(answer)


def piece_of(browser: Browser, job: MarketplaceJob, piece: str, **query: str) -> str:
    answer = browser.get(f"{JOBS}{job.pk}/{piece}/", **query)
    assert answer.status_code == 200
    return text_of(answer)


def live(browser: Browser, job: MarketplaceJob, version: str = "") -> HttpResponse:
    return browser.get(f"{JOBS}{job.pk}/live/", version=version)


def version_in(page: str) -> str:
    found = re.search(r'id="job-live".*?data-version="(\w+)"', page, re.DOTALL)
    assert found
    return found[1]


def rows_in(page: str) -> list[str]:
    return re.findall(r'<li class="tl-row" id="([\w-]+)"', page)


def failed(bench: Bench, **script: list[str]) -> MarketplaceJob:
    return bench.work_until_ended(bench.request(script=script))


def add_tasks(job: MarketplaceJob, number: int, status: str = "COMPLETED") -> None:
    now = timezone.now()
    done = {"started_at": now, "completed_at": now, "result": {"note": "x" * 1000}}
    MarketplaceTask.objects.bulk_create(
        MarketplaceTask(
            job=job, name=f"More {n}", position=n + 100, step="upload", status=status,
            created_at=now, payload={"note": "x" * 1000}, **(done if status == "COMPLETED" else {}),
        )
        for n in range(number)
    )  # fmt: skip


def add_attempts(task: MarketplaceTask, number: int) -> None:
    now = timezone.now()
    TaskAttempt.objects.bulk_create(
        TaskAttempt(
            job=task.job, task=task, number=n + 1, started_at=now, ended_at=now,
            outcome="TRANSIENT", error_class="X", message=f"Message {n + 1}.",
            traceback=f"Traceback {n + 1}", evidence={"answer": {"status": 500 + n}},
        )
        for n in range(number)
    )  # fmt: skip


def test_cause_and_advice_come_first_and_stand_with_the_failed_step(
    bench: Bench, member: Browser
) -> None:
    page = page_of(member, failed(bench, create=["permanent"]))
    told = r"The toy market refuses this\..*?Paint it red\."
    order = rf"Failed.*?{told}.*?1\. Validate product.*?3\. Upload image 2/2.*?4\. Create listing"
    assert re.search(rf"{order}.*?{told}.*?Traceback.*?6\. Save result", page, re.DOTALL)


def test_only_the_failed_step_is_open_and_its_traceback_is_folded(
    bench: Bench, member: Browser
) -> None:
    job = failed(bench, upload=["bug"] * 9)
    TaskAttempt.objects.filter(job=job).update(traceback="<script>alert(1)</script>")
    page = page_of(member, job)
    assert page.count("<details open>") == 1
    assert "<script>alert(1)" not in page
    assert re.search(
        r"<details class=.task-fold.[^>]*traceback[^>]*>\s*<summary>.*?&lt;script&gt;alert\(1\)",
        page,
        re.DOTALL,
    )


def test_a_step_that_is_opened_shows_its_receipt_in_words_and_as_it_was_stored(
    bench: Bench, member: Browser
) -> None:
    job = failed(bench, create=["permanent"])
    task = tasks_of(job)[1]
    MarketplaceTask.objects.filter(pk=task.pk).update(
        result={
            "image_id": "77",
            "url": "https://i.example.org/7.jpg",
            "changed": False,
            "expires_at": "2026-12-22T08:21:00.000Z",
        }
    )
    with timezone.override("Europe/Paris"):
        piece = piece_of(member, job, f"tasks/{task.pk}")
    facts = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", piece))
    assert 'href="https://i.example.org/7.jpg"' in facts["Link"]
    assert facts["Changed"] == "no"
    assert facts["Expires"].startswith("Dec. 22, 2026 ")
    assert "Image id" not in facts
    assert "&quot;image_id&quot;: &quot;77&quot;" in piece


def test_an_opened_step_says_what_was_left_out_and_why_in_the_readers_language(
    bench: Bench, member: Browser
) -> None:
    task = tasks_of(failed(bench, create=["permanent"]))[1]
    MarketplaceTask.objects.filter(pk=task.pk).update(result=left_out(2, wanted=7, offered=5))
    said = {
        "en": "<dt>Pieces left out</dt><dd>2, because they are missing at Etsy: ",
        "fr": "<dt>Pièces laissées de côté</dt><dd>2, car elles manquent sur Etsy",
    }
    for language, words in said.items():
        member.client.cookies["django_language"] = language
        assert words in piece_of(member, task.job, f"tasks/{task.pk}")


def test_a_run_that_was_brought_forward_says_by_whom(bench: Bench, member: Browser) -> None:
    job = bench.request()
    by = "pieces that are missing at Etsy"
    MarketplaceJob.objects.filter(pk=job.pk).update(
        requested_by="the account's interval", payload={BROUGHT_FORWARD_BY: by}
    )
    assert re.search(rf"Brought forward by.*?{by}", piece_of(member, job, "facts"), re.DOTALL)
    MarketplaceJob.objects.filter(pk=job.pk).update(requested_by=by)
    assert "Brought forward by" not in piece_of(member, job, "facts")


def test_an_opened_step_shows_request_and_answer_of_each_attempt_as_text(
    bench: Bench, member: Browser
) -> None:
    job = failed(bench, create=["permanent"])
    task = tasks_of(job)[3]
    TaskAttempt.objects.filter(job=job).update(
        evidence={
            "request": {
                "method": "POST",
                "url": "https://api.example.org/offer",
                "headers": {"Authorization": "[removed]"},
                "body": '{"title": "<b>Toy</b>"}',
            },
            "answer": {"status": 400, "milliseconds": 12, "body": "no"},
        }
    )
    piece = piece_of(member, job, f"tasks/{task.pk}")
    assert "POST https://api.example.org/offer" in piece
    assert "Authorization: [removed]" in piece
    assert "400, after 12 ms" in piece
    assert "&lt;b&gt;Toy&lt;/b&gt;" in piece
    assert "<b>Toy</b>" not in piece


def test_an_opened_step_says_what_was_waited_for_after_each_attempt(
    bench: Bench, member: Browser
) -> None:
    job = failed(bench, create=["transient", "permanent"])
    piece = piece_of(member, job, f"tasks/{tasks_of(job)[3].pk}")
    assert len(re.findall(r"Then: waiting before the next try, \d h \d\d min", piece)) == 1


def test_evidence_that_has_no_usual_shape_is_shown_as_it_is(bench: Bench, member: Browser) -> None:
    job = failed(bench, create=["permanent"])
    task = tasks_of(job)[3]
    for evidence in (["a", "list"], {"request": "text"}, {"faults": [["stock", "none"]]}, {}):
        TaskAttempt.objects.filter(job=job).update(evidence=evidence)
        assert "The toy market refuses this." in piece_of(member, job, f"tasks/{task.pk}")


def test_of_many_attempts_the_newest_are_shown(bench: Bench, member: Browser) -> None:
    job = failed(bench, validate=["permanent"])
    task = tasks_of(job)[0]
    TaskAttempt.objects.filter(job=job).delete()
    add_attempts(task, 50)
    piece = piece_of(member, job, f"tasks/{task.pk}")
    assert "Traceback 50" in piece
    assert "Traceback 30" not in piece
    assert "30 older attempts are not shown." in piece


def test_what_a_job_that_gave_up_says_is_said_at_its_failed_step_too(
    bench: Bench, member: Browser
) -> None:
    job = bench.request(script={"validate": ["transient"] * 9})
    bench.work_until_ended(job)
    page = page_of(member, job)
    assert "gave up" in page
    assert "StoFlow tries again by itself" not in page


def test_thousands_of_steps_cost_no_more_queries_and_stay_light(
    bench: Bench, member: Browser
) -> None:
    short, long = (failed(bench, validate=["permanent"]) for _ in range(2))
    add_tasks(long, 2000)
    add_attempts(tasks_of(long)[1], 500)
    page_of(member, short)
    costs, reads = [], []
    for job in (short, long):
        with CaptureQueriesContext(connection) as queries:
            page = page_of(member, job)
        costs.append(len(queries))
        reads.append(
            [q["sql"] for q in queries if "marketplace_" in q["sql"] or "task_a" in q["sql"]]
        )
    assert costs[0] == costs[1]
    assert len(reads[1]) <= 11  # three of them are of the banners
    assert len(page.encode()) < 300_000
    assert "2,000 completed steps" in page
    assert "More 1" not in page
    assert "Traceback 1" not in page


def test_a_fold_opens_a_hundred_rows_at_a_time(bench: Bench, member: Browser) -> None:
    job = failed(bench, validate=["permanent"])
    add_tasks(job, 250)
    seen, piece = [], piece_of(member, job, "tasks/100-349")
    for _ in range(3):
        seen += re.findall(r"More \d+", piece)
        more = re.search(r'hx-get="[^"]*/(tasks/\d+-\d+)/"', piece)
        if more is None:
            break
        piece = piece_of(member, job, more[1])
    assert seen == [f"More {n}" for n in range(250)]


def test_a_row_that_is_open_in_the_browser_is_not_folded_away(
    bench: Bench, member: Browser
) -> None:
    job = failed(bench, validate=["permanent"])
    add_tasks(job, 100)
    row = MarketplaceTask.objects.get(job=job, name="More 50")
    path = f"{JOBS}{job.pk}/live/"
    assert f"task-{row.pk}" not in rows_in(text_of(member.get(path)))
    assert f"task-{row.pk}" in rows_in(text_of(member.get(path, open=f"{row.pk},junk")))


def test_thousands_of_steps_that_all_failed_once_make_no_heavy_page(
    bench: Bench, member: Browser
) -> None:
    job = failed(bench, validate=["permanent"])
    add_tasks(job, 2000)
    now = timezone.now()
    TaskAttempt.objects.bulk_create(
        TaskAttempt(
            job=job, task=task, number=1, started_at=now, ended_at=now, outcome="TRANSIENT",
            error_class="X", message="m" * 2000,
        )
        for task in MarketplaceTask.objects.filter(job=job, status="COMPLETED")
    )  # fmt: skip
    assert len(page_of(member, job).encode()) < 300_000


def test_a_refresh_answers_nothing_while_nothing_has_changed(bench: Bench, member: Browser) -> None:
    job = bench.request(script={"create": ["transient"]})
    version = version_in(page_of(member, job))
    answer = live(member, job, version)
    assert (answer.status_code, answer.content) == (204, b"")
    bench.work()
    changed = live(member, job, version)
    assert changed.status_code == 200
    assert "did not succeed" in text_of(changed)
    assert live(member, job, version_in(text_of(changed))).status_code == 204


def test_a_turn_between_two_looks_changes_the_version(bench: Bench, member: Browser) -> None:
    job, versions = bench.request(), []
    for _ in range(5):  # the last two steps go together: the first of them is no return
        versions.append(version_in(text_of(live(member, job))))
        bench.work(TaskOrchestrator(StopAfter(1, WaitReason.TURN)))
    versions.append(version_in(text_of(live(member, job))))
    assert len(set(versions)) == 6
    assert MarketplaceJob.objects.get().status == "COMPLETED"


def test_stopping_the_account_changes_the_version(bench: Bench, member: Browser) -> None:
    job = bench.request()
    version = version_in(page_of(member, job))
    lanes.pause(bench.account.pk, by="kim", reason="Holidays")
    changed = text_of(live(member, job, version))
    assert "All work of Toy shop was paused by kim." in changed
    assert "Holidays" in changed


def test_an_absent_seller_s_side_is_said_on_the_page_until_it_is_there(
    bench: Bench, member: Browser
) -> None:
    Presence(1, workers=2, every_seconds=0).tell()
    job = bench.request(script={"create": ["offline"]})
    bench.work()
    shown = page_of(member, job)
    said = html.unescape(shown)
    assert "It waits for the seller's side of Toy shop, which has been missing since " in said
    assert "The seller's toy box is closed." in said
    lanes.online(bench.account.pk)
    changed = html.unescape(text_of(live(member, job, version_in(shown))))
    assert "It waits for its next turn; “Create listing” comes next." in changed


def test_a_pause_between_two_calls_is_said_on_the_page_and_changes_its_version_once(
    bench: Bench, member: Browser
) -> None:
    Presence(1, workers=2, every_seconds=0).tell()
    job, other = bench.request(script={"create": ["rest"]}), bench.request()
    bench.work()
    shown, others = page_of(member, job), page_of(member, other)
    assert "It pauses between two calls until " in shown
    with connection.cursor() as cursor:
        cursor.execute("UPDATE public.lanes SET rests_until = clock_timestamp()")
    assert "Its pause between two calls is over" in text_of(live(member, job, version_in(shown)))
    lanes.rest(bench.account.pk, until=timezone.now() + timedelta(seconds=9))
    assert live(member, other, version_in(others)).status_code == 204, "not of other jobs"


@pytest.mark.parametrize(
    "sentence",
    [
        "It waits: no workers are running.",
        "It waits: workers take no work until the clocks of their machines are right.",
    ],
)
def test_while_nobody_works_the_page_says_so_and_notices_when_somebody_does(
    bench: Bench, member: Browser, sentence: str
) -> None:
    cluster = Presence(1, workers=2, every_seconds=0)
    if "clocks" in sentence:
        cluster.tell(clock_ahead(40))
    job = bench.request()
    shown = page_of(member, job)
    said = words_of(shown)
    assert sentence in said
    assert "waits for its turn" not in said
    assert "waiting for its turn" not in said
    assert "Nothing to do" not in said
    assert live(member, job, version_in(shown)).status_code == 204
    cluster.tell(clock_ahead(0))
    assert "It waits for its turn." in text_of(live(member, job, version_in(shown)))


def test_a_refresh_costs_few_queries_while_nothing_has_changed(
    bench: Bench, member: Browser
) -> None:
    job = failed(bench, validate=["permanent"])
    add_tasks(job, 100)
    version = version_in(page_of(member, job))
    with CaptureQueriesContext(connection) as queries:
        live(member, job, version)
    own = [q for q in queries if "marketplace_" in q["sql"] or "lanes" in q["sql"]]
    assert len(own) == 3


def test_the_page_of_an_ended_job_does_not_refresh_itself(bench: Bench, member: Browser) -> None:
    waiting, ended = bench.request(), failed(bench, validate=["permanent"])
    MarketplaceJob.objects.filter(pk=waiting.pk).update(status="PENDING", completed_at=None)
    assert 'data-live="yes"' in page_of(member, waiting)
    assert 'data-live="no"' in page_of(member, ended)


def test_pieces_are_only_for_who_may_see_jobs(
    bench: Bench, member: Browser, nobody: Browser, stranger: Browser, tenant: Tenant
) -> None:
    job = failed(bench, create=["permanent"])
    task = tasks_of(job)[0]
    pieces = ("live", "facts", f"tasks/{task.pk}", "tasks/1-9")
    for piece in pieces:
        path = f"{JOBS}{job.pk}/{piece}/"
        assert member.get(path).status_code == 200, path
        assert member.get(path)["X-StoFlow-Job"]
        assert stranger.get(path).status_code == 404, path
        answer = nobody.get(path)
        assert answer.status_code == 302, path
        assert "X-StoFlow-Job" not in answer
        assert member.get(f"/admin/tasks/marketplacejob/{job.pk}/{piece}/").status_code in {
            403,
            404,
        }
        assert member.post(path).status_code in {200, 405}, path


def test_a_member_without_the_permission_sees_no_piece(bench: Bench, rightless: Browser) -> None:
    job = failed(bench, create=["permanent"])
    task = tasks_of(job)[0]
    for piece in ("change", "live", "facts", f"tasks/{task.pk}", "tasks/1-9"):
        assert rightless.get(f"{JOBS}{job.pk}/{piece}/").status_code == 403, piece


def test_a_step_of_another_job_or_of_another_tenant_is_not_there(
    bench: Bench, member: Browser, superuser: Browser, other_tenant: Tenant, tenant: Tenant
) -> None:
    one, other = (failed(bench, create=["permanent"]) for _ in range(2))
    task = tasks_of(other)[0]
    assert member.get(f"{JOBS}{one.pk}/tasks/{task.pk}/").status_code == 404
    for piece in ("live", "facts", f"tasks/{task.pk}", "tasks/1-9"):
        assert member.get(f"{JOBS}987654321/{piece}/").status_code == 404
        path = f"/t/t2/admin/tasks/marketplacejob/{other.pk}/{piece}/"
        assert superuser.get(path).status_code == 404, path
    with tenancy.inside(other_tenant):
        assert not MarketplaceJob.objects.exists()


def test_numbers_that_no_row_can_have_are_not_there(bench: Bench, member: Browser) -> None:
    job = bench.request()
    huge = 10**25
    assert member.get(f"{JOBS}{huge}/live/").status_code == 404
    assert member.get(f"{JOBS}{job.pk}/tasks/{huge}/").status_code == 404
    assert member.get(f"{JOBS}{huge}/change/").status_code == 404


def test_the_head_names_product_account_batch_and_listing(shop: Bench, member: Browser) -> None:
    job = MarketplaceJob.objects.get()
    Listing.objects.update(url="https://toys.example.org/1", status=ListingStatus.LIVE)
    page = page_of(member, job)
    for text in ("S0", "Toy shop", 'src="https://example.org/toy.jpg"',
                 'href="https://toys.example.org/1"'):  # fmt: skip
        assert text in page
    Listing.objects.update(url="javascript:alert(1)")
    assert "javascript:" not in page_of(member, job)


def test_who_holds_the_lease_is_named_with_its_end(bench: Bench, member: Browser) -> None:
    job = bench.request()
    claimed = bench.claim()
    assert claimed is not None
    page = page_of(member, job)
    assert "Worked on by" in page
    assert claimed.leased_by in page
    assert "Working" in page


def test_the_next_try_is_counted_down_to_its_moment(bench: Bench, member: Browser) -> None:
    job = bench.request(script={"create": ["transient"]})
    bench.work()
    job.refresh_from_db()
    MarketplaceJob.objects.update(run_after=job.run_after + timedelta(hours=1))
    job.refresh_from_db()
    assert f'data-until="{job.run_after.isoformat()}"' in page_of(member, job)


def test_a_waiting_job_names_the_one_that_it_waits_for(bench: Bench, member: Browser) -> None:
    product = bench.product()
    first = bench.request("publish", product)
    bench.claim()
    second = bench.request("update", product)
    assert f"It waits until job {first.pk} (Publish on Toy) has ended" in page_of(member, second)


def test_everything_else_about_the_job_is_one_click_away(bench: Bench, member: Browser) -> None:
    product = bench.product()
    older = bench.work_until_ended(bench.request("publish", product))
    job = bench.work_until_ended(bench.request("update", product, payload={"colour": "<red>"}))
    piece = piece_of(member, job, "facts")
    assert f"{JOBS}{older.pk}/change/" in piece
    assert f"{JOBS}{job.pk}/change/" not in piece
    assert "Publish on Toy" in piece
    assert "&lt;red&gt;" in piece
    assert "0 of 10" in piece


def test_a_sweep_of_an_account_has_its_page_too(bench: Bench, member: Browser) -> None:
    job = bench.work_until_ended(bench.request("sync"))
    page = page_of(member, job)
    assert "Whole account" in page
    assert "All 3 steps are done." in page
    assert piece_of(member, job, "facts")


@pytest.mark.parametrize("product", [True, False])
def test_a_job_without_account_has_its_page(product: bool, bench: Bench, member: Browser) -> None:
    job = bench.work_until_ended(bench.request("publish" if product else "sync"))
    MarketplaceJob.objects.update(account=None)
    assert "Toy shop" in page_of(member, job)
    assert piece_of(member, job, "facts")


def test_a_failed_planning_tells_its_cause(bench: Bench, member: Browser) -> None:
    job = bench.work_until_ended(bench.request(script={"plan": ["permanent"]}))
    page = page_of(member, job)
    assert rows_in(page) == ["before"]
    assert "The toy market refuses this." in page


def test_text_stands_for_the_bars_and_hides_them_from_screen_readers(
    bench: Bench, member: Browser
) -> None:
    page = page_of(member, failed(bench, create=["transient"] * 2 + ["permanent"]))
    words = re.search(r"4\. Create listing</span>.*?job-hidden\">: (.*?)</span>", page, re.DOTALL)
    assert words
    assert words[1].startswith("failed, working ")
    assert "3 attempts" in words[1]
    assert page.count('class="tl-track" aria-hidden="true"') == len(rows_in(page))


def test_buttons_are_those_that_make_sense_and_only_for_who_may_act(
    bench: Bench, member: Browser, viewer: Browser
) -> None:
    job, waiting = failed(bench, validate=["permanent"]), bench.request()
    paused = bench.request()
    actions.pause(paused, requested_by="sam")
    assert buttons(page_of(member, job)) == {"retry"}
    assert buttons(page_of(member, waiting)) == {"pause", "cancel"}
    assert buttons(page_of(member, paused)) == {"resume", "cancel"}
    assert buttons(page_of(viewer, job)) == set()


def buttons(page: str) -> set[str]:
    names = ("retry", "cancel", "pause", "resume")
    return {name for name in names if f"actions/preview/?do={name}&" in page}


def test_a_job_of_a_product_that_was_deleted_still_has_its_page(
    bench: Bench, member: Browser
) -> None:
    job = failed(bench, validate=["permanent"])
    bench.products[0].delete()
    assert "Toy" in page_of(member, job)


def test_an_unknown_outcome_says_so_with_its_evidence_and_offers_to_look_again(
    bench: Bench, member: Browser
) -> None:
    job = failed(bench, create=["unknown"], find_listing=["cannot_tell"] * 6)
    page = page_of(member, job)
    assert "Nobody knows whether “Create listing” took effect." in page
    assert "Nobody knows whether it took effect." in page
    assert re.search(r"What was seen:</strong> The list of toys is cut off\.", page)
    assert "Look again" in page


def test_a_refusal_in_doubt_says_so_in_the_marketplace_s_words_until_a_look_has_shown(
    bench: Bench, member: Browser
) -> None:
    Presence(1, workers=2, every_seconds=0).tell()
    job = bench.request(script={"create": ["refused"]})
    bench.work()
    page = words_of(page_of(member, job))
    assert "Toy refused “Create listing”. StoFlow looks" in page
    assert page.count("The toy market refuses this, or it is there.") >= 2
    assert "The refusal is believed once a later look shows that nothing came of it." in page
    assert "it goes on by itself" in page
    assert "refused, to be confirmed, waiting" in page
    step = words_of(piece_of(member, job, f"tasks/{tasks_of(job)[3].pk}"))
    assert "Refused, to be confirmed by a later look" in step
    for told in (page, step):
        assert "No definite answer " not in told.replace("No definite answer Worker lost", "")
        assert "Nobody knows whether" not in told
        assert "outcome unknown" not in told


@pytest.mark.parametrize("are_clocks_wrong", [False, True])
def test_an_opened_step_promises_nothing_while_nobody_works(
    bench: Bench, member: Browser, are_clocks_wrong: bool
) -> None:
    job = bench.request(script={"create": ["refused"]})
    bench.work()
    if are_clocks_wrong:
        Presence(1, workers=2, every_seconds=0).tell(clock_ahead(40))
    step = tasks_of(job)[3].pk
    for told in (page_of(member, job), piece_of(member, job, f"tasks/{step}")):
        assert "The toy market refuses this, or it is there." in told
        assert "goes on by itself" not in told.replace("What waits goes on by itself", "")


def test_a_question_after_a_refusal_in_doubt_says_that_nobody_knows(
    bench: Bench, member: Browser
) -> None:
    page = page_of(member, failed(bench, create=["refused"], find_listing=["transient"] * 99))
    assert "Nobody knows whether “Create listing” took effect." in page
    assert "Nobody knows whether it took effect." in page
    assert "outcome unknown" in page


def test_who_retried_an_ended_job_is_told_and_the_time_between_is_not_waiting(
    bench: Bench, member: Browser
) -> None:
    job = failed(bench, create=["permanent"])
    long_ago = timezone.now() - timedelta(days=24)
    MarketplaceJob.objects.update(
        created_at=long_ago, started_at=long_ago, run_started_at=long_ago, completed_at=long_ago
    )
    MarketplaceTask.objects.exclude(started_at=None).update(started_at=long_ago)
    MarketplaceTask.objects.exclude(completed_at=None).update(completed_at=long_ago)
    TaskAttempt.objects.update(started_at=long_ago, ended_at=long_ago)
    press(member, "retry", job)
    page = page_of(member, job)
    assert re.search(r"Ended; retried by mia after 24\sd", page)
    assert not re.search(r"\sd [\d\sh]*waiting", page)
