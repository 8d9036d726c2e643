"""What is told before an action is what happens afterwards."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from marketplaces import asking
from marketplaces.models import Account, Product
from tasks import actions, previews, replans, requests, staff_actions
from tasks.models import MarketplaceJob, MarketplaceTask, StaffActionOutcome
from tasks.orchestrator import TaskOrchestrator
from tasks.replans import Caution, Replan
from tasks.wording import number_of_calls, without_number
from tasks.workloads import Calls, StepCalls, Workload, spread
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
    assert actions.retry(job).retried
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
    actions.retry(job)
    bench.work()
    assert bench.world.calls("upload", f"product-{job.product_id}") == 4


def test_a_retry_of_what_is_still_not_fit_calls_nobody(bench: Bench, settings: Settings) -> None:
    settings.STAFF = settings.STAFF | {"planned": 1, "sampled": 2}
    Account.objects.update(marketplace="ebay", settings={"marketplace_id": "EBAY_FR"})
    bench.account.refresh_from_db()
    for _ in range(6):
        actions.cancel(bench.request(product=bench.product("x" * 90)), requested_by="mia")
    told = retry_workload(*MarketplaceJob.objects.all())
    assert (told.jobs, told.unfit, told.calls.total) == (6, 6, 0)
    assert "the title has 90 characters" in replan(MarketplaceJob.objects.all()[0]).fault


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


@pytest.mark.parametrize(
    "script",
    [
        {"upload": ["ok", "permanent"]},
        {"create": ["unknown"], "find_listing": ["cannot_tell"] * 6},
        {"publish": ["unknown"], "find_live": ["cannot_tell"] * 6},
        {"save": ["permanent"]},
    ],
)
def test_a_retry_makes_the_calls_that_its_preview_counted(
    bench: Bench, script: dict[str, list[str]]
) -> None:
    job = failed(bench, **script)
    for told in (retry_workload(job), replans.stored_workload([job.pk])):
        looks, acts = told.calls.looks, told.calls.total - told.calls.looks
    before = calls_made(bench)
    actions.retry(job)
    bench.work_until_ended(job)
    made = calls_made(bench) - before
    assert sum(n for step, n in made.items() if step.startswith("find_")) == looks
    assert sum(made[step] for step in ("upload", "create", "publish")) == acts


def retry_workload(*jobs: MarketplaceJob) -> Workload:
    chosen = MarketplaceJob.objects.filter(pk__in=[job.pk for job in jobs])
    told = previews.preview("retry", chosen).workload
    assert told is not None
    return told


def calls_made(bench: Bench) -> Counter[str]:
    return Counter(line.split()[0] for line in bench.world.lines("call"))


def test_a_stored_plan_says_as_much_as_planning_does(bench: Bench) -> None:
    looked_at = failed(bench, create=["unknown"], find_listing=["cannot_tell"] * 6)
    answered = failed(bench, create=["unknown"], find_listing=["cannot_tell"] * 6)
    MarketplaceTask.objects.filter(job=answered, status="UNKNOWN").update(
        result={"answer": {"exists": True, "external_id": "L-7"}}
    )
    denied = failed(bench, create=["unknown"], find_listing=["cannot_tell"] * 6)
    MarketplaceTask.objects.filter(job=denied, status="UNKNOWN").update(
        result={"answer": {"exists": False}}
    )
    product = bench.product()
    bench.work_until_ended(bench.request(product=product, script={"publish": ["permanent"]}))
    after_another = bench.work_until_ended(
        bench.request(product=product, script={"validate": ["permanent"] * 2})
    )
    begun = bench.request()
    bench.work(TaskOrchestrator(StopAfter(2)))
    actions.cancel(begun, requested_by="mia")
    last = failed(bench, save=["permanent"])
    for job in (looked_at, answered, denied, after_another, begun, last):
        job.refresh_from_db()
        assert in_numbers(replans.stored_workload([job.pk])) == in_numbers(
            replans.workload(replans.replan([job]))
        )


def in_numbers(told: Workload) -> tuple[int, int, list[tuple[str, int, int]]]:
    kinds = [(without_number(kind.task_name), kind.acts, kind.looks) for kind in told.calls.kinds]
    return told.kept, told.own, kinds


def test_what_a_revision_dropped_is_not_counted_again(bench: Bench) -> None:
    job = failed(bench, upload=["ok", "permanent"], create=["permanent"])
    change_photos(bench, job, 1)
    actions.retry(job)
    assert bench.work_until_ended(job).status == "FAILED"
    assert [kind.task_name for kind in replans.stored_workload([job.pk]).calls.kinds] == [
        "Create listing",
        "Publish listing",
    ]


def test_all_retries_are_counted_and_how_is_said(bench: Bench, settings: Settings) -> None:
    settings.STAFF = settings.STAFF | {"planned": 1, "sampled": 1}
    failed(bench)
    failed(bench, create=["permanent"])
    failed(bench, create=["unknown"], find_listing=["cannot_tell"] * 6)
    for _ in range(3):
        actions.cancel(bench.request(), requested_by="mia")
    told = previews.preview("retry", MarketplaceJob.objects.all())
    assert len(told.replans) == 1
    # 4 of the first, 2 and 3 from stored plans, 4 for each of the three that never began.
    assert told.workload == Workload(
        kept=4,
        own=12,
        calls=Calls(
            (
                StepCalls("Upload image 1/2", acts=8),
                StepCalls("Create listing", acts=6, looks=1),
                StepCalls("Publish listing", acts=6),
            )
        ),
        planned=2,
        stored=2,
        estimated=2,
    )
    assert told.workload.calls.total == 4 + 2 + 3 + 3 * 4


def test_planning_ends_when_its_time_is_over(bench: Bench, settings: Settings) -> None:
    settings.STAFF = settings.STAFF | {"planning_ms": 0}
    for _ in range(3):
        failed(bench)
    told = previews.preview("retry", MarketplaceJob.objects.all())
    assert len(told.replans) == 1
    assert told.workload is not None
    assert (told.workload.planned, told.workload.estimated) == (2, 1)
    assert told.workload.calls.total == 3 * 4


def asked(bench: Bench, action: str = "publish") -> Workload:
    return asking.preview(bench.account, action, Product.objects.all()).workload


def test_new_jobs_make_the_calls_that_were_counted(bench: Bench) -> None:
    product = bench.product()
    told = asked(bench)
    assert told.is_exact
    assert told.calls.kinds == (
        StepCalls("Upload image 1/2", acts=2),
        StepCalls("Create listing", acts=1),
        StepCalls("Publish listing", acts=1),
    )
    bench.work_until_ended(bench.request(product=product))
    assert calls_made(bench) == {
        "plan": 1, "validate": 1, "upload": 2, "create": 1, "publish": 1, "save": 1
    }  # fmt: skip


def test_what_an_earlier_job_may_have_made_is_counted_as_a_look_too(bench: Bench) -> None:
    bench.work_until_ended(bench.request(script={"publish": ["permanent"]}))
    assert StepCalls("Create listing", acts=1, looks=1) in asked(bench).calls.kinds


def test_a_product_that_waits_already_makes_no_calls_of_its_own(bench: Bench) -> None:
    bench.request()
    assert asked(bench).calls.total == 0
    assert asked(bench, "unpublish").calls.total == 1


def test_the_calls_of_many_products_are_estimated_from_a_sample(
    bench: Bench, settings: Settings
) -> None:
    settings.STAFF = settings.STAFF | {"sampled": 3}
    for _ in range(10):
        bench.product()
    told = asked(bench)
    assert (told.planned, told.estimated) == (3, 7)
    assert told.calls.total == 40


def test_planning_what_nobody_asked_for_stores_nothing(bench: Bench) -> None:
    bench.product()
    asked(bench)
    assert not MarketplaceJob.objects.exists()
    assert not bench.world.lines("call")


def test_every_beginning_of_a_sample_comes_from_everywhere() -> None:
    assert spread(range(100), 8) == [0, 50, 25, 75, 12, 62, 37, 87]
    assert spread(range(3), 8) == [0, 2, 1]
    assert spread([7], 8) == [7]
    assert spread([], 8) == []


def test_a_sample_comes_from_everywhere() -> None:
    assert sorted(spread(range(10), 3)) == [0, 3, 6]
    assert spread([1, 2], 3) == [1, 2]


def test_an_estimate_adds_up() -> None:
    of_three = Workload(
        calls=Calls((StepCalls("Upload image 1/1", acts=4), StepCalls("Make", 3, 1))), planned=3
    )
    told = of_three.extended_to(100)
    assert told.calls.total == 133 + 100 + 33 == sum(kind.total for kind in told.calls.kinds)
    assert Workload().extended_to(5) == Workload()


def test_calls_that_may_be_needed_besides_are_told_apart() -> None:
    known = Calls((StepCalls("Save", acts=1, spare=1),))
    assert (known.total, known.most) == (1, 2)
    assert (known + known).most == 4
    assert known.times(10).most == 20
    unknown = Calls((StepCalls("Read page 1", looks=1),), is_open=True)
    assert (known + unknown).most is None
    assert unknown.times(3) == Calls((StepCalls("Read page 1", looks=3),), is_open=True)


@pytest.mark.parametrize(
    ("least", "most", "about", "said"),
    [
        (0, 0, False, "0 calls"),
        (1, 1, False, "1 call"),
        (4, 4, True, "about 4 calls"),
        (1, 2, False, "1 to 2 calls"),
        (500, 1000, True, "about 500 to 1\u202f000 calls"),
        (1, None, False, "at least 1 call"),
        (40, None, True, "at least about 40 calls"),
        (0, None, False, "calls whose number shows only then"),
    ],
)
def test_the_number_of_calls_is_told_as_it_is_known(
    least: int, most: int | None, about: bool, said: str
) -> None:
    assert number_of_calls(least, most, about=about) == said


def test_what_is_appended_later_is_not_told_as_nothing(bench: Bench) -> None:
    sweep = bench.request("sync")
    actions.cancel(sweep, requested_by="mia")
    planned = retry_workload(sweep)
    stored = failed_sweep(bench)
    for told in (planned, replans.stored_workload([stored.pk])):
        assert (told.calls.total, told.calls.most) == (1, None)


def failed_sweep(bench: Bench) -> MarketplaceJob:
    return bench.work_until_ended(bench.request("sync", script={"read_page": ["permanent"]}))


def test_a_preview_counts_to_its_limit_and_says_that_there_are_more(
    bench: Bench, settings: Settings
) -> None:
    settings.STAFF = settings.STAFF | {"previewed": 2, "named": 1}
    jobs = [bench.request() for _ in range(3)]
    told = previews.preview("pause", MarketplaceJob.objects.all())
    assert (told.counted, told.is_cut_off) == (2, True)
    assert [one.job_id for one in told.done] == [jobs[0].pk]
    assert list(told.sentences.values()) == [2]


@pytest.mark.parametrize("kind", KINDS)
def test_a_preview_of_many_jobs_costs_no_more_statements(bench: Bench, kind: str) -> None:
    few, many = counted(bench, kind, 31), counted(bench, kind, 40)
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
