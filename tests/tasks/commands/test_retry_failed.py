"""manage.py retry_failed"""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone
from django_q.models import OrmQ

from stoflow.tenants.models import Tenant
from tasks import actions, requests, staff_actions
from tasks.models import BatchJob, MarketplaceJob, StaffAction
from tasks.selection import Selection
from tests.tasks.commands.conftest import Neighbour, Operator, failed, unknown
from tests.tasks.conftest import Bench

PROJECT = Path(__file__).resolve().parents[3]


def status(job: MarketplaceJob) -> str:
    job.refresh_from_db()
    return job.status


def test_every_failed_job_of_the_tenant_runs_again(bench: Bench, operator: Operator) -> None:
    first, second = failed(bench), failed(bench)
    said = operator.run("retry_failed", "--schema", "t1")
    assert (status(first), status(second), said.code) == ("PENDING", "PENDING", 0)
    assert "Retried 2, skipped 0." in said.text
    [entry] = staff_actions.about(first)
    assert entry.action.by.endswith("(retry_failed)")


def test_the_neighbour_s_jobs_neither_change_nor_appear(
    bench: Bench, operator: Operator, neighbour: Neighbour, tenant: Tenant
) -> None:
    failed(bench)
    said = operator.run("retry_failed", "--schema", "t1")
    assert neighbour.status(tenant) == "FAILED"
    assert "Neighbour" not in said.text


def test_all_tenants_means_the_neighbour_too(
    bench: Bench, operator: Operator, neighbour: Neighbour, tenant: Tenant
) -> None:
    job = failed(bench)
    said = operator.run("retry_failed", "--all-tenants")
    assert (status(job), neighbour.status(tenant)) == ("PENDING", "PENDING")
    assert "t2" in said.text


def test_a_dry_run_says_the_same_and_changes_nothing(bench: Bench, operator: Operator) -> None:
    job, superseded = failed(bench), failed(bench)
    newer = bench.request("publish", bench.products[1])
    before = (OrmQ.objects.count(), bench.lane.due_at)
    said = operator.run("retry_failed", "--schema", "t1", "--dry-run")
    assert (status(job), status(superseded)) == ("FAILED", "FAILED")
    assert (OrmQ.objects.count(), bench.lane.due_at) == before
    assert said.code == 1
    assert f"would be skipped: Job {newer.pk} (Publish, pending) is newer." in said.text
    assert "Would retry 1, would skip 1." in said.text


def test_a_superseded_job_is_skipped_with_its_reason_and_exit_code_1(
    bench: Bench, operator: Operator
) -> None:
    old = failed(bench)
    newer = bench.request("publish", bench.products[0])
    said = operator.run("retry_failed", "--schema", "t1")
    assert (status(old), said.code) == ("FAILED", 1)
    assert f"skipped: Job {newer.pk}" in said.text
    assert "1 of 1 jobs were skipped." in said.text


def test_an_unknown_outcome_is_only_looked_at_again(bench: Bench, operator: Operator) -> None:
    job = unknown(bench)
    said = operator.run("retry_failed", "--schema", "t1")
    assert "only looks again whether its request took effect" in said.text
    bench.work_until_ended(job)
    # The first create never had its effect; the look said so, and it was made once.
    assert bench.world.effects()[f"listing product-{job.product_id}"] == 1
    assert bench.world.calls("find_listing", f"product-{job.product_id}") > 6


def test_cancelled_jobs_are_left_alone_unless_asked_for(bench: Bench, operator: Operator) -> None:
    job = bench.request()
    actions.cancel(job, requested_by="sam")
    assert "nothing to retry" in operator.run("retry_failed", "--schema", "t1").text
    operator.run("retry_failed", "--schema", "t1", "--status", "cancelled")
    assert status(job) == "PENDING"


def test_a_job_named_by_id_that_has_not_failed_is_skipped(bench: Bench, operator: Operator) -> None:
    job = bench.request()
    bench.work()
    said = operator.run("retry_failed", "--schema", "t1", "--job", job.pk)
    assert (status(job), said.code) == ("COMPLETED", 1)
    assert "skipped: It is completed, and that was not chosen." in said.text


def test_filters_choose_by_error_kind_batch_time_and_number(
    bench: Bench, operator: Operator
) -> None:
    permanent, bug, transient = failed(bench), failed(bench, "bug"), failed(bench, "transient")
    MarketplaceJob.objects.filter(pk=transient.pk).update(
        completed_at=timezone.now() - timedelta(hours=3)
    )
    operator.run("retry_failed", "--schema", "t1", "--error", "REFUSES this")
    assert (status(permanent), status(bug)) == ("PENDING", "FAILED")
    operator.run("retry_failed", "--schema", "t1", "--action", "update")
    assert status(bug) == "FAILED"
    operator.run("retry_failed", "--schema", "t1", "--since", "2h", "--marketplace", "toy")
    assert (status(bug), status(transient)) == ("PENDING", "FAILED")
    operator.run("retry_failed", "--schema", "t1", "--error", "transienterror")
    assert status(transient) == "PENDING"


def test_a_batch_is_retried_as_a_whole(bench: Bench, operator: Operator) -> None:
    outside = failed(bench)
    payload = {"world": str(bench.world.path), "script": {"validate": ["permanent"]}}
    products = [bench.product(), bench.product()]
    batch = requests.start_batch(
        bench.account, "publish", products, name="Two", payload=payload
    ).batch
    bench.work()
    bench.work()
    operator.run("retry_failed", "--schema", "t1", "--batch", batch.pk)
    batch.refresh_from_db()
    assert (batch.status, batch.failed_count, status(outside)) == ("RUNNING", 0, "FAILED")


def test_the_limit_counts_over_all_pages(bench: Bench, operator: Operator) -> None:
    jobs = [failed(bench) for _ in range(3)]
    operator.run("retry_failed", "--schema", "t1", "--limit", 2)
    assert [status(job) for job in jobs] == ["PENDING", "PENDING", "FAILED"]


def test_pages_are_small_and_no_job_comes_twice(bench: Bench) -> None:
    jobs = [failed(bench).pk for _ in range(5)]
    pages = [[job.pk for job in page] for page in Selection().pages(size=2)]
    assert pages == [jobs[:2], jobs[2:4], jobs[4:]]


def test_what_fails_again_meanwhile_is_not_taken_twice(bench: Bench) -> None:
    first = failed(bench)
    pages = Selection().pages(size=1)
    assert [job.pk for job in next(pages)] == [first.pk]
    failed(bench)
    assert list(pages) == []


def test_nothing_to_do_is_said_and_is_no_error(bench: Bench, operator: Operator) -> None:
    said = operator.run("retry_failed", "--schema", "t1")
    assert (said.text.strip(), said.code) == ("No job matches: there is nothing to retry.", 0)


def test_a_name_with_brackets_and_control_letters_stays_a_name(
    bench: Bench, operator: Operator
) -> None:
    product = bench.product("[red]\x1b[31m Mug\nsecond line")
    bench.work_until_ended(bench.request(product=product, script={"validate": ["permanent"]}))
    said = operator.run("retry_failed", "--schema", "t1", "--dry-run")
    assert "[red] [31m Mug second line" in said.text
    assert "\x1b" not in said.text


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--schema", "nobody"], "There is no tenant with the schema “nobody”; there are: t1, t2."),
        (["--schema", "public"], "There is no tenant with the schema “public”"),
        (["--schema", "t1", "--batch", "9000077"], "t1 has no batch 9000077."),
        (
            ["--schema", "t1", "--job", "9000077", "--job", "9000078"],
            "t1 has no job 9000077, 9000078.",
        ),
        (["--schema", "t1", "--job", "9" * 30], "--job takes a whole number from 1 on"),
        (["--schema", "t1", "--since", "yesterday"], "--since takes a time such as"),
        (["--schema", "t1", "--since", "999999999w"], "before the beginning of the calendar"),
        (["--schema", "t1", "--since", "2999-01-01"], "lies in the future"),
        (["--schema", "t1", "--marketplace", "amazon"], "There is no marketplace “amazon”"),
        (["--schema", "t1", "--marketplace", "toy", "--action", "sell"], "no action “sell” on toy"),
        (["--schema", "t1", "--limit", "0"], "--limit takes a whole number from 1 on, not “0”."),
        (["--schema", "t1", "--status", "COMPLETED"], "--status takes CANCELLED, EXPIRED, FAILED"),
        (["--all-tenants", "--job", "1"], "--batch and --job need one --schema"),
        (["--schema", "t1", "--schema", "t2", "--batch", "1"], "need one --schema"),
    ],
)
def test_a_wrong_argument_gets_one_sentence_and_exit_code_2(
    bench: Bench, operator: Operator, arguments: list[str], sentence: str
) -> None:
    job = failed(bench)
    said = operator.run("retry_failed", *arguments)
    assert said.code == 2
    assert sentence in said.text
    assert len(said.text.strip().splitlines()) == 1
    assert status(job) == "FAILED"


@pytest.mark.parametrize("arguments", [[], ["--schema", "t1", "--all-tenants"]])
def test_one_of_schema_and_all_tenants_is_needed(operator: Operator, arguments: list[str]) -> None:
    assert operator.run("retry_failed", *arguments).code != 0


def test_a_process_exits_with_the_code_and_without_a_traceback(tenant: Tenant) -> None:
    database = str(connection.settings_dict["NAME"])
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "TEST_DATABASE_NAME": database,
    }
    command = [sys.executable, "manage.py", "retry_failed", "--schema"]
    codes = {}
    for schema in ("t1", "nobody"):
        run = subprocess.run(
            [*command, schema],
            cwd=PROJECT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        codes[schema] = run.returncode
        assert "Traceback" not in run.stderr
    assert codes == {"t1": 0, "nobody": 2}


def test_the_batch_of_another_tenant_is_not_there(
    bench: Bench, operator: Operator, neighbour: Neighbour
) -> None:
    batch = BatchJob.objects.create(name="ours", marketplace="toy", action="publish")
    said = operator.run("retry_failed", "--schema", "t2", "--batch", batch.pk)
    assert (said.code, f"t2 has no batch {batch.pk}." in said.text) == (2, True)


def test_what_it_did_is_in_the_audit_and_a_dry_run_is_not(operator: Operator, bench: Bench) -> None:
    job, other = failed(bench), bench.request()
    operator.run("retry_failed", "--schema", "t1", "--dry-run")
    assert not StaffAction.objects.exists()
    operator.run("retry_failed", "--schema", "t1", "--job", job.pk, "--job", other.pk)
    action = StaffAction.objects.get()
    assert (action.kind, action.state, action.cursor) == ("retry", "FINISHED", other.pk)
    assert action.by.endswith("(retry_failed)")
    assert action.scope["job_ids"] == [job.pk, other.pk]
    assert [line.done for line in action.outcomes.all()] == [True, False]
    operator.run("retry_failed", "--schema", "t1", "--error", "nothing like it")
    assert StaffAction.objects.count() == 1
