"""What is told before an action is what happens afterwards."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplaces.models import Account
from tasks import actions, previews, replans, requests, staff_actions
from tasks.models import MarketplaceJob, MarketplaceTask, StaffActionOutcome
from tasks.orchestrator import TaskOrchestrator
from tasks.replans import Caution, Replan
from tests.tasks.conftest import Bench, StopAfter, tasks_of

KINDS = ("retry", "cancel", "pause", "resume")


def failed(bench: Bench, **script: list[str]) -> MarketplaceJob:
    return bench.work_until_ended(bench.request(script=script or {"validate": ["permanent"]}))


def replan(job: MarketplaceJob) -> Replan:
    job.refresh_from_db()
    [result] = replans.replan([job])
    return result


def situations(bench: Bench) -> list[MarketplaceJob]:
    """One job in every situation that an action of staff distinguishes."""
    completed = bench.work_until_ended(bench.request())
    failure, waiting = failed(bench), bench.request()
    superseded = failed(bench)
    bench.request("unpublish", bench.products[-1])
    void = failed(bench)
    again = bench.request(product=bench.products[-1])
    twice = bench.request()
    actions.cancel(twice, requested_by="sam")
    newer = bench.request(product=bench.products[-1])
    actions.cancel(newer, requested_by="sam")
    removed = failed(bench)
    bench.products[-1].delete()
    live = bench.request(script={"save": ["transient"]}, priority=1)
    bench.work()
    doubtful = bench.request(script={"create": ["unknown_after"]}, priority=1)
    bench.work()
    paused = bench.request()
    actions.pause(paused, requested_by="sam")
    being_cancelled = bench.request(priority=1)
    bench.lane.__class__.objects.update(concurrency=5)
    assert bench.claim() is not None
    actions.cancel(being_cancelled, requested_by="sam")
    running = bench.request(priority=1)
    assert bench.claim() is not None
    question = MarketplaceJob.objects.filter(pk=void.pk)
    question.update(needs_person=True)
    return [
        completed, failure, waiting, superseded, void, again, twice, newer, removed, live,
        doubtful, paused, being_cancelled, running,
    ]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_job_becomes_what_the_preview_said(bench: Bench, kind: str) -> None:
    chosen = MarketplaceJob.objects.filter(pk__in=[job.pk for job in situations(bench)])
    told = previews.preview(kind, chosen)
    action, _ = staff_actions.begin(staff_actions.Wish(kind, by="mia"))
    assert staff_actions.go_on(action, chosen, cursor=0)
    happened = StaffActionOutcome.objects.filter(action=action)
    assert {(one.job_id, one.sentence, not one.refused) for one in (*told.done, *told.refused)} == {
        (one.job_id, one.sentence, one.done) for one in happened
    }
    action.refresh_from_db()
    assert (told.done_count, told.refused_count) == (action.done_count, action.refused_count)
    assert told.done_count
    assert told.refused_count


def test_a_preview_changes_nothing(bench: Bench) -> None:
    situations(bench)
    before = list(MarketplaceJob.objects.order_by("pk").values())
    tasks = list(MarketplaceTask.objects.order_by("pk").values())
    for kind in KINDS:
        previews.preview(kind, MarketplaceJob.objects.all())
    assert list(MarketplaceJob.objects.order_by("pk").values()) == before
    assert list(MarketplaceTask.objects.order_by("pk").values()) == tasks


@pytest.mark.parametrize(
    ("script", "caution"),
    [
        ({"validate": ["permanent"]}, Caution.NONE),
        ({"upload": ["ok", "permanent"]}, Caution.NONE),
        ({"create": ["permanent"]}, Caution.NONE),
        ({"create": ["transient"] * 5}, Caution.NONE),
        ({"create": ["unknown"], "find_listing": ["cannot_tell"] * 6}, Caution.LOOKS_FIRST),
        ({"create": ["unknown_after"], "find_listing": ["cannot_tell"] * 6}, Caution.LOOKS_FIRST),
        ({"save": ["permanent"]}, None),
    ],
)
def test_a_retry_keeps_and_calls_what_its_preview_named(
    bench: Bench, script: dict[str, list[str]], caution: Caution | None
) -> None:
    job = failed(bench, **script)
    told = replan(job)
    before = {task.pk: task.attempt_count for task in tasks_of(job) if task.name in told.kept}
    began = bench.world.lines("began")
    assert actions.retry(job, requested_by="mia").retried
    assert bench.work_until_ended(job).status == "COMPLETED"
    names = {task.pk: task.name for task in tasks_of(job)}
    since = [names[int(line.split()[0])] for line in bench.world.lines("began")[len(began) :]]
    found = [name for call in told.calls if (name := call.name) not in since]
    assert since == [
        name for name in names.values() if name in {*told.own, *called(told)} - {*found}
    ]
    assert not set(told.kept) & set(since)
    assert {task.pk: task.attempt_count for task in tasks_of(job) if task.pk in before} == before
    assert sorted([*told.kept, *told.own, *called(told)]) == sorted(names.values())
    cautions = {call.name: call.caution for call in told.calls}
    assert cautions.get("Create listing") == caution
    # What was there already is found, not made again.
    assert found == (["Create listing"] if script.get("create") == ["unknown_after"] else [])
    assert set(bench.world.effects().values()) == {1}


def called(told: Replan) -> list[str]:
    return [call.name for call in told.calls]


def change_photos(bench: Bench, job: MarketplaceJob, number: int) -> None:
    MarketplaceJob.objects.filter(pk=job.pk).update(payload={**job.payload, "photos": number})


def test_a_retry_of_a_changed_product_is_previewed_as_it_is_now(bench: Bench) -> None:
    job = failed(bench, create=["permanent"])
    change_photos(bench, job, 4)
    told = replan(job)
    assert told.kept == ["Upload image 1/4", "Upload image 2/4"]
    assert called(told)[:2] == ["Upload image 3/4", "Upload image 4/4"]
    actions.retry(job, requested_by="mia")
    bench.work()
    assert bench.world.calls("upload", f"product-{job.product_id}") == 4


def test_what_is_no_longer_wanted_is_named(bench: Bench) -> None:
    job = failed(bench, upload=["ok", "permanent"])
    change_photos(bench, job, 1)
    assert replan(job).dropped == ["Upload image 2/2"]


def test_an_open_question_that_is_no_longer_wanted_is_only_looked_at(bench: Bench) -> None:
    job = failed(bench, create=["unknown"], find_listing=["cannot_tell"] * 6)
    MarketplaceJob.objects.filter(pk=job.pk).update(payload={**job.payload, "edition": 2})
    cautions = [(call.name, call.caution) for call in replan(job).calls]
    assert ("Create listing", Caution.ONLY_LOOKS) in cautions
    assert ("Create listing", Caution.LOOKS_FIRST) in cautions


def test_an_answer_that_a_person_gave_is_taken(bench: Bench) -> None:
    job = failed(bench, create=["unknown"], find_listing=["cannot_tell"] * 6)
    task = MarketplaceTask.objects.get(job=job, status="UNKNOWN")
    actions.answer(task, exists=True, external_id="L-7", requested_by="mia")
    assert replan(job).calls[0].caution is Caution.TAKES_WORD
    MarketplaceTask.objects.filter(pk=task.pk).update(result={"answer": {"exists": False}})
    assert replan(job).calls[0].caution is Caution.NONE


def test_what_an_earlier_job_may_have_made_is_looked_for_first(bench: Bench) -> None:
    product = bench.product()
    bench.work_until_ended(bench.request(product=product, script={"publish": ["permanent"]}))
    second = bench.request(product=product)
    actions.cancel(second, requested_by="mia")
    cautions = {call.name: call.caution for call in replan(second).calls}
    assert cautions["Create listing"] is Caution.LOOKS_FIRST
    assert cautions["Publish listing"] is Caution.NONE


def test_a_job_that_cannot_be_planned_says_why(bench: Bench) -> None:
    job = failed(bench, plan=["permanent", "permanent"])
    assert replan(job).fault == "The toy market refuses this."
    MarketplaceJob.objects.filter(pk=job.pk).update(action="dance")
    assert "no handler for dance" in replan(job).fault


def test_jobs_after_the_first_ones_are_summed_from_their_stored_plans(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previews, "PLANNED", 1)
    failed(bench)
    failed(bench, create=["permanent"])
    failed(bench, create=["unknown"], find_listing=["cannot_tell"] * 6)
    actions.cancel(bench.request(), requested_by="mia")
    told = previews.preview("retry", MarketplaceJob.objects.all())
    assert len(told.replans) == 1
    assert told.unplanned == replans.Sums(jobs=3, kept=4, own=4, calls=4, looks=1, never_planned=1)


def test_a_preview_counts_to_its_limit_and_says_that_there_are_more(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previews, "MOST", 2)
    monkeypatch.setattr(previews, "NAMED", 1)
    jobs = [bench.request() for _ in range(3)]
    told = previews.preview("pause", MarketplaceJob.objects.all())
    assert (told.counted, told.is_cut_off) == (2, True)
    assert [one.job_id for one in told.done] == [jobs[0].pk]
    assert list(told.sentences.values()) == [2]


@pytest.mark.parametrize("kind", KINDS)
def test_a_preview_of_many_jobs_costs_no_more_statements(bench: Bench, kind: str) -> None:
    few, many = counted(bench, kind, 21), counted(bench, kind, 30)
    assert few == many


def counted(bench: Bench, kind: str, number: int) -> int:
    MarketplaceJob.objects.all().delete()
    products = [bench.product() for _ in range(number)]
    payload = {"world": str(bench.world.path)}
    requests.start_batch(bench.account, "publish", products, name="B", payload=payload)
    MarketplaceJob.objects.update(status="FAILED", completed_at="2026-01-01T00:00:00Z")
    with CaptureQueriesContext(connection) as queries:
        previews.preview(kind, MarketplaceJob.objects.all())
    return len(queries)


def test_a_sweep_is_made_void_by_a_newer_one_of_its_account_only(bench: Bench) -> None:
    def swept(account: Account) -> MarketplaceJob:
        job = requests.request_job(account, "sync")
        MarketplaceJob.objects.filter(pk=job.job_id).update(
            status="FAILED", completed_at="2026-01-01T00:00:00Z"
        )
        return MarketplaceJob.objects.get(pk=job.job_id)

    old = swept(bench.account)
    swept(Account.objects.create(marketplace="toy", name="Second"))
    assert not previews.preview("retry", MarketplaceJob.objects.all()).refused_count
    newer = swept(bench.account)
    [refused] = previews.preview("retry", MarketplaceJob.objects.all()).refused
    assert refused.job_id == old.pk
    assert f"Job {newer.pk}" in refused.sentence


def test_a_job_that_was_let_go_in_the_middle_is_cancelled_at_once(bench: Bench) -> None:
    bench.request()
    bench.work(TaskOrchestrator(StopAfter(2)))
    told = previews.preview("cancel", MarketplaceJob.objects.all())
    assert told.sentences == {"It is cancelled.": 1}
