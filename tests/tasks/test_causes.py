"""Failed jobs grouped by what made them fail."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from marketplaces.models import Account
from stoflow.tenants.models import Tenant
from tasks import actions, requests, tenancy
from tasks.causes import FailuresOf, causes_of, jobs_of, pattern_of_cause
from tasks.models import MarketplaceJob
from tasks.models.batches import BatchJob
from tests.tasks.conftest import Bench


def fail(bench: Bench, step: str = "create", word: str = "permanent", times: int = 1) -> list[int]:
    """The ids of jobs that failed at this step."""
    jobs = [bench.request(script={step: [word] * 9}) for _ in range(times)]
    return [bench.work_until_ended(job).pk for job in jobs]


def key_of_job(job_id: int) -> str:
    return MarketplaceJob.objects.get(pk=job_id).cause_key


def test_jobs_that_failed_for_one_cause_are_one_group_and_the_worst_comes_first(
    bench: Bench,
) -> None:
    busy = fail(bench, "upload", "transient")
    refused = fail(bench, "create", times=3)
    found = causes_of(FailuresOf())
    assert [(group.jobs, group.step) for group in found.groups] == [
        (3, "Create listing"),
        (1, "Upload image"),
    ]
    assert (found.causes, found.jobs, found.is_last) == (2, 4, True)
    assert set(jobs_of(found.groups[0].key).values_list("pk", flat=True)) == set(refused)
    assert [job.pk for job in jobs_of(found.groups[1].key)] == busy


def test_a_group_tells_what_to_do_and_shows_its_newest_job_in_full(bench: Bench) -> None:
    newest = fail(bench, times=2)[-1]
    group = causes_of(FailuresOf()).groups[0]
    assert (group.marketplace, group.action) == ("toy", "publish")
    assert (group.error_class, group.advice) == ("PermanentError", "Paint it red.")
    assert group.pattern == "The toy market refuses this"
    assert pattern_of_cause(group.key) == group.pattern
    assert not group.needs_person
    assert (group.example.job_id, group.example.task_name) == (newest, "Create listing")
    assert group.example.message == "The toy market refuses this."
    assert (group.example.product_name, group.example.account_name) == ("Toy", "Toy shop")


def test_the_same_sentence_at_another_step_or_of_another_action_is_another_cause(
    bench: Bench,
) -> None:
    jobs = [*fail(bench, "create"), *fail(bench, "publish")]
    update = bench.request("update", script={"send": ["permanent"]})
    jobs.append(bench.work_until_ended(update).pk)
    assert len({key_of_job(job) for job in jobs}) == 3


def test_what_something_newer_was_asked_for_no_longer_fails(bench: Bench) -> None:
    job = MarketplaceJob.objects.get(pk=fail(bench)[0])
    fail(bench)
    bench.request(product=job.product)
    assert causes_of(FailuresOf()).jobs == 1


def test_in_a_batch_all_that_failed_is_told(bench: Bench) -> None:
    product = bench.product()
    payload = {"world": str(bench.world.path), "script": {"create": ["permanent"]}}
    batch = requests.start_batch(
        bench.account, "publish", [product], name="B", payload=payload
    ).batch
    bench.work_until_ended(MarketplaceJob.objects.get())
    bench.request(product=product)
    assert causes_of(FailuresOf(batch_id=batch.pk)).jobs == 1
    assert causes_of(FailuresOf()).jobs == 0


def test_a_job_that_could_not_be_planned_has_a_cause_without_a_step(bench: Bench) -> None:
    fail(bench, "plan")
    group = causes_of(FailuresOf()).groups[0]
    assert (group.step, group.example.task_name, group.jobs) == ("", "", 1)


def test_a_question_is_a_group_that_needs_a_person(bench: Bench) -> None:
    script = {"create": ["unknown"], "find_listing": ["cannot_tell"] * 20}
    bench.work_until_ended(bench.request(script=script))
    group = causes_of(FailuresOf()).groups[0]
    assert group.needs_person
    assert "it exists there" in group.advice


def test_jobs_that_kill_their_workers_have_a_cause_too(bench: Bench) -> None:
    job = bench.request()
    MarketplaceJob.objects.filter(pk=job.pk).update(interruption_limit=1)
    bench.claim()
    bench.work_until_ended(job)
    assert [group.error_class for group in causes_of(FailuresOf()).groups] == [
        "JobKillsWorkersError"
    ]


def test_who_gave_up_after_several_tries_does_not_promise_another_one(bench: Bench) -> None:
    fail(bench, "create", "transient")
    assert "then retry the job" in causes_of(FailuresOf()).groups[0].advice


def test_only_failed_jobs_have_a_cause(bench: Bench) -> None:
    waiting = bench.request(script={"create": ["transient"]})
    bench.work()
    done = bench.work_until_ended(bench.request())
    cancelled = bench.request()
    actions.cancel(cancelled, requested_by="mia")
    assert {key_of_job(job.pk) for job in (waiting, done, cancelled)} == {""}
    assert causes_of(FailuresOf()).groups == []


def test_a_retry_takes_the_job_out_of_its_group_and_failing_again_puts_it_back(
    bench: Bench,
) -> None:
    first, second = fail(bench, times=2)
    key = key_of_job(first)
    job = MarketplaceJob.objects.get(pk=first)
    assert actions.retry(job).retried
    assert key_of_job(first) == ""
    assert [job.pk for job in jobs_of(key)] == [second]
    assert causes_of(FailuresOf()).groups[0].jobs == 1
    bench.work_until_ended(job)
    assert key_of_job(first) == key
    assert causes_of(FailuresOf()).groups[0].jobs == 2


def test_no_key_means_no_job(bench: Bench) -> None:
    fail(bench)
    MarketplaceJob.objects.update(cause_key="")
    assert not jobs_of("").exists()
    assert not jobs_of("0" * 32).exists()
    assert pattern_of_cause("0" * 32) == ""


def test_a_group_tells_when_it_began_and_when_it_was_last_seen(bench: Bench) -> None:
    old, new = fail(bench, times=2)
    now = timezone.now()
    for job, ago in ((old, 3), (new, 1)):
        ended = now - timedelta(hours=ago)
        MarketplaceJob.objects.filter(pk=job).update(completed_at=ended)
    group = causes_of(FailuresOf()).groups[0]
    assert group.first_at == now - timedelta(hours=3)
    assert group.last_at == group.example.failed_at == now - timedelta(hours=1)
    assert causes_of(FailuresOf(since=now - timedelta(hours=2))).groups[0].jobs == 1
    assert causes_of(FailuresOf(since=now)).groups == []


def test_a_group_counts_the_accounts_and_batches_that_it_touches(bench: Bench) -> None:
    products = [bench.product() for _ in range(3)]
    elsewhere = Account.objects.create(marketplace="toy", name="Second")
    payload = {"world": str(bench.world.path), "script": {"validate": ["permanent"] * 3}}
    for account, chosen in ((bench.account, products[:2]), (elsewhere, products[2:])):
        requests.start_batch(account, "publish", chosen, name=account.name, payload=payload)
    key = fail(bench, "validate")[0]
    MarketplaceJob.objects.filter(status="PENDING").update(
        status="FAILED", completed_at=timezone.now(), cause_key=key_of_job(key)
    )
    group = causes_of(FailuresOf()).groups[0]
    assert (group.jobs, group.accounts, group.batches) == (4, 2, 2)
    batch = BatchJob.objects.get(name="Second")
    of_batch = causes_of(FailuresOf(batch_id=batch.pk))
    assert [(each.key, each.jobs) for each in of_batch.groups] == [(group.key, 1)]


def test_failures_are_narrowed_by_marketplace_and_action(bench: Bench) -> None:
    fail(bench)
    bench.work_until_ended(bench.request("update", script={"send": ["permanent"]}))
    assert causes_of(FailuresOf(marketplace="toy")).jobs == 2
    assert causes_of(FailuresOf(marketplace="toy", action="update")).jobs == 1
    assert causes_of(FailuresOf(marketplace="ebay")).groups == []


def test_causes_come_in_pages_that_know_how_many_there_are(bench: Bench) -> None:
    for step in ("validate", "create", "publish"):
        fail(bench, step)
    pages = [causes_of(FailuresOf(), most=2, offset=offset) for offset in (0, 2)]
    assert [len(page.groups) for page in pages] == [2, 1]
    assert {(page.causes, page.jobs) for page in pages} == {(3, 3)}
    assert len({group.key for page in pages for group in page.groups}) == 3


def test_another_tenant_s_failures_are_not_counted(bench: Bench, other_tenant: Tenant) -> None:
    key = key_of_job(fail(bench)[0])
    with tenancy.inside(other_tenant):
        assert causes_of(FailuresOf()).groups == []
        assert not jobs_of(key).exists()


@pytest.mark.parametrize("steps", [["create"], ["create", "validate", "publish", "save"]])
def test_one_query_tells_everything(bench: Bench, steps: list[str]) -> None:
    for step in steps:
        fail(bench, step)
    with CaptureQueriesContext(connection) as queries:
        assert causes_of(FailuresOf()).causes == len(steps)
    assert len(queries) == 1


def test_jobs_that_failed_before_causes_were_kept_get_theirs(bench: Bench) -> None:
    fail(bench, "plan")
    fail(bench, "create", times=2)
    bench.work_until_ended(bench.request())
    keys = dict(MarketplaceJob.objects.values_list("pk", "cause_key"))
    MarketplaceJob.objects.update(cause_key="")
    migration = import_module("tasks.migrations.0005_cause_key")
    migration.store_causes(None, connection.schema_editor(atomic=False))
    assert dict(MarketplaceJob.objects.values_list("pk", "cause_key")) == keys
