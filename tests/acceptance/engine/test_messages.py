"""Wake-ups that are lost, doubled or late harm nothing; a plain django-q2 cluster works too."""

from __future__ import annotations

import random
import time

import pytest
from django.conf import settings
from django.db import connection, transaction
from django_q.models import OrmQ
from django_q.tasks import async_task

from tasks.dispatch import queue
from tests.acceptance.engine.conftest import UNHURRIED
from tests.acceptance.engine.shop import Shop, assert_published_exactly_once
from tests.acceptance.processes import Workers, until


def test_lost_messages_are_sent_again(shop: Shop, workers: Workers, rng: random.Random) -> None:
    batch = shop.batch(shop.products(15), pace=0.02)
    OrmQ.objects.all().delete()
    workers.start(workers=2, **UNHURRIED)
    while shop.unfinished():
        lose_messages()
        time.sleep(rng.uniform(0, 0.8))
    shop.wait_until_all_ended()
    assert_published_exactly_once(shop, batch)
    assert shop.attempts() == []


def lose_messages() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM public.django_q_ormq")


def test_duplicate_messages_make_nothing_happen_twice(shop: Shop, workers: Workers) -> None:
    batch = shop.batch(shop.products(15), pace=0.01)
    send(100)
    workers.start(workers=3, **UNHURRIED)
    until(shop.working_or_done, 60, "work is under way")
    send(100)
    shop.wait_until_all_ended()
    assert_published_exactly_once(shop, batch)
    assert shop.attempts() == []
    assert set(shop.world.effects().values()) == {1}


def send(count: int) -> None:
    with transaction.atomic():
        for _ in range(count):
            async_task(queue.SERVE)


def test_messages_never_pile_up(shop: Shop) -> None:
    for _ in range(10):
        shop.request()
    assert queue.waiting_messages() <= int(settings.Q_CLUSTER["workers"])


@pytest.mark.storm
@pytest.mark.stops_workers
def test_a_plain_qcluster_works_through_what_is_enqueued(shop: Shop, workers: Workers) -> None:
    batch = shop.batch(shop.products(10))
    workers.start(command="qcluster")
    shop.wait_until_all_ended()
    assert_published_exactly_once(shop, batch)
    later = shop.request()
    until(lambda: shop.job(later).status == "COMPLETED", 60, "a later job is done")
    assert workers.stop() < 20


@pytest.mark.slow
@pytest.mark.long
def test_a_plain_qcluster_finds_work_whose_message_was_lost(shop: Shop, workers: Workers) -> None:
    workers.start(command="qcluster")
    job_id = shop.request()
    until(lambda: shop.job(job_id).status == "COMPLETED", 60, "the cluster works")
    retried = shop.request(script={"upload": ["transient"]})
    until(lambda: shop.job(retried).status == "COMPLETED", 180, "the schedule has brought it back")
