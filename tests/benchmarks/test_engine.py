"""What the engine costs, next to the least that it could cost. Prints; asserts no time."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from functools import partial

import psycopg
from django.db import connection

from marketplaces.models import Product
from tasks import requests
from tasks.dispatch import lanes
from tasks.handlers import handler_for
from tasks.models import MarketplaceJob, MarketplaceTask
from tasks.orchestrator import TaskOrchestrator
from tasks.states import UNFINISHED_JOB, in_order
from tests.acceptance.conftest import Database
from tests.acceptance.processes import Workers, until
from tests.benchmarks.conftest import Shop, bare_move, median_ratio, raw_cursor, report, seconds


def test_overhead_per_task(shop: Shop) -> None:
    """A no-op task through the orchestrator, and the bare statement, in alternating rounds."""
    rounds, steps = 9, 200
    shop.request(rounds, steps)
    orchestrator = TaskOrchestrator()
    mine, bare = [], []
    for _ in range(rounds):
        job = shop.claim()
        mine.append(seconds(partial(orchestrator.execute_job_with_tasks, job)) / steps)
        first = MarketplaceTask.objects.filter(job=job).earliest("pk").pk
        bare.append(seconds(partial(_bare_moves, first, steps)) / steps)
    ratio = median_ratio(mine[1:], bare[1:])
    took = f"{statistics.median(mine) * 1e6:.0f} us, bare {statistics.median(bare) * 1e6:.0f} us"
    report("a no-op task", took, ratio, "aim 1.5 or less")


def _bare_moves(first: int, steps: int) -> None:
    cursor = raw_cursor()
    for task in range(first, first + steps):
        bare_move(cursor, task)


def test_two_workers_draining(database: Database, workers: Workers, shop: Shop) -> None:
    """Jobs of ten tasks on two workers, and the bare statements of as many jobs on two processes."""
    jobs, steps = 400, 10
    workers.start(workers=2)
    until(lambda: len(workers.crew) >= 4, 30, "the workers are up")
    lanes.pause(shop.account.pk, by="bench", reason="")
    shop.request(jobs, steps)
    began = time.perf_counter()
    lanes.resume(shop.account.pk)
    waiting = MarketplaceJob.objects.filter(status__in=in_order(UNFINISHED_JOB))
    until(lambda: not waiting.exists(), 300, "all jobs have ended")
    rate = jobs * steps / (time.perf_counter() - began)
    workers.stop()
    floor = _floor(jobs, steps)
    report(
        "two workers, jobs of 10 tasks",
        f"{rate:.0f} tasks/s, floor {floor:.0f}",
        rate / floor,
        "aim 0.58 or more",
    )


def _floor(jobs: int, steps: int) -> float:
    first = MarketplaceTask.objects.earliest("pk").pk
    dsn = psycopg.conninfo.make_conninfo(connection.connection.info.dsn)
    half = jobs * steps // 2
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.floor", dsn, "t1"]
            + [str(number) for number in (jobs // 2, steps, first + which * half)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for which in (0, 1)
    ]
    time.sleep(1.0)
    took = [float(process.communicate("\n")[0]) for process in processes]
    return jobs * steps / max(took)


def test_enqueue_to_first_step(database: Database, workers: Workers, shop: Shop) -> None:
    """From asking for a job to its first task on idle workers."""
    workers.start(workers=2)
    until(lambda: len(workers.crew) >= 4, 30, "the workers are up")
    latencies = []
    for product in shop.products(21):
        requested = requests.request_job(shop.account, "count", product, payload={"steps": 1})
        finished = MarketplaceJob.objects.filter(pk=requested.job_id, status="COMPLETED")
        until(finished.exists, 30, "the job has ended")
        job = MarketplaceJob.objects.get(pk=requested.job_id)
        task = MarketplaceTask.objects.get(job=job)
        assert task.started_at is not None
        latencies.append((task.started_at - job.created_at).total_seconds() * 1000)
    workers.stop()
    shown = f"median {statistics.median(latencies):.0f} ms, worst {max(latencies):.0f} ms"
    report("enqueue to first step", shown)


def test_creating_jobs_and_tasks(shop: Shop) -> None:
    """1,000 jobs of 10 tasks asked for and planned, and as many task rows by COPY."""
    jobs, steps = 1000, 10
    products = shop.products(jobs)
    asked = seconds(
        lambda: requests.start_batch(
            shop.account, "count", products, name="B", payload={"steps": steps}
        )
    )
    orchestrator = TaskOrchestrator()
    planned = 0.0
    for _ in range(jobs):
        job = shop.claim()
        handler = handler_for(job.marketplace, job.action)(job)
        planned += seconds(partial(orchestrator.create_tasks, job, handler))
        MarketplaceJob.objects.filter(pk=job.pk).update(lease_token=None, leased_until=None)
        MarketplaceJob.objects.filter(pk=job.pk).update(paused_at=job.created_at)
    each = (asked + planned) / (jobs * steps) * 1e6
    at_once = _copy(jobs * steps, commits=1) / (jobs * steps) * 1e6
    by_job = _copy(jobs * steps, commits=jobs) / (jobs * steps) * 1e6
    what = "creating a task (jobs asked for and planned)"
    report(what, f"{each:.0f} us, one COPY {at_once:.0f} us", each / at_once, "aim 2 or less")
    what = "the same, next to a COPY and a commit per job"
    report(what, f"{each:.0f} us, COPY {by_job:.0f} us", each / by_job)


def _copy(rows: int, *, commits: int) -> float:
    """Seconds for bare rows: a plan is a commit of its own, so one COPY for all is out of reach."""
    job = MarketplaceJob.objects.earliest("pk").pk
    columns = (
        "job_id, name, position, status, step, payload, error_message, attempt_count, created_at"
    )
    began = time.perf_counter()
    for _ in range(commits):
        with (
            connection.cursor() as cursor,
            cursor.cursor.copy(f"COPY marketplace_tasks ({columns}) FROM STDIN") as copy,
        ):
            for n in range(rows // commits):
                row = (job, f"Count to {n}", n + 1, "PENDING", "count", json.dumps({"n": n}))
                copy.write_row((*row, "", 0, "now"))
    return time.perf_counter() - began


def test_a_long_job(shop: Shop) -> None:
    """2,000 tasks in one job, per task, next to jobs of 10."""
    shop.request(20, 10)
    short = seconds(shop.drain) / 200
    product = Product.objects.create(sku="LONG", title="Long")
    requests.request_job(shop.account, "count", product, payload={"steps": 2000})
    long = seconds(shop.drain) / 2000
    report(
        "a task of a job of 2,000", f"{long * 1e6:.0f} us, of 10 {short * 1e6:.0f} us", long / short
    )
