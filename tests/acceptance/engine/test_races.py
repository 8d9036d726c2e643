"""Two processes in the same moment, on committed data."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from tasks.dispatch import claims
from tasks.dispatch.models import Lane
from tasks.models import BatchJob, MarketplaceJob, MarketplaceJobStats
from tests.acceptance.engine.conftest import ROUNDS, Racers
from tests.acceptance.engine.shop import (
    Shop,
    assert_effects,
    assert_failures_have_causes,
)
from tests.acceptance.processes import Racer, Workers, send_signal, until


def together(racers: list[Racer], do: str, rng: random.Random, **arguments: Any) -> list[Any]:
    """All of them do the same thing at the same moment, give or take half a millisecond."""
    for racer in racers:
        racer.tell(do, after=rng.uniform(0, 0.0005), **arguments)
    return [racer.answer() for racer in racers]


def let_go(job_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE marketplace_jobs SET lease_token = NULL, leased_until = NULL WHERE id = %s",
            [job_id],
        )


@pytest.mark.parametrize(("claimers", "concurrency"), [(2, 1), (4, 2)])
def test_a_lane_never_has_more_live_leases_than_its_concurrency(
    shop: Shop, racers: Racers, rng: random.Random, claimers: int, concurrency: int
) -> None:
    Lane.objects.update(concurrency=concurrency)
    shop.batch(shop.products(6), "count")
    turn = shop.turn
    crowd = racers(claimers)
    with shop.inside():
        for _ in range(500 // claimers * ROUNDS):
            claimed = together(crowd, "claim", rng, lane=turn.lane_id, account=turn.account_id)
            held = [job for job in claimed if job is not None]
            assert len(held) == concurrency
            assert len(set(held)) == concurrency
            for job in held:
                let_go(job)


def test_a_lane_that_goes_idle_forgets_no_job_that_is_enqueued_meanwhile(
    shop: Shop, racers: Racers, rng: random.Random
) -> None:
    turn = shop.turn
    seller, worker = racers(2)
    product = shop.products(1)[0]
    forgotten = []
    for number in range(200 * ROUNDS):
        worker.tell(
            "settle", lane=turn.lane_id, account=turn.account_id, after=rng.uniform(0, 0.003)
        )
        seller.tell("request", **request_of(shop, "count", product.pk), after=rng.uniform(0, 0.001))
        job_id = seller.answer()
        worker.answer()
        if not due():
            forgotten.append(number)
        let_it_end(shop, job_id)
        shop.settle()
        assert not due()
    assert forgotten == []


def due() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT due_at <= clock_timestamp() FROM public.lanes")
        return bool(cursor.fetchone()[0])


def let_it_end(shop: Shop, job_id: int) -> None:
    with shop.inside():
        MarketplaceJob.objects.filter(pk=job_id).delete()


def test_a_job_that_is_cancelled_while_it_finishes_ends_once(
    shop: Shop, racers: Racers, rng: random.Random
) -> None:
    # The first two make both outcomes certain; whether the others meet is a matter of chance.
    orders = ["staff first", "worker first", *["together"] * (80 * ROUNDS - 2)]
    rounds = len(orders)
    batch_id = shop.batch(shop.products(rounds), "count", steps=6)
    turn = shop.turn
    worker, staff = racers(2)
    seen: Counter[tuple[str, str]] = Counter()
    for order in orders:
        job_id = worker.ask("claim", lane=turn.lane_id, account=turn.account_id)
        how, said = run_and_cancel(worker, staff, job_id, order, rng)
        assert how == "ENDED"
        seen[said.split(" ", 1)[0], shop.job(job_id).status] += 1
    assert set(seen) <= {("It", "CANCELLED"), ("It", "COMPLETED"), ("refused:", "COMPLETED")}
    assert len({status for _, status in seen}) == 2, seen
    with shop.inside():
        batch = BatchJob.objects.get(pk=batch_id)
        ended = Counter(MarketplaceJobStats.objects.values_list("outcome", flat=True))
    assert batch.counts.finished == rounds
    assert {"COMPLETED": batch.completed_count, "CANCELLED": batch.cancelled_count} == ended


def run_and_cancel(
    worker: Racer, staff: Racer, job_id: int, order: str, rng: random.Random
) -> tuple[str, str]:
    """How the run ended, and what staff were told."""
    if order == "staff first":
        said = staff.ask("cancel", job=job_id)
        return worker.ask("run", job=job_id), said
    worker.tell("run", job=job_id)
    if order == "worker first":
        return worker.answer(), staff.ask("cancel", job=job_id)
    staff.tell("cancel", job=job_id, after=rng.uniform(0, 0.008))
    return worker.answer(), staff.answer()


def test_retrying_what_a_newer_job_supersedes_in_the_same_moment_leaves_one_job(
    shop: Shop, racers: Racers, rng: random.Random
) -> None:
    both = racers(2)
    for job_id, product in failed_jobs(shop, 40 * ROUNDS):
        retry_against(both, job_id, request_of(shop, "publish", product), rng)
        answers = [racer.answer() for racer in both]
        assert_no_error(answers)
        with shop.inside():
            waiting = MarketplaceJob.objects.filter(product_id=product, status="PENDING")
            assert waiting.count() == 1


def test_a_job_retried_while_its_withdrawal_is_asked_for_never_has_the_last_word(
    shop: Shop, racers: Racers, rng: random.Random
) -> None:
    both = racers(2)
    last: Counter[str] = Counter()
    for job_id, product in failed_jobs(shop, 40 * ROUNDS):
        retry_against(both, job_id, request_of(shop, "unpublish", product), rng)
        assert_no_error([racer.answer() for racer in both])
        while shop.work():
            pass
        with shop.inside():
            newest = MarketplaceJob.objects.filter(product_id=product, status="COMPLETED").latest(
                "completed_at"
            )
        last[newest.action] += 1
    assert set(last) == {"unpublish"}, last


def test_a_form_that_is_sent_twice_in_the_same_moment_is_one_action(
    shop: Shop, racers: Racers, rng: random.Random
) -> None:
    both = racers(2)
    for _ in range(60 * ROUNDS):
        first, second = together(both, "wish", rng, key=str(UUID(int=rng.getrandbits(128))))
        assert first[0] == second[0]
        assert {first[1], second[1]} == {True, False}


def test_two_tabs_that_drive_one_action_do_each_job_once_and_leave_none_out(
    shop: Shop, racers: Racers, rng: random.Random
) -> None:
    shop.batch(shop.products(60 * ROUNDS), "count")
    tabs = racers(2)
    action_id, _ = tabs[0].ask("wish", key=str(UUID(int=rng.getrandbits(128))))
    lost = 0
    while (action := shop.staff_action(action_id)).state == "RUNNING":
        page = rng.randint(1, 7)
        went_on = together(tabs, "go_on", rng, action=action_id, cursor=action.cursor, page=page)
        assert_no_error(went_on)
        assert any(went_on)
        lost += not all(went_on)
    assert lost, "The tabs never met."
    assert (action.done_count, action.refused_count) == (60 * ROUNDS, 0)
    assert {job.status for job in shop.jobs()} == {"CANCELLED"}
    with shop.inside():
        assert action.outcomes.values("job_id").distinct().count() == 60 * ROUNDS


def failed_jobs(shop: Shop, count: int) -> list[tuple[int, int]]:
    """Jobs that have ended FAILED, each with its product."""
    products = shop.products(count)
    scripts = {product.pk: {"validate": ["permanent"]} for product in products}
    shop.batch(products, scripts=scripts)
    while shop.work():
        pass
    jobs = [job for job in shop.jobs() if job.status == "FAILED"]
    assert len(jobs) == count
    return [(job.pk, job.product_id or 0) for job in jobs]


def request_of(shop: Shop, action: str, product: int) -> dict[str, Any]:
    """What a racer needs to ask for `action`."""
    return {
        "account": shop.account.pk,
        "action": action,
        "product": product,
        "payload": shop.payload(),
    }


def retry_against(
    both: list[Racer], job_id: int, request: dict[str, Any], rng: random.Random
) -> None:
    """Staff retry a job while the seller asks for something newer."""
    staff, seller = both
    staff.tell("retry", job=job_id, after=rng.uniform(0, 0.002))
    seller.tell("request", **request, after=rng.uniform(0, 0.002))


def assert_no_error(answers: list[Any]) -> None:
    assert [answer for answer in answers if isinstance(answer, dict)] == []


def test_publish_pressed_in_four_places_at_the_same_moment_makes_one_job(
    shop: Shop, racers: Racers, rng: random.Random
) -> None:
    crowd = racers(4)
    for product in shop.products(60 * ROUNDS):
        answers = together(crowd, "request", rng, **request_of(shop, "publish", product.pk))
        assert len({str(answer) for answer in answers}) == 1, answers
        assert_no_error(answers)
    assert len(shop.jobs()) == 60 * ROUNDS


def test_batches_over_the_same_products_in_any_order_make_one_job_each(
    shop: Shop, racers: Racers, rng: random.Random
) -> None:
    crowd = racers(4)
    for _ in range(10 * ROUNDS):
        products = [product.pk for product in shop.products(30)]
        for racer in crowd:
            rng.shuffle(products)
            racer.tell(
                "batch",
                account=shop.account.pk,
                action="publish",
                products=products,
                payload=shop.payload(),
            )
        answers = [racer.answer() for racer in crowd]
        assert_no_error(answers)
        assert sum(answers) == 30
    with shop.inside():
        counted = sum(BatchJob.objects.values_list("total_count", flat=True))
    assert counted == len(shop.jobs()) == 300 * ROUNDS


@pytest.mark.storm
def test_a_worker_that_outlives_its_lease_inside_a_step_changes_nothing_more(
    shop: Shop, workers: Workers
) -> None:
    Lane.objects.update(concurrency=8)
    products = shop.products(3)
    freezes: list[dict[str, list[str]]] = [
        {"create": ["stop_before"]},
        {"create": ["stop_after"]},
        {"publish": ["stop_after"]},
    ]
    scripts = {p.pk: script for p, script in zip(products, freezes, strict=True)}
    shop.batch(products, scripts=scripts)
    # Who is frozen is left alone until all else is done, and a slow step is not one that failed.
    workers.start(workers=4, DISPATCH_LONGEST_STEP_SECONDS="120", TOY_DEADLINE_SECONDS="3")
    until(lambda: len(workers.frozen) == 3, 60, "three workers are frozen")
    shop.wait_until_all_ended()
    assert {job.status for job in shop.jobs()} == {"COMPLETED"}
    before = (shop.rows(), shop.world.effects())
    for member in workers.frozen:
        send_signal(member.pid, signal.SIGCONT)
    until(lambda: workers.times_said("job.lost") == 3, 60, "all three found their jobs taken")
    until(shop.is_idle, 60, "the lane is idle")
    rows, effects = shop.rows(), shop.world.effects()
    served = {"lanes": None}
    assert rows | served == before[0] | served
    assert effects == before[1]
    assert_effects(shop, [product.pk for product in products])
    assert [attempt.outcome for attempt in shop.attempts()] == ["INTERRUPTED"] * 3
    assert_failures_have_causes(shop)


@pytest.mark.storm
@pytest.mark.parametrize("step", ["create", "publish"])
def test_a_worker_that_freezes_between_beginning_a_step_and_acting_sends_nothing_later(
    shop: Shop, racers: Racers, step: str
) -> None:
    """Its lease passes while it is frozen; it wakes up while the new holder's request is under way.

    A look cannot save it then: the effect is not there yet, and will be a moment later.
    """
    (late,) = racers(1)
    # Its sleep must not use its time up; a longer lease of the other one would have to be waited for.
    (winner,) = racers(1, TOY_DEADLINE_SECONDS="10")
    product = shop.products(1)[0]
    shop.batch([product], scripts={product.pk: {step: ["sleep:1.2"]}})
    turn = shop.turn
    late.ask("freeze_before", step=step)
    job_id = late.ask("claim", lane=turn.lane_id, account=turn.account_id)
    late.tell("run", job=job_id)
    until(lambda: (member := late.member) is not None and member.frozen, 30, "it is frozen")
    with shop.inside():
        until(lambda: claims.rescue(turn), 30, "its lease has expired")
    claim = {"lane": turn.lane_id, "account": turn.account_id}
    until(lambda: winner.ask("claim", **claim) == job_id, 30, "another worker has the job")
    winner.tell("run", job=job_id)
    until(lambda: shop.world.calls(step, f"product-{product.pk}"), 30, "the winner acts")
    acts_since = time.monotonic()
    until(lambda: time.monotonic() > acts_since + 0.7, 5, "the settle time is over")
    send_signal(late.process.pid, signal.SIGCONT)
    assert late.answer() == "LOST"
    assert winner.answer() == "ENDED"
    assert shop.job(job_id).status == "COMPLETED"
    assert_effects(shop, [product.pk])


def test_a_product_is_not_retried_and_cancelled_into_two_outcomes(
    shop: Shop, racers: Racers, rng: random.Random
) -> None:
    staff, other = racers(2)
    for job_id, _ in failed_jobs(shop, 30 * ROUNDS):
        staff.tell("retry", job=job_id, after=rng.uniform(0, 0.002))
        other.tell("cancel", job=job_id, after=rng.uniform(0, 0.004))
        retried, said = staff.answer(), other.answer()
        assert retried is True
        status = shop.job(job_id).status
        assert (said.startswith("refused"), status) in {(True, "PENDING"), (False, "CANCELLED")}
        with shop.inside():
            batch = BatchJob.objects.get()
            ended = MarketplaceJob.objects.filter(status__in=["FAILED", "CANCELLED"]).count()
        assert batch.counts.finished == ended
