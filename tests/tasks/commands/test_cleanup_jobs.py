"""manage.py cleanup_jobs"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_q.models import Task as WakeUp

from marketplaces.models import CatalogueUpload
from stoflow.tenants.models import Tenant
from tasks import actions, cleanup, evidence, requests
from tasks.models import (
    BatchJob,
    MarketplaceJob,
    MarketplaceJobStats,
    MarketplaceTask,
    TaskAttempt,
)
from tests.tasks.commands.conftest import Neighbour, Operator, failed, unknown
from tests.tasks.conftest import Bench

LONG_AGO = timedelta(days=100)


def age(*jobs: MarketplaceJob) -> None:
    """Let the jobs and their batches have ended 100 days earlier."""
    for job in jobs:
        job.refresh_from_db()
        assert job.completed_at is not None
        MarketplaceJob.objects.filter(pk=job.pk).update(completed_at=job.completed_at - LONG_AGO)
        batches = BatchJob.objects.filter(jobs=job)
        batches.update(completed_at=job.completed_at - LONG_AGO)


def completed(bench: Bench) -> MarketplaceJob:
    return bench.work_until_ended(bench.request())


def is_there(job: MarketplaceJob) -> bool:
    return MarketplaceJob.objects.filter(pk=job.pk).exists()


def clean(operator: Operator, *arguments: object) -> str:
    said = operator.run("cleanup_jobs", "--schema", "t1", "--older-than", "90d", *arguments)
    assert said.code == 0
    return said.text


def batch_of(bench: Bench, number: int, word: str = "permanent") -> BatchJob:
    payload = {"world": str(bench.world.path), "script": {"validate": [word]}}
    products = [bench.product() for _ in range(number)]
    return requests.start_batch(
        bench.account, "publish", products, name="Some", payload=payload
    ).batch


def test_old_jobs_go_with_tasks_and_attempts_and_the_statistics_stay(
    bench: Bench, operator: Operator
) -> None:
    old, new = failed(bench), failed(bench)
    age(old)
    text = clean(operator)
    assert (is_there(old), is_there(new)) == (False, True)
    assert not MarketplaceTask.objects.filter(job_id=old.pk).exists()
    assert not TaskAttempt.objects.filter(job_id=old.pk).exists()
    assert MarketplaceJobStats.objects.count() == 2
    assert text.splitlines()[1].split()[:5] == ["t1", "1", "6", "1", "0"]


def test_what_another_app_has_to_clean_up_goes_too_and_a_dry_run_only_counts_it(
    bench: Bench, operator: Operator
) -> None:
    for age_of_it in (timedelta(hours=1), timedelta(days=2)):
        upload = CatalogueUpload.objects.create(
            uploaded_by="mara", file_name="shop.csv", currency="EUR", content=b"", preview={}
        )
        CatalogueUpload.objects.filter(pk=upload.pk).update(created_at=timezone.now() - age_of_it)
    for arguments, left in ((["--dry-run"], 2), ([], 1)):
        assert "Catalogue files that were uploaded: 1" in clean(operator, *arguments)
        assert CatalogueUpload.objects.count() == left
    assert "Catalogue files" not in clean(operator)


def test_unfinished_jobs_stay_however_old(bench: Bench, operator: Operator) -> None:
    waiting = bench.request()
    started = bench.request(script={"validate": ["transient"]})
    MarketplaceJob.objects.update(created_at=timezone.now() - LONG_AGO)
    bench.work()
    clean(operator)
    assert is_there(waiting)
    assert is_there(started)


def test_a_job_with_an_unknown_task_stays(bench: Bench, operator: Operator) -> None:
    job = unknown(bench)
    age(job)
    text = clean(operator)
    assert is_there(job)
    assert cleanup.KEPT_UNKNOWN in text


def test_history_that_makes_a_later_publish_look_first_stays(
    bench: Bench, operator: Operator
) -> None:
    script = {"create": ["unknown_after"], "publish": ["permanent"]}
    job = bench.work_until_ended(bench.request(script=script))
    assert job.status == "FAILED"
    age(job)
    assert cleanup.KEPT_EVIDENCE in clean(operator)
    assert is_there(job)
    later = bench.work_until_ended(bench.request(product=bench.products[0]))
    assert later.status == "COMPLETED"
    assert bench.world.effects()[f"listing product-{job.product_id}"] == 1


def test_a_creation_whose_job_failed_afterwards_stays(bench: Bench, operator: Operator) -> None:
    job = failed(bench, "permanent", step="save")
    age(job)
    clean(operator)
    assert is_there(job)
    task = MarketplaceTask.objects.get(job=job, step="create")
    other = MarketplaceTask(pk=0, step=task.step)
    assert evidence.last_start(job, other).at is not None


def test_a_later_completed_publish_settles_the_history(bench: Bench, operator: Operator) -> None:
    job = failed(bench, "permanent", step="save")
    later = bench.request(product=bench.products[0])
    bench.work_until_ended(later)
    age(job)
    clean(operator)
    assert (is_there(job), is_there(later)) == (False, True)


def test_a_later_update_settles_nothing(bench: Bench, operator: Operator) -> None:
    job = failed(bench, "permanent", step="save")
    bench.work_until_ended(bench.request("update", bench.products[0]))
    age(job)
    clean(operator)
    assert is_there(job)


def test_a_step_whose_code_is_gone_counts_as_one_that_creates(
    bench: Bench, operator: Operator
) -> None:
    job = failed(bench, "permanent", step="upload")
    MarketplaceTask.objects.filter(job=job, step="validate").update(step="vanished")
    age(job)
    clean(operator)
    assert is_there(job)


def test_jobs_of_a_batch_that_still_runs_stay(bench: Bench, operator: Operator) -> None:
    batch = batch_of(bench, 2)
    bench.work()
    job = batch.jobs.get(status="FAILED")
    age(job)
    assert cleanup.KEPT_RUNNING_BATCH in clean(operator)
    assert is_there(job)


def test_a_batch_goes_with_its_last_job_and_keeps_its_counters_until_then(
    bench: Bench, operator: Operator
) -> None:
    batch = batch_of(bench, 2)
    bench.work()
    bench.work()
    first, second = batch.jobs.order_by("pk")
    age(first)
    clean(operator)
    batch.refresh_from_db()
    assert (is_there(first), batch.failed_count, batch.total_count) == (False, 2, 2)
    age(second)
    clean(operator)
    assert not BatchJob.objects.filter(pk=batch.pk).exists()


def test_a_retry_of_what_is_left_of_a_batch_keeps_its_counters_right(
    bench: Bench, operator: Operator
) -> None:
    batch = batch_of(bench, 2)
    bench.work()
    bench.work()
    first, second = batch.jobs.order_by("pk")
    age(first)
    clean(operator)
    actions.retry(second)
    bench.work_until_ended(second)
    batch.refresh_from_db()
    assert (batch.status, batch.completed_count, batch.failed_count) == ("PARTIALLY_FAILED", 1, 1)


def test_a_dry_run_counts_and_deletes_nothing(bench: Bench, operator: Operator) -> None:
    job = completed(bench)
    age(job)
    text = clean(operator, "--dry-run")
    assert is_there(job)
    assert "nothing was deleted" in text
    assert text.splitlines()[-1].split()[:3] == ["t1", "1", "6"]


def test_small_batches_reach_everything_past_what_is_kept(bench: Bench, operator: Operator) -> None:
    kept = unknown(bench)
    others = [completed(bench) for _ in range(3)]
    age(kept, *others)
    clean(operator, "--batch-size", 1)
    assert [is_there(job) for job in (kept, *others)] == [True, False, False, False]


def test_an_interrupted_run_is_finished_by_the_next(bench: Bench, operator: Operator) -> None:
    jobs = [completed(bench) for _ in range(3)]
    age(*jobs)
    deleting = cleanup.delete_jobs(timezone.now() - timedelta(days=90), batch_size=1)
    assert next(deleting).jobs == 1
    deleting.close()
    assert [is_there(job) for job in jobs] == [False, True, True]
    clean(operator)
    assert not any(is_there(job) for job in jobs)


def test_the_neighbour_s_jobs_stay(
    bench: Bench, operator: Operator, neighbour: Neighbour, tenant: Tenant
) -> None:
    job = completed(bench)
    age(job)
    clean(operator)
    assert neighbour.status(tenant) == "FAILED"


def test_all_tenants_takes_old_failures_of_wake_ups_too(bench: Bench, operator: Operator) -> None:
    for number, days in enumerate((1, 100)):
        stopped = timezone.now() - timedelta(days=days)
        WakeUp.objects.create(
            id=f"{number:032}", name="w", func="f", started=stopped, stopped=stopped, success=False
        )
    clean(operator)
    assert WakeUp.objects.count() == 2
    operator.run("cleanup_jobs", "--all-tenants", "--older-than", "90d", "--dry-run")
    assert WakeUp.objects.count() == 2
    said = operator.run("cleanup_jobs", "--all-tenants", "--older-than", "90d")
    assert WakeUp.objects.count() == 1
    assert "Failed wake-ups of the workers (django-q2): 1" in said.text


@pytest.mark.parametrize("given", ["90", "0d", "-1d", "ninety days", "", "99999999999d"])
def test_an_age_that_is_none_is_refused(tenant: object, operator: Operator, given: str) -> None:
    said = operator.run("cleanup_jobs", "--schema", "t1", f"--older-than={given}")
    assert (said.code, "--older-than takes a time span" in said.text) == (2, True)


def test_a_batch_size_of_nothing_is_refused(tenant: object, operator: Operator) -> None:
    said = operator.run("cleanup_jobs", "--schema", "t1", "--older-than", "90d", "--batch-size", 0)
    assert said.code == 2


def test_one_page_costs_the_same_number_of_statements_whatever_its_size(bench: Bench) -> None:
    costs = []
    for number in (1, 5):
        age(*[completed(bench) for _ in range(number)])
        with CaptureQueriesContext(connection) as queries:
            next(cleanup.delete_jobs(timezone.now() - timedelta(days=90), batch_size=100))
        costs.append(len(queries))
    assert costs[0] == costs[1]
