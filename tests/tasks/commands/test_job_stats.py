"""manage.py job_stats"""

from __future__ import annotations

import csv
import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tasks import actions
from tasks.dispatch import lanes
from tasks.dispatch.presence import Presence
from tasks.models import MarketplaceJobStats
from tests.tasks.commands.conftest import Neighbour, Operator, failed
from tests.tasks.conftest import Bench
from tests.wrong_clocks import clock_ahead


def run_of(**changes: Any) -> MarketplaceJobStats:
    facts: dict[str, Any] = {
        "marketplace": "toy",
        "action": "publish",
        "outcome": "COMPLETED",
        "task_count": 6,
        "failed_task_count": 0,
        "attempt_count": 0,
        "duration_ms": 1000,
        "step_ms": {"upload": 700.5, "save": 3},
        "created_at": timezone.now(),
    }
    return MarketplaceJobStats.objects.create(**{**facts, **changes})


def as_json(operator: Operator, *arguments: str) -> dict[str, list[dict[str, Any]]]:
    said = operator.run("job_stats", "--schema", "t1", "--format", "json", *arguments)
    figures: dict[str, list[dict[str, Any]]] = json.loads(said.text)
    return figures


def test_nothing_at_all_is_said_in_two_sentences(tenant: object, operator: Operator) -> None:
    said = operator.run("job_stats", "--schema", "t1")
    assert said.text.splitlines() == ["No run has finished.", "No job is waiting or running."]
    assert said.code == 0


def test_what_waits_for_nobody_is_said_to(bench: Bench, operator: Operator) -> None:
    bench.request()
    said = operator.run("job_stats", "--schema", "t1").text
    assert "Nothing goes on: no workers are running. Start `manage.py run_workers`." in said
    cluster = Presence(1, workers=2, every_seconds=0)
    cluster.tell(clock_ahead(40))
    said = operator.run("job_stats", "--schema", "t1").text
    assert "Nothing goes on: the clocks of the workers' machines are wrong." in said
    cluster.tell()
    assert "Nothing goes on" not in operator.run("job_stats", "--schema", "t1").text


def test_runs_are_counted_by_kind_with_rate_and_durations(
    tenant: object, operator: Operator
) -> None:
    for duration in range(100, 2100, 100):
        run_of(duration_ms=duration)
    run_of(outcome="FAILED", error_class="TransientError", attempt_count=5, duration_ms=90_000)
    run_of(outcome="CANCELLED", duration_ms=1)
    run_of(action="sync")
    publish, sync = as_json(operator)["runs"]
    assert (publish["action"], publish["runs"], publish["completed"]) == ("publish", 22, 20)
    assert (publish["failed"], publish["cancelled"], publish["expired"]) == (1, 1, 0)
    assert publish["success_rate"] == pytest.approx(20 / 21)
    assert publish["failed_attempts"] == 5
    assert (publish["median_ms"], publish["p95_ms"]) == (1050, 1905)
    assert sync["success_rate"] == 1


def test_cancelled_runs_alone_have_no_success_rate(tenant: object, operator: Operator) -> None:
    run_of(outcome="CANCELLED")
    [runs] = as_json(operator)["runs"]
    assert (runs["success_rate"], runs["median_ms"]) == (None, None)
    assert "publish" in operator.run("job_stats", "--schema", "t1").text


def test_the_slowest_steps_come_first(tenant: object, operator: Operator) -> None:
    run_of(step_ms={"upload": 700.5, "save": 3})
    run_of(step_ms={"upload": 900})
    upload, save = as_json(operator)["steps"]
    assert (upload["step"], upload["runs"], upload["longest_ms"]) == ("upload", 2, 900)
    assert (save["step"], save["median_ms"]) == ("save", 3)


def test_errors_are_counted_by_class(bench: Bench, operator: Operator) -> None:
    failed(bench)
    failed(bench)
    failed(bench, "bug")
    errors = [(error["error_class"], error["runs"]) for error in as_json(operator)["errors"]]
    assert errors == [("PermanentError", 2), ("KeyError", 1)]


def test_since_bounds_what_has_run(tenant: object, operator: Operator) -> None:
    run_of(created_at=timezone.now() - timedelta(days=4))
    run_of()
    assert as_json(operator, "--since", "3d")["runs"][0]["runs"] == 1
    assert as_json(operator)["runs"][0]["runs"] == 2


def test_marketplace_and_action_narrow_everything(bench: Bench, operator: Operator) -> None:
    run_of(action="sync")
    run_of()
    bench.request()
    bench.request("sync")
    figures = as_json(operator, "--marketplace", "toy", "--action", "sync")
    assert {row["action"] for row in figures["runs"] + figures["waiting"]} == {"sync"}


def test_what_waits_is_told_with_its_reason(bench: Bench, operator: Operator) -> None:
    bench.request(script={"validate": ["transient"]})
    bench.work()
    bench.request()
    bench.request(run_after=timezone.now() + timedelta(hours=1))
    actions.pause(bench.request(), requested_by="sam")
    situations = {row["situation"]: row["jobs"] for row in as_json(operator)["waiting"]}
    assert situations == {
        "waits to try the failed task again": 1,
        "waits for its turn": 1,
        "starts later": 1,
        "is paused": 1,
    }


def test_stopped_lanes_are_told_with_every_cause(bench: Bench, operator: Operator) -> None:
    bench.request()
    lanes.pause(bench.account.pk, by="sam", reason="holiday")
    lanes.stop_for_consent(bench.account.pk, reason="")
    until = timezone.now() + timedelta(hours=1)
    lanes.block(bench.account.pk, until=until, reason="daily limit")
    since = timezone.now() - timedelta(hours=1)
    lanes.offline(bench.account.pk, reason="The browser is closed.", since=since)
    [lane] = as_json(operator)["lanes"]
    assert lane["stopped"] == (
        "paused by sam: holiday; the seller has to do what the account's page asks for; "
        f"waits for the seller's side since {since:%Y-%m-%d %H:%M} UTC: The browser is closed.; "
        f"blocked until {until:%Y-%m-%d %H:%M} UTC: daily limit"
    )
    assert "paused by sam: holiday" in operator.run("job_stats", "--schema", "t1").text


def test_the_neighbour_s_jobs_and_lanes_do_not_appear(
    tenant: object, operator: Operator, neighbour: Neighbour
) -> None:
    figures = as_json(operator)
    assert figures["waiting"] == figures["lanes"] == []
    everything = json.loads(operator.run("job_stats", "--all-tenants", "--format", "json").text)
    assert {lane["tenant"] for lane in everything["lanes"]} == {"t2"}


def test_csv_is_one_table_of_runs(tenant: object, operator: Operator) -> None:
    run_of()
    text = operator.run("job_stats", "--schema", "t1", "--format", "csv").text
    [row] = csv.DictReader(text.splitlines())
    assert (row["tenant"], row["runs"], row["success_rate"]) == ("t1", "1", "1.0")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--schema", "nobody"], "no tenant with the schema “nobody”"),
        (["--schema", "t1", "--since", "soon"], "--since takes a time"),
        (["--schema", "t1", "--action", "sell"], "no action “sell”"),
    ],
)
def test_a_wrong_argument_gets_one_sentence_and_exit_code_2(
    tenant: object, operator: Operator, arguments: list[str], sentence: str
) -> None:
    said = operator.run("job_stats", *arguments)
    assert (said.code, sentence in said.text) == (2, True)
